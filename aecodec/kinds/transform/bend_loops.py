"""The compiled loop of `slopes.Curvature`: from a layer's weights to those between active units."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop


def _between(
    weights: NDArray[np.int16],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    found: NDArray[np.float32],
) -> None:
    """Fill in each image's weights (N, K, M) from some units (N, K) to some others (N, M)."""
    for image in range(len(found)):
        others = after[image]
        for one in range(len(found[image])):
            row, given = weights[np.uint64(before[image, one])], found[image, one]
            for other in range(len(given)):
                given[other] = row[np.uint64(others[other])]


BETWEEN = Loop(
    _between,
    "(Array(int16, 2, 'C', readonly=True), Array(int64, 2, 'A', readonly=True), "
    "int64[:, ::1], float32[:, :, ::1])",
)
