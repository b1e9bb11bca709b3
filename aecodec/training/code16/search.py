"""Search for the best of the 65,536 codes of a 16-bit code, in float, while it is trained."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, Images
from aecodec.kinds.code16 import CODES, SIDES
from aecodec.training.arrays import Codes, Floats

DIMENSIONS = 96
NEAREST = 12  # regions whose points are all tried
ROUNDS = 15  # of k-means
BLOCK = 16  # regions decoded at once


class EnsembleSearch:
    """Finds codes by comparing images and decoded codes in a few principal directions.

    images: uint8 (N, 28, 28), whose principal directions are taken. What lies outside them counts
    on neither side (see `kinds.code16.search.Code16Search`).
    """

    def __init__(self, images: Images) -> None:
        flat = _pixels(images)
        self._mean = flat.mean(0)
        _, directions = np.linalg.eigh(np.cov((flat - self._mean).T))
        self._basis = np.ascontiguousarray(directions[:, : -DIMENSIONS - 1 : -1], np.float32)

    def project(self, images: Images) -> Floats:
        """Map uint8 (N, 28, 28) to the principal directions, (N, DIMENSIONS)."""
        return self._rows(_pixels(images))

    def _rows(self, pixels: Floats) -> Floats:
        return np.asarray((pixels - self._mean) @ self._basis)

    def __call__(self, rows: Floats, draw: Callable[[Codes], Floats]) -> tuple[Codes, Codes]:
        """Find the best and the second-best code for each row, (N,) and (N,).

        draw: maps codes (B,) to pixels in [0, 1], (B, 784).
        """
        codes = np.arange(CODES).reshape(-1, BLOCK * SIDES)
        table = np.concatenate([self._rows(draw(block)) for block in codes])
        table = table.reshape(SIDES, SIDES, -1)
        halves = 0.5 * (table**2).sum(2)
        middle = table.mean(1)
        closeness = rows @ middle.T - 0.5 * (middle**2).sum(1)
        near = np.argpartition(closeness, -NEAREST, 1)[:, -NEAREST:]
        order = np.argsort(near, axis=None, kind="stable")
        ends = np.cumsum(np.bincount(near.reshape(-1), minlength=SIDES))
        values = np.full((2, len(rows)), -np.inf, np.float32)
        found = np.zeros((2, len(rows)), np.int64)
        for region, slots in enumerate(np.split(order, ends[:-1])):
            if len(slots):
                members = slots // NEAREST
                scores = rows[members] @ table[region].T - halves[region]
                _keep_two(values, found, members, scores, region * SIDES)
        return found[0], found[1]


def _pixels(images: Images) -> Floats:
    return images.reshape(-1, PIXELS).astype(np.float32) / np.float32(255)


def _keep_two(
    values: Floats, found: Codes, members: NDArray[np.int64], scores: Floats, first: int
) -> None:
    """Let the two best scores (M, 256) of each member compete with the two that it has."""
    number = np.arange(len(members))
    for _ in range(2):
        best = scores.argmax(1)
        score = scores[number, best]
        scores[number, best] = -np.inf
        ahead = score > values[0, members]
        second = ~ahead & (score > values[1, members])
        winner, next_best = members[ahead], members[second]
        values[1, winner], found[1, winner] = values[0, winner], found[0, winner]
        values[0, winner], found[0, winner] = score[ahead], first + best[ahead]
        values[1, next_best], found[1, next_best] = score[second], first + best[second]


def kmeans(rows: Floats, count: int, rng: np.random.Generator) -> tuple[Floats, Codes]:
    """Cluster rows (N, D) by Lloyd's k-means: centres (count, D), and each row's centre (N,).

    A centre that loses all its rows starts anew at a row drawn at random.
    """
    centres = rows[rng.choice(len(rows), count, replace=len(rows) < count)].copy()
    for _ in range(ROUNDS):
        owner = _nearest(rows, centres)
        size = np.bincount(owner, minlength=count)
        total = np.zeros_like(centres)
        np.add.at(total, owner, rows)
        kept = size > 0
        centres[kept] = total[kept] / size[kept, None]
        centres[~kept] = rows[rng.integers(len(rows), size=int((~kept).sum()))]
    return centres, _nearest(rows, centres)


def _nearest(rows: Floats, centres: Floats) -> Codes:
    return np.asarray((rows @ centres.T - 0.5 * (centres**2).sum(1)).argmax(1))
