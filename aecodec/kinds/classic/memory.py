"""Images that a decoder has drawn once, kept by their codes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aecodec.images import SIDE, Images

CODES = 1 << 16


class DrawnImages:
    """Draws codes of two bytes, each only once: there are no more than 65,536 images.

    It takes 784 bytes of memory for each code that occurs, 51 MB at most. Threads that come here
    together draw the same image twice.

    Args:
        draw: Maps codes uint8 (N, 2) to images, uint8 (N, 28, 28).
    """

    def __init__(self, draw: Callable[[NDArray[np.uint8]], Images]) -> None:
        self._draw = draw
        self._images = np.zeros((CODES, SIDE, SIDE), np.uint8)  # takes memory where it is written
        self._known = np.zeros(CODES, np.bool_)

    def __call__(self, codes: NDArray[np.uint8]) -> Images:
        """Map codes uint8 (N, 2) to images, uint8 (N, 28, 28)."""
        numbers = np.ascontiguousarray(codes, np.uint8).view(np.uint16)[:, 0]
        missing = np.unique(numbers[~self._known[numbers]])
        if missing.size:
            self._images[missing] = self._draw(missing[:, None].view(np.uint8))
            self._known[missing] = True  # after the image is there, for other threads
        return np.asarray(self._images.take(numbers, 0))
