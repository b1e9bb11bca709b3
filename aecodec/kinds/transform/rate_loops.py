"""The compiled loops of encoding under the prior: from the logits of symbols to what they cost."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop, entropy

TOTAL = entropy.TOTAL


def _odds(
    logits: NDArray[np.int32], begin: int, table: NDArray[np.int32], odds: NDArray[np.int64]
) -> int:
    """Fill in the odds (A,) of the symbols of one latent, and return their sum."""
    size, last, total = len(odds), len(table) - 1, 0
    highest = logits[begin]
    for number in range(1, size):
        highest = max(highest, logits[begin + number])
    for number in range(size):
        odds[number] = table[min(highest - logits[begin + number], last)]
        total += odds[number]
    return total


def _intervals(
    logits: NDArray[np.int32],
    symbols: NDArray[np.int64],
    table: NDArray[np.int32],
    size: int,
    starts: NDArray[np.int64],
    frequencies: NDArray[np.int64],
) -> None:
    """Fill in the slots (N, d) of symbols (N, d), as `entropy.intervals` gives them."""
    odds, scale = np.empty(size, np.int64), TOTAL - size
    for row in range(symbols.shape[0]):
        for latent in range(symbols.shape[1]):
            total, symbol = _odds(logits[row], latent * size, table, odds), symbols[row, latent]
            low = np.int64(0)
            for number in range(symbol):
                low += odds[number]
            start = low * scale // total + symbol
            stop = (low + odds[symbol]) * scale // total + symbol + 1
            starts[row, latent], frequencies[row, latent] = start, stop - start


def _costs(
    logits: NDArray[np.int32],
    symbols: NDArray[np.int64],
    table: NDArray[np.int32],
    size: int,
    rates: NDArray[np.int32],
    costs: NDArray[np.int64],
) -> None:
    """Fill in about what rows of symbols (N, d) cost in all, (N,)."""
    odds, scale = np.empty(size, np.int64), TOTAL - size
    for row in range(symbols.shape[0]):
        cost = np.int64(0)
        for latent in range(symbols.shape[1]):
            total = _odds(logits[row], latent * size, table, odds)
            cost += rates[odds[symbols[row, latent]] * scale // total + 1]
        costs[row] = cost


def _frequencies(
    logits: NDArray[np.int32],
    table: NDArray[np.int32],
    size: int,
    frequencies: NDArray[np.int64],
) -> None:
    """Fill in about the frequencies (N, d, A) of all symbols."""
    odds, scale = np.empty(size, np.int64), np.uint64(TOTAL - size)
    for row in range(frequencies.shape[0]):
        for latent in range(frequencies.shape[1]):
            total = np.uint64(_odds(logits[row], latent * size, table, odds))
            for number in range(size):
                share = np.uint64(odds[number]) * scale // total
                frequencies[row, latent, number] = np.int64(share) + 1


_GIVEN = "int32[:, ::1], int64[:, ::1], int32[::1], int64"
INTERVALS = Loop(_intervals, f"({_GIVEN}, int64[:, ::1], int64[:, ::1])", [_odds])
COSTS = Loop(_costs, f"({_GIVEN}, int32[::1], int64[::1])", [_odds])
FREQUENCIES = Loop(_frequencies, "(int32[:, ::1], int32[::1], int64, int64[:, :, ::1])", [_odds])
