"""The 16-bit kind: an image is one of 65,536 that a network draws, two bytes exactly."""

from aecodec.kinds.code16.coder import Code16Coder

__all__ = ["Code16Coder"]
