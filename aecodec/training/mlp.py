"""Dense networks as TensorFlow variables by name, and the parts of a training loop for them."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE, Images
from aecodec.training.arrays import Codes, Floats
from aecodec.training.checkpoint import Arrays, Checkpoint

Weights = dict[str, tf.Variable]


def layers(name: str, widths: tuple[int, ...], last: float) -> Weights:
    """Dense layers by name, normal weights (He et al. 2015); the last has variance `last` / n."""
    made = {}
    for i, (a, b) in enumerate(itertools.pairwise(widths)):
        gain = last if i == len(widths) - 2 else 2.0
        made[f"{name}{i}_w"] = tf.Variable(tf.random.normal((a, b)) * math.sqrt(gain / a))
        made[f"{name}{i}_b"] = tf.Variable(tf.zeros(b))
    return made


def forward(
    weights: Weights,
    name: str,
    h: tf.Tensor,
    masks: Mapping[str, tf.Tensor] | None = None,
    hidden: dict[str, tf.Tensor] | None = None,
) -> tf.Tensor:
    """Run the layers of one name, relu between, in the float type of h.

    masks: by the name of a weight matrix, what it is multiplied by; hidden: takes what each layer
    but the last gives, by the layer's name.
    """
    count = depth(weights, name)
    for i in range(count):
        matrix = weights[f"{name}{i}_w"]
        matrix = matrix if masks is None else matrix * masks[f"{name}{i}_w"]
        h = h @ tf.cast(matrix, h.dtype) + tf.cast(weights[f"{name}{i}_b"], h.dtype)
        if i == count - 1:
            break
        h = tf.nn.relu(h)
        if hidden is not None:
            hidden[f"{name}{i}"] = h
    return h


def depth(weights: Mapping[str, Any], name: str) -> int:
    """How many layers of one name there are."""
    return sum(key.startswith(name) and key.endswith("_w") for key in weights)


def last(weights: Mapping[str, Any], name: str) -> tuple[str, str]:
    """What the weights and the biases of the last layer of one name are called."""
    number = depth(weights, name) - 1
    return f"{name}{number}_w", f"{name}{number}_b"


def squared_error(drawn: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """The squared error of each row, summed over its pixels."""
    return tf.reduce_sum((drawn - x) ** 2, 1)


def to_pixels(images: Images) -> tf.Tensor:
    """Map uint8 (N, 28, 28) to [0, 1], float32 (N, 784)."""
    return tf.constant(images.reshape(-1, PIXELS) / np.float32(255))


def batches(count: int, batch: int) -> int:
    """How many batches `shuffled` gives."""
    return math.ceil(count / batch)


def shuffled(count: int, batch: int, rng: np.random.Generator) -> list[Codes]:
    """All rows in batches of one size, the last filled up from the first."""
    order = rng.permutation(count)
    return list(np.resize(order, (batches(count, batch), batch)))


def save(
    checkpoint: Checkpoint,
    weights: Mapping[str, tf.Variable | NDArray[np.generic]],
    adam: keras.optimizers.Optimizer,
    done: int,
) -> None:
    """Keep the state of a training after `done` epochs."""
    arrays = {f"w.{name}": np.asarray(value) for name, value in weights.items()}
    arrays |= {f"a.{i}": np.asarray(value) for i, value in enumerate(adam.variables)}
    checkpoint.save({"done": np.array(done), **arrays})


def resume(state: Arrays | None, adam: keras.optimizers.Optimizer) -> int:
    """Give Adam its state back from what `save` kept, if anything; return the epochs done."""
    if state is None:
        return 0
    for i, variable in enumerate(adam.variables):
        variable.assign(state[f"a.{i}"])
    return int(state["done"])


def saved_weights(state: Arrays) -> Weights:
    """The weights that `save` kept."""
    return {n[2:]: tf.Variable(v) for n, v in state.items() if n.startswith("w.")}


def draw(weights: Mapping[str, Floats], latents: Floats) -> Floats:
    """Decode latents (N, K) by the `dec` layers in NumPy, (N, 28, 28) in [0, 1]."""
    h = latents
    count = depth(weights, "dec")
    for i in range(count):
        h = h @ weights[f"dec{i}_w"] + weights[f"dec{i}_b"]
        h = np.maximum(h, 0) if i < count - 1 else h
    return np.asarray(1 / (1 + np.exp(-h)), np.float32).reshape(-1, SIDE, SIDE)


def to_arrays(weights: Weights) -> dict[str, Floats]:
    """The values of variables."""
    return {name: value.numpy() for name, value in weights.items()}
