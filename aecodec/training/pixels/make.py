"""From a task to a `pixels` model."""

from typing import Any

import numpy as np

from aecodec.training.context_fit import Fitted, Networks, fit, some
from aecodec.training.pixels import network
from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.contexts import Batch, Contexts, make_window
from aecodec.training.pixels.export import export_pixels
from aecodec.training.task import TrainedModel, TrainingTask

DEFAULT = PixelsConfig()


def fit_pixels(task: TrainingTask, config: PixelsConfig) -> Fitted:
    """Train the networks in floats."""
    window = make_window(config)

    def value_bits(weights: network.Tensors, batch: Batch) -> Any:
        return network.value_bits(weights, batch, window)

    def flat_bits(weights: network.Tensors, batch: Batch) -> Any:
        return network.flat_bits(weights, batch, window)

    start = network.start_weights(window, config, task.seed)
    networks = Networks(("value", "flat"), start, (value_bits, flat_bits))
    held = some(task.validation, config.validation_images)
    return fit(task, config, networks, Contexts(task.images, window), Contexts(held, window))


def train_pixels(task: TrainingTask, config: PixelsConfig = DEFAULT) -> TrainedModel:
    """Train the level that keeps images exactly."""
    fitted = fit_pixels(task, config)
    weights = fitted.weights
    notes: tuple[str, ...] = ()
    if fitted.round < fitted.rounds:
        notes = (
            f"The validation images took the fewest bits after {fitted.round} of "
            f"{fitted.rounds} rounds, and these are the weights.",
        )
    inputs, width = weights["value.0.weights"].shape
    outputs = weights["value.2.weights"].shape[1]
    small = "-".join(map(str, (*weights["flat.0.weights"].shape, config.flat_width, 1)))
    return TrainedModel(
        "pixels",
        export_pixels(weights, task.images, config),
        None,
        lambda target, _: np.savez(target.with_suffix(".npz"), allow_pickle=False, **weights),
        f"The grey level of each pixel from those before it: dense {inputs}-{width}-{width}-"
        f"{outputs}, relu; in flat contexts dense {small}.",
        notes,
    )
