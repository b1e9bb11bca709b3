"""The two networks of the `pixels` kind in floats; see `kinds.pixels` for what they are.

Their inputs are the integers that the coder sees, times a constant scale. Their weights are
variables by name, called as in a model file. Where all grey levels are multiples of a step, they
are numbered by it, and there are weights for these alone.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.images import SIDE
from aecodec.kinds.pixels import DIFFERENCES, PALETTE_GATES, PREDICTIONS, Window
from aecodec.training.mlp import Weights
from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.contexts import Batch

BRIGHTEST = 255
CENTRE = 128
LEVEL_SCALE, STEP_SCALE, EDGE_SCALE = 1 / 128, 1 / 64, 1 / 127
LOWEST = -6.0  # logit of a kernel at the start
FLAT_BIAS = -4.0  # few pixels differ from a flat context

Tensors = Mapping[str, Any]


def start_weights(window: Window, config: PixelsConfig, seed: int) -> Weights:
    """Weights to begin a training with."""
    rng = np.random.default_rng(seed)
    count, kernels = len(window.offsets), _start_kernels(config.step)
    levels = config.levels
    inputs = window.near * config.embedding + 2 * count + len(DIFFERENCES)
    value = _context_network(rng, inputs, config.width, levels, 0.05)
    sizes = (levels, PREDICTIONS * len(kernels), window.near + PALETTE_GATES)
    gains = np.repeat([0.1, 0.05, 0.05], sizes)
    value["2.weights"] = _normal(rng, config.width, sum(sizes), 1.0) * gains
    bias = np.zeros((PREDICTIONS, len(kernels)))
    bias[:, 2:4] = 0.3, 0.5
    value["2.bias"] = np.pad(bias.reshape(-1), (sizes[0], sizes[2]))
    value["embedding"] = rng.normal(0, 0.5, (levels, config.embedding))
    value["kernels"] = kernels
    flat = _context_network(rng, 2 * (count - window.flat), config.flat_width, levels, 0.1)
    flat["2.weights"] = _normal(rng, config.flat_width, 1, 0.1)
    flat["2.bias"] = np.full(1, FLAT_BIAS)
    named = {f"value.{k}": v for k, v in value.items()} | {f"flat.{k}": v for k, v in flat.items()}
    return {name: tf.Variable(array.astype(np.float32)) for name, array in named.items()}


def _normal(rng: np.random.Generator, inputs: int, outputs: int, gain: float) -> NDArray[Any]:
    return rng.normal(0, gain / math.sqrt(inputs), (inputs, outputs))


def _context_network(
    rng: np.random.Generator, inputs: int, width: int, levels: int, greys: float
) -> dict[str, NDArray[Any]]:
    """All but the last of the layers that a context goes through."""
    return {
        "0.weights": _normal(rng, inputs, width, 1.3),
        "0.bias": np.zeros(width),
        "rows": rng.normal(0, 0.1, (SIDE, width)),
        "columns": rng.normal(0, 0.1, (SIDE, width)),
        "greys": rng.normal(0, greys, (levels, width)),
        "1.weights": _normal(rng, width, width, 1.3),
        "1.bias": np.zeros(width),
    }


def _start_kernels(unit: int) -> NDArray[np.float64]:
    """Peaks of several widths, ramps and single steps about a prediction, (12, 510 / unit + 1)."""
    d = np.arange(-BRIGHTEST, BRIGHTEST + 1, unit)
    peaks = [-np.abs(d) / width for width in (1, 3, 8, 20, 50)]
    ramps = [np.clip(d / width, -1, 1) for width in (3, 12, 50)]
    steps = [(d == step * unit).astype(np.float64) for step in (0, 1, -1)]
    return np.maximum([*peaks, *ramps, *steps, -np.abs(d) / CENTRE], LOWEST)


def _step(table: Any) -> int:
    """What all grey levels are multiples of, by a table that has a row for each."""
    return BRIGHTEST // (int(table.shape[0]) - 1)


def value_inputs(weights: Tensors, near: Any, window: Window) -> Any:
    """What the network of grey levels takes, float32 (N, D), of contexts int32 (N, K)."""
    first, second = zip(*DIFFERENCES, strict=True)
    steps = tf.abs(tf.gather(near, first, axis=1) - tf.gather(near, second, axis=1)) // 2
    step = _step(weights["value.embedding"])
    embedded = tf.gather(weights["value.embedding"], near[:, : window.near] // step)
    width = window.near * weights["value.embedding"].shape[1]
    parts = (
        tf.reshape(embedded, (-1, width)),
        tf.cast(near - CENTRE, tf.float32) * LEVEL_SCALE,
        tf.cast(tf.abs(near - near[:, :1]) // 2, tf.float32) * LEVEL_SCALE,
        tf.cast(steps, tf.float32) * STEP_SCALE,
    )
    return tf.concat(parts, 1)


def flat_inputs(near: Any, window: Window) -> Any:
    """What the network of flat contexts takes, float32 (N, D), of contexts int32 (N, K)."""
    apart = tf.abs(near[:, window.flat :] - near[:, :1])
    edges = tf.cast(apart > 0, tf.float32)
    return tf.concat([tf.cast(apart // 2, tf.float32) * STEP_SCALE, edges], 1)


def hidden(weights: Tensors, name: str, x: Any, positions: Any, greys: Any) -> tuple[Any, Any]:
    """The outputs (N, H) of the first layer and of the second, before that adds its inputs."""
    added = tf.gather(weights[f"{name}.rows"], positions // SIDE)
    added += tf.gather(weights[f"{name}.columns"], positions % SIDE) + greys
    first = tf.nn.relu(x @ weights[f"{name}.0.weights"] + weights[f"{name}.0.bias"] + added)
    second = tf.nn.relu(first @ weights[f"{name}.1.weights"] + weights[f"{name}.1.bias"])
    return first, second


def value_hidden(weights: Tensors, batch: Batch, window: Window) -> tuple[Any, Any]:
    """`hidden` of the network of grey levels."""
    x = value_inputs(weights, batch.near, window)
    seen = batch.seen[:, :: _step(weights["value.greys"])]
    palette = seen @ weights["value.greys"]
    return hidden(weights, "value", x, batch.positions, palette)


def flat_hidden(weights: Tensors, batch: Batch, window: Window) -> tuple[Any, Any]:
    """`hidden` of the network of flat contexts."""
    greys = tf.gather(weights["flat.greys"], batch.near[:, 0] // _step(weights["flat.greys"]))
    return hidden(weights, "flat", flat_inputs(batch.near, window), batch.positions, greys)


def logits_of(weights: Tensors, first: Any, second: Any, batch: Batch, window: Window) -> Any:
    """The logits of grey levels (N, V) from what `value_hidden` gives."""
    out = (first + second) @ weights["value.2.weights"] + weights["value.2.bias"]
    levels = weights["value.greys"].shape[0]
    step = _step(weights["value.greys"])
    near = batch.near // step
    gates = out[:, -window.near - PALETTE_GATES :]
    logits = out[:, :levels] + _kernels(weights, out, near)
    copies = tf.one_hot(near[:, : window.near], levels)
    logits += tf.einsum("bk,bkv->bv", gates[:, : window.near], copies)
    return logits + _palette(gates[:, window.near :], batch.seen[:, ::step], step)


def value_logits(weights: Tensors, batch: Batch, window: Window) -> Any:
    """The logits of grey levels (N, V)."""
    return logits_of(weights, *value_hidden(weights, batch, window), batch, window)


def value_bits(weights: Tensors, batch: Batch, window: Window) -> Any:
    """What pixels cost by the network of grey levels, bits (N,)."""
    logits = value_logits(weights, batch, window)
    levels = batch.levels // _step(weights["value.greys"])
    return tf.nn.sparse_softmax_cross_entropy_with_logits(levels, logits) / math.log(2)


def flat_bits(weights: Tensors, batch: Batch, window: Window) -> Any:
    """What it costs to say whether pixels differ from their flat contexts, bits (N,)."""
    first, second = flat_hidden(weights, batch, window)
    logits = ((first + second) @ weights["flat.2.weights"] + weights["flat.2.bias"])[:, 0]
    differs = tf.cast(batch.levels != batch.near[:, 0], tf.float32)
    return tf.nn.sigmoid_cross_entropy_with_logits(differs, logits) / math.log(2)


def bits(window: Window) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`value_bits` and `flat_bits` of a window, which take weights and a batch."""
    return partial(value_bits, window=window), partial(flat_bits, window=window)


