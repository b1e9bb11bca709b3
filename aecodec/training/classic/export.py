"""From a trained float auto-encoder to the model file that ships."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer
from aecodec.images import PIXELS, Images
from aecodec.kinds import CENTRE, PIXEL_RANGE
from aecodec.kinds.classic import CODE_RANGE, ClassicCoder
from aecodec.training.classic.networks import dense_layers
from aecodec.training.classic.train import Trained
from aecodec.training.code_table import PIXEL, STEPS, search_tables
from aecodec.training.quantise import Affine, plain_greys, quantise, sigmoid_greys

CALIBRATION_IMAGES = 5000
LATENT = Affine(2 / (STEPS - 1), (STEPS - 1) / 2)


def export_classic(trained: Trained, images: Images) -> dict[str, NDArray[Any]]:
    """Quantise both networks; return the arrays of a `classic` model.

    images: uint8 (N, 28, 28), training images that show the range of every hidden unit.
    """
    greys, meaning = plain_greys() if trained.linear else sigmoid_greys()
    pixels = images[:CALIBRATION_IMAGES].reshape(-1, PIXELS).astype(np.float64) - CENTRE
    encoder = quantise(
        dense_layers(trained.encoder), pixels, PIXEL_RANGE, PIXEL, LATENT, CODE_RANGE
    )
    codes = integer.Network(encoder, PIXEL_RANGE)(pixels.astype(np.float32)).astype(np.float64)
    top = len(greys) - 1
    decoder = quantise(dense_layers(trained.decoder), codes, CODE_RANGE, LATENT, meaning, (0, top))
    arrays = integer.dense_arrays("encoder", encoder) | integer.dense_arrays("decoder", decoder)
    arrays |= {"decoder.greys": greys}
    if codes.shape[1] == 2:
        arrays |= search_tables(ClassicCoder(arrays), images)
    return arrays
