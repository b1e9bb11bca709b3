"""The kinds: how a model codes. A package a kind; nothing else knows how a kind works."""

from typing import TYPE_CHECKING

from aecodec.deferred import exports

if TYPE_CHECKING:
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

# few need more than the coders
__getattr__ = exports(
    __name__,
    {
        "COST_UNIT": "coder",
        "Coder": "coder",
        "Codes": "coder",
        "DEFAULT_EFFORT": "coder",
        "EFFORTS": "coder",
        "describe_model": "describe",
        "CENTRE": "image_networks",
        "GreyDecoder": "image_networks",
        "PIXEL_RANGE": "image_networks",
        "LazyCoders": "lazy",
        "FIXED_IDS": "registry",
        "KINDS": "registry",
        "Kind": "registry",
        "fixed_coder": "registry",
        "load_coder": "registry",
    },
)
