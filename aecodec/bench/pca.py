"""Principal components at equal bytes: `pca kN` keeps N coefficients of 8 bits an image.

This is the linear view of a latent space (Pearson 1901), and what an auto-encoder of N bytes has
to beat. The components are fitted to half of the data at hand, so they know it better than a model
that was trained elsewhere. A file is the bare N bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.bench.codecs import Coding, TooFewImagesError
from aecodec.images import PIXELS, SIDE, Images

COMPONENTS = (2, 4, 8, 16, 32)
LEVELS = 255
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Pca:
    """A linear codec.

    Attributes:
        mean: Of the images, float32 (784,).
        basis: The components, float32 (784, N).
        low: The coefficients' least level, float32 (N,).
        unit: The width of their levels, float32 (N,).
    """

    mean: Floats
    basis: Floats
    low: Floats
    unit: Floats

    def encode(self, images: Images) -> bytes:
        """Code uint8 images (M, 28, 28) as M times N bytes."""
        rows = (images.reshape(-1, PIXELS) - self.mean) @ self.basis
        levels = np.rint((rows - self.low) / self.unit)
        return np.clip(levels, 0, LEVELS).astype(np.uint8).tobytes()

    def decode(self, data: bytes) -> Images:
        """Rebuild uint8 images (M, 28, 28)."""
        levels = np.frombuffer(data, np.uint8).reshape(-1, len(self.unit))
        rows = (levels * self.unit + self.low) @ self.basis.T + self.mean
        return np.clip(np.rint(rows), 0, 255).astype(np.uint8).reshape(-1, SIDE, SIDE)

    @property
    def side_bytes(self) -> int:
        """What a decoder needs besides the bytes."""
        return self.mean.nbytes + self.basis.nbytes + self.low.nbytes + self.unit.nbytes


def fit_pca(others: Images) -> Callable[[int], Coding]:
    """Fit principal components to images.

    Args:
        others: uint8 (N, 28, 28), other images than will be coded.

    Returns:
        A function from a number of components to the codec that keeps so many. It raises
        TooFewImagesError where there are no more images than components.
    """
    rows = others.reshape(-1, PIXELS).astype(np.float32)
    if len(rows) <= COMPONENTS[0]:
        raise TooFewImagesError
    mean = rows.mean(0)
    rows -= mean
    _, directions = np.linalg.eigh(rows.T @ rows)
    basis = np.ascontiguousarray(directions[:, ::-1])

    def keep(count: int) -> Coding:
        if count >= len(rows):
            raise TooFewImagesError
        coefficients = rows @ basis[:, :count]
        low = coefficients.min(0)
        unit = np.maximum(np.ptp(coefficients, axis=0), 1e-3) / LEVELS
        pca = Pca(mean, basis[:, :count], low, unit)
        return Coding(pca.encode, pca.decode, pca.side_bytes)

    return keep
