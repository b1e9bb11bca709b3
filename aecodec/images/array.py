"""What a valid image is: 28x28, 8-bit grey, as an array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidImageError

SIDE = 28
PIXELS = SIDE * SIDE
Images = NDArray[np.uint8]
LAYOUTS = ((SIDE, SIDE), (PIXELS,), (SIDE, SIDE, 1), (1, SIDE, SIDE))  # of an array's images


def exact_images(images: NDArray[Any]) -> Images:
    """Take the images of an array, exactly, or refuse it.

    Shapes (N, 784), (N, 28, 28, 1) and (N, 1, 28, 28) become (N, 28, 28). Booleans become 0 and
    255, integers within 0 to 255 themselves, and floats within 0 to 1 that are multiples of 1/255
    those multiples. Nothing else is converted: a silent cast could change pixels. Where one line
    of NumPy converts the array, the message gives it.

    Args:
        images: One image (28, 28), or many in one of the shapes above.

    Returns:
        uint8 (N, 28, 28), contiguous; not a copy where `images` is that already.

    Raises:
        InvalidImageError: It has another shape, other values, or masked pixels.

    Example:
        >>> exact_images(np.ones((5, 784), np.float32)).shape
        (5, 28, 28)
        >>> exact_images(np.full((5, 28, 28), 200.0))
        Traceback (most recent call last):
        aecodec.errors.InvalidImageError: images must be uint8, 0 to 255, not float64 from 0 to \
255: `images.round().astype(np.uint8)` converts them.
    """
    if isinstance(images, np.ma.MaskedArray):
        raise _advice("images must not be masked", "{}.filled(0)", images)
    try:
        array = np.asarray(images)
    except Exception as error:  # of a ragged list, or of a tensor on another device
        raise InvalidImageError(f"images must be a NumPy array: {error}") from error
    greys = _greys(array)
    if greys is None:
        raise _other_dtype(array, images)
    if array.shape != (SIDE, SIDE) and (array.ndim < 2 or array.shape[1:] not in LAYOUTS):
        raise _other_shape(array.shape, images)
    return np.ascontiguousarray(greys.reshape(-1, SIDE, SIDE))


def _greys(array: NDArray[Any]) -> NDArray[np.uint8] | None:
    """The values of an array as greys, or None where they are none exactly."""
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return array
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind not in "iuf":
        return None
    if not array.size:
        return np.zeros(array.shape, np.uint8)
    low, high = array.min(), array.max()  # not a number in either, if there is one
    if kind in "iu":
        return array.astype(np.uint8) if low >= 0 and high <= 255 else None
    if not (low >= 0 and high <= 1):
        return None
    greys = np.rint(array * array.dtype.type(255))
    near = np.abs(array - greys / 255) <= 2 * np.finfo(array.dtype).eps * array
    return greys.astype(np.uint8) if near.all() else None


def _other_dtype(array: NDArray[Any], images: Any) -> InvalidImageError:
    found = f"images must be uint8, 0 to 255, not {array.dtype}"
    kind = array.dtype.kind
    if kind not in "iuf" or not array.size:
        return InvalidImageError(found)
    low, high = array.min(), array.max()
    if kind == "f" and low >= 0 and high <= 1:
        return _advice(f"{found} from 0 to 1", "({} * 255).round().astype(np.uint8)", images)
    if low >= 0 and high <= 255:
        return _advice(f"{found} from 0 to 255", "{}.round().astype(np.uint8)", images)
    if low >= -1 and high <= 1:
        how = "({} * 127.5 + 127.5).round().astype(np.uint8)"
        return _advice(f"{found} from -1 to 1", how, images)
    return InvalidImageError(f"{found} from {low} to {high}; scale them first")


def _other_shape(shape: tuple[int, ...], images: Any) -> InvalidImageError:
    found = f"images must be (N, {SIDE}, {SIDE}), not {shape}"
    if shape in LAYOUTS:  # one image alone
        return _advice(found, f"{{}}.reshape(-1, {SIDE}, {SIDE})", images)
    if shape[:2] == (SIDE, SIDE) and len(shape) == 3 and shape[2] > 4:
        return _advice(found, "{}.transpose(2, 0, 1)", images)
    return InvalidImageError(found)


def _advice(found: str, line: str, images: Any) -> InvalidImageError:
    """Say what was found, and the line that converts `images`, whatever they are."""
    what = "images" if isinstance(images, np.ndarray) else "np.asarray(images)"
    return InvalidImageError(f"{found}: `{line.format(what)}` converts them")
