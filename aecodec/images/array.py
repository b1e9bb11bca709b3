"""What a valid image is: 28x28, 8-bit grey, as an array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidImageError

SIDE = 28
PIXELS = SIDE * SIDE
Images = NDArray[np.uint8]


def check_images(images: NDArray[Any]) -> Images:
    """Return `images` as uint8 (N, 28, 28), or raise InvalidImageError.

    Takes (28, 28) or (N, 28, 28). Other dtypes are refused: a silent cast could change pixels.
    """
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise InvalidImageError(f"Images must be uint8 (0 to 255), not {array.dtype}.")
    if array.shape == (SIDE, SIDE):
        array = array[None]
    if array.ndim != 3 or array.shape[1:] != (SIDE, SIDE):
        raise InvalidImageError(f"Images must be (N, {SIDE}, {SIDE}), not {array.shape}.")
    return np.ascontiguousarray(array)
