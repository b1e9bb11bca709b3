"""Integer frequencies of coded symbols: from integer odds, and what they cost."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FREQUENCY_BITS = 16
TOTAL = 1 << FREQUENCY_BITS  # what the frequencies of one symbol's alphabet sum to
RATE_BITS = 12  # rates are in bits times 2^12
Ints = NDArray[np.integer[Any]]


def cumulate(odds: Ints) -> NDArray[np.int64]:
    """Turn odds (..., A) into cumulative frequencies, int64 (..., A + 1), from 0 to TOTAL.

    odds: integers of at least 0 whose sum along the last axis is 1 to 2^40. Entry k is
    k + floor((sum of the first k odds) * (TOTAL - A) / (sum of all odds)): every symbol has a
    frequency of at least 1, and no remainder is left to give away.
    """
    count = odds.shape[-1]
    starts = np.zeros((*odds.shape[:-1], count + 1), np.int64)
    sums = starts[..., 1:]
    np.cumsum(odds, axis=-1, dtype=np.int64, out=sums)
    total = sums[..., -1:].copy()
    sums *= TOTAL - count
    sums //= total
    sums += np.arange(1, count + 1)
    return starts


def intervals(odds: Ints, symbols: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first slots and the frequencies of symbols (...), each int64 (...), as in `cumulate`."""
    sums = np.cumsum(odds, axis=-1, dtype=np.int64)
    chosen = symbols[..., None]
    high = np.take_along_axis(sums, chosen, -1)[..., 0]
    low = high - np.take_along_axis(odds, chosen, -1)[..., 0]
    scale, total = TOTAL - odds.shape[-1], sums[..., -1]
    starts = low * scale // total + symbols
    return starts, high * scale // total + symbols + 1 - starts


ODDS_BITS = 15
HIGHEST_ODDS = 1 << ODDS_BITS


def scale_odds(odds: NDArray[np.int32], top: Ints) -> NDArray[np.int32]:
    """Turn odds (N, A) into frequencies of at least 1 that sum to TOTAL, int32 (N, A).

    It is the fast way for large alphabets: one division a row. With r = floor((TOTAL - A) *
    HIGHEST_ODDS / the sum of the odds), each symbol gets 1 + floor(odds * r / HIGHEST_ODDS), and
    the first one of the highest odds gets what is left of TOTAL.

    odds: 0 to HIGHEST_ODDS, in each row at least once HIGHEST_ODDS; A is at most 256.
    top: the first symbol of the highest odds of each row, (N,).
    """
    frequencies = _shares(odds)
    frequencies += 1
    frequencies[np.arange(len(odds)), top] += TOTAL - frequencies.sum(1, dtype=np.int32)
    return frequencies


def scaled_intervals(
    odds: NDArray[np.int32], top: Ints, symbols: Ints
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first slots and the frequencies of symbols (N,), each int64 (N,), as in `scale_odds`."""
    shares = _shares(odds)
    below, chosen, others = _sums(shares, symbols)
    rest = TOTAL - odds.shape[1] - (below + others)
    starts = below + symbols + np.where(top < symbols, rest, 0)
    return starts, chosen + 1 + np.where(top == symbols, rest, 0)


def _sums(numbers: NDArray[np.int32], symbols: Ints) -> Iterator[NDArray[np.int64]]:
    """Of each row (N, A): the sum before a place (N,), the number there, the sum from there on."""
    begins = np.arange(0, numbers.size, numbers.shape[1])
    cuts = np.stack([begins, begins + symbols], 1)
    flat = numbers.reshape(-1)
    before, others = np.add.reduceat(flat, cuts.reshape(-1), dtype=np.int32).reshape(-1, 2).T
    below = np.where(symbols, before, 0)  # of no numbers, reduceat gives the next
    return (part.astype(np.int64) for part in (below, flat[cuts[:, 1]], others))


def _shares(odds: NDArray[np.int32]) -> NDArray[np.int32]:
    total = odds.sum(1, dtype=np.int32).astype(np.int64)  # at most 2^23
    share = (((TOTAL - odds.shape[1]) << ODDS_BITS) // total).astype(np.int32)
    shares = odds * share[:, None]  # below 2^31, as share is below TOTAL
    shares >>= ODDS_BITS
    return np.asarray(shares)


@cache
def rate_table() -> NDArray[np.int32]:
    """What a frequency of 1 to TOTAL costs: the bits times 2^RATE_BITS, int32 (TOTAL + 1,).

    The logarithm to base 2 is taken by repeated squaring, in integers. Entry 0 has no meaning.
    """
    mantissa = np.arange(TOTAL + 1, dtype=np.uint64) << np.uint64(15)
    mantissa[0] = 1 << 31
    whole = np.zeros(TOTAL + 1, np.int32)
    for _ in range(FREQUENCY_BITS):
        small = mantissa < 1 << 31
        mantissa[small] <<= np.uint64(1)
        whole += small
    fraction = np.zeros(TOTAL + 1, np.int32)
    for bit in range(RATE_BITS, -1, -1):  # one more than is kept, to round by
        mantissa = mantissa * mantissa >> np.uint64(31)
        large = mantissa >> np.uint64(32) > 0
        mantissa[large] >>= np.uint64(1)
        fraction += large.astype(np.int32) << bit
    return np.asarray(((whole << (RATE_BITS + 1)) - fraction) >> 1, np.int32)
