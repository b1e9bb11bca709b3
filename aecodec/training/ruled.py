"""Augmentation within the rules of a set: images bent a little, the box and the middle kept.

As in `elastic`, but the copy keeps its original's centre of mass and longer side: sets of images
are cut and centred by rules, and a copy that breaks them is of a kind that never comes (MNIST
digits are 20 pixels long, with the centre of mass in the middle). It is sharpened in the end by
what resampling took: copies of digits not trained on then cost what those digits cost.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.images import SIDE, Images
from aecodec.training.networks import Floats

ENLARGE = 4
KNOTS = 5  # of the displacement, along a side
BLOCK = 500
TURN = 0.07  # standard deviations: radians,
SLANT = 0.05
STRETCH = 0.05  # of the logarithm,
BEND = 0.36  # pixels at a knot
SHARPEN = 0.1
AXIS = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2  # the pixels, about the middle


def bend(images: Images, rng: np.random.Generator, share: float) -> Images:
    """Bend a `share` of images uint8 (N, 28, 28), chosen at random, each in its own way."""
    chosen = np.flatnonzero(rng.random(len(images)) < share)
    bent = images.copy()
    for start in range(0, len(chosen), BLOCK):
        block = chosen[start : start + BLOCK]
        bent[block] = _bend(images[block], rng)
    return bent


def _bend(images: Images, rng: np.random.Generator) -> Images:
    grey = images.astype(np.float32)
    big = _cubic((np.arange(SIDE * ENLARGE, dtype=np.float32) + 0.5) / ENLARGE - 0.5, SIDE)
    fine = np.clip(big @ grey @ big.T, 0, 255)
    (i, f), (j, g) = (_fine_places(places) for places in _sources(grey, rng))
    side = SIDE * ENLARGE
    at = np.arange(len(images))[:, None, None] * side**2 + i * side + j
    fine = fine.reshape(-1)
    upper = (1 - g) * fine[at] + g * fine[at + 1]
    lower = (1 - g) * fine[at + side] + g * fine[at + side + 1]
    beside = np.eye(SIDE, k=1, dtype=np.float32) + np.eye(SIDE, k=-1, dtype=np.float32)
    sharp = (1 + SHARPEN) * np.eye(SIDE, dtype=np.float32) - SHARPEN / 2 * beside
    bent = sharp @ ((1 - f) * upper + f * lower) @ sharp.T
    return np.asarray(np.rint(np.clip(bent, 0, 255)), np.uint8)


def _sources(grey: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Where each pixel of each copy is taken from, rows and columns about the middle."""

    def normal(deviation: float, *shape: int) -> Floats:
        return deviation * rng.standard_normal(shape, np.float32)

    count = len(grey)
    turn, slant = normal(TURN, count), normal(SLANT, count)
    wide, high = np.exp(normal(STRETCH, 2, count))
    down = np.stack([high * np.cos(turn), high * np.sin(turn)])
    right = np.stack([slant - wide * np.sin(turn), wide * np.cos(turn)])
    knots = normal(BEND, 2, count, KNOTS, KNOTS)

    # To first order in the displacement, a pixel goes to the inverse of the affine map of where
    # it is less the displacement there; and what spreads out gets less weight.
    row, column = AXIS[:, None], AXIS
    wave = _wave(knots, AXIS, AXIS)
    a, b = row - wave[0], column - wave[1]
    det = _each(down[0] * right[1] - down[1] * right[0])
    goal = np.stack(
        [
            (_each(right[1]) * a - _each(down[1]) * b) / det,
            (_each(down[0]) * b - _each(right[0]) * a) / det,
        ]
    )
    weight = (grey + 1e-3) * (1 - np.gradient(wave[0], axis=1) - np.gradient(wave[1], axis=2))
    here = np.stack(np.broadcast_arrays(row, column))[:, None]
    ink = grey >= grey.max((1, 2), keepdims=True) / 2
    scale = _longer_side(here, ink) / _longer_side(goal, ink)
    before, after = _middle(here, grey + 1e-3), _middle(goal, weight)
    rows, columns = after[..., None] + (AXIS - before[..., None]) / scale[:, None]

    wave = _wave(knots, rows, columns)
    rows, columns = rows[:, :, None], columns[:, None]
    return (
        _each(down[0]) * rows + _each(down[1]) * columns + wave[0],
        _each(right[0]) * rows + _each(right[1]) * columns + wave[1],
    )


def _each(values: Floats) -> Floats:
    return values[:, None, None]


def _wave(knots: Floats, rows: Floats, columns: Floats) -> Floats:
    """The displacement (2, N, 28, 28) at rows and columns (28,) or (N, 28) about the middle."""
    down, across = (
        _cubic(axis * KNOTS / SIDE + (KNOTS - 1) / 2, KNOTS) for axis in (rows, columns)
    )
    return np.asarray(down @ knots @ across.swapaxes(-1, -2))


def _longer_side(places: Floats, ink: NDArray[np.bool_]) -> Floats:
    """The longer side (N,) of the box round the ink, whose pixels are at places (2, N, 28, 28)."""
    high = np.where(ink, places, -SIDE).max((2, 3))
    low = np.where(ink, places, SIDE).min((2, 3))
    return np.asarray((high - low).max(0) + 1)


def _middle(places: Floats, weight: Floats) -> Floats:
    """The weighted mean (2, N) of places (2, N, 28, 28)."""
    return np.asarray((places * weight).sum((2, 3)) / weight.sum((1, 2)))


def _fine_places(axis: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Places in the enlarged image, as the pixel before and how far past it."""
    at = (axis + SIDE / 2) * ENLARGE - 0.5
    at = np.clip(at, 0, SIDE * ENLARGE - 1.001).astype(np.float32)
    before = at.astype(np.int64)
    return before, at - before


def _cubic(at: NDArray[np.floating[Any]], count: int) -> Floats:
    """Catmull-Rom weights (..., count) of samples 0 to count - 1, at places `at` (...) on them."""
    t = np.abs(at[..., None] - np.arange(count, dtype=np.float32))
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0)).astype(np.float32)
