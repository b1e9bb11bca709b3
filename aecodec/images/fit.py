"""Arrays of other values or shapes, converted to 28x28 greys."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecodec.errors import InvalidImageError
from aecodec.images.array import LAYOUTS, SIDE, Images
from aecodec.images.samples import resized


def fit_images(block: NDArray[Any], low: float, high: float, *, invert: bool = False) -> Images:
    """Convert an array of many images to 28x28 greys.

    Values within 0 to 1, 0 to 255 or -1 to 1 are scaled from there; others from their own range.
    Images of another size are resized with the aspect kept, and colour is turned to grey.

    Args:
        block: (N, 784), (N, height, width), or with 1, 3 or 4 channels behind or 1 or 3 in front.
        low: The least value of all images, not only of these.
        high: The largest.
        invert: Turn dark-on-light images into light-on-dark ones.

    Returns:
        uint8 (N, 28, 28).

    Raises:
        InvalidImageError: The shape is none of images.

    Example:
        >>> fit_images(np.full((2, 14, 14, 1), 0.5), 0, 1)[0, 0, 0]
        np.uint8(128)
    """
    if block.dtype == np.uint8:
        greys = block
    elif low >= 0 and high <= 1:
        greys = np.rint(block * 255.0).astype(np.uint8)
    elif low >= 0 and high <= 255:
        greys = np.rint(block).astype(np.uint8)
    elif low >= -1 and high <= 1:
        greys = np.rint(block * 127.5 + 127.5).astype(np.uint8)
    else:
        span = (high - low) or 1.0  # of one value alone, which becomes black
        greys = np.rint((block - low) / span * 255.0).astype(np.uint8)
    if block.ndim > 1 and block.shape[1:] in LAYOUTS:
        images = greys.reshape(-1, SIDE, SIDE)
    else:
        background = 255 if invert else 0
        shaped = [resized(_picture(image), background) for image in greys]
        images = np.array(shaped, np.uint8).reshape(-1, SIDE, SIDE)
    return np.invert(images) if invert else np.ascontiguousarray(images)


def _picture(image: NDArray[np.uint8]) -> Image.Image:
    """One image of an array for Pillow."""
    if image.ndim == 3 and image.shape[0] in (1, 3) and image.shape[2] not in (1, 3, 4):
        image = image.transpose(1, 2, 0)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if 0 in image.shape or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] > 4):
        raise InvalidImageError(f"images must be (N, {SIDE}, {SIDE}), not (N, {image.shape})")
    if image.ndim == 3 and image.shape[2] == 2:
        raise InvalidImageError("images of two channels are none")
    return Image.fromarray(np.ascontiguousarray(image))
