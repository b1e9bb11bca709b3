"""From the trained float networks of a rate-distortion level to the arrays of its model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer
from aecodec.images import PIXELS, Images
from aecodec.kinds import CENTRE, PIXEL_RANGE
from aecodec.kinds.transform import COST_BITS
from aecodec.training.quantise import (
    LOGIT,
    WEIGHT_LIMIT,
    Affine,
    odds_table,
    quantise,
    sigmoid_greys,
)
from aecodec.training.transform.curvature import curvatures

Floats = NDArray[np.floating[Any]]
CALIBRATION_IMAGES = 5000
LOGIT_REACH = 2**11
LATENT = Affine(1.0, 0.0)


def export_transform(
    trained: Mapping[str, Floats], images: Images, weight_limit: int = WEIGHT_LIMIT
) -> dict[str, NDArray[Any]]:
    """Quantise the networks; return the arrays of a `transform` model.

    trained: matrices (inputs, outputs) and biases of relu layers, `encI_w`, `encI_b` (pixels in
    [0, 1] less `pixel_mean` to d latents), `decI_w`, `decI_b` (to logits of pixels), `priI_w`,
    `priI_b` (to d x `alphabet` natural log odds, masks multiplied in); `degree` (H,), how many
    latents a hidden unit of the prior sees; `lo`, the lowest latent; `lam`, the weight of a
    squared error in [0, 1] against bits. images: uint8 (N, 28, 28), training images that show
    the range of every hidden unit; weight_limit: the largest weight of decoder and prior.
    """
    lowest, alphabet = int(trained["lo"]), int(trained["alphabet"])
    symbols = (lowest, lowest + alphabet - 1)
    greys, logits = sigmoid_greys()
    pixels = images[:CALIBRATION_IMAGES].reshape(-1, PIXELS).astype(np.float64) - CENTRE
    pixel = Affine(1 / 255, 255 * float(trained["pixel_mean"]) - CENTRE)
    encoder = quantise(layers(trained, "enc"), pixels, PIXEL_RANGE, pixel, LATENT, symbols)
    latents = integer.Network(encoder, PIXEL_RANGE)(pixels.astype(np.float32)).astype(np.float64)
    top = len(greys) - 1
    decoder = quantise(
        layers(trained, "dec"), latents, symbols, LATENT, logits, (0, top), weight_limit
    )
    reach = (-LOGIT_REACH, LOGIT_REACH - 1)
    prior = quantise(layers(trained, "pri"), latents, symbols, LATENT, LOGIT, reach, weight_limit)
    arrays = (
        integer.dense_arrays("encoder", encoder)
        | integer.dense_arrays("decoder", decoder)
        | integer.dense_arrays("prior", prior)
        | {
            "decoder.greys": greys,
            "prior.degree": np.asarray(trained["degree"], np.uint16),
            "prior.symbols": np.array([lowest, alphabet], np.int16),
            "prior.odds": odds_table(),
            "encoder.lambda": search_weight(float(trained["lam"])),
        }
    )
    return arrays | curvatures(arrays, images)


def search_weight(weight: float) -> NDArray[np.uint32]:
    """`encoder.lambda` for what a squared error in [0, 1] weighs against bits."""
    return np.rint([weight / 255**2 * 2.0**COST_BITS]).astype(np.uint32)


def layers(trained: Mapping[str, Floats], prefix: str) -> Sequence[tuple[Floats, Floats]]:
    """The weights and biases of the network that is stored under `prefix`, in float64."""
    count = sum(f"{prefix}{i}_w" in trained for i in range(integer.MAX_LAYERS))
    return [
        (trained[f"{prefix}{i}_w"].astype(np.float64), trained[f"{prefix}{i}_b"].astype(np.float64))
        for i in range(count)
    ]
