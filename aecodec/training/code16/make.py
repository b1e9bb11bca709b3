"""From a task to a `code16` model."""

import numpy as np

from aecodec.training.code16 import train
from aecodec.training.code16.config import Code16Config
from aecodec.training.code16.export import export_code16
from aecodec.training.task import TrainedModel, TrainingTask
from aecodec.training.transform import start_latents


def train_code16(task: TrainingTask, config: Code16Config = train.DEFAULT) -> TrainedModel:
    """Train a 16-bit code from the latents of the level that it starts from."""
    latents = start_latents(task, config.transform)
    weights = train.train(
        task.images, latents, task.epochs, task.seed, task.progress, task.checkpoint, config
    )
    width = weights["M"].shape[1]
    hidden = "-".join(map(str, config.hidden))
    return TrainedModel(
        "code16",
        export_code16(weights, task.images),
        lambda codes: train.draw(weights, codes),
        lambda target, _: np.savez(target.with_suffix(".npz"), allow_pickle=False, **weights),
        f"65,536 local-linear codes into {width} numbers, dense layers {width}-{hidden}-784, relu.",
    )
