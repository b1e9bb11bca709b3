"""What is known of an image when its next pixel is coded: the pixels before it, in raster order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
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

    Attributes:
        cells: uint8 (C, N), the pixels with a margin, row by row.
        places: Where the pixels of the images are among the cells, int64 (784,).
        offsets: How far from a pixel those of its window are, int64 (K,).
    """

    def __init__(self, window: Window, count: int) -> None:
        self._window = window
        self._top = -int(window.offsets[:, 0].min())
        self._margin = int(np.abs(window.offsets[:, 1]).max())
        self._stride = SIDE + 2 * self._margin
        self.cells = np.zeros(((self._top + SIDE) * self._stride, count), np.uint8)
        self.offsets = window.offsets @ np.array([self._stride, 1])
        rows, columns = np.divmod(np.arange(PIXELS), SIDE)
        self.places = (rows + self._top) * self._stride + columns + self._margin

    @classmethod
    def of(cls, window: Window, images: Images) -> "Canvas":
        """The canvas of images (N, 28, 28) that are all known."""
        canvas = cls(window, len(images))
        pixels = images.reshape(-1, PIXELS).T
        canvas.cells[:] = pixels[0]
        canvas.cells[canvas.places] = pixels
        return canvas

    def neighbours(self, position: int) -> NDArray[np.uint8]:
        """The pixels of the window at a position, uint8 (K, N)."""
        return np.asarray(self.cells[self.places[position] + self.offsets])

    def neighbours_at(
        self, positions: NDArray[np.int64], images: NDArray[np.int64]
    ) -> NDArray[np.uint8]:
        """The pixels of the window at positions (n,) of images (n,), uint8 (K, n)."""
        count = self.cells.shape[1]
        places = self.places[positions] * count + images
        near = self.cells.reshape(-1).take(self.offsets[:, None] * count + places)
        return np.asarray(near * (positions > 0))

    def flatness(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
        """What is known of the contexts of images that are all known, each (784, N).

        The pixel to the left; whether the context is flat; whether it is so and of one level.
        """
        left = self.cells[self.places + self.offsets[0]]
        equal = np.ones_like(left, np.bool_)
        equal[0] = False
        for number, offset in enumerate(self.offsets):
            if number == self._window.flat:
                flat = equal.copy()
            equal &= self.cells[self.places + offset] == left
        return left, flat, equal

    def put(self, position: int, values: NDArray[np.uint8]) -> None:
        """Set a pixel of every image, (N,)."""
        if position == 0:
            self.cells[:] = values
        self.cells[self.places[position]] = values

    def pixels(self) -> Images:
        """The images, uint8 (N, 28, 28)."""
        return np.ascontiguousarray(self.cells[self.places].T).reshape(-1, SIDE, SIDE)


def predictions(near: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Three predictions of pixels, int64 (3, N): the median edge detector, left and above.

    The first is that of JPEG-LS (Weinberger, Seroussi, Sapiro 2000, "The LOCO-I lossless image
    compression algorithm").
    """
    left, above, corner = near[:3].astype(np.int64, "C")
    low, high = np.minimum(left, above), np.maximum(left, above)
    median = np.maximum(low, np.minimum(high, left + above - corner))  # quicker than clip
    return np.stack([median, left, above])


def distances(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How far grey levels are from others, of the same shape or one that spreads to it."""
    return np.asarray(np.maximum(a, b) - np.minimum(a, b))
