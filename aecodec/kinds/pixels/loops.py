"""The compiled loop of the pixels kind: from what the networks give to frequencies of levels."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop, entropy

LEVELS = 256
PREDICTIONS = 3
TOTAL = entropy.TOTAL
HIGHEST_ODDS, ODDS_BITS = entropy.HIGHEST_ODDS, entropy.ODDS_BITS


def _frequencies(
    values: NDArray[np.float32],
    near: NDArray[np.uint8],
    gates: int,
    kernels: NDArray[np.float32],
    half: np.float32,
    low: np.float32,
    high: np.float32,
    seen: NDArray[np.int16],
    table: NDArray[np.int32],
    frequencies: NDArray[np.int32],
) -> None:
    """Fill in the frequencies (N, 256) that `ValueNetwork.frequencies` returns.

    All sums are of integers far below 2^24, and those of kernels are proved to stay below it, so
    their order does not matter.

    Args:
        values: What the network of values gives, (rows, 256 + 3 R + gates + 4).
        near: The windows (K, N).
        gates: How many of the nearest pixels are copied.
        kernels: The kernels times 2^-shift, (R, 511).
        half: What is added to their sums before they are rounded.
        low: The least of the rounded ones.
        high: The largest.
        seen: 1 for each level that an image has shown, between two 0, (N, 258).
        table: Odds by the distance below the highest.
        frequencies: (N, 256).
    """
    count = len(kernels)
    centres = np.empty(PREDICTIONS, np.int64)
    sums = np.empty(LEVELS, np.float32)
    logits = np.empty(LEVELS, np.int32)
    shown = np.zeros(LEVELS + 2, np.int32)
    last = len(table) - 1
    for row in range(len(frequencies)):
        left, above = np.int64(near[0, row]), np.int64(near[1, row])
        median = left + above - np.int64(near[2, row])
        centres[0] = min(max(median, min(left, above)), max(left, above))
        centres[1], centres[2] = left, above
        for level in range(LEVELS):
            logits[level] = np.int32(values[row, level])
            shown[level + 1] = np.int32(seen[row, level + 1])
        for number in range(PREDICTIONS):
            begin = LEVELS - 1 - centres[number]
            sums[:] = half
            for each in range(count):
                weight = values[row, LEVELS + number * count + each]
                kernel = kernels[each, begin : begin + LEVELS]
                for level in range(LEVELS):
                    sums[level] += weight * kernel[level]
            for level in range(LEVELS):
                logits[level] += np.int32(min(max(np.floor(sums[level]), low), high))
        first = LEVELS + PREDICTIONS * count
        for number in range(gates):
            logits[near[number, row]] += np.int32(values[row, first + number])
        one, two, three, four = values[row, first + gates :].astype(np.int32)
        for level in range(LEVELS):
            beside = shown[level] + shown[level + 2]
            mirror = LEVELS - level
            opposite = shown[mirror - 1] + shown[mirror + 1]
            logits[level] += one * shown[level + 1] + two * beside
            logits[level] += three * shown[mirror] + four * opposite
        highest = logits.max()
        given = frequencies[row]
        total = np.int64(0)
        for level in range(LEVELS):
            given[level] = table[min(highest - logits[level], last)]
            total += given[level]
        top = 0
        while given[top] < HIGHEST_ODDS:
            top += 1
        share = ((TOTAL - LEVELS) << ODDS_BITS) // total
        rest = np.int64(TOTAL)
        for level in range(LEVELS):
            given[level] = ((given[level] * share) >> ODDS_BITS) + 1
            rest -= given[level]
        given[top] += rest


FREQUENCIES = Loop(
    _frequencies,
    "(float32[:, ::1], uint8[:, :], int64, float32[:, ::1], float32, float32, float32, "
    "int16[:, ::1], int32[::1], int32[:, ::1])",
)
