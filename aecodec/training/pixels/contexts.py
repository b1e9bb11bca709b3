"""The contexts of the pixels of many images, as the coder sees them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds.pixels import Window
from aecodec.training.pixels.config import PixelsConfig

# nearest first, as the pairs of near pixels that the kind compares expect them
NEAR = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)),
    *((-1, 2), (-1, -2), (0, -3), (-2, -1), (-2, 1), (-3, 0)),
)
FLAT = 6

Numbers = NDArray[np.int64]


def make_window(config: PixelsConfig) -> Window:
    """The pixels that a pixel is predicted from: the near ones, then all others in reach."""
    above = [
        (-row, column)
        for row in range(1, config.rows + 1)
        for column in range(-config.columns, config.columns + 1)
    ]
    reached = [*above, *((0, -column) for column in range(1, config.columns + 1))]
    rest = [offset for offset in reached if offset not in NEAR]
    return Window(np.array([*NEAR, *rest], np.int64), len(NEAR), FLAT)


class Batch(NamedTuple):
    """Some pixels and what is known of them.

    Attributes:
        near: int32 (N, K), the window.
        positions: int32 (N,), their numbers in raster order.
        seen: float32 (N, 256), 1 for each grey level that the image has shown.
        levels: int32 (N,), the pixels themselves.
    """

    near: NDArray[np.int32]
    positions: NDArray[np.int32]
    seen: NDArray[np.float32]
    levels: NDArray[np.int32]


class Contexts:
    """All pixels of some images; what lies around an image counts as its first pixel.

    Args:
        images: uint8 (N, 28, 28).
        window: What a pixel is predicted from.

    Attributes:
        count: How many images there are.
        flat: Pixels in flat contexts, numbers up to 784 N, int64.
        full: All others, and those that differ from their flat contexts.
    """

    def __init__(self, images: Images, window: Window) -> None:
        self.count = len(images)
        top, margin = -int(window.offsets[:, 0].min()), int(np.abs(window.offsets[:, 1]).max())
        stride = SIDE + 2 * margin
        cells = np.empty((len(images), top + SIDE, stride), np.uint8)
        cells[:] = images[:, :1, :1]
        cells[:, top:, margin : margin + SIDE] = images
        self._size = cells[0].size if len(cells) else 0
        self._cells = cells.reshape(-1)
        rows, columns = np.divmod(np.arange(PIXELS), SIDE)
        self._places = (rows + top) * stride + columns + margin
        self._offsets = window.offsets @ np.array([stride, 1])
        self._pixels = images.reshape(-1)
        flat = self._flat(window.flat)
        differs = self._neighbour(0) != self._pixels.reshape(-1, PIXELS)
        self.flat, self.full = np.flatnonzero(flat), np.flatnonzero(~flat | differs)
        self._first = _first_shown(self._pixels.reshape(-1, PIXELS))

    def _neighbour(self, number: int) -> NDArray[np.uint8]:
        """One pixel of the window of each pixel, uint8 (N, 784)."""
        return self._cells.reshape(self.count, -1)[:, self._places + self._offsets[number]]

    def _flat(self, size: int) -> NDArray[np.bool_]:
        level = self._neighbour(0)
        flat = np.ones(level.shape, bool)
        for number in range(1, size):
            flat &= self._neighbour(number) == level
        flat[:, 0] = False
        return flat

    def batch(self, chosen: Numbers) -> Batch:
        """What is known of the pixels of some numbers."""
        images, positions = np.divmod(chosen, PIXELS)
        places = images * self._size + self._places[positions]
        near = self._cells[places[:, None] + self._offsets].astype(np.int32)
        near[positions == 0] = 0  # nothing is known yet
        seen = self._first[images] < positions[:, None]
        return Batch(
            near,
            positions.astype(np.int32),
            seen.astype(np.float32),
            self._pixels[chosen].astype(np.int32),
        )

    def batches(self, chosen: Numbers, size: int) -> Iterator[Batch]:
        """The same in batches, the last one shorter."""
        for begin in range(0, len(chosen), size):
            yield self.batch(chosen[begin : begin + size])


def _first_shown(pixels: NDArray[np.uint8]) -> NDArray[np.int16]:
    """The position where each image first shows each grey level, else 784: int16 (N, 256)."""
    first = np.full((len(pixels), 256), PIXELS, np.int16)
    every = np.arange(len(pixels))
    for position in reversed(range(PIXELS)):
        first[every, pixels[:, position]] = position
    return first
