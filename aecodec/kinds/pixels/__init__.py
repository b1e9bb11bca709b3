"""The pixels kind: exact, every pixel coded under a learned distribution given those before it."""

from aecodec.kinds.pixels.coder import MOST_BYTES, PixelsCoder
from aecodec.kinds.pixels.context import Window
from aecodec.kinds.pixels.greys import few_greys
from aecodec.kinds.pixels.loops import PREDICTIONS
from aecodec.kinds.pixels.search import MANNERS
from aecodec.kinds.pixels.value_network import DIFFERENCES, PALETTE_GATES

__all__ = [
    "DIFFERENCES",
    "MANNERS",
    "MOST_BYTES",
    "PALETTE_GATES",
    "PREDICTIONS",
    "PixelsCoder",
    "Window",
    "few_greys",
]
