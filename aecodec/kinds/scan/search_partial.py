"""Candidates for originals without a pixel that is black all over: thin strokes, a nick in one.

The largest sum of the image is then one that a few white source pixels leave. Nearly always they
are small parts that an edge of the box cuts off.
"""

from functools import lru_cache

import numpy as np

from aecodec.images import Images
from aecodec.kinds.scan.resampling import Resampling
from aecodec.kinds.scan.search_candidates import BRIGHT, CLOSE, agreeing, distinct, geometry
from aecodec.kinds.scan.search_frontier import Geometry, Integers, allowed

LEAST = 95  # of 100 parts of the brightest pixel are black
COMPARED = 6  # of the pixels that are as bright


def partial_candidates(
    resampling: Resampling, found: Geometry, greys: Images
) -> tuple[Integers, Integers]:
    """Do as `candidates`, for sums of pixels which are black nearly all over.

    All pixels of the largest grey have the largest sum, so it is one that each of them can have.
    """
    size = found.shares.shape[1]
    owners, scales = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for number, image in enumerate(greys):
        largest = image.max()
        if largest < BRIGHT:
            continue
        places = np.argwhere(image == largest)[:COMPARED].tolist()
        first, *others = [_partial_sums(resampling, size, *place) for place in places]
        for sums in others:
            near = np.abs(first[:, None] - sums) <= CLOSE * first[:, None]
            first = first[near.any(1)]
        owners.append(np.full(len(first), number))
        scales.append(first)
    return agreeing(resampling, found, greys, np.concatenate(owners), np.concatenate(scales))


@lru_cache(16384)
def _partial_sums(resampling: Resampling, size: int, row: int, column: int) -> Integers:
    """The sums that a pixel may have which is black nearly all over, the largest first."""
    found = geometry(resampling, size)
    if found is None:
        return np.zeros(0, np.int64)
    rows, columns = (
        found.shares[place, found.start[place] : found.stop[place] + 1] for place in (row, column)
    )
    patterns = allowed(len(rows))
    white = 1 - (patterns[:, None] >> np.arange(len(rows)) & 1)
    full = int(rows.sum() * columns.sum())
    sums = np.array([full])
    for share in columns:
        sums = distinct(sums[:, None] - share * (white @ rows))
        sums = sums[100 * sums >= LEAST * full]
    return np.asarray(sums[sums < full - CLOSE * full])
