"""What is said of each image before any bit: no original, or its side and the order of its bits."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import Arrays, entropy, take_array
from aecodec.kinds.scan.resampling import Resampling

MAX_ORDERS = 2

T = TypeVar("T", np.uint8, np.int64)
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Said:
    """Symbols for what is said of images.

    Attributes:
        starts: Their cumulative frequencies, int64 (A + 1,).
        sides: The sides that originals can have.
    """

    starts: Numbers
    sides: range

    @classmethod
    def read(cls, arrays: Arrays, resampling: Resampling) -> "Said":
        """Read `scan.sizes` uint16 (1 + orders * sides,), their odds, none of them 0.

        Raises:
            InvalidModelError: The odds are unsound.
        """
        odds = take_array(arrays, "scan.sizes", ("uint16",), 1).astype(np.int64)
        orders, rest = divmod(len(odds) - 1, len(resampling.sizes))
        if rest or not 1 <= orders <= MAX_ORDERS or not odds.all():
            raise InvalidModelError("the odds of the sides of originals are unsound")
        return cls(entropy.cumulate(odds), resampling.sizes)

    @property
    def orders(self) -> int:
        """How many orders there are to choose from."""
        return (len(self.starts) - 2) // len(self.sides)

    @property
    def frequencies(self) -> Numbers:
        """How often of 2^16 each symbol comes."""
        return np.diff(self.starts)

    def symbols(self, sides: Numbers, orders: Numbers) -> Numbers:
        """What is said of originals of some sides, 0 for none, in some orders, int64 (N,)."""
        there = sides - self.sides.start + 1 + orders * len(self.sides)
        return np.asarray(np.where(sides > 0, there, 0))

    def sides_and_orders(self, symbols: Numbers) -> tuple[Numbers, Numbers]:
        """What the symbols of originals, none of them 0, say of each."""
        orders, sides = np.divmod(symbols - 1, len(self.sides))
        return sides + self.sides.start, orders


def in_order(bits: NDArray[T], order: int) -> NDArray[T]:
    """An original (n, n) as its bits are coded, and back: in order 1 turned by half a turn."""
    return np.ascontiguousarray(bits[::-1, ::-1]) if order else bits
