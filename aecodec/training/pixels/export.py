"""From the trained float networks to the arrays of a `pixels` model."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer
from aecodec.images import Images
from aecodec.integer import entropy
from aecodec.kinds.pixels import PREDICTIONS
from aecodec.training.arrays import Floats
from aecodec.training.pixels import network
from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.contexts import Contexts, make_window
from aecodec.training.quantise import Affine, odds_table, quantise_context_layers

CALIBRATION_IMAGES = 5000
CALIBRATION_PIXELS = 20_000
LOGIT_STEPS = 16  # in each factor of two in the odds: logits reach far, and are clipped
LOGIT = Affine(float(np.log(2)) / LOGIT_STEPS, 0.0)
LOGIT_REACH = 2**13 - 1
FLAT_REACH = 511
LEVELS = 256
EMBEDDING_LIMIT = KERNEL_LIMIT = 127
MAX_KERNEL_SHIFT = 10

Arrays = dict[str, NDArray[Any]]
Weights = Mapping[str, NDArray[np.float64]]


def export_pixels(trained: Mapping[str, Floats], images: Images, config: PixelsConfig) -> Arrays:
    """Quantise the networks; return the arrays of a `pixels` model.

    Args:
        trained: Weights by name, as `network.start_weights` names them.
        images: uint8 (N, 28, 28), training images that show the range of every hidden unit.
        config: The sizes that they were trained with.
    """
    window = make_window(config)
    contexts = Contexts(images[:CALIBRATION_IMAGES], window)
    rng = np.random.default_rng(0)
    full = contexts.batch(rng.choice(contexts.full, CALIBRATION_PIXELS))
    weights = {name: value.astype(np.float64) for name, value in trained.items()}
    weights = _of_all_levels(_even_kernels(_centred(weights)), config.step)
    embedding = weights["value.embedding"]
    units = np.maximum(np.abs(embedding).max(0), 1e-9) / EMBEDDING_LIMIT
    count = len(window.offsets)
    sizes = (2 * count, len(weights["value.0.weights"]) - window.near * len(units) - 2 * count)
    value_units = np.repeat([network.LEVEL_SCALE, network.STEP_SCALE], sizes)
    value_units = np.concatenate([np.tile(units, window.near), value_units])
    flat_units = np.repeat([network.STEP_SCALE, network.EDGE_SCALE], count - window.flat)
    value = _context_network(
        weights,
        "value",
        value_units,
        (-network.CENTRE, network.CENTRE - 1),
        LOGIT_REACH,
        network.value_hidden(trained, full, window),
        once=False,
    )
    picked = contexts.flat if len(contexts.flat) else contexts.full
    flat_batch = contexts.batch(rng.choice(picked, CALIBRATION_PIXELS))
    flat = _context_network(
        weights,
        "flat",
        flat_units,
        (0, network.CENTRE - 1),
        FLAT_REACH,
        network.flat_hidden(trained, flat_batch, window),
        once=True,
    )
    own: Arrays = {
        "window.offsets": window.offsets.astype(np.int8),
        "window.sizes": np.array([window.flat, window.near], np.uint8),
        "value.embedding": np.rint(embedding / units).astype(np.int8),
        "value.odds": odds_table(LOGIT_STEPS),
        "flat.frequencies": _frequencies(),
    }
    return own | value | flat | _kernels(weights["value.kernels"])


def _context_network(
    weights: Weights,
    name: str,
    units: NDArray[np.float64],
    inputs: integer.Range,
    reach: int,
    samples: Iterable[Any],
    *,
    once: bool,
) -> Arrays:
    """Quantise the three layers of a network and the tables that the first one adds.

    units: what an input stands for; samples: `network.hidden` of some contexts; once: whether
    one row of greys is added, and not any number of them.
    """
    layers = [(weights[f"{name}.{i}.weights"], weights[f"{name}.{i}.bias"]) for i in range(3)]
    tables = {part: weights[f"{name}.{part}"] for part in ("rows", "columns", "greys")}
    most = [np.abs(table).max(0, keepdims=True) for table in tables.values()]
    added = np.concatenate([*most[:2], most[2] if once else tables["greys"]])
    output = LOGIT, (-reach, reach)
    made, scale = quantise_context_layers(layers, inputs, units, samples, added, output)
    scaled = {f"{name}.{k}": np.rint(v * scale).astype(np.int32) for k, v in tables.items()}
    return integer.dense_arrays(name, made) | scaled


def _centred(weights: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Take the mean of all grey levels off their logits, which no probability depends on.

    In training the levels that an image does not show drift together, past where logits are
    clipped.
    """
    free = np.arange(len(weights["value.2.bias"])) < len(weights["value.greys"])
    matrix, bias = weights["value.2.weights"], weights["value.2.bias"]
    return weights | {
        "value.2.weights": matrix - free * matrix[:, free].mean(1, keepdims=True),
        "value.2.bias": bias - free * bias[free].mean(),
    }


