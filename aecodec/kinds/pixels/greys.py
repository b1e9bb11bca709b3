"""The few grey levels that an image is coded with where errors are allowed, found in integers.

First the levels of the whole image, by its histogram: a quantiser of least squared error plus
bits (Chou, Lookabaugh and Gray 1989, "Entropy-constrained vector quantization"). Then the level of
each pixel in raster order: of those the one that adds least, where what agrees with the pixels
around it is taken to cost few bits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import entropy

LEVELS = 256
MOST_WORTH = 2**14
MOST = 24  # levels that an image has
GROUP = 512  # images at a time
ROUNDS = 7
PARTS = 16  # that the mean of a level is kept in
LAW = 866  # hundredths: a step's square, by what a bit is worth, at high rates
SHARE, OF_ALL = 90, 256  # the part of a level's rate that is left once its neighbours are known
ENTRY = 5 << entropy.RATE_BITS  # what a level takes when it is first shown
EIGHTH = 8
UNIT = EIGHTH * PARTS
UNUSED = np.iinfo(np.int64).max >> 1
# sixteenths of a bit that a level takes: where it is that of all four neighbours, of the two
# nearest, the median prediction, one of the two nearest, another one, and any other
SAME, BOTH, MEDIAN, ONE, CORNER, OTHER = 4, 10, 19, 26, 45, 40

Numbers = NDArray[np.int64]


class Manner(NamedTuple):
    """One way to choose the grey levels of an image.

    Attributes:
        step: The distance of levels at the start, in eighths of what would be best at high rates.
        bits: How much bits count when each pixel's level is chosen, in eighths.
    """

    step: int
    bits: int


def few_greys(
    images: Images, weights: Numbers, allowed: NDArray[np.uint8], manner: Manner
) -> Images:
    """Draw images with few grey levels.

    Args:
        images: uint8 (N, 28, 28).
        weights: What a bit is worth in each, in squared grey levels, int64 (N,), MOST_WORTH at
            most.
        allowed: The grey levels that may be taken, ascending.
        manner: How they are chosen.

    Returns:
        uint8 (N, 28, 28).
    """
    found = np.empty_like(images)
    for begin in range(0, len(images), GROUP):
        part = slice(begin, begin + GROUP)
        chosen = _palettes(images[part], weights[part], allowed, manner.step)
        found[part] = _settled(images[part], weights[part] * manner.bits, chosen)
    return found


def _palettes(
    images: Images, weights: Numbers, allowed: NDArray[np.uint8], step: int
) -> NDArray[np.int32]:
    """The grey levels of each image, int32 (N, K); some stand there more than once."""
    count = len(images)
    rows = np.arange(count)[:, None]
    shown = images.reshape(count, PIXELS) + LEVELS * rows
    histogram = np.bincount(shown.reshape(-1), minlength=count * LEVELS).reshape(count, LEVELS)
    low, high = images.min((1, 2)).astype(np.int64), images.max((1, 2)).astype(np.int64)
    means = _start(low, high, weights, step)
    rates = np.where(means < UNUSED, 0, UNUSED)
    greys = np.arange(LEVELS) * PARTS
    table = entropy.rate_table().astype(np.int64)
    for _ in range(ROUNDS):
        apart = greys[:, None] - np.minimum(means, PARTS * LEVELS)[:, None]
        costs = apart * apart
        costs += rates[:, None]
        places = costs.argmin(2) + MOST * rows
        counts = _sums(places, histogram, count)
        sums = _sums(places, histogram * np.arange(LEVELS), count)
        used = counts > 0
        many = np.maximum(counts, 1)
        means = np.where(used, PARTS * sums // many, UNUSED)
        bits = table[many * entropy.TOTAL // PIXELS] * SHARE // OF_ALL + ENTRY // many
        scaled = weights[:, None] * bits * PARTS * PARTS >> entropy.RATE_BITS
        rates = np.where(used, scaled, UNUSED)
    means = np.sort(means, 1)[:, : used.sum(1).max()]
    means = np.where(means < UNUSED, means, means[:, :1])
    return _nearest(allowed)[(means + PARTS // 2) // PARTS]


def _start(low: Numbers, high: Numbers, weights: Numbers, step: int) -> Numbers:
    """Levels to begin with, evenly from the darkest to the brightest grey, in PARTS."""
    number = np.arange(MOST)
    reach = (high - low) ** 2 * 100 * EIGHTH**2
    steps = LAW * weights * step * step
    gaps = (number[1:-1] ** 2 * steps[:, None] < reach[:, None]).sum(1)[:, None] + 1
    means = PARTS * low[:, None] + PARTS * (high - low)[:, None] * number // gaps
    return np.where(number <= gaps, means, UNUSED)


def _sums(places: Numbers, numbers: Numbers, count: int) -> Numbers:
    """Sums of numbers (N, 256) by the levels that they belong to, int64 (N, MOST)."""
    sums = np.bincount(places.reshape(-1), numbers.reshape(-1), count * MOST)
    return sums.astype(np.int64).reshape(count, MOST)


def _nearest(allowed: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The allowed level nearest to each, the lower of two."""
    levels = allowed.astype(np.int32)
    apart = np.abs(np.arange(LEVELS + 1, dtype=np.int32)[:, None] - levels)
    return np.asarray(levels[apart.argmin(1)])


def _settled(images: Images, weights: Numbers, palettes: NDArray[np.int32]) -> Images:
    """Choose the level of each pixel; `weights` are in eighths."""
    drawn = np.zeros((SIDE + 1, SIDE + 2, len(images)), np.int32)
    levels = palettes.T.copy()
    pixels = images.astype(np.int32)
    costs = _Costs(levels, weights)
    for row in range(SIDE):
        for column in range(SIDE):
            known = drawn[row, column : column + 3], drawn[row + 1, column]
            best = costs(pixels[:, row, column], *known)
            drawn[row + 1, column + 1] = best
            if column == SIDE - 1:
                drawn[row + 1, SIDE + 1] = best
            if column == 0:
                drawn[row + 1, 0] = best
            if row == column == 0:
                drawn[:] = best
        if row + 1 < SIDE:
            drawn[row + 2, 0] = drawn[row + 1, 1]
    return np.ascontiguousarray(drawn[1:, 1:-1].transpose(2, 0, 1).astype(np.uint8))


class _Costs:
    """Chooses among levels (K, N) by their squared errors and about their bits."""

    def __init__(self, levels: NDArray[np.int32], weights: Numbers) -> None:
        self._levels = levels
        self._weights = weights.astype(np.int32)
        self._columns = np.arange(levels.shape[1])

    def __call__(
        self,
        wanted: NDArray[np.int32],
        above: NDArray[np.int32],
        left: NDArray[np.int32],
    ) -> NDArray[np.int32]:
        """The level of a pixel (N,), by those before, beside and behind it above, and the left."""
        levels = self._levels
        corner, top, behind = above
        low, high = np.minimum(left, top), np.maximum(left, top)
        median = np.clip(left + top - corner, low, high)
        bits = np.abs(levels - median)
        bits *= 5
        bits >>= 4
        bits += OTHER
        bits[(levels == behind) | (levels == corner)] = CORNER
        is_left, is_top = levels == left, levels == top
        bits[is_left | is_top] = ONE
        bits[levels == median] = MEDIAN
        is_left &= is_top
        bits[is_left] = BOTH
        bits[is_left & (levels == corner) & (levels == behind)] = SAME
        bits *= self._weights
        apart = levels - wanted
        apart *= apart
        apart *= UNIT
        apart += bits
        return np.asarray(levels[apart.argmin(0), self._columns])
