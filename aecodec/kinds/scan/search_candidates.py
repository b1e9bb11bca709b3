"""What to look for: in which box of an image, of which size, scaled by which largest sum."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.images import SIDE, Images
from aecodec.kinds.scan.resampling import MIDDLE, Resampling
from aecodec.kinds.scan.search_frontier import DEPTH, Geometry, Integers, Problems

UNIT = 1 << 24
TINY = 200  # shares below are float noise
BOXES = 2  # places of the box that are tried in an image
BRIGHT = 254  # and above: the pixel may have the largest sum
INSIDE = 249  # and above, with its neighbours: the pixel is black all over
AGREE = 97  # of 100 such pixels must have the grey of a wholly black original
CLOSE = 3e-6  # relative distance of sums that count as one


@dataclass(frozen=True)
class Boxes:
    """Boxes that hold the ink of images, B in all, by image, the best centred first.

    Attributes:
        image: int64 (B,), the number of the image.
        greys: uint8 (B, box, box).
    """

    image: Integers
    greys: Images


@lru_cache(512)
def geometry(resampling: Resampling, size: int) -> Geometry | None:
    """How originals of a side of `size` fall on the box; None for one that is not looked for."""
    axis = resampling.axis(size)
    shares = np.zeros((resampling.box, size), np.int64)
    touch = np.zeros((resampling.box, size), np.bool_)
    for row, weights, source in zip(shares, axis.weights, axis.source, strict=True):
        np.add.at(row, source, np.rint(weights.astype(np.float64) * UNIT).astype(np.int64))
    for inked, weights, source in zip(touch, axis.weights, axis.source, strict=True):
        inked[source[weights > 0]] = True
    shares[shares < TINY] = 0
    start = (shares > 0).argmax(1)
    stop = size - 1 - (shares > 0)[:, ::-1].argmax(1)
    first = start + np.append(False, stop[:-1] == start[1:])
    new = stop - first + 1
    whole = first[0] == 0 and (first[1:] == stop[:-1] + 1).all() and stop[-1] == size - 1
    if not whole or new.min() < 1 or new.max() > DEPTH:
        return None
    return Geometry(shares, start, stop, touch)


def boxes(resampling: Resampling, images: Images) -> Boxes:
    """The boxes that the ink of images may have been centred in."""
    box = resampling.box
    numbers: list[int] = []
    greys = [np.zeros((0, box, box), np.uint8)]
    for number, image in enumerate(images):
        for top, left in _places(box, resampling.rounding == 0, image):
            part = image[None, top : top + box, left : left + box]
            if (resampling.corners(part)[0] != (top, left)).any():
                break  # the centre of mass is the same for all places
            numbers.append(number)
            greys.append(part)
    return Boxes(np.array(numbers, np.int64), np.concatenate(greys))


def _places(box: int, fills: bool, image: Images) -> list[tuple[int, int]]:
    """Top left corners of boxes that hold all ink, at most BOXES, the best centred first.

    Args:
        box: The side of the box.
        fills: Whether the longer side of the ink must be the box's.
        image: (28, 28).
    """
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    if not len(rows):
        return []
    ends = [(int(line[0]), int(line[-1])) for line in (rows, columns)]
    longest = max(last - first + 1 for first, last in ends)
    if longest > box or (fills and longest != box):
        return []
    ranges = [range(max(0, b - box + 1), min(SIDE - box, a) + 1) for a, b in ends]
    off = [[abs(2 * place + box - 1 - a - b) for place in range(SIDE)] for a, b in ends]
    places = [(top, left) for top in ranges[0] for left in ranges[1]]
    return sorted(places, key=lambda place: off[0][place[0]] + off[1][place[1]])[:BOXES]


def candidates(resampling: Resampling, found: Geometry, greys: Images) -> tuple[Integers, Integers]:
    """Boxes (B, box, box) that may be of originals of one size: numbers (P,) and sums (P,).

    The sum is that of a pixel which is black all over, and the largest of the image.
    """
    sums = found.shares.sum(1)
    full = np.outer(sums, sums)
    bright = greys >= BRIGHT
    owners, scales = [], []
    for scale in distinct(full):
        near = np.abs(full - scale) <= CLOSE * scale
        owner = np.flatnonzero((bright & near).any((1, 2)))
        owners.append(owner)
        scales.append(np.full(len(owner), scale))
    return agreeing(resampling, found, greys, np.concatenate(owners), np.concatenate(scales))


def agreeing(
    resampling: Resampling, found: Geometry, greys: Images, owner: Integers, scales: Integers
) -> tuple[Integers, Integers]:
    """Those of candidates (P,) whose pixels that are surely black all over have the right grey."""
    sums = found.shares.sum(1)
    full = 255 * np.outer(sums, sums)
    inside = _inside(greys)[owner]
    low, high = bounds(resampling, greys[owner], scales)
    fits = (low <= full) & (full <= high)
    agree = 100 * (inside & fits).sum((1, 2)) >= AGREE * inside.sum((1, 2))
    return owner[agree], scales[agree]


def distinct(sums: Integers) -> Integers:
    """Sums that differ by more than float noise, the largest of those that do not."""
    ordered = np.unique(sums)[::-1]
    kept = np.append(True, ordered[:-1] - ordered[1:] > CLOSE * ordered[:-1])
    return np.asarray(ordered[kept])


def _inside(greys: Images) -> NDArray[np.bool_]:
    """Pixels which, with their four neighbours, are bright."""
    bright = greys >= INSIDE
    inside = np.zeros_like(bright)
    inside[:, 1:-1, 1:-1] = (
        bright[:, 1:-1, 1:-1]
        & bright[:, :-2, 1:-1]
        & bright[:, 2:, 1:-1]
        & bright[:, 1:-1, :-2]
        & bright[:, 1:-1, 2:]
    )
    return inside


def bounds(resampling: Resampling, greys: Images, scales: Integers) -> tuple[Integers, Integers]:
    """Between what 255 times the sums of pixels lie, where the largest sums are `scales`."""
    value, scale = greys.astype(np.int64), scales[:, None, None]
    slack = np.maximum(1, scale // 500)
    if resampling.rounding == 0:
        low = np.where(value <= MIDDLE, value - 1, value) * scale
        high = np.where(value < MIDDLE, value, value + 1) * scale
    elif resampling.rounding == 1:
        low, high = value * scale - scale // 2, value * scale + scale // 2
    else:
        low, high = value * scale, (value + 1) * scale
    if resampling.rounding != 1:
        low = np.where(value == 255, 255 * scale, low)
    low, high = np.maximum(low - slack, 0), np.minimum(high, 255 * scale) + slack
    if resampling.rounding == 0:
        high = np.where(value == 0, 0, high)
    return low, high


def problems(resampling: Resampling, found: Geometry, greys: Images, scales: Integers) -> Problems:
    """What is to be solved for boxes (P, box, box) and their largest sums (P,), of one size."""
    low, high = bounds(resampling, greys, scales)
    size = found.shares.shape[1]
    free = np.ones((len(greys), size, size), np.bool_)
    if resampling.rounding == 0:  # the least ink shows as 1
        touch = found.touch.astype(np.int64)
        free = touch.T @ (greys == 0) @ touch == 0
    return Problems(low, high, free)
