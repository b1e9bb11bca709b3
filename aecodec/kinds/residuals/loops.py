"""The compiled loop of the residuals kind: what images take by both methods of a predictor."""

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE
from aecodec.integer import Loop

LEVELS = 256
CONTEXTS = 4


def _rates(
    residuals: NDArray[np.uint8],
    seen: NDArray[np.int32],
    drawn: NDArray[np.int32],
    rates: NDArray[np.int64],
) -> None:
    """Fill in the bits, times 2^RATE_BITS, that residuals take in one context and in four.

    Args:
        residuals: (N, 784).
        seen: Sums of log2(odds) of a residual that comes n times, (785,).
        drawn: Sums of log2(all odds) in n draws, (785,).
        rates: (2, N), filled in.
    """
    counts = np.empty((CONTEXTS, LEVELS), np.int32)
    for image in range(len(residuals)):
        _count(residuals, image, counts)
        in_one, in_four = drawn[PIXELS], np.int32(0)
        for level in range(LEVELS):
            a, b, c, d = counts[0, level], counts[1, level], counts[2, level], counts[3, level]
            in_one = np.int32(in_one - seen[np.int32(a + b + c + d)])
            in_four = np.int32(in_four - seen[a] - seen[b] - seen[c] - seen[d])
        for context in range(CONTEXTS):
            draws = np.int32(0)
            for level in range(LEVELS):
                draws = np.int32(draws + counts[context, level])
            in_four = np.int32(in_four + drawn[draws])
        rates[0, image], rates[1, image] = in_one, in_four


def _count(residuals: NDArray[np.uint8], image: int, counts: NDArray[np.int32]) -> None:
    """Count the residuals of an image in their contexts."""
    counts[:] = 0
    for row in range(SIDE):
        context = 0
        for place in range(row * SIDE, row * SIDE + SIDE):
            if row > 0 and residuals[image, place - SIDE] != 0:
                context += 2
            residual = residuals[image, place]
            counts[context, residual] += 1
            context = 1 if residual != 0 else 0


RATES = Loop(_rates, "(uint8[:, ::1], int32[::1], int32[::1], int64[:, ::1])", uses=(_count,))