def _even_kernels(weights: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Scale each kernel to the whole of its 8 bits, and what weighs it by the inverse.

    Kernels grow to very different sizes; on one scale the small ones would lose their shape.
    """
    kernels = weights["value.kernels"]
    peaks = np.maximum(np.abs(kernels).max(1), 1e-6) * (KERNEL_LIMIT + 1) / KERNEL_LIMIT
    scale = np.ones(len(weights["value.2.bias"]))
    begin = len(weights["value.greys"])
    scale[begin : begin + PREDICTIONS * len(kernels)] = np.tile(peaks, PREDICTIONS)
    return weights | {
        "value.kernels": kernels / peaks[:, None],
        "value.2.weights": weights["value.2.weights"] * scale,
        "value.2.bias": weights["value.2.bias"] * scale,
    }


def _of_all_levels(
    weights: dict[str, NDArray[np.float64]], step: int
) -> dict[str, NDArray[np.float64]]:
    """Weights for every grey level, from those of the multiples of a step.

    The other levels never occur: their logits are the least there are.
    """
    if step == 1:
        return weights
    spread = {
        name: np.zeros((LEVELS, weights[name].shape[1]))
        for name in ("value.embedding", "value.greys", "flat.greys")
    }
    for name, table in spread.items():
        table[::step] = weights[name]
    used = len(weights["value.greys"])
    rest = len(weights["value.2.bias"]) - used
    matrix = np.zeros((len(weights["value.2.weights"]), LEVELS + rest))
    matrix[:, :LEVELS:step] = weights["value.2.weights"][:, :used]
    matrix[:, LEVELS:] = weights["value.2.weights"][:, used:]
    bias = np.full(LEVELS + rest, -LOGIT_REACH * float(LOGIT.unit))
    bias[:LEVELS:step] = weights["value.2.bias"][:used]
    bias[LEVELS:] = weights["value.2.bias"][used:]
    kernels = np.zeros((len(weights["value.kernels"]), 2 * LEVELS - 1))
    kernels[:, ::step] = weights["value.kernels"]
    return (
        weights
        | spread
        | {
            "value.2.weights": matrix,
            "value.2.bias": bias,
            "value.kernels": kernels,
        }
    )


def _kernels(kernels: NDArray[np.float64]) -> Arrays:
    peak = max(float(np.abs(kernels).max()), 1e-9)
    shift = int(np.clip(np.floor(np.log2(KERNEL_LIMIT / peak)), 0, MAX_KERNEL_SHIFT))
    scaled = np.clip(np.rint(kernels * 2.0**shift), -KERNEL_LIMIT, KERNEL_LIMIT)
    return {
        "value.kernels": scaled.astype(np.int8),
        "value.kernel_shift": np.array([shift], np.uint8),
    }


def _frequencies() -> NDArray[np.uint16]:
    """A sigmoid as a table: how often of 2^16 a pixel differs, by its logit."""
    logits = np.arange(-FLAT_REACH, FLAT_REACH + 1) * float(LOGIT.unit)
    rounded = np.rint(entropy.TOTAL / (1 + np.exp(-logits)))
    return np.asarray(np.clip(rounded, 1, entropy.TOTAL - 1), np.uint16)
