"""The page of `aecodec explore`: a model's latent space, a decoder and an encoder in one file."""

from aecodec.explore.builder import build_page
from aecodec.explore.figure import draw_figure
from aecodec.explore.sample import Sample, load_sample
from aecodec.explore.space import shown_codec

__all__ = ["Sample", "build_page", "draw_figure", "load_sample", "shown_codec"]
