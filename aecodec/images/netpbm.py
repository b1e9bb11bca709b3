"""Netpbm images (PBM, PGM, PPM): how deep their samples are, and where they end.

A file may hold several images, one behind the other (http://netpbm.sourceforge.net/doc/pgm.html).
"""

import re
from typing import Any

from PIL import ImageFile

_TOKEN = rb"[^\s#]+|#[^\r\n]*"


def is_deep(image: ImageFile.ImageFile) -> bool:
    """Whether samples have two bytes, of which Pillow drops one where they are colours."""
    tile: Any = image.tile[0]
    arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
    return image.mode == "I" or any(isinstance(most, int) and most > 255 for most in arguments)


def raster(image: ImageFile.ImageFile, magic: bytes) -> tuple[int, int]:
    """Where the samples of an image start that is opened but not decoded, and how long they are.

    The length is in bytes, or for the formats in text (P1, P2, P3) in samples.
    """
    tile: Any = image.tile[0]
    samples = image.width * image.height * (3 if image.mode == "RGB" else 1)
    if magic == b"P4":
        samples = (image.width + 7) // 8 * image.height
    elif magic in (b"P5", b"P6") and is_deep(image):
        samples *= 2
    return tile[2], samples


def text_end(data: bytes, magic: bytes, start: int, samples: int) -> int:
    """The offset behind samples in text: numbers, or digits that may touch (P1)."""
    for token in re.compile(_TOKEN).finditer(data, start):
        if not token[0].startswith(b"#"):
            samples -= len(token[0]) if magic == b"P1" else 1
        if samples <= 0:
            return token.end()
    return len(data)
