"""The table of codes in which a `classic` encoder with two latents searches.

Nothing here needs TensorFlow, so imported models get their tables from it too.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer
from aecodec.images import PIXELS, Images
from aecodec.kinds import CENTRE, PIXEL_RANGE
from aecodec.kinds.classic import ClassicCoder
from aecodec.training.arrays import Codes
from aecodec.training.quantise import WEIGHT_LIMIT, Affine, quantise

STEPS = 256  # of a latent: one byte
SEARCH_DIMENSIONS = 32
ROW_LIMIT = 2047
PIXEL = Affine(1 / 255, -float(CENTRE))


def grid(axis: Codes) -> Codes:
    """All pairs of an axis' values, the first running slowest, (n * n, 2)."""
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def search_tables(coder: ClassicCoder, images: Images) -> dict[str, NDArray[Any]]:
    """Make the arrays of `ClassicSearch`, along the principal directions of the decoded codes.

    Args:
        coder: A coder with two latents.
        images: uint8 (N, 28, 28), whose mean is the origin.
    """
    mean = images.reshape(-1, PIXELS).mean(0) / 255
    every = grid(np.arange(STEPS)).astype(np.uint8)
    decoded = coder.rebuild(every).reshape(-1, PIXELS) / 255 - mean
    _, directions = np.linalg.eigh(decoded.T @ decoded)
    basis = directions[:, : -SEARCH_DIMENSIONS - 1 : -1]
    rows = decoded @ basis
    peak = float(np.abs(rows).max())
    row_unit, table_unit = peak / ROW_LIMIT, peak / WEIGHT_LIMIT
    project = quantise(
        [(basis, -mean @ basis)],
        np.zeros((1, PIXELS)),
        PIXEL_RANGE,
        PIXEL,
        Affine(row_unit, 0.0),
        (-ROW_LIMIT, ROW_LIMIT),
    )
    norms = np.einsum("ij,ij->i", decoded, decoded) / (2 * row_unit * table_unit)
    return integer.dense_arrays("encoder.project", project) | {
        "encoder.table": np.rint(rows / table_unit).astype(np.int8).reshape(STEPS, STEPS, -1),
        "encoder.norms": np.rint(norms).astype(np.int32).reshape(STEPS, STEPS),
    }
