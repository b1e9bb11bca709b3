"""What is said of each image before any bit: no original, or its side and the order of its bits."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import Arrays, entropy, lanes, take_array
from aecodec.kinds.scan.resampling import Resampling

MAX_ORDERS = 2

T = TypeVar("T", np.uint8, np.int64)
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Said:
    """Symbols for what is said of images, in payloads of one sort or of several.

    In a payload of sort 0 no image has an original, and nothing is said of any. Every other sort
    has odds of its own, so that images take next to nothing for being like most beside them.

    Attributes:
        sorts: Cumulative frequencies of the sorts, int64 (R + 2,); None where all payloads are
            of sort 1.
        starts: Cumulative frequencies of what is said, int64 (R, A + 1), from sort 1 on.
        sides: The sides that originals can have.
    """

    sorts: Numbers | None
    starts: Numbers
    sides: range

    @classmethod
    def read(cls, arrays: Arrays, resampling: Resampling) -> "Said":
        """Read `scan.sizes` uint16 (1 + orders * sides,), their odds, none of them 0.

        With `scan.sorts` uint16 (R + 1,), the odds of sorts, it is (R, 1 + orders * sides).

        Raises:
            InvalidModelError: The odds are unsound.
        """
        sorts = None
        if "scan.sorts" in arrays:
            sorts = take_array(arrays, "scan.sorts", ("uint16",), 1).astype(np.int64)
        dimensions = 1 if sorts is None else 2
        odds = take_array(arrays, "scan.sizes", ("uint16",), dimensions).astype(np.int64)
        orders, rest = divmod(odds.shape[-1] - 1, len(resampling.sizes))
        if rest or not 1 <= orders <= MAX_ORDERS or not odds.all():
            raise InvalidModelError("the odds of the sides of originals are unsound")
        starts = entropy.cumulate(np.atleast_2d(odds))
        if sorts is None:
            return cls(None, starts, resampling.sizes)
        if len(sorts) != len(starts) + 1 or not sorts.all():
            raise InvalidModelError("the odds of the sorts of payloads are unsound")
        return cls(entropy.cumulate(sorts), starts, resampling.sizes)

    @property
    def orders(self) -> int:
        """How many orders there are to choose from."""
        return int(self.starts.shape[1] - 2) // len(self.sides)

    def symbols(self, sides: Numbers, orders: Numbers) -> Numbers:
        """What is said of originals of some sides, 0 for none, in some orders, int64 (N,)."""
        there = sides - self.sides.start + 1 + orders * len(self.sides)
        return np.asarray(np.where(sides > 0, there, 0))

    def sides_and_orders(self, symbols: Numbers) -> tuple[Numbers, Numbers]:
        """What the symbols of originals, none of them 0, say of each."""
        orders, sides = np.divmod(symbols - 1, len(self.sides))
        return sides + self.sides.start, orders

    def rates(self, symbols: Numbers) -> Numbers:
        """What symbols take among their like, in bits times 2^RATE_BITS, int64 (N,)."""
        least = rates(np.diff(self.starts)).min(0)
        if self.sorts is not None:
            least[0] = 0
        return np.asarray(least[symbols])

    def coded(self, symbols: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Symbols (N,) of a payload, of the sort that takes least.

        Returns:
            First slots and frequencies (M,), and how many symbols each pass has.
        """
        if self.sorts is None:
            return *_intervals(self.starts[0], symbols), np.array([len(symbols)])
        totals = rates(np.diff(self.sorts))
        totals[1:] += rates(np.diff(self.starts))[:, symbols].sum(1)
        sort = int(totals[1:].argmin()) + 1 if symbols.any() else int(totals.argmin())
        passes = [_intervals(self.sorts, np.array([sort]))]
        if sort > 0:
            passes.append(_intervals(self.starts[sort - 1], symbols))
        starts, frequencies = (np.concatenate(part) for part in zip(*passes, strict=True))
        return starts, frequencies, np.array([1, len(symbols)][: len(passes)])

    def decode(self, count: int, source: lanes.LaneDecoder) -> Numbers:
        """Decode what is said of the images of a payload, int64 (count,)."""
        sort = 1
        if self.sorts is not None:
            sort = int(source.symbols(np.diff(self.sorts)[None])[0])
        if sort == 0:
            return np.zeros(count, np.int64)
        frequencies = np.diff(self.starts[sort - 1])
        return source.symbols(np.broadcast_to(frequencies, (count, len(frequencies))))


def _intervals(starts: Numbers, symbols: Numbers) -> tuple[Numbers, Numbers]:
    """The first slots and the frequencies of symbols."""
    return starts[symbols], np.diff(starts)[symbols]


def rates(frequencies: Numbers) -> Numbers:
    """What symbols take that come so often of 2^16, in bits times 2^RATE_BITS."""
    return entropy.rate_table()[frequencies].astype(np.int64)


def in_order(bits: NDArray[T], order: int) -> NDArray[T]:
    """An original (n, n) as its bits are coded, and back: in order 1 turned by half a turn."""
    return np.ascontiguousarray(bits[::-1, ::-1]) if order else bits
