"""The networks that say how likely a bit of an original is black."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import (
    Arrays,
    ResidualNetwork,
    filled_up,
    take_array,
    take_table,
    widest,
)
from aecodec.kinds.scan import bit_tables
from aecodec.kinds.scan.resampling import Resampling
from aecodec.kinds.scan.window import PLACES, SIDE_PLACE, BitWindow, place_rows

BLOCK = 512  # contexts at once: more do not fit the caches

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]
Bits = NDArray[np.uint8]


class PlaceNetwork(ResidualNetwork):
    """A `ResidualNetwork` to whose first sums a row of a table is added for each place number.

    Args:
        arrays: The layers `PREFIX` (see `read_layers`), and `PREFIX.places` int16 or int32
            (PLACES * V, H): the rows of each place number in turn; behind them a row for each
            order, where there are several.
        prefix: The network's name.
        window: What it sees; of the block around a bit it takes the columns within `reach`.
        values: V, how many values a place number can have.
        orders: O, how many orders of bits there are.

    Attributes:
        reach: How many columns to either side it sees: weights further out are 0.
        places: The rows of each place number, int64 (PLACES, V, H).
        sides: Those of the side in each order, int64 (O * V, H).

    Raises:
        InvalidModelError: They are unsound, or a sum could leave 2^24.
    """

    def __init__(
        self, arrays: Arrays, prefix: str, window: BitWindow, values: int, orders: int
    ) -> None:
        table = take_table(arrays, f"{prefix}.places", place_rows(values, orders), prefix)
        rows = PLACES * values
        parts = table[:rows].reshape(PLACES, values, -1)
        ordered = table[rows:] if orders > 1 else np.zeros((1, table.shape[1]), np.int64)
        name = f"{prefix}.0.weights"
        weights = arrays[name]
        if len(weights) != len(window.offsets):
            raise InvalidModelError("a network of bits does not fit their window")
        self.reach = int(np.abs(window.offsets[weights.any(1), 1]).max(initial=0))
        whole = np.zeros((window.block_size, weights.shape[1]), weights.dtype)
        whole[window.block] = weights
        self._seen = window.within(self.reach)
        block = whole[self._seen]
        most = np.abs(parts).max(1).sum(0) + np.abs(ordered).max(0)
        super().__init__({**arrays, name: block}, prefix, (0, 1), most)
        self.places = parts
        self.sides = (ordered[:, None] + parts[SIDE_PLACE]).reshape(orders * values, -1)
        scaled = parts.astype(np.float32) * self.scale
        self._rows, self._below, self._columns, self._beyond = scaled[:SIDE_PLACE]
        self._least, self._right = scaled[SIDE_PLACE + 1 :]
        self._sides = self.sides.astype(np.float32) * self.scale + self.bias

    def here(self, row: int, column: int) -> Floats:
        """What is added at a place in originals of each side that has it, the least first, (R, H).

        The least is max(row, column) + 1.
        """
        first, end = max(row, column), len(self._rows) - 1
        added = self._below[first - row : end - row] + self._beyond[first - column : end - column]
        added += self._rows[row] + self._columns[column]
        return np.asarray(added)

    def along(self, row: int, size: int) -> Floats:
        """The same for a row of one original, (n, H)."""
        line = self._rows[row] + self._below[size - 1 - row]
        return np.asarray(self._columns[:size] + self._beyond[size - 1 :: -1] + line)

    def shape(self, sides: Numbers, least: Numbers, right: Numbers) -> Floats:
        """What is added wherever a bit is, (N, H).

        Args:
            sides: The rows of `sides` of originals (N,).
            least: The last place number but one (N,).
            right: The last one (N,).
        """
        added: Floats = self._sides.take(sides, axis=0)
        added += self._least.take(least, axis=0)
        added += self._right.take(right, axis=0)
        return added

    def __call__(self, blocks: Floats, numbers: Numbers, added: Floats) -> Numbers:
        """Map some of the blocks (M, D), by their numbers (N,), to integers (N,).

        Args:
            blocks: The blocks around bits.
            numbers: Which of them.
            added: What is added of places (N, H).
        """
        seen = blocks[:, self._seen][filled_up(numbers)]
        return self.run(seen, added)[: len(added), 0].astype(np.int64)


class Added(NamedTuple):
    """What a network adds for bits: a row each of two tables.

    Attributes:
        here: What `here` or `along` of it gives (R, H).
        rows: int64 (N,), which row each bit takes.
        shape: What `shape` gives of each (N, H).
    """

    here: Floats
    rows: Numbers
    shape: Floats


class BitNetworks:
    """The integer networks of bits, proved, and their window.

    Args:
        arrays: Those of `BitWindow`; the networks `bits.edge` and `bits.flat`, of contexts that
            are not flat and that are (see `PlaceNetwork`); `bits.frequencies` uint16 (2 S + 1,),
            by what either gives, -S to S, how often of 2^16 a bit is black.
        resampling: What the originals are for.
        orders: How many orders of bits there are.

    Attributes:
        values: How many values a place number can have.

    Raises:
        InvalidModelError: They are unsound.
    """

    def __init__(self, arrays: Arrays, resampling: Resampling, orders: int) -> None:
        self.window = BitWindow.read(arrays)
        self.values = resampling.largest + 1
        self.edge, self.flat = (
            PlaceNetwork(arrays, name, self.window, self.values, orders)
            for name in ("bits.edge", "bits.flat")
        )
        frequencies = take_array(arrays, "bits.frequencies", ("uint16",), 1).astype(np.int64)
        self._frequencies, self._reach = frequencies, len(frequencies) // 2
        for network in (self.edge, self.flat):
            if network.width_out != 1 or network.output_range != (-self._reach, self._reach):
                raise InvalidModelError("the frequencies of bits do not fit their networks")
        if len(frequencies) != 2 * self._reach + 1 or not frequencies.all():
            raise InvalidModelError("the frequencies of bits are unsound")

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return widest(self.edge.arithmetic, self.flat.arithmetic)

    @cached_property
    def loop_arrays(self) -> tuple[Any, ...] | None:
        """What the compiled loop takes of the window and the networks, where it can run them."""
        edge, flat = (
            bit_tables.network(
                network.layers, network.places, network.sides, self.window.above, network.reach
            )
            for network in (self.edge, self.flat)
        )
        if edge is None or flat is None:
            return None
        window = self.window
        return bit_tables.nearest(window), window.above + 1, edge, flat, self._frequencies

    def black(
        self, flat: NDArray[np.bool_], blocks: Floats, edge_adds: Added, flat_adds: Added
    ) -> Numbers:
        """How often of 2^16 bits are black, int64 (N,).

        Args:
            flat: Which of their contexts are flat (N,).
            blocks: float32 (N, D), the blocks around them.
            edge_adds: What `edge` adds for them.
            flat_adds: What `flat` adds.
        """
        logits = np.empty(len(flat), np.int64)
        for network, adds, chosen in (
            (self.edge, edge_adds, ~flat),
            (self.flat, flat_adds, flat),
        ):
            numbers = np.flatnonzero(chosen)
            for begin in range(0, len(numbers), BLOCK):
                part = numbers[begin : begin + BLOCK]
                added = adds.here.take(adds.rows[part], axis=0)
                added += adds.shape.take(part, axis=0)
                logits[part] = network(blocks, part, added)
        return np.asarray(self._frequencies[logits + self._reach])
