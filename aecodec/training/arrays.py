"""Arrays that the trainers of all kinds share, and images as floats."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.images import SIDE

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]


def to_floats(images: NDArray[np.uint8]) -> Floats:
    """Turn grey levels into [0, 1], float32 (N, 28, 28)."""
    return (images.reshape(-1, SIDE, SIDE) / 255).astype(np.float32)


def squared_error(images: Floats, decoded: Floats) -> float:
    """The mean squared error of images (N, 28, 28), in [0, 1]."""
    return float(np.mean((images - decoded) ** 2))


def predict(model: Any, rows: NDArray[Any]) -> Floats:
    """Run a Keras model on rows (N, ...) without a progress bar."""
    return np.asarray(model.predict(rows, batch_size=4096, verbose=0))
