"""Augmentation that keeps edges sharp: images bent a little, as elastic sheets are.

A small random affine map plus a smooth random displacement (Simard et al. 2003, "Best practices
for convolutional neural networks applied to visual document analysis"). The image is enlarged
first, by Catmull-Rom cubics, so that bending does not blur it: a blurred copy is cheaper to code
than a real image, and teaches the wrong thing.
"""

import numpy as np
from numpy.typing import NDArray

from aecodec.images import SIDE, Images
from aecodec.training.arrays import Floats

ENLARGE = 4
KNOTS = 5  # of the displacement, along a side
BLOCK = 1000
TURN = 0.08  # standard deviations: radians,
SLANT = 0.06
STRETCH = 0.05  # of the logarithm,
MOVE = 0.35  # pixels,
BEND = 0.45  # pixels at a knot


def bend(images: Images, rng: np.random.Generator, share: float) -> Images:
    """Bend a `share` of images uint8 (N, 28, 28), chosen at random, each in its own way."""
    chosen = np.flatnonzero(rng.random(len(images)) < share)
    bent = images.copy()
    for start in range(0, len(chosen), BLOCK):
        block = chosen[start : start + BLOCK]
        bent[block] = _bend(images[block], rng)
    return bent


def _bend(images: Images, rng: np.random.Generator) -> Images:
    big = _catmull_rom(SIDE, SIDE * ENLARGE)
    fine = np.clip(big @ images.astype(np.float32) @ big.T, 0, 255)
    row, column = _places(len(images), rng)
    low = (_fine_places(axis) for axis in (row, column))
    (i, f), (j, g) = low
    n = np.arange(len(images))[:, None, None]
    upper = (1 - g) * fine[n, i, j] + g * fine[n, i, j + 1]
    lower = (1 - g) * fine[n, i + 1, j] + g * fine[n, i + 1, j + 1]
    return np.asarray(np.rint((1 - f) * upper + f * lower), np.uint8)


def _places(count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Where each pixel of each copy is taken from, rows and columns about the middle."""

    def normal(deviation: float, *shape: int) -> Floats:
        return rng.normal(0, deviation, shape).astype(np.float32)

    turn, slant = normal(TURN, count, 1, 1), normal(SLANT, count, 1, 1)
    wide, high = np.exp(normal(STRETCH, 2, count, 1, 1))
    move = normal(MOVE, 2, count, 1, 1)
    axis = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    row, column = np.meshgrid(axis, axis, indexing="ij")
    smooth = _catmull_rom(KNOTS, SIDE)
    wave = smooth @ normal(BEND, 2, count, KNOTS, KNOTS) @ smooth.T
    down = high * (np.sin(turn) * column + np.cos(turn) * row) + move[0] + wave[0]
    right = wide * np.cos(turn) * column + (slant - wide * np.sin(turn)) * row + move[1] + wave[1]
    return down, right


def _fine_places(axis: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Places in the enlarged image, as the pixel before and how far past it."""
    at = (axis + (SIDE - 1) / 2 + 0.5) * ENLARGE - 0.5
    at = np.clip(at, 0, SIDE * ENLARGE - 1.001).astype(np.float32)
    before = at.astype(np.int64)
    return before, at - before


def _catmull_rom(small: int, large: int) -> Floats:
    """The matrix (large, small) that resamples `small` pixels to `large` over the same length."""
    at = (np.arange(large) + 0.5) * small / large - 0.5
    base = np.floor(at).astype(int)
    matrix = np.zeros((large, small), np.float32)
    for tap in (-1, 0, 1, 2):
        t = np.abs(at - (base + tap))
        near = 1.5 * t**3 - 2.5 * t**2 + 1
        far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
        weight = np.where(t < 1, near, np.where(t < 2, far, 0))
        np.add.at(matrix, (np.arange(large), np.clip(base + tap, 0, small - 1)), weight)
    return matrix
