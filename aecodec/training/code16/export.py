"""From a trained float 16-bit code to the model file that ships."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer
from aecodec.images import PIXELS, Images
from aecodec.kinds import PIXEL_RANGE
from aecodec.kinds.code16 import (
    CODES,
    LATENT_LIMIT,
    LATENT_RANGE,
    ROW_LIMIT,
    ROW_SCALE,
    SIDES,
    Code16Coder,
    Regions,
)
from aecodec.training.quantise import (
    ACTIVATION_LIMIT,
    WEIGHT_LIMIT,
    Affine,
    quantise,
    sigmoid_greys,
)

CALIBRATION_CODES = 8192
SEARCH_DIMENSIONS = 32
SEARCH_LIMIT = 48  # of the table of codes: finer ones take more room and find no nearer codes
DAMPING = 0.01  # share of the mean variance that is added to all, where samples show too little
PIXEL = Affine(1 / 255, float(PIXEL_RANGE[0]))

Arrays = dict[str, NDArray[Any]]


def export_code16(weights: Mapping[str, NDArray[Any]], images: Images) -> Arrays:
    """Quantise a trained code; return the arrays of a `code16` model.

    weights: floats `M` (256, K), `A` (256, K, R), `E` (256, R) and the decoder's layers `deci_w`
    (inputs, outputs), `deci_b` (outputs,), relu between, a sigmoid's logits at the end; images:
    uint8 (N, 28, 28), training images, whose mean is the origin of the search.
    """
    arrays, latent = _regions(weights)
    count = sum(name.endswith("_w") for name in weights)
    layers = [
        (weights[f"dec{i}_w"].astype(np.float64), weights[f"dec{i}_b"].astype(np.float64))
        for i in range(count)
    ]
    codes = np.arange(0, CODES, CODES // CALIBRATION_CODES)
    samples = Regions(arrays)(codes).astype(np.float64)
    greys, logits = sigmoid_greys()
    top = len(greys) - 1
    decoder = quantise(layers, samples, LATENT_RANGE, latent, logits, (0, top))
    real = samples * latent.unit
    for kernel, bias in layers[:-1]:
        real = np.maximum(real @ kernel + bias, 0)
    inputs = np.asarray(integer.Network(decoder[:-1], LATENT_RANGE)(samples), np.float64)
    decoder[-1] = compensate(decoder[-1], layers[-1], real, inputs, logits)
    arrays |= integer.dense_arrays("decoder", decoder) | {"decoder.greys": greys}
    return arrays | search_tables(Code16Coder(arrays), images)


def _regions(weights: Mapping[str, NDArray[Any]]) -> tuple[Arrays, Affine]:
    """The arrays `regions.*`, and what an integer latent means.

    Each latent gets the finest unit in which all codes fit, and the largest shift at which its
    axes fit a byte.
    """
    means, axes, points = (weights[name].astype(np.float64) for name in "MAE")
    latents = means[:, None] + np.einsum("ckr,jr->cjk", axes, points)
    unit = np.maximum(np.abs(latents).max((0, 1)), 1e-12) / LATENT_LIMIT
    step = max(float(np.abs(points).max()), 1e-12) / WEIGHT_LIMIT
    goal = axes.transpose(0, 2, 1) * step / unit
    peak = np.maximum(np.abs(goal).max((0, 1)), 1e-12)
    shift = np.clip(np.floor(np.log2(WEIGHT_LIMIT / peak)), 0, 20)
    arrays: Arrays = {
        "regions.points": np.rint(points / step).astype(np.int8),
        "regions.axes": np.rint(goal * 2.0**shift).astype(np.int8),
        "regions.means": np.rint(means / unit * 2.0**shift).astype(np.int32),
        "regions.shift": shift.astype(np.int8),
    }
    return arrays, Affine(unit, 0.0)


def compensate(
    layer: integer.DenseLayer,
    floats: tuple[NDArray[np.float64], NDArray[np.float64]],
    real: NDArray[np.float64],
    inputs: NDArray[np.float64],
    output: Affine,
) -> integer.DenseLayer:
    """Round a layer's weights anew, input by input, the later ones making good for the earlier.

    layer: as `quantise` made it, whose shifts and clips stay; floats: weights (inputs, outputs)
    and bias (outputs,); real, inputs: the same samples (N, inputs) as floats and as the integers
    that the layer gets; output: what its outputs mean. The order of rounding and its corrections
    are those of Frantar et al. 2023, "GPTQ". Halves what int8 costs here.
    """
    weights, bias = floats
    scale = 2.0**layer.shift
    unit = np.sqrt((real**2).sum(0) / np.maximum((inputs**2).sum(0), 1))
    goal = unit[:, None] * weights / output.unit * scale
    spread = np.atleast_2d(np.cov(inputs.T))
    spread += np.eye(len(spread)) * max(DAMPING * np.trace(spread) / len(spread), 1e-6)
    pull = np.linalg.cholesky(np.linalg.inv(spread)).T
    rest, rounded = goal.copy(), np.zeros_like(goal)
    for i, row in enumerate(rest):
        rounded[i] = np.clip(np.rint(row), -WEIGHT_LIMIT, WEIGHT_LIMIT)
        rest[i + 1 :] -= np.outer(pull[i, i + 1 :] / pull[i, i], row - rounded[i])
    wanted = (bias / output.unit + output.zero) * scale + inputs.mean(0) @ (goal - rounded)
    constant = np.rint(np.clip(wanted, -(2**30), 2**30)).astype(np.int32)
    better = integer.DenseLayer(
        rounded.astype(layer.weights.dtype), constant, layer.shift, layer.low, layer.high
    )
    return better if better.bounds((0, ACTIVATION_LIMIT)).max() < integer.FLOAT32_LIMIT else layer


def search_tables(coder: Code16Coder, images: Images) -> Arrays:
    """Make the arrays of `Code16Search`: all codes in the principal directions of their images."""
    mean = images.reshape(-1, PIXELS).mean(0) / 255
    decoded = (coder.rebuild(np.arange(CODES)).reshape(-1, PIXELS) / 255 - mean).astype(np.float32)
    _, directions = np.linalg.eigh(decoded.T @ decoded)
    basis = directions[:, : -SEARCH_DIMENSIONS - 1 : -1].astype(np.float64)
    table = decoded @ basis
    unit = float(np.abs(table).max()) / SEARCH_LIMIT
    project = quantise(
        [(basis, -mean @ basis)],
        np.zeros((1, PIXELS)),
        PIXEL_RANGE,
        PIXEL,
        Affine(unit / ROW_SCALE, 0.0),
        (-ROW_LIMIT, ROW_LIMIT),
    )
    rows = np.rint(table / unit).astype(np.int8)
    return integer.dense_arrays("encoder.project", project) | {
        "encoder.table": rows.reshape(SIDES, SIDES, -1)
    }
