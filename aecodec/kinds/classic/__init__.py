"""The classic kind: a dense auto-encoder with a few latents, each quantised to 8 bits."""

from aecodec.kinds.classic.coder import CODE_RANGE, ClassicCoder

__all__ = ["CODE_RANGE", "ClassicCoder"]
