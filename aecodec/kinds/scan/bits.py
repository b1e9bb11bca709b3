"""The bits of originals as symbols: all of them at once to encode, one after the other to decode.

The originals of a chunk go in lockstep, the largest first: for each row and column in turn, a
symbol for every original that has it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import entropy, lanes
from aecodec.kinds.scan import bit_loops
from aecodec.kinds.scan.networks import Added, BitNetworks, Bits, Numbers

STEP_SAVING, BIT_SAVING = 100, 1.5  # microseconds that the compiled loop saves


def ranks(sizes: Numbers) -> Numbers:
    """The place of each original in a pass, int64 (N,): by size, the largest first."""
    order = np.argsort(-sizes, kind="stable")
    placed = np.empty(len(sizes), np.int64)
    placed[order] = np.arange(len(sizes))
    return placed


def survey(networks: BitNetworks, originals: Sequence[Bits], order: int) -> Iterator[Numbers]:
    """How often of 2^16 each bit of originals is black, in raster order, int64 (n * n,) each.

    Args:
        networks: What gives the distributions.
        originals: uint8 (n, n) each, as their bits are coded in this order.
        order: The same for all.
    """
    loop = _loop(networks, sum(bits.size for bits in originals), 0)
    for bits in originals:
        yield _compiled_black(loop, bits, order) if loop else _black(networks, bits, order)


def _loop(networks: BitNetworks, bits: int, steps: int) -> Callable[..., bool] | None:
    """The compiled loop with all it knows, if it pays for so many bits and can run the networks."""
    if networks.loop_arrays is None:
        return None
    loop = bit_loops.WALK.compiled(int(STEP_SAVING * steps + BIT_SAVING * bits))
    return loop and partial(loop, *networks.loop_arrays)


def _compiled_black(loop: Callable[..., bool], bits: Bits, order: int) -> Numbers:
    ones = np.empty((1, *bits.shape), np.int32)
    no_lane = np.zeros((1, 1), np.int64), *(np.zeros((3, 1), np.int64))
    loop(np.array([len(bits)]), np.array([order]), bits[None].copy(), ones, *no_lane)
    return ones.reshape(-1).astype(np.int64)


def _black(networks: BitNetworks, bits: Bits, order: int) -> Numbers:
    size, window = len(bits), networks.window
    cells = np.pad(bits, ((window.above, 0), (window.aside, window.aside)))
    shape = 2 * window.aside + 1, window.above + 1
    strips = np.lib.stride_tricks.sliding_window_view(cells.T, shape).swapaxes(0, 1)
    blocks = strips.reshape(size * size, -1).astype(np.float32)
    near = blocks[:, window.block[: window.near]].sum(1)
    least, most = (part.reshape(-1) for part in extent(bits))
    sides = np.full(size * size, networks.values * order + size)
    right = np.where(most < 0, size, size - 1 - most)
    adds = [
        Added(
            np.concatenate([network.along(row, size) for row in range(size)]),
            np.arange(size * size),
            network.shape(sides, least, right),
        )
        for network in (networks.edge, networks.flat)
    ]
    return networks.black((near == 0) | (near == window.near), blocks, *adds)


def extent(bits: Bits) -> tuple[Numbers, Numbers]:
    """The first and last black column before each bit, int64 (n, n); n and -1 where none is."""
    size = len(bits)
    columns, black = np.tile(np.arange(size), size), bits.reshape(-1) > 0
    first, last = np.where(black, columns, size), np.where(black, columns, -1)
    least = np.minimum.accumulate(np.concatenate([[size], first[:-1]]))
    most = np.maximum.accumulate(np.concatenate([[-1], last[:-1]]))
    return least.reshape(bits.shape), most.reshape(bits.shape)


def decode(
    networks: BitNetworks, sizes: Numbers, orders: Numbers, source: lanes.LaneDecoder
) -> list[Bits]:
    """Decode originals of some sides, uint8 (n, n) each, as their bits are coded.

    Args:
        networks: What gives the distributions.
        sizes: The sides (N,).
        orders: The orders of their bits (N,).
        source: What decodes the bits.

    Raises:
        CorruptFileError: The source holds no such originals.
    """
    if not sizes.size:
        return []
    placed = ranks(sizes)
    falling = np.argsort(placed)
    ordered, orders = sizes[falling], orders[falling]
    largest = int(ordered[0])
    loop = _loop(networks, int((sizes**2).sum()), largest**2)
    if loop is None:
        walk = _Walk(networks, ordered, orders)
        for row in range(largest):
            for column in range(largest):
                walk.step(row, column, source)
            walk.next_row()
        bits = walk.bits
    else:
        bits = np.zeros((len(sizes), largest, largest), np.uint8)
        ones = np.zeros((0, 0, 0), np.int32)
        source.run(loop, ordered, orders, bits, ones)
    return [
        bits[rank, :size, :size].copy() for rank, size in zip(placed, sizes.tolist(), strict=True)
    ]


class _Walk:
    """Originals as far as they are known, the largest first.

    Attributes:
        bits: uint8 (N, n, n).
    """

    def __init__(self, networks: BitNetworks, sizes: Numbers, orders: Numbers) -> None:
        self._networks, self._sizes = networks, sizes
        self._sides = orders * networks.values + sizes  # their rows in the tables of sides
        window, side = networks.window, int(sizes.max(initial=0))
        self.bits = np.zeros((len(sizes), side, side), np.uint8)
        self._depth = window.above + 1
        # the rows that the window reaches, those of a column side by side, the current one last
        self._strip = np.zeros((len(sizes), side + 2 * window.aside, self._depth), np.float32)
        self._flat = self._strip.reshape(len(sizes), -1)
        self._near = window.block[: window.near]
        self._least, self._right = sizes.copy(), sizes.copy()
        self._shapes = [  # what each network adds for the shape of an original so far
            (network, network.shape(self._sides, sizes, sizes))
            for network in (networks.edge, networks.flat)
        ]

    def next_row(self) -> None:
        self._strip[:, :, :-1] = self._strip[:, :, 1:]
        self._strip[:, :, -1] = 0

    def step(self, row: int, column: int, source: lanes.LaneDecoder) -> None:
        """Decode the bit of a row and column of all originals that have it."""
        last = max(row, column)
        count = int(np.searchsorted(-self._sizes, -last))
        sides = self._sizes[:count] - (last + 1)  # their rows in what is added here
        networks, begin = self._networks, column * self._depth
        blocks = self._flat[:count, begin : begin + networks.window.block_size]
        near = blocks[:, self._near].sum(1)
        flat = (near == 0) | (near == len(self._near))
        adds = [Added(network.here(row, column), sides, shape) for network, shape in self._shapes]
        bits = source.bits(networks.black(flat, blocks, *adds))
        self.bits[:count, row, column] = bits
        self._strip[:count, column + networks.window.aside, -1] = bits
        self._widen(np.flatnonzero(bits), column)

    def _widen(self, black: Numbers, column: int) -> None:
        """Take note of what is black in a column."""
        right = self._sizes[black] - 1 - column
        wider = (column < self._least[black]) | (right < self._right[black])
        black, right = black[wider], right[wider]
        if black.size:
            least = self._least[black] = np.minimum(self._least[black], column)
            right = self._right[black] = np.minimum(self._right[black], right)
            for network, shape in self._shapes:
                shape[black] = network.shape(self._sides[black], least, right)


def symbols(
    black: Sequence[Numbers], originals: Sequence[Bits]
) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
    """The symbols of originals in the order of their passes.

    Args:
        black: What `survey` gives.
        originals: uint8 (n, n) each.

    Returns:
        The first slots and the frequencies (M,), and how many symbols each pass has.
    """
    sizes = np.array([len(bits) for bits in originals], np.int64)
    side = int(sizes.max(initial=0))
    keys, values, ones = [], [], []
    for rank, bits, frequencies in zip(ranks(sizes), originals, black, strict=True):
        row, column = np.divmod(np.arange(bits.size), len(bits))
        keys.append((row * side + column) * len(originals) + rank)
        values.append(bits.reshape(-1).astype(np.int64))
        ones.append(frequencies)
    key, bit, one = (np.concatenate(part) for part in (keys, values, ones))
    order = np.argsort(key)
    bit, one = bit[order], one[order]
    zero = entropy.TOTAL - one
    counts = np.bincount(key // len(originals), minlength=side * side)
    return bit * zero, np.where(bit > 0, one, zero), counts
