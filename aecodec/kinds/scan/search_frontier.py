"""The beam search for originals in NumPy: all problems of one size at once.

An original is filled in from the top. Each row of the box brings 1 to 5 new source rows, which
are chosen column by column: a pattern is the new bits of one source column. A sum of shares only
grows, so whatever leaves the interval of a pixel's sum, or cannot reach it, is dropped at once.

Of the ways to fill a row from one beam the best `width` are kept after each column of the box, by
score, then by order of generation (parent first, then patterns as numbers, first column first).
Of all ways to fill a row the best `width` become the next beams, again by score, then beam, then
order, and at most two of them have the same lowest source row. `search_loops` does the same.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Bits = NDArray[np.uint8]

ALIKE = 2  # beams with the same lowest source row
DEPTH = 5  # the most new source rows of a row of the box
COUNTED_DEPTH = 4  # the most of those whose patterns a model has costs of


@dataclass(frozen=True)
class Geometry:
    """How the originals of one size fall on the box, without shares that are but float noise.

    Attributes:
        shares: int64 (box, n), in parts of 2^24.
        start: int64 (box,), the first source row of each row of the box.
        stop: int64 (box,), the last one.
        touch: bool (box, n), where the share is not 0, the tiny ones included.
    """

    shares: Integers
    start: Integers
    stop: Integers
    touch: NDArray[np.bool_]

    def flipped(self) -> "Geometry":
        """The same for originals and boxes that are turned by 180 degrees."""
        last = self.shares.shape[1] - 1
        return Geometry(
            _flip(self.shares), last - self.stop[::-1], last - self.start[::-1], _flip(self.touch)
        )


@dataclass(frozen=True)
class Problems:
    """P boxes whose originals of one size are looked for.

    Attributes:
        low: int64 (P, box, box), the least of 255 times the sum of shares in each pixel.
        high: int64 (P, box, box), the largest.
        free: bool (P, n, n), where bits may be black.
    """

    low: Integers
    high: Integers
    free: NDArray[np.bool_]

    def flipped(self) -> "Problems":
        """The same for boxes that are turned by 180 degrees."""
        return Problems(_flip(self.low), _flip(self.high), _flip(self.free))


@dataclass(frozen=True)
class Beams:
    """What a search found, by problem, then score, then order.

    Attributes:
        owner: int64 (B,), the number of the problem.
        score: int64 (B,), in eighths of a bit.
        bits: uint8 (B, n, n).
    """

    owner: Integers
    score: Integers
    bits: Bits

    def flipped(self) -> "Beams":
        """The same originals, turned by 180 degrees."""
        return Beams(self.owner, self.score, _flip(self.bits))


def _flip(array: NDArray[Any]) -> NDArray[Any]:
    """Turn by 180 degrees along the last two axes."""
    return np.ascontiguousarray(array[..., ::-1, ::-1])


def offset(rows: int) -> int:
    """Where the table of patterns of `rows` bits begins."""
    return sum(1 << 2 * r + 4 for r in range(1, rows))


def allowed(rows: int) -> Integers:
    """Patterns of `rows` bits that change at most once from top to bottom."""
    numbers = np.arange(1 << rows)
    changes = (numbers ^ numbers >> 1) & (1 << rows - 1) - 1
    return np.asarray(numbers[(changes & changes - 1) == 0])


def first_new(geometry: Geometry, row: int) -> tuple[int, bool]:
    """The first source row that no row of the box above `row` has, and whether one is shared."""
    first = int(geometry.start[row])
    shared = row > 0 and int(geometry.stop[row - 1]) == first
    return first + shared, shared


def search(problems: Problems, geometry: Geometry, table: Bits, width: int) -> Beams:
    """Look for the likeliest originals of all problems."""
    size = geometry.shares.shape[1]
    count = len(problems.low)
    owner = np.arange(count)
    beams = Beams(owner, np.zeros(count, np.int64), np.zeros((count, size, size), np.uint8))
    for row in range(len(geometry.shares)):
        if not len(beams.owner):
            break
        beams = _Row(problems, geometry, table, width, row, beams).fill()
    return beams


class _Row:
    """One row of the box, filled from each of the beams above it."""

    def __init__(
        self,
        problems: Problems,
        geometry: Geometry,
        table: Bits,
        width: int,
        row: int,
        beams: Beams,
    ) -> None:
        self._geometry, self._width, self._beams = geometry, width, beams
        self._first, shared = first_new(geometry, row)
        self._last = int(geometry.stop[row])
        self._rows = rows = self._last - self._first + 1
        new = slice(self._first, self._last + 1)
        shares = geometry.shares[row]
        self._patterns = allowed(rows)
        places = np.arange(rows)
        self._values = ((np.arange(1 << rows)[:, None] >> places & 1) @ shares[new]) * 255
        self._table = table[offset(rows) : offset(rows + 1)].astype(np.int64)
        self._low = problems.low[beams.owner, row]
        self._high = problems.high[beams.owner, row]
        free = problems.free[beams.owner, new].astype(np.int64)
        self._barred = (1 << rows) - 1 - (free << places[:, None]).sum(1)
        size = geometry.shares.shape[1]
        self._context = np.zeros((len(beams.owner), size), np.int64)
        if self._first:
            above = np.pad(beams.bits[:, self._first - 1].astype(np.int64), ((0, 0), (1, 2)))
            for place in range(4):
                self._context |= above[:, place : place + size] << place + 2 * rows
        self._known = np.zeros((len(beams.owner), size), np.int64)
        if shared:
            self._known = beams.bits[:, self._first - 1] * (255 * shares[self._first - 1])

    def fill(self) -> Beams:
        """The beams after this row."""
        group = np.arange(len(self._beams.owner))
        score, left = self._beams.score, np.zeros(len(group), np.int64)
        history: list[tuple[Integers, Integers]] = []
        for column in range(len(self._geometry.shares)):
            group, score, left = self._column(column, group, score, left, history)
        size = self._geometry.shares.shape[1]
        chosen = np.zeros((len(group), size), np.int64)
        entry = np.arange(len(group))
        for number in range(size - 1, -1, -1):
            parent, pattern = history[number]
            chosen[:, number] = pattern[entry]
            entry = parent[entry]
        return self._select(group, score, chosen)

    def _column(
        self,
        column: int,
        group: Integers,
        score: Integers,
        left: Integers,
        history: list[tuple[Integers, Integers]],
    ) -> tuple[Integers, Integers, Integers]:
        """Choose the new source columns of one column of the box."""
        shares = self._geometry.shares[column]
        first, shared = first_new(self._geometry, column)
        last = int(self._geometry.stop[column])
        every = slice(first - shared, last + 1)
        sums = (self._known[:, every] @ shares[every])[group]
        if shared:
            sums += shares[first - 1] * self._values[left]
        full = (1 << self._rows) - 1
        most = shares[first : last + 1] * self._values[-1]
        room = np.where(self._barred[:, first : last + 1] == full, 0, most)
        after = np.cumsum(room[:, ::-1], 1)[:, ::-1] - room
        low, high = self._low[:, column], self._high[:, column]
        for source in range(first, last + 1):
            least = low - after[:, source - first]
            grown = sums[:, None] + shares[source] * self._values[self._patterns]
            good = grown <= high[group][:, None]
            good &= grown >= least[group][:, None]
            good &= (self._patterns & self._barred[group, source][:, None]) == 0
            parent, choice = np.nonzero(good)
            pattern = self._patterns[choice]
            sums, group = grown[parent, choice], group[parent]
            index = pattern | left[parent] << self._rows | self._context[group, source]
            score, left = score[parent] + self._table[index], pattern
            history.append((parent, pattern))
        kept = _best(group, score, self._width)
        parent, pattern = history[-1]
        history[-1] = parent[kept], pattern[kept]
        return group[kept], score[kept], left[kept]

    def _select(self, group: Integers, score: Integers, chosen: Integers) -> Beams:
        """The next beams from all ways to fill this row."""
        owner = self._beams.owner[group]
        order = _best(owner, score, len(owner))
        lowest = np.packbits((chosen[order] >> self._rows - 1).astype(np.uint8), axis=1)
        keyed = np.concatenate(
            [owner[order].astype(">u4").view(np.uint8).reshape(-1, 4), lowest], 1
        )
        row = np.ascontiguousarray(keyed).view(np.dtype((np.void, keyed.shape[1]))).ravel()
        same = np.unique(row, return_inverse=True)[1].ravel()
        order = order[np.sort(_best(same, np.zeros_like(same), ALIKE))]
        order = order[_best(owner[order], score[order], self._width)]
        bits = self._beams.bits[group[order]]
        for place in range(self._rows):
            bits[:, self._first + place] = chosen[order] >> place & 1
        return Beams(owner[order], score[order], bits)


def _best(group: Integers, score: Integers, most: int) -> Integers:
    """The entries with the `most` lowest scores of each group, by group, score and place."""
    order = np.argsort(group << 32 | score, kind="stable")
    ordered = group[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return np.asarray(order[rank < most])
