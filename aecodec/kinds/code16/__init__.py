"""The 16-bit kind: an image is one of 65,536 that a network draws, two bytes exactly."""

from aecodec.kinds.code16.coder import CODES, Code16Coder
from aecodec.kinds.code16.regions import LATENT_LIMIT, LATENT_RANGE, SIDES, Regions
from aecodec.kinds.code16.search import ROW_LIMIT, ROW_SCALE

__all__ = [
    "CODES",
    "LATENT_LIMIT",
    "LATENT_RANGE",
    "ROW_LIMIT",
    "ROW_SCALE",
    "SIDES",
    "Code16Coder",
    "Regions",
]
