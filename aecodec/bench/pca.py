"""Principal components at equal bytes: `pca-K` keeps K coefficients an image, 8 bits each.

The linear view of a latent space (Pearson 1901), and what an auto-encoder of K bytes has to beat.
The components are those of every other image of the data, measured on the rest, so they know the
data at hand better than a model that was trained elsewhere. A file is the K bytes, bare.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.bench.peers import LOSSY, Peer
from aecodec.images import PIXELS, SIDE, Images

COMPONENTS = (2, 4, 8, 16, 32)
LEVELS = 255
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Pca:
    """mean (784,), basis (784, K), low and unit (K,) of the coefficients' levels; all float32."""

    mean: Floats
    basis: Floats
    low: Floats
    unit: Floats

    def encode(self, images: Images) -> bytes:
        """Code uint8 (N, 28, 28) as N times K bytes."""
        rows = (images.reshape(-1, PIXELS) - self.mean) @ self.basis
        levels = np.rint((rows - self.low) / self.unit)
        return np.clip(levels, 0, LEVELS).astype(np.uint8).tobytes()

    def decode(self, data: bytes) -> Images:
        """Rebuild uint8 (N, 28, 28)."""
        levels = np.frombuffer(data, np.uint8).reshape(-1, len(self.unit))
        rows = (levels * self.unit + self.low) @ self.basis.T + self.mean
        return np.clip(np.rint(rows), 0, 255).astype(np.uint8).reshape(-1, SIDE, SIDE)

    @property
    def side_bytes(self) -> int:
        """What a decoder needs besides the bytes."""
        return self.mean.nbytes + self.basis.nbytes + self.low.nbytes + self.unit.nbytes


def pca_peers(images: Images) -> Iterator[Peer]:
    """A peer for each number of components that half of the images, uint8 (N, 28, 28), allow."""
    rows = images[1::2].reshape(-1, PIXELS).astype(np.float32)
    if len(rows) <= COMPONENTS[0]:
        return
    mean = rows.mean(0)
    rows -= mean
    _, directions = np.linalg.eigh(rows.T @ rows)
    basis = np.ascontiguousarray(directions[:, ::-1])
    for count in COMPONENTS:
        if count < len(rows):
            yield _peer(mean, basis[:, :count], rows)


def _peer(mean: Floats, basis: Floats, rows: Floats) -> Peer:
    coefficients = rows @ basis
    low = coefficients.min(0)
    unit = np.maximum(np.ptp(coefficients, axis=0), 1e-3) / LEVELS
    pca, count = Pca(mean, basis, low, unit), basis.shape[1]
    return Peer(
        f"pca-{count}",
        pca.encode,
        pca.decode,
        LOSSY,
        codec="pca",
        setting=str(count),
        step=2,
        side_bytes=pca.side_bytes,
    )
