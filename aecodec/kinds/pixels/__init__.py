"""The pixels kind: exact, every pixel coded under a learned distribution given those before it."""

from aecodec.kinds.pixels.coder import MOST_BYTES, PixelsCoder
from aecodec.kinds.pixels.context import Window
from aecodec.kinds.pixels.networks import DIFFERENCES, PALETTE_GATES, PREDICTIONS

__all__ = ["DIFFERENCES", "MOST_BYTES", "PALETTE_GATES", "PREDICTIONS", "PixelsCoder", "Window"]
