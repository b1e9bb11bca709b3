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
        raise _advice("images must not be masked", "{}.filled(0)", images)
    try:
        array = np.asarray(images)
    except Exception as error:  # of a ragged list, or of a tensor on another device
        raise InvalidImageError(f"images must be a NumPy array: {error}") from error
    if array.dtype != np.uint8:
        raise _other_dtype(array, images)
    if array.shape == (SIDE, SIDE):
        array = array[None]
    if array.ndim != 3 or array.shape[1:] != (SIDE, SIDE):
        raise _other_shape(array.shape, images)
    return np.ascontiguousarray(array)


def _other_dtype(array: NDArray[Any], images: Any) -> InvalidImageError:
    found = f"images must be uint8, 0 to 255, not {array.dtype}"
    kind = array.dtype.kind
    if kind == "b":
        return _advice(found, "{}.astype(np.uint8) * 255", images)
    if kind not in "iuf" or not array.size:
        return InvalidImageError(found)
    low, high = array.min(), array.max()
    if kind == "f" and low >= 0 and high <= 1:
        return _advice(f"{found} from 0 to 1", "({} * 255).round().astype(np.uint8)", images)
    if low >= 0 and high <= 255:
        how = "{}.round().astype(np.uint8)" if kind == "f" else "{}.astype(np.uint8)"
        return _advice(f"{found} from 0 to 255", how, images)
    if low >= -1 and high <= 1:
        how = "({} * 127.5 + 127.5).round().astype(np.uint8)"
        return _advice(f"{found} from -1 to 1", how, images)
    return InvalidImageError(f"{found} from {low} to {high}; scale them first")


def _other_shape(shape: tuple[int, ...], images: Any) -> InvalidImageError:
    found = f"images must be (N, {SIDE}, {SIDE}), not {shape}"
    flat = shape[-1:] == (PIXELS,) and len(shape) <= 2
    channel = shape[-3:] == (SIDE, SIDE, 1) or shape[-3:] == (1, SIDE, SIDE)
    if flat or channel:
        return _advice(found, f"{{}}.reshape(-1, {SIDE}, {SIDE})", images)
    if shape[:2] == (SIDE, SIDE) and len(shape) == 3 and shape[2] > 4:
        return _advice(found, "{}.transpose(2, 0, 1)", images)
    return InvalidImageError(found)


def _advice(found: str, line: str, images: Any) -> InvalidImageError:
    """Say what was found, and the line that converts `images`, whatever they are."""
    what = "images" if isinstance(images, np.ndarray) else "np.asarray(images)"
    return InvalidImageError(f"{found}: `{line.format(what)}` converts them")
