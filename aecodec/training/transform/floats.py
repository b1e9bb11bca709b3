"""From the arrays of a `transform` model back to networks in floats, which can be trained on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import read_layers
from aecodec.kinds import CENTRE
from aecodec.kinds.transform import COST_BITS
from aecodec.training.arrays import Floats
from aecodec.training.quantise import LOGIT, Affine, sigmoid_greys
from aecodec.training.transform.export import LATENT
from aecodec.training.transform.train import PIXEL_MEAN

HIDDEN = Affine(1 / 64, 0.0)  # what the units between layers are then measured in
PIXEL = Affine(1 / 255, 255 * PIXEL_MEAN - CENTRE)

Arrays = Mapping[str, NDArray[Any]]


def float_networks(arrays: Arrays) -> dict[str, Floats]:
    """What `export_transform` takes, of a model that `train_transform` made.

    Hidden units are in other units than when they were trained, and what was rounded stays so.
    """
    _, logits = sigmoid_greys()
    lowest, alphabet = arrays["prior.symbols"]
    weight = float(arrays["encoder.lambda"][0]) * 255**2 / 2.0**COST_BITS
    numbers = {"lo": lowest, "alphabet": alphabet, "pixel_mean": PIXEL_MEAN, "lam": weight}
    return (
        _layers(arrays, "encoder", PIXEL, LATENT)
        | _layers(arrays, "decoder", LATENT, logits)
        | _layers(arrays, "prior", LATENT, LOGIT)
        | {name: np.array(value, np.float32) for name, value in numbers.items()}
        | {"degree": arrays["prior.degree"].astype(np.int64)}
    )


def _layers(arrays: Arrays, name: str, given: Affine, made: Affine) -> dict[str, Floats]:
    """The layers of one network, from what its inputs stand for to what its outputs do."""
    found = {}
    layers = read_layers(arrays, name)
    for number, layer in enumerate(layers):
        target = made if number == len(layers) - 1 else HIDDEN
        scale = 2.0 ** -layer.shift.astype(np.float64)
        weights = layer.weights * scale / given.unit * target.unit
        zero = (given.zero * layer.weights.sum(0, dtype=np.int64) + layer.bias) * scale
        found[f"{name[:3]}{number}_w"] = weights.astype(np.float32)
        found[f"{name[:3]}{number}_b"] = ((zero - target.zero) * target.unit).astype(np.float32)
        given = target
    return found
