"""Make a smaller `pixels` model of a trained one.

python -m aecodec.training.pixels.distil MODEL DATA OUT

DATA are what MODEL was trained on, as `aecodec train` takes them. The hidden units of MODEL's
network of grey levels that matter least are taken out, its kernels become fewer that give nearly
the same, and the networks are trained on towards the probabilities that MODEL gives (Hinton,
Vinyals, Dean 2015, "Distilling the knowledge in a neural network").
"""

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from aecodec.batch import atomic_file
from aecodec.errors import InvalidModelError
from aecodec.kinds.pixels import PREDICTIONS, Window
from aecodec.model_file import Model, read_model
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.context_fit import Fitted, Networks, fit, some
from aecodec.training.data import load_split
from aecodec.training.pixels import network
from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.contexts import Batch, Contexts, make_window
from aecodec.training.pixels.export import Arrays, export_pixels
from aecodec.training.pixels.floats import float_weights
from aecodec.training.progress import Progress
from aecodec.training.task import TrainingTask

CONFIG = PixelsConfig(rate=1e-3, validation_images=5000)
TAUGHT = 0.85  # the teacher's share of what is learned, beside what the pixels are
SAMPLES, SAMPLED = 20, 2048  # batches and contexts in each that the cut looks at

Weights = dict[str, Floats]


def distil(
    task: TrainingTask, arrays: Arrays, units: int, kernels: int, config: PixelsConfig = CONFIG
) -> tuple[Arrays, Fitted]:
    """Train a smaller model.

    Args:
        task: What to train on.
        arrays: The arrays of a `pixels` model of all grey levels.
        units: How many hidden units its network of grey levels is to have.
        kernels: How many kernels.
        config: The schedule; its window is that of the model.

    Returns:
        The arrays of the smaller model, and the floats that they are made of.

    Raises:
        InvalidModelError: The model sees other pixels than the schedule says.
    """
    window = make_window(config)
    teacher, images = float_weights(arrays), Contexts(task.images, window)
    if not np.array_equal(Window.read(arrays).offsets, window.offsets):
        raise InvalidModelError("the model has another window than this trains")
    rng = np.random.default_rng(task.seed)
    batches = [images.batch(rng.choice(images.full, SAMPLED)) for _ in range(SAMPLES)]
    cut = fewer_kernels(fewer_units(teacher, batches, window, units), batches, window, kernels)
    known = {name: tf.constant(array) for name, array in teacher.items()}

    def taught(weights: network.Tensors, batch: Batch) -> Any:
        given, learned = (network.value_logits(w, batch, window) for w in (known, weights))
        nats = tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(given), learned)
        own = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.levels, learned)
        return (TAUGHT * nats + (1 - TAUGHT) * own) / math.log(2)

    start = {name: tf.Variable(array) for name, array in cut.items()}
    bits = network.bits(window)
    networks = Networks(("value", "flat"), start, bits, (taught, bits[1]))
    held = Contexts(some(task.validation, config.validation_images), window)
    fitted = fit(task, config, networks, images, held)
    return export_pixels(fitted.weights, task.images, config), fitted


def fewer_units(weights: Weights, batches: list[Batch], window: Window, units: int) -> Weights:
    """Weights with those hidden units alone whose loss would change the bits of batches most.

    By the square of what the bits of each context change at first as a unit, in both layers, is
    turned down.
    """
    known = {name: tf.constant(array) for name, array in weights.items()}
    matters = np.zeros(weights["value.0.bias"].shape)
    for batch in batches:
        with tf.GradientTape() as tape:
            tape.watch(known)
            first, second = network.value_hidden(known, batch, window)
            logits = network.logits_of(weights, first, second, batch, window)
            nats = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.levels, logits)
        by_first, by_second = tape.gradient(nats, (first, second))
        matters += np.square(first * by_first + second * by_second).sum(0)
    kept = np.sort(np.argsort(-matters, kind="stable")[:units])
    named = ("0.weights", "0.bias", "rows", "columns", "greys", "1.weights", "1.bias")
    outputs = {f"value.{name}": weights[f"value.{name}"][..., kept] for name in named}
    both = {
        "value.1.weights": outputs["value.1.weights"][kept],
        "value.2.weights": weights["value.2.weights"][kept],
    }
    return weights | outputs | both


def fewer_kernels(weights: Weights, batches: list[Batch], window: Window, count: int) -> Weights:
    """Weights with fewer kernels, whose sums in batches are nearest to those of all.

    They are the first of a singular value decomposition of the kernels, weighed as they are.
    """
    kernels = weights["value.kernels"]
    begin, each = len(weights["value.greys"]), len(kernels)
    if count >= each:
        return weights
    places = np.arange(begin, begin + PREDICTIONS * each)
    weighed = [
        (first + second) @ weights["value.2.weights"][:, places] + weights["value.2.bias"][places]
        for first, second in (network.value_hidden(weights, batch, window) for batch in batches)
    ]
    rows = np.concatenate(weighed).reshape(-1, each).astype(np.float64)
    moments = rows.T @ rows / len(rows)
    root = np.linalg.cholesky(moments + 1e-6 * np.trace(moments) / each * np.eye(each)).T
    left, size, right = np.linalg.svd(root @ kernels, full_matrices=False)
    mixing = np.linalg.solve(root, left[:, :count] * size[:count])
    made = {"value.kernels": right[:count].astype(np.float32)}
    for name in ("value.2.weights", "value.2.bias"):
        old = weights[name]
        free, weighs, gates = np.split(old, (begin, begin + len(places)), -1)
        mixed = weighs.reshape(*old.shape[:-1], PREDICTIONS, each) @ mixing
        parts = (free, mixed.reshape(*old.shape[:-1], -1), gates)
        made[name] = np.concatenate(parts, -1).astype(np.float32)
    return weights | made


class _Told(Progress):
    """Prints each round."""

    def epoch(
        self,
        stage: str,  # noqa: ARG002 - there is but one
        done: int,
        total: int,
        distortion: float | None = None,  # noqa: ARG002 - images are exact
        rate: float | None = None,  # noqa: ARG002 - a loss, no rate
        validation: float | None = None,
    ) -> None:
        print(f"{done}/{total}: {validation:.2f} bits a validation image", flush=True)


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name in ("model", "data", "out"):
        parser.add_argument(name)
    parser.add_argument("--units", type=int, default=104)
    parser.add_argument("--kernels", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--mirror", action="store_true", help="learn mirror images too")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    out, model = Path(options.out), read_model(Path(options.model))
    if model.kind != "pixels":
        parser.error(f"{options.model} is a model of the kind {model.kind}, not pixels")
    data = load_split(options.data)
    if options.mirror:
        data = data.mirrored()
    checkpoint = Checkpoint(out.with_suffix(".checkpoint.npz"), vars(options))
    task = TrainingTask(
        "lossless",
        data.train,
        data.validation,
        options.epochs,
        options.seed,
        _Told(),
        checkpoint,
    )
    arrays, fitted = distil(task, dict(model.arrays), options.units, options.kernels)
    with atomic_file(out, overwrite=True) as file:
        file.write(Model("pixels", arrays).to_bytes())
    checkpoint.clear()
    print(f"{out}: {fitted.bits:.2f} bits a validation image in floats")


if __name__ == "__main__":
    main()
