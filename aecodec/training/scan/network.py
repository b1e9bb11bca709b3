"""The two networks of the `scan` kind in floats; see `kinds.scan` for what they are."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from aecodec.kinds.scan import PLACES, BitWindow, place_rows
from aecodec.training.mlp import Weights
from aecodec.training.scan.config import ScanConfig
from aecodec.training.scan.contexts import BitBatch

NAMES = ("bits.edge", "bits.flat")

Tensors = Mapping[str, Any]


def start_weights(window: BitWindow, config: ScanConfig, rows: int, seed: int) -> Weights:
    """Weights to begin a training with; `rows` is how many values a place can have."""
    rng = np.random.default_rng(seed)
    named = {}
    for name, width in zip(NAMES, (config.width, config.flat_width), strict=True):
        shapes = {"0": (len(window.offsets), width), "1": (width, width), "2": (width, 1)}
        for layer, (inputs, outputs) in shapes.items():
            gain = 0.1 if layer == "2" else 1.3
            deviation = gain / math.sqrt(inputs)
            named[f"{name}.{layer}.weights"] = rng.normal(0, deviation, (inputs, outputs))
            named[f"{name}.{layer}.bias"] = np.zeros(outputs)
        size = place_rows(rows, config.orders)
        named[f"{name}.places"] = rng.normal(0, 0.05, (size, width))
    return {name: tf.Variable(array.astype(np.float32)) for name, array in named.items()}


def hidden(weights: Tensors, name: str, batch: BitBatch) -> tuple[Any, Any]:
    """The outputs (N, H) of the first layer and of the second, before that adds its inputs."""
    table = weights[f"{name}.places"]
    rows, orders = divmod(table.shape[0], PLACES)
    added = tf.reduce_sum(tf.gather(table, batch.places + rows * np.arange(PLACES)), 1)
    if orders:
        added += tf.gather(table, PLACES * rows + batch.orders)
    near = tf.cast(batch.near, tf.float32)
    first = tf.nn.relu(near @ weights[f"{name}.0.weights"] + weights[f"{name}.0.bias"] + added)
    second = tf.nn.relu(first @ weights[f"{name}.1.weights"] + weights[f"{name}.1.bias"])
    return first, second


def edge_bits(weights: Tensors, batch: BitBatch) -> Any:
    """What bits cost by the network of contexts that are not flat, in bits (N,)."""
    return _bits(weights, NAMES[0], batch)


def flat_bits(weights: Tensors, batch: BitBatch) -> Any:
    """What bits cost by the network of flat contexts, in bits (N,)."""
    return _bits(weights, NAMES[1], batch)


def _bits(weights: Tensors, name: str, batch: BitBatch) -> Any:
    first, second = hidden(weights, name, batch)
    logits = ((first + second) @ weights[f"{name}.2.weights"] + weights[f"{name}.2.bias"])[:, 0]
    return tf.nn.sigmoid_cross_entropy_with_logits(batch.bits, logits) / math.log(2)
