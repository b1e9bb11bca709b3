"""What is known of an image when its next pixel is coded: the pixels before it, in raster order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, SIDE
from aecodec.integer import Arrays, take_array

MAX_REACH = 14  # rows above, columns to either side


@dataclass(frozen=True)
class Window:
    """The pixels that a pixel is predicted from.

    Attributes:
        offsets: int64 (K, 2): rows down and columns right of the pixel, all of them before it in
            raster order; the first is the pixel to the left.
        near: How many of them, the first ones, are taken by an embedding too.
        flat: Where so many, the first ones, are equal, the context is flat.
    """

    offsets: NDArray[np.int64]
    near: int
    flat: int

    @classmethod
    def read(cls, arrays: Arrays) -> "Window":
        """Read `window.offsets` int8 (K, 2) and `window.sizes` uint8 (2,): `flat` and `near`.

        Raises:
            InvalidModelError: They are unsound.
        """
        offsets = take_array(arrays, "window.offsets", ("int8",), 2).astype(np.int64)
        sizes = take_array(arrays, "window.sizes", ("uint8",), 1)
        if offsets.shape[1] != 2 or len(sizes) != 2:
            raise InvalidModelError("the window has no offsets of two numbers, or no sizes")
        flat, near = map(int, sizes)
        rows, columns = offsets.T
        before = (rows < 0) | ((rows == 0) & (columns < 0))
        if not before.all() or np.abs(offsets).max() > MAX_REACH:
            raise InvalidModelError("the window reaches what is not known yet, or too far")
        if not 11 <= near <= len(offsets) or not 1 <= flat < len(offsets):
            raise InvalidModelError("the sizes of the window do not fit its offsets")
        if offsets[:3].tolist() != [[0, -1], [-1, 0], [-1, -1]]:
            raise InvalidModelError("the window does not begin with the three nearest pixels")
        return cls(offsets, near, flat)


class Canvas:
    """The pixels of some images as far as they are known, and what lies around them.

    What lies outside an image counts as its first pixel; while that is not known, as 0.

    Args:
        window: What is looked at.
        count: How many images.
    """

    def __init__(self, window: Window, count: int) -> None:
        self._top = -int(window.offsets[:, 0].min())
        self._margin = int(np.abs(window.offsets[:, 1]).max())
        self._stride = SIDE + 2 * self._margin
        self._cells = np.zeros((count, (self._top + SIDE) * self._stride), np.uint8)
        self._offsets = window.offsets @ np.array([self._stride, 1])
        self.seen = np.zeros((count, 256), np.float32)

    def _place(self, position: int) -> int:
        row, column = divmod(position, SIDE)
        return (row + self._top) * self._stride + column + self._margin

    def neighbours(self, position: int) -> NDArray[np.uint8]:
        """The pixels of the window at a position, uint8 (N, K)."""
        return self._cells[:, self._place(position) + self._offsets]

    def put(self, position: int, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Set a pixel of every image, (N,); return where its grey level was not seen before."""
        if position == 0:
            self._cells[:] = values[:, None]
        self._cells[:, self._place(position)] = values
        index = np.arange(len(values))
        new = np.asarray(self.seen[index, values] == 0)
        self.seen[index, values] = 1
        return new

    def pixels(self) -> NDArray[np.uint8]:
        """The images, uint8 (N, 784)."""
        rows = self._cells.reshape(len(self._cells), self._top + SIDE, self._stride)
        inner = rows[:, self._top :, self._margin : self._margin + SIDE]
        return inner.reshape(-1, PIXELS)
