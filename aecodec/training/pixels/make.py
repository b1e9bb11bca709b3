"""From a task to a `pixels` model."""

import numpy as np

from aecodec.training.pixels import train
from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.export import export_pixels
from aecodec.training.task import TrainedModel, TrainingTask


def train_pixels(task: TrainingTask, config: PixelsConfig = train.DEFAULT) -> TrainedModel:
    """Train the level that keeps images exactly."""
    fitted = train.fit(task, config)
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
