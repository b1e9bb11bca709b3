"""The compiled loops of residual networks: what is done with the products of their hidden layers.

All sums are of integers times powers of two and proved to stay below 2^24, so they are exact.
"""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer.compiled import Loop

Floats = NDArray[np.float32]


def _first(sums: Floats, one: Floats, two: Floats, low: np.float32, high: np.float32) -> None:
    """Turn the first products (rows, H) into outputs.

    Args:
        sums: The products, changed in place.
        one: What is added, (N, H) to the first rows, or (1, H) to all.
        two: The same.
        low: The least output.
        high: The largest.
    """
    for row in range(len(sums)):
        a, b = min(row, len(one) - 1), min(row, len(two) - 1)
        for unit in range(sums.shape[1]):
            total = sums[row, unit] + one[a, unit] + two[b, unit]
            sums[row, unit] = min(max(np.floor(total), low), high)


def _second(outputs: Floats, sums: Floats, bias: Floats, low: np.float32, high: np.float32) -> None:
    """Add the outputs of the second layer to those of the first, (rows, H).

    Args:
        outputs: Those of the first, changed in place.
        sums: The products of the second.
        bias: What is added to them, (H,).
        low: The least output of the second.
        high: The largest.
    """
    for row in range(len(sums)):
        for unit in range(sums.shape[1]):
            total = np.floor(sums[row, unit] + bias[unit])
            outputs[row, unit] += min(max(total, low), high)


FIRST = Loop(_first, "(float32[:, ::1], float32[:, ::1], float32[:, ::1], float32, float32)")
SECOND = Loop(_second, "(float32[:, ::1], float32[:, ::1], float32[::1], float32, float32)")
