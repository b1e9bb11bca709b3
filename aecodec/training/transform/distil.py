"""Make a smaller `transform` model of a trained one.

python -m aecodec.training.transform.distil MODEL LEVEL DATA OUT

DATA are what MODEL was trained on, as `aecodec train` takes them, and LEVEL is MODEL's. The hidden
units of its decoder and its prior that matter least are taken out (Molchanov et al. 2017, "Pruning
convolutional neural networks for resource efficient inference"), and what is left is trained on as
`aecodec train` trains.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.batch import atomic_file
from aecodec.datasets import Dataset
from aecodec.images import Images
from aecodec.model_file import read_model
from aecodec.training import mlp
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classifier import Classifier
from aecodec.training.data import load_split
from aecodec.training.measure import figures_line, measure
from aecodec.training.progress import Progress
from aecodec.training.run import with_statistics
from aecodec.training.task import TrainedModel, TrainingTask
from aecodec.training.transform import train
from aecodec.training.transform.config import TransformConfig
from aecodec.training.transform.export import search_weight
from aecodec.training.transform.floats import float_networks
from aecodec.training.transform.make import fine_tuned, fitted_from

SAMPLES = 5000  # images that the cut looks at


def distil(
    task: TrainingTask, arrays: Mapping[str, NDArray[Any]], config: TransformConfig
) -> TrainedModel:
    """Train a smaller model.

    Args:
        task: What to train on.
        arrays: The arrays of a model of the task's level that `train_transform` made.
        config: The widths of its decoder and prior, and the schedule.
    """
    start = narrowed(float_networks(arrays), task.images[:SAMPLES], config)
    return fine_tuned(task, fitted_from(task, start, config), config)


def narrowed(
    trained: Mapping[str, Floats], images: Images, config: TransformConfig
) -> dict[str, Floats]:
    """The networks with those hidden units alone that matter most for some images.

    By the square of what an image's bits + lambda * error change at first as a unit is held at its
    mean, which then goes into the biases after it. Of the prior's units those that see as many
    latents compete, so that it has units for all of them.
    """
    matters, means = _units(trained, images)
    cut, degree = dict(trained), trained["degree"]
    for number, width in enumerate(config.decoder):
        order = np.argsort(-matters[f"dec{number}"], kind="stable")
        _keep(cut, "dec", number, np.sort(order[:width]), means)
    width = config.prior[0]
    seen = degree[np.arange(width) * len(degree) // width]
    for number in range(len(config.prior)):
        order = np.argsort(-matters[f"pri{number}"], kind="stable")
        best = [order[degree[order] == few][: (seen == few).sum()] for few in np.unique(seen)]
        _keep(cut, "pri", number, np.concatenate(best), means)
    return cut | {"degree": seen}


def _units(
    trained: Mapping[str, Floats], images: Images
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """How much each hidden unit of decoder and prior matters, and what it gives on average."""
    weights = {name: tf.constant(array) for name, array in trained.items()}
    masks = train.masks_of(trained["degree"], len(trained["dec0_w"]))
    latents, hidden = train.guess(trained, images), dict[str, tf.Tensor]()
    with tf.GradientTape() as tape:
        tape.watch(weights)
        drawn = tf.sigmoid(mlp.forward(weights, "dec", tf.constant(latents), hidden=hidden))
        error = mlp.squared_error(drawn, mlp.to_pixels(images))
        costs = train.prices(weights, masks, tf.constant(latents), hidden)
        bits = tf.reduce_sum(train.price_of(costs, latents), 1)
        loss = bits + weights["lam"] * error
    slopes = tape.gradient(loss, hidden)
    given = {name: array.numpy() for name, array in hidden.items()}
    means = {name: array.mean(0) for name, array in given.items()}
    return {n: (((given[n] - means[n]) * slopes[n].numpy()) ** 2).sum(0) for n in given}, means


def _keep(
    cut: dict[str, Floats], name: str, number: int, kept: NDArray[np.intp], means: dict[str, Floats]
) -> None:
    """Take all units but some out of a hidden layer."""
    this, after = f"{name}{number}", f"{name}{number + 1}"
    out = np.ones(len(cut[f"{this}_b"]), bool)
    out[kept] = False
    cut[f"{after}_b"] = cut[f"{after}_b"] + means[this][out] @ cut[f"{after}_w"][out]
    cut[f"{after}_w"] = cut[f"{after}_w"][kept]
    cut[f"{this}_w"], cut[f"{this}_b"] = cut[f"{this}_w"][:, kept], cut[f"{this}_b"][kept]


class _Told(Progress):
    """Prints each epoch."""

    def epoch(
        self,
        stage: str,
        done: int,
        total: int,
        distortion: float | None = None,
        rate: float | None = None,
        validation: float | None = None,  # noqa: ARG002 - not measured while it runs
    ) -> None:
        print(f"{stage} {done}/{total}: {rate:.2f} bits, {distortion:.5f}", flush=True)


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name in ("model", "level", "data", "out"):
        parser.add_argument(name)
    parser.add_argument("--decoder", type=int, nargs=2, default=(320, 640))
    parser.add_argument("--prior", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--copies", type=float, default=train.DEFAULT.copies)
    parser.add_argument("--fine-tune-epochs", type=int, default=train.DEFAULT.fine_tune_epochs)
    parser.add_argument("--fine-tune-rate", type=float, default=train.DEFAULT.fine_tune_rate)
    parser.add_argument("--search-weight", type=float, help="lambda of the search [the level's]")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    out, model = Path(options.out), read_model(Path(options.model))
    if model.kind != "transform":
        parser.error(f"{options.model} is a model of the kind {model.kind}, not transform")
    widths = [
        len(model.arrays[f"{name}.weights"]) for name in ("decoder.1", "decoder.2", "prior.1")
    ]
    if any(map(int.__gt__, (*options.decoder, options.prior), widths)):
        parser.error(f"{options.model} has no more than {widths} hidden units")
    data = load_split(options.data)
    checkpoint = Checkpoint(out.with_suffix(".checkpoint.npz"), vars(options))
    config = TransformConfig(
        decoder=tuple(options.decoder),
        prior=(options.prior, options.prior),
        copies=options.copies,
        fine_tune_epochs=options.fine_tune_epochs,
        fine_tune_rate=options.fine_tune_rate,
    )
    task = TrainingTask(
        options.level,
        data.train,
        data.validation,
        options.epochs,
        options.seed,
        _Told(),
        checkpoint,
    )
    made = distil(task, model.arrays, config)
    if options.search_weight:
        arrays = {**made.arrays, "encoder.lambda": search_weight(options.search_weight)}
        made = replace(made, arrays=arrays)
    labels = data.train_labels
    classifier = None if labels is None else Classifier(data.train, labels, options.seed)
    held = Dataset(data.validation, data.validation_labels)
    figures, decoded = measure(made, held, classifier)
    with atomic_file(out, overwrite=True) as file:
        file.write(with_statistics(made, data, figures, decoded).to_bytes())
    checkpoint.clear()
    print(made.structure, figures_line("validation", figures), sep="\n")


if __name__ == "__main__":
    main()
