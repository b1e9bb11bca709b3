"""Search for the best of the 256 x 256 codes of a decoder with two latents, in float."""

from collections.abc import Iterator

import keras
import numpy as np

from aecodec.images import PIXELS
from aecodec.training.networks import STEPS, Codes, Floats, predict, to_latents

DIMENSIONS = 40


class Search:
    """Finds codes by comparing images and decoded codes in a few principal directions.

    images: float32 (N, 28, 28), whose principal directions are taken.
    """

    def __init__(self, images: Floats, dimensions: int = DIMENSIONS) -> None:
        flat = images.reshape(-1, PIXELS)
        self.mean = flat.mean(0)
        _, directions = np.linalg.eigh(np.cov((flat - self.mean).T))
        self.basis = np.ascontiguousarray(directions[:, : -dimensions - 1 : -1]).astype(np.float32)

    def __call__(
        self, decoder: keras.Model, images: Floats, guess: Floats, pull: float, *, fine: bool = True
    ) -> Codes:
        """Find codes (N, 2): the best of every second step along each axis, then its neighbours.

        guess: latents (N, 2) in [-1, 1]; pull: what a unit of squared distance from them costs in
        the first step, as squared error.
        """
        rows = self._project_images(images)
        coarse = grid(np.arange(1, STEPS, 2))
        latents = to_latents(coarse)
        distance = -pull * np.einsum("ij,ij->i", latents, latents)[:, None]
        parts = [self._project_codes(decoder, coarse), 2 * pull * latents, distance]
        scores = np.ascontiguousarray(np.concatenate(parts, 1).T)
        given = np.concatenate([rows, guess, np.ones((len(rows), 1), np.float32)], 1)
        best = [(part @ scores).argmax(1) for part in _batches(given, 256)]
        codes = coarse[np.concatenate(best)]
        return self._refine(decoder, rows, codes) if fine else codes

    def _refine(self, decoder: keras.Model, rows: Floats, codes: Codes, reach: int = 1) -> Codes:
        every = grid(np.arange(STEPS))
        scores = self._project_codes(decoder, every).reshape(STEPS, STEPS, -1)
        shifts = grid(np.arange(-reach, reach + 1))
        best = []
        for part, start in zip(_batches(rows, 1000), _batches(codes, 1000), strict=True):
            near = np.clip(start[:, None] + shifts, 0, STEPS - 1)
            score = np.einsum("nd,nkd->nk", part, scores[near[..., 0], near[..., 1]])
            best.append(near[np.arange(len(near)), score.argmax(1)])
        return np.concatenate(best)

    def _project_images(self, images: Floats) -> Floats:
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


def grid(axis: Codes) -> Codes:
    """All pairs of an axis' values, the first running slowest, (n * n, 2)."""
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def _batches(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
