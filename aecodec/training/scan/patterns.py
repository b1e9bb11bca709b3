"""The costs of patterns that guide the search for originals, counted on originals."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from aecodec.kinds.scan import COUNTED_DEPTH, Resampling, first_new, geometry, offset

TRUST = 4.0  # observations that the less detailed distribution counts as
SMOOTH = 2.5  # of the smoothness prior, in nats for each bit that differs from the left one
ABOVE = 16  # what four bits above may be

Counts = NDArray[np.int64]


def start_patterns() -> NDArray[np.uint8]:
    """Costs without data, uint8 (5440,): what is like its left and upper neighbours is cheap."""
    return _costs(np.zeros(offset(COUNTED_DEPTH + 1), np.int64))


def count_patterns(
    originals: Iterable[NDArray[np.uint8]], resampling: Resampling
) -> NDArray[np.uint8]:
    """Count how originals are made up.

    Args:
        originals: uint8 (n, n) each, 1 where they are black.
        resampling: What reduces them.

    Returns:
        uint8 (5440,), minus the logarithm of the odds of a pattern, in eighths of a bit, as
        `OriginalSearch` takes them.
    """
    counts = np.zeros(offset(COUNTED_DEPTH + 1), np.int64)
    for bits in originals:
        found = geometry(resampling, len(bits))
        if found is None:
            continue
        seen = []
        for row in range(resampling.box):
            first, _ = first_new(found, row)
            new = bits[first : int(found.stop[row]) + 1].astype(np.int64)
            rows, size = new.shape
            if rows > COUNTED_DEPTH:
                continue
            pattern = (new << np.arange(rows)[:, None]).sum(0)
            left = np.append(0, pattern[:-1])
            above = np.pad(bits[first - 1].astype(np.int64) * (first > 0), (1, 2))
            context = sum(above[place : place + size] << place for place in range(4))
            seen.append(offset(rows) + (pattern | left << rows | context << 2 * rows))
        counts += np.bincount(np.concatenate(seen), minlength=len(counts))
    return _costs(counts)


def _costs(counts: Counts) -> NDArray[np.uint8]:
    """Smooth the counts by those that leave out the bits above, and these by a prior."""
    parts = []
    for rows in range(1, COUNTED_DEPTH + 1):
        counted = counts[offset(rows) : offset(rows + 1)].reshape(ABOVE, 1 << rows, 1 << rows)
        known = _smoothed(counted.sum(0), _prior(rows).mean(0))
        odds = _smoothed(counted, known if counts.any() else _prior(rows))
        parts.append(np.rint(-8 * np.log2(odds)).ravel())
    return np.asarray(np.clip(np.concatenate(parts), 0, 255)).astype(np.uint8)


def _smoothed(counts: Counts, prior: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((counts + TRUST * prior) / (counts.sum(-1, keepdims=True) + TRUST))


def _prior(rows: int) -> NDArray[np.float64]:
    """Odds (above, left pattern, pattern) by how few bits change downwards and to the right."""
    pattern = np.arange(1 << rows)
    places = np.arange(rows)
    beside = ((pattern[:, None] ^ pattern)[..., None] >> places & 1).sum(-1)
    middle = np.arange(ABOVE) >> 1 & 1
    below = ((pattern << 1 | middle[:, None]) ^ pattern) & (1 << rows) - 1
    changes = (below[..., None] >> places & 1).sum(-1)
    odds = np.exp(-SMOOTH * (beside + changes[:, None] * 0.6))
    return np.asarray(odds / odds.sum(-1, keepdims=True))
