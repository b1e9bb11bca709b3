"""Codes of images: the originals of those that have one, the pixels of the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds.scan.resampling import Resampling

Bits = NDArray[np.uint8]
Codes = NDArray[np.uint8]


def code_width(resampling: Resampling) -> int:
    """How many bytes a code has: a side (0 for pixels), then bits, eight a byte, or pixels."""
    return 1 + max(PIXELS, -(-(resampling.largest**2) // 8))


def to_codes(images: Images, originals: Sequence[Bits | None], resampling: Resampling) -> Codes:
    """Code images (N, 28, 28) by their originals, uint8 (n, n) of 0 and 1, None for pixels.

    Returns:
        uint8 (N, W).
    """
    codes = np.zeros((len(images), code_width(resampling)), np.uint8)
    for code, image, bits in zip(codes, images, originals, strict=True):
        values = image.reshape(-1) if bits is None else np.packbits(bits)
        code[0] = 0 if bits is None else len(bits)
        code[1 : 1 + len(values)] = values
    return codes


def to_originals(codes: Codes) -> list[Bits | None]:
    """The originals (n, n) that codes (N, W) hold, None for those of pixels."""
    found: list[Bits | None] = []
    for code in codes:
        side = int(code[0])
        bits = np.unpackbits(code[1:], count=side * side).reshape(side, side)
        found.append(bits if side else None)
    return found


def to_images(codes: Codes, resampling: Resampling) -> Images:
    """The images that codes (N, W) stand for, uint8 (N, 28, 28)."""
    images = codes[:, 1 : 1 + PIXELS].reshape(-1, SIDE, SIDE).copy()
    for side in np.unique(codes[:, 0]):
        if side:
            chosen = np.flatnonzero(codes[:, 0] == side)
            bits = np.stack([bits for bits in to_originals(codes[chosen]) if bits is not None])
            images[chosen] = resampling.render(bits)[0]
    return images
