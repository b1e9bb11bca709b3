"""The transform kind: a few dozen integer latents an image, coded under a learned prior."""

from aecodec.kinds.transform.coder import TransformCoder
from aecodec.kinds.transform.cost import BEND_BITS, COST_BITS
from aecodec.kinds.transform.prior import Prior
from aecodec.kinds.transform.search import LatentSearch

__all__ = ["BEND_BITS", "COST_BITS", "LatentSearch", "Prior", "TransformCoder"]
