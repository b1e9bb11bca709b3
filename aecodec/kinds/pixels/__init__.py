"""The pixels kind: exact, every pixel coded under a learned distribution given those before it."""

from aecodec.kinds.pixels.coder import PixelsCoder

__all__ = ["PixelsCoder"]
