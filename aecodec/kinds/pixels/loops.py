"""The compiled loop of the pixels kind: from what the networks give to odds of grey levels."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop

LEVELS = 256
PREDICTIONS = 3


def _odds(
    values: NDArray[np.float32],
    near: NDArray[np.uint8],
    gates: int,
    kernels: NDArray[np.float32],
    half: np.float32,
    low: int,
    high: int,
    seen: NDArray[np.float32],
    table: NDArray[np.int32],
    odds: NDArray[np.int32],
) -> None:
    """Fill in the odds (N, 256) that `PixelNetworks.odds` returns.

    All sums are of integers far below 2^24, so their order does not matter.

    Args:
        values: What the network of values gives, (rows, 256 + 3 R + gates + 4).
        near: The windows (K, N).
        gates: How many of the nearest pixels are copied.
        kernels: Three products for each row, (3 rows, 511).
        half: What is added to these before they are rounded.
        low: The least of the rounded ones.
        high: The largest.
        seen: 1 for each level that an image has shown, (N, 256).
        table: Odds by the distance below the highest.
        odds: (N, 256).
    """
    centres = np.empty(PREDICTIONS, np.int64)
    logits = np.empty(LEVELS, np.int32)
    shown = np.zeros(LEVELS + 2, np.int32)
    last = len(table) - 1
    for row in range(len(odds)):
        left, above = np.int64(near[0, row]), np.int64(near[1, row])
        median = left + above - np.int64(near[2, row])
        centres[0] = min(max(median, min(left, above)), max(left, above))
        centres[1], centres[2] = left, above
        for level in range(LEVELS):
            logits[level] = np.int32(values[row, level])
            shown[level + 1] = np.int32(seen[row, level])
        for number in range(PREDICTIONS):
            product = kernels[PREDICTIONS * row + number, LEVELS - 1 - centres[number] :]
            for level in range(LEVELS):
                rounded = np.int32(np.floor(product[level] + half))
                logits[level] += min(max(rounded, low), high)
        first = values.shape[1] - gates - 4
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
        for level in range(LEVELS):
            odds[row, level] = table[min(highest - logits[level], last)]


ODDS = Loop(
    _odds,
    "(float32[:, ::1], uint8[:, :], int64, float32[:, ::1], float32, int64, int64, "
    "float32[:, ::1], int32[::1], int32[:, ::1])",
)
