"""The benchmark: our models beside PNG, other image codecs and the general compressors."""

from aecodec.bench.benchmark import Step, fitting, gather, run, sample
from aecodec.bench.classifier import DigitClassifier
from aecodec.bench.measure import digits_of
from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, OURS
from aecodec.bench.plots import draw_comparison, draw_reconstructions
from aecodec.bench.rates import FILES, ONE_SETTING, TARGETS
from aecodec.bench.rd_plot import draw_rates
from aecodec.bench.registry import SLOW

__all__ = [
    "ARCHIVE",
    "FILES",
    "LOSSLESS",
    "LOSSY",
    "ONE_SETTING",
    "OURS",
    "SLOW",
    "TARGETS",
    "DigitClassifier",
    "Step",
    "digits_of",
    "draw_comparison",
    "draw_rates",
    "draw_reconstructions",
    "fitting",
    "gather",
    "run",
    "sample",
]