def _kernels(weights: Tensors, out: Any, near: Any) -> Any:
    """The kernels' part of the logits, centred on the three predictions; levels by number."""
    levels = weights["value.greys"].shape[0]
    left, above, corner = near[:, 0], near[:, 1], near[:, 2]
    low, high = tf.minimum(left, above), tf.maximum(left, above)
    median = tf.maximum(low, tf.minimum(high, left + above - corner))
    each = weights["value.kernels"].shape[0]
    total = 0.0
    for number, centre in enumerate((median, left, above)):
        begin = levels + number * each
        kernel = out[:, begin : begin + each] @ weights["value.kernels"]
        places = tf.range(levels)[None] - centre[:, None] + levels - 1
        total += tf.gather(kernel, places, batch_dims=1)
    return total


def _palette(gates: Any, seen: Any, step: int) -> Any:
    """The part of the logits where a level, one beside it, or the opposite of these was seen.

    With a step no level has another beside it.
    """
    if step > 1:
        return gates[:, :1] * seen + gates[:, 2:3] * seen[:, ::-1]
    padded = tf.pad(seen, [[0, 0], [1, 1]])
    beside = padded[:, 2:] + padded[:, :-2]
    parts = (seen, beside, seen[:, ::-1], beside[:, ::-1])
    return sum(gates[:, number : number + 1] * part for number, part in enumerate(parts))
