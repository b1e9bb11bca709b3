"""From a trained float auto-encoder to the model file that ships."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.distortion import squared_errors
from aecodec.images import PIXELS, Images
from aecodec.integer import networks
from aecodec.kinds.classic import ClassicCoder
from aecodec.kinds.classic.coder import CODE_RANGE
from aecodec.kinds.classic.search import CENTRE, PIXEL_RANGE
from aecodec.training.classic.networks import STEPS, dense_layers
from aecodec.training.classic.search import grid
from aecodec.training.classic.train import Trained
from aecodec.training.quantise import WEIGHT_LIMIT, Affine, plain_greys, quantise, sigmoid_greys

CALIBRATION_IMAGES = 5000
SEARCH_DIMENSIONS = 32
ROW_LIMIT = 2047
LATENT = Affine(2 / (STEPS - 1), (STEPS - 1) / 2)
PIXEL = Affine(1 / 255, -float(CENTRE))


def export_classic(trained: Trained, images: Images) -> dict[str, NDArray[Any]]:
    """Quantise both networks; return the arrays of a `classic` model.

    images: uint8 (N, 28, 28), training images that show the range of every hidden unit.
    """
    greys, meaning = plain_greys() if trained.linear else sigmoid_greys()
    pixels = images[:CALIBRATION_IMAGES].reshape(-1, PIXELS).astype(np.float64) - CENTRE
    encoder = quantise(
        dense_layers(trained.encoder), pixels, PIXEL_RANGE, PIXEL, LATENT, CODE_RANGE
    )
    codes = networks.Network(encoder, PIXEL_RANGE)(pixels.astype(np.float32)).astype(np.float64)
    top = len(greys) - 1
    decoder = quantise(dense_layers(trained.decoder), codes, CODE_RANGE, LATENT, meaning, (0, top))
    arrays = networks.dense_arrays("encoder", encoder) | networks.dense_arrays("decoder", decoder)
    arrays |= {"decoder.greys": greys}
    if codes.shape[1] == 2:
        arrays |= search_tables(ClassicCoder(arrays), images)
    return arrays


def search_tables(coder: ClassicCoder, images: Images) -> dict[str, NDArray[Any]]:
    """Make the arrays of `CodeSearch` for a coder with two latents.

    images: uint8 (N, 28, 28), whose mean is the origin. The projection takes the principal
    directions of the decoded codes.
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
    return networks.dense_arrays("encoder.project", project) | {
        "encoder.table": np.rint(rows / table_unit).astype(np.int8).reshape(STEPS, STEPS, -1),
        "encoder.norms": np.rint(norms).astype(np.int32).reshape(STEPS, STEPS),
    }


def statistics(validation: Images, decoded: Images) -> dict[str, NDArray[Any]]:
    """What the validation images, uint8 (N, 28, 28), show of a coder that decoded them so."""
    errors = squared_errors(validation, decoded)
    levels = np.percentile(errors, [50, 99, 99.9, 100], method="higher")
    return {"stats.validation_sse": levels.astype(np.uint32)}
