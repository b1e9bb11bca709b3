"""From a black-and-white original to the grey image that area resampling made of it.

MNIST's digits were made so (LeCun, Bottou, Bengio, Haffner 1998; the program that did it is
described by Yadav and Bottou 2019, "Cold case: the lost MNIST digits"). What it computed in
numbers of 32 bits (IEEE 754 binary32) is replayed here operation by operation, so an original
gives the very pixels.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import SIDE, Images
from aecodec.integer import Arrays, take_array

TIMES = 4  # the box: the side of the largest original, of models that do not say
MOST_TIMES = 4.5  # of those that do
MIDDLE = 128  # the grey that MNIST's rounding goes towards
ROUNDINGS = ("to the middle", "to the nearest", "down")

Floats = NDArray[np.float32]
Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Axis:
    """How the rows (or columns) of an original of n x n fall on those of the box.

    Attributes:
        first: int64 (box,), the first source row that each output row takes from.
        weights: float32 (box, R), the shares of that row and those after it, 0 past the last.
        source: int64 (box, R), their numbers, within 0 to n - 1 where the share is 0 too.
    """

    first: NDArray[np.int64]
    weights: Floats
    source: NDArray[np.int64]


@dataclass(frozen=True)
class Resampling:
    """One way to reduce originals to images.

    Attributes:
        box: The side of the square that an original is reduced to, 8 to 28.
        shrink: Of the width that a source pixel covers, how many of 1,000 parts count.
        rounding: A number of ROUNDINGS.
        largest: The side of the largest original, at most 4.5 times the box.
    """

    box: int
    shrink: int
    rounding: int
    largest: int

    @classmethod
    def read(cls, arrays: Arrays) -> "Resampling":
        """Read `scan.resampling` uint16 (3,) or (4,): of three, the largest is 4 times the box.

        Raises:
            InvalidModelError: It is unsound.
        """
        numbers = take_array(arrays, "scan.resampling", ("uint16",), 1).tolist()
        if len(numbers) not in (3, 4):
            raise InvalidModelError("a resampling is three or four numbers")
        box, shrink, rounding, *more = numbers
        made = cls(box, shrink, rounding, more[0] if more else TIMES * box)
        if not 8 <= made.box <= SIDE or not 500 <= made.shrink <= 1000:
            raise InvalidModelError("the box or the shrink of the resampling is out of range")
        if made.rounding >= len(ROUNDINGS):
            raise InvalidModelError("the resampling rounds in no known way")
        if not made.box <= made.largest <= largest_side(made.box):
            raise InvalidModelError("the largest original is out of range")
        return made

    @property
    def sizes(self) -> range:
        """The sides that originals may have."""
        return range(self.box, self.largest + 1)

    def axis(self, size: int) -> Axis:
        """How originals of a side of `size` fall on the box; both axes are the same."""
        return _axis(self.box, self.shrink, size)

    def grey(self, bits: Bits) -> Images:
        """Reduce originals.

        Args:
            bits: uint8 (N, n, n), 1 where they are black; none is empty.

        Returns:
            uint8 (N, box, box).
        """
        axis = self.axis(bits.shape[1])
        black = bits.astype(np.float32)
        sums = np.zeros((len(bits), self.box, self.box), np.float32)
        steps = range(axis.weights.shape[1])
        for row in steps:  # every output takes its sources in raster order
            for column in steps:
                share = axis.weights[:, row, None] * axis.weights[:, column]
                sums += share * black[:, axis.source[:, row, None], axis.source[:, column]]
        return self._rounded(sums)

    def _rounded(self, sums: Floats) -> Images:
        scale = np.float32(255) / sums.max((1, 2), keepdims=True)
        greys = sums * scale
        if self.rounding == 0:
            return np.asarray(np.trunc(greys - np.float32(MIDDLE)) + MIDDLE).astype(np.uint8)
        half = np.float32(0.5 if self.rounding == 1 else 0)
        return np.asarray(np.minimum(np.floor(greys + half), 255)).astype(np.uint8)

    def corners(self, greys: Images) -> NDArray[np.int64]:
        """Where boxes (N, box, box) lie in their images, int64 (N, 2): rows and columns.

        The centre of mass lies in the pixel after the middle; a box of 28 fills the image.
        """
        if self.box == SIDE:
            return np.zeros((len(greys), 2), np.int64)
        mass = greys.astype(np.int64)
        twice = 2 * np.arange(self.box) + 1
        total = 2 * np.maximum(mass.sum((1, 2)), 1)
        rows = (mass.sum(2) @ twice) // total
        columns = (mass.sum(1) @ twice) // total
        return np.asarray(SIDE // 2 - np.stack([rows, columns], 1))

    def render(self, bits: Bits) -> tuple[Images, NDArray[np.bool_]]:
        """The images of originals (N, n, n), uint8 (N, 28, 28), and whether each holds its box."""
        images = np.zeros((len(bits), SIDE, SIDE), np.uint8)
        whole = np.zeros(len(bits), np.bool_)
        inked = np.flatnonzero(bits.any((1, 2)))
        greys = self.grey(bits[inked])
        corners = self.corners(greys)
        fits = ((corners >= 0) & (corners <= SIDE - self.box)).all(1)
        whole[inked] = fits
        inside = np.arange(self.box)
        rows, columns = (corners[fits, k, None] + inside for k in (0, 1))
        images[inked[fits][:, None, None], rows[:, :, None], columns[:, None]] = greys[fits]
        return images, whole


def largest_side(box: int) -> int:
    """The side that no original of a box has more than."""
    return int(MOST_TIMES * box)


@lru_cache(256)
def _axis(box: int, shrink: int, size: int) -> Axis:
    """Follow the program of 1998: positions and shares in 32 bits, the right edge in 64."""
    middle, scale = np.float32(box / 2), np.float32(box) / np.float32(size)
    steps = (np.arange(size) - size / 2).astype(np.float32)
    left = np.maximum(middle + scale * steps, np.float32(0))
    right = (left.astype(np.float64) + shrink / 1000 * float(scale)).astype(np.float32)
    begin = np.floor(left).astype(np.int64)
    end = np.clip(np.ceil(right).astype(np.int64) - 1, begin, box - 1)
    cut = end > begin
    shares: list[list[tuple[int, np.float32]]] = [[] for _ in range(box)]
    for source in range(size):
        first = (begin[source] + 1).astype(np.float32) - left[source] if cut[source] else scale
        shares[begin[source]].append((source, np.float32(first)))
        if cut[source]:
            rest = right[source] - np.float32(end[source])
            shares[end[source]].append((source, np.float32(rest)))
    longest = max(map(len, shares))
    first = np.array([row[0][0] for row in shares])
    weights = np.zeros((box, longest), np.float32)
    for number, row in enumerate(shares):
        weights[number, : len(row)] = [share for _, share in row]
    source_rows = np.minimum(first[:, None] + np.arange(longest), size - 1)
    return Axis(first, weights, source_rows)
