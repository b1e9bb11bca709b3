"""The kinds: how a model codes. A package a kind; nothing else knows how a kind works."""

from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, EFFORTS, Coder, Codes
from aecodec.kinds.describe import describe_model
from aecodec.kinds.image_networks import CENTRE, PIXEL_RANGE, GreyDecoder
from aecodec.kinds.lazy import LazyCoders
from aecodec.kinds.registry import FIXED_IDS, KINDS, Kind, fixed_coder, load_coder

__all__ = [
    "CENTRE",
    "COST_UNIT",
    "DEFAULT_EFFORT",
    "EFFORTS",
    "FIXED_IDS",
    "KINDS",
    "PIXEL_RANGE",
    "Coder",
    "Codes",
    "GreyDecoder",
    "Kind",
    "LazyCoders",
    "describe_model",
    "fixed_coder",
    "load_coder",
]
