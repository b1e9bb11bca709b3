"""The contexts of the bits of many originals, as the coder sees them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.kinds.scan import BitWindow, extent, in_order, places
from aecodec.training.scan.config import ScanConfig

Numbers = NDArray[np.int64]
Bits = NDArray[np.uint8]


def make_window(config: ScanConfig) -> BitWindow:
    """The bits that a bit is predicted from, the nearest first."""
    above = [
        (-row, column)
        for row in range(1, config.rows + 1)
        for column in range(-config.columns, config.columns + 1)
    ]
    reached = [*((0, -column) for column in range(1, config.columns + 1)), *above]
    reached.sort(key=lambda offset: offset[0] ** 2 + offset[1] ** 2)
    return BitWindow(np.array(reached, np.int64), config.near)


class BitBatch(NamedTuple):
    """Some bits and what is known of them.

    Attributes:
        near: uint8 (N, K), the window.
        places: int32 (N, PLACES).
        orders: int32 (N,), the orders of their originals.
        bits: float32 (N,), the bits themselves.
    """

    near: Bits
    places: NDArray[np.int32]
    orders: NDArray[np.int32]
    bits: NDArray[np.float32]


class BitContexts:
    """All bits of some originals, numbered one original after the other in raster order.

    Args:
        originals: uint8 (n, n) each, of 0 and 1.
        window: What a bit is predicted from.
        orders: In how many orders each is taken, all in one after all in the other.

    Attributes:
        count: How many originals there are, each counted in each order.
        flat: The numbers of bits in flat contexts.
        full: Those of all others.
    """

    def __init__(self, originals: Sequence[Bits], window: BitWindow, orders: int) -> None:
        ordered = [in_order(bits, order) for order in range(orders) for bits in originals]
        self.count, self._in_each = len(ordered), len(originals)
        self._window = window
        self._sizes = np.array([len(bits) for bits in ordered], np.int64)
        self._ends = np.cumsum(self._sizes**2)
        padded, least, most, flat = [], [], [], []
        for bits in ordered:
            cells = np.pad(bits, ((window.above, 0), (window.aside, window.aside)))
            padded.append(cells.reshape(-1))
            before = extent(bits)
            least.append(before[0].reshape(-1).astype(np.int8))
            most.append(before[1].reshape(-1).astype(np.int8))
            flat.append(self._is_flat(cells, len(bits)).reshape(-1))
        self._cells = np.concatenate(padded)
        lengths = np.array([len(cells) for cells in padded])
        self._begins = np.cumsum(lengths) - lengths
        self._least, self._most = np.concatenate(least), np.concatenate(most)
        is_flat = np.concatenate(flat)
        self.flat = np.flatnonzero(is_flat).astype(np.int32)
        self.full = np.flatnonzero(~is_flat).astype(np.int32)

    def _is_flat(self, cells: Bits, size: int) -> NDArray[np.bool_]:
        total = np.zeros((size, size), np.uint8)
        for row, column in self._window.offsets[: self._window.near].tolist():
            top, left = self._window.above + row, self._window.aside + column
            total += cells[top : top + size, left : left + size]
        return np.asarray((total == 0) | (total == self._window.near))

    def batch(self, chosen: NDArray[np.integer]) -> BitBatch:
        """What is known of the bits of some numbers."""
        which = np.searchsorted(self._ends, chosen, side="right")
        size = self._sizes[which]
        row, column = np.divmod(chosen - (self._ends[which] - size**2), size)
        stride = size + 2 * self._window.aside
        at = self._begins[which] + (row + self._window.above) * stride
        at += column + self._window.aside
        down, right = self._window.offsets.T
        near = self._cells[at[:, None] + (stride[:, None] * down + right)]
        least = self._least[chosen].astype(np.int64)
        most = self._most[chosen].astype(np.int64)
        known = places(size, row, column, least, most)
        orders = (which // max(self._in_each, 1)).astype(np.int32)
        return BitBatch(near, known.astype(np.int32), orders, self._cells[at].astype(np.float32))

    def batches(self, chosen: NDArray[np.integer], size: int) -> Iterator[BitBatch]:
        """The same in batches, the last one shorter."""
        for begin in range(0, len(chosen), size):
            yield self.batch(chosen[begin : begin + size])
