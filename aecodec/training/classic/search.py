"""Search for the best of the 256 x 256 codes of a decoder with two latents, in float."""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from aecodec.images import PIXELS
from aecodec.training.arrays import Codes, Floats, predict
from aecodec.training.classic.networks import to_latents
from aecodec.training.code_table import STEPS, grid

DIMENSIONS = 40
COARSE = np.arange(1, STEPS, 2)


class FloatSearch:
    """Finds codes by comparing images and decoded codes in a few principal directions.

    images: float32 (N, 28, 28), whose principal directions are taken.
    """

    def __init__(self, images: Floats, dimensions: int = DIMENSIONS) -> None:
        flat = images.reshape(-1, PIXELS)
        self.mean = flat.mean(0)
        _, directions = np.linalg.eigh(np.cov((flat - self.mean).T))
        self.basis = np.ascontiguousarray(directions[:, : -dimensions - 1 : -1]).astype(np.float32)

    def codebook(self, decoder: keras.Model, *, fine: bool = True) -> "Codebook":
        """Decode every second code along each axis; if `fine`, all of them too."""
        every = self._project_codes(decoder, grid(np.arange(STEPS))) if fine else None
        return Codebook(self, self._project_codes(decoder, grid(COARSE)), every)

    def project(self, images: Floats) -> Floats:
        """Rows (N, dimensions + 1) whose product with a projected code is |x|^2 - |x - y|^2."""
        rows = (images.reshape(-1, PIXELS) - self.mean) @ self.basis
        return np.concatenate([rows, np.ones((len(rows), 1), np.float32)], 1)

    def _project_codes(self, decoder: keras.Model, codes: Codes) -> Floats:
        parts = []
        for part in _batches(codes, 8192):
            decoded = predict(decoder, to_latents(part)).reshape(-1, PIXELS) - self.mean
            norm = np.einsum("ij,ij->i", decoded, decoded)
            parts.append(np.concatenate([2 * decoded @ self.basis, -norm[:, None]], 1))
        return np.concatenate(parts)


@dataclass(frozen=True)
class Codebook:
    """The codes of a decoder as it is, projected: `coarse` ones, and `every` one or None."""

    search: FloatSearch
    coarse: Floats
    every: Floats | None

    def __call__(self, images: Floats, guess: Floats, pull: float = 0.0) -> Codes:
        """Find codes (N, 2): the best of the coarse ones, then of their neighbours if there.

        guess: latents (N, 2) in [-1, 1]; pull: what a unit of squared distance from them costs in
        the first step, as squared error.
        """
        rows = self.search.project(images)
        coarse = grid(COARSE)
        latents = to_latents(coarse)
        distance = -pull * np.einsum("ij,ij->i", latents, latents)[:, None]
        parts = [self.coarse, 2 * pull * latents, distance]
        scores = np.ascontiguousarray(np.concatenate(parts, 1).T)
        given = np.concatenate([rows, guess, np.ones((len(rows), 1), np.float32)], 1)
        best = [(part @ scores).argmax(1) for part in _batches(given, 256)]
        codes = coarse[np.concatenate(best)]
        return codes if self.every is None else _refine(self.every, rows, codes)


def _refine(every: Floats, rows: Floats, codes: Codes, reach: int = 1) -> Codes:
    scores = every.reshape(STEPS, STEPS, -1)
    shifts = grid(np.arange(-reach, reach + 1))
    best = []
    for part, start in zip(_batches(rows, 1000), _batches(codes, 1000), strict=True):
        near = np.clip(start[:, None] + shifts, 0, STEPS - 1)
        score = np.einsum("nd,nkd->nk", part, scores[near[..., 0], near[..., 1]])
        best.append(near[np.arange(len(near)), score.argmax(1)])
    return np.concatenate(best)


def _batches(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
