"""What a valid image is: 28x28, 8-bit grey, as an array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidImageError

SIDE = 28
PIXELS = SIDE * SIDE
Images = NDArray[np.uint8]


def check_images(images: NDArray[Any]) -> Images:
    """Check that an array holds images.

    Nothing is converted: a silent cast could change pixels. Where one line of NumPy converts the
    array, the message gives it.

    Args:
        images: uint8 (28, 28) or (N, 28, 28).

    Returns:
        uint8 (N, 28, 28), contiguous; not a copy where `images` is that already.

    Raises:
        InvalidImageError: It has another shape or dtype, or masked pixels.

    Example:
        >>> check_images(np.zeros((28, 28), np.uint8)).shape
        (1, 28, 28)
        >>> check_images(np.zeros((5, 784), np.uint8))
        Traceback (most recent call last):
        aecodec.errors.InvalidImageError: images must be (N, 28, 28), not (5, 784): \
`images.reshape(-1, 28, 28)` converts them.
    """
    if isinstance(images, np.ma.MaskedArray):
        raise _advice("images must not be masked", "images.filled(0)")
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise _other_dtype(array)
    if array.shape == (SIDE, SIDE):
        array = array[None]
    if array.ndim != 3 or array.shape[1:] != (SIDE, SIDE):
        raise _other_shape(array.shape)
    return np.ascontiguousarray(array)


def _other_dtype(array: NDArray[Any]) -> InvalidImageError:
    found = f"images must be uint8, 0 to 255, not {array.dtype}"
    kind = array.dtype.kind
    if kind == "b":
        return _advice(found, "images.astype(np.uint8) * 255")
    if kind not in "iuf" or not array.size:
        return InvalidImageError(found)
    low, high = array.min(), array.max()
    if kind == "f" and low >= 0 and high <= 1:
        return _advice(f"{found} from 0 to 1", "(images * 255).round().astype(np.uint8)")
    if low >= 0 and high <= 255:
        how = "images.round().astype(np.uint8)" if kind == "f" else "images.astype(np.uint8)"
        return _advice(f"{found} from 0 to 255", how)
    if low >= -1 and high <= 1:
        how = "(images * 127.5 + 127.5).round().astype(np.uint8)"
        return _advice(f"{found} from -1 to 1", how)
    return InvalidImageError(f"{found} from {low} to {high}; scale them first")


def _other_shape(shape: tuple[int, ...]) -> InvalidImageError:
    found = f"images must be (N, {SIDE}, {SIDE}), not {shape}"
    flat = shape[-1:] == (PIXELS,) and len(shape) <= 2
    channel = shape[-3:] == (SIDE, SIDE, 1) or shape[-3:] == (1, SIDE, SIDE)
    if flat or channel:
        return _advice(found, f"images.reshape(-1, {SIDE}, {SIDE})")
    if shape[:2] == (SIDE, SIDE) and len(shape) == 3 and shape[2] > 4:
        return _advice(found, "images.transpose(2, 0, 1)")
    return InvalidImageError(found)


def _advice(found: str, line: str) -> InvalidImageError:
    return InvalidImageError(f"{found}: `{line}` converts them")
