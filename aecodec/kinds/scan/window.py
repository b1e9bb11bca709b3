"""What is known of an original when its next bit is coded: the bits before it, in raster order."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import Arrays, take_array

MAX_REACH = 14  # rows above, columns to either side
PLACES = 7  # numbers that say where a bit is, see `places`
SIDE_PLACE = 4  # which of them is the side of the original

Numbers = NDArray[np.int64]


def place_rows(values: int, orders: int) -> int:
    """How many rows a table of place numbers has: those of each, then one of each of orders.

    Args:
        values: How many values a place number can have.
        orders: How many orders of bits there are; a single one needs no row.
    """
    return PLACES * values + (orders if orders > 1 else 0)


@dataclass(frozen=True)
class BitWindow:
    """The bits that a bit is predicted from; those outside the original are 0.

    Attributes:
        offsets: int64 (K, 2): rows down and columns right of the bit, all before it in raster
            order.
        near: Where so many, the first ones, are equal, the context is flat.
    """

    offsets: Numbers
    near: int

    @classmethod
    def read(cls, arrays: Arrays) -> "BitWindow":
        """Read `bits.offsets` int8 (K, 2) and `bits.near` uint8 (1,).

        Raises:
            InvalidModelError: They are unsound.
        """
        offsets = take_array(arrays, "bits.offsets", ("int8",), 2).astype(np.int64)
        near = take_array(arrays, "bits.near", ("uint8",), 1).tolist()
        if offsets.shape[1] != 2 or len(near) != 1 or not 1 <= near[0] <= len(offsets):
            raise InvalidModelError("the window of bits has no offsets of two numbers, or no size")
        rows, columns = offsets.T
        before = (rows < 0) | ((rows == 0) & (columns < 0))
        if not before.all() or np.abs(offsets).max() > MAX_REACH:
            raise InvalidModelError("the window of bits reaches what is not known, or too far")
        return cls(offsets, near[0])

    def share_near(self, bits: NDArray[np.uint8]) -> NDArray[np.float64]:
        """How many of the nearest bits of each bit of an original (n, n) are black: 0 to 1."""
        cells = np.pad(bits, ((self.above, 0), (self.aside, self.aside)))
        rows, columns = (np.arange(n) for n in bits.shape)
        total = np.zeros(bits.shape, np.int64)
        for down, right in self.offsets[: self.near].tolist():
            total += cells[rows[:, None] + self.above + down, columns + self.aside + right]
        return np.asarray(total / self.near)

    @cached_property
    def above(self) -> int:
        """How many rows it reaches up."""
        return -int(self.offsets[:, 0].min())

    @cached_property
    def aside(self) -> int:
        """How many columns it reaches to either side."""
        return int(np.abs(self.offsets[:, 1]).max())

    @cached_property
    def block(self) -> Numbers:
        """Where the bits of the window are in the block around it, int64 (K,).

        The block has the columns from `aside` to the left to as many to the right, in each the
        rows from `above` down to the bit's own: bits of a column lie side by side, and the
        blocks of a row of bits are parts of one strip.
        """
        rows, columns = (self.offsets + np.array([self.above, self.aside])).T
        return np.asarray(columns * (self.above + 1) + rows)

    def within(self, reach: int) -> slice:
        """Which bits of the block lie in so many columns to either side."""
        depth, beyond = self.above + 1, self.aside - reach
        return slice(beyond * depth, self.block_size - beyond * depth)

    @cached_property
    def block_size(self) -> int:
        """How many bits the block has."""
        return (self.above + 1) * (2 * self.aside + 1)


def places(size: Numbers, row: Numbers, column: Numbers, least: Numbers, most: Numbers) -> Numbers:
    """Where bits are in their originals, int64 (N, PLACES), each number within 0 to n.

    Args:
        size: The sides n of the originals (N,).
        row: The bits' rows.
        column: Their columns.
        least: The first column that is black in any bit before; n where none is.
        most: The last one; -1 where none is.
    """
    edges = (row, size - 1 - row, column, size - 1 - column, size)
    right = np.where(most < 0, size, size - 1 - most)
    return np.stack([*edges, least, right], -1)
