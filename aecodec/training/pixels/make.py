"""From a task to a `pixels` model."""

from dataclasses import replace

import numpy as np

from aecodec.levels import TRAINED
from aecodec.training.arrays import to_floats
from aecodec.training.context_fit import Fitted, Networks, fit, some
from aecodec.training.pixels import network
from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.contexts import Contexts, make_window
from aecodec.training.pixels.drawn import drawn
from aecodec.training.pixels.export import export_pixels
from aecodec.training.task import TrainedModel, TrainingTask

DEFAULT = PixelsConfig()
FEW_GREYS = PixelsConfig.few_greys()


def fit_pixels(task: TrainingTask, config: PixelsConfig) -> Fitted:
    """Train the networks in floats."""
    window = make_window(config)
    start = network.start_weights(window, config, task.seed)
    networks = Networks(("value", "flat"), start, network.bits(window))
    held = some(task.validation, config.validation_images)
    return fit(task, config, networks, Contexts(task.images, window), Contexts(held, window))


def train_pixels(task: TrainingTask, config: PixelsConfig = DEFAULT) -> TrainedModel:
    """Train the level that keeps images exactly."""
    return _trained(task, config)


def train_few_greys(task: TrainingTask, config: PixelsConfig = FEW_GREYS) -> TrainedModel:
    """Train a level that draws images with few grey levels and keeps these exactly."""
    worth = TRAINED[task.level].worth
    task.progress.busy("drawing the images with few grey levels")
    images = drawn(task.images, worth, config, task.seed)
    held = drawn(some(task.validation, config.validation_images), worth, config, task.seed + 1)
    made = _trained(replace(task, images=images, validation=held), config)
    return replace(
        made,
        arrays={**made.arrays, "encoder.worth": np.array([worth], np.uint32)},
        decode=to_floats,
        structure=f"Images in few of {config.levels} grey levels, a bit worth {worth:,} squared "
        f"greys. {made.structure}",
    )


def _trained(task: TrainingTask, config: PixelsConfig) -> TrainedModel:
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
