"""From a task to a `transform` model; the fits that levels share are kept in files between them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from aecodec.errors import CheckpointError
from aecodec.images import PIXELS
from aecodec.levels import TRAINED
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.task import TrainedModel, TrainingTask
from aecodec.training.transform import train
from aecodec.training.transform.config import TransformConfig
from aecodec.training.transform.export import export_transform


def train_transform(task: TrainingTask, config: TransformConfig = train.DEFAULT) -> TrainedModel:
    """Train one of the levels that trade bits for error, and first those that it starts from."""
    return fine_tuned(task, _fit(task, config), config)


def fitted_from(
    task: TrainingTask, start: Mapping[str, Floats] | None, config: TransformConfig
) -> dict[str, Floats]:
    """Fit the level of a task, going on from some networks or from random ones."""
    return train.fit(
        task.level,
        start,
        task.images,
        task.epochs,
        task.seed,
        task.progress,
        task.checkpoint,
        config,
    )


def fine_tuned(
    task: TrainingTask, fitted: Mapping[str, Floats], config: TransformConfig
) -> TrainedModel:
    """Fine-tune what `train.fit` gave, and make a model of it."""
    tuned = train.fine_tune(task.level, fitted, task.images, task.seed, task.progress, config)
    widths = "-".join(map(str, (len(tuned["dec0_w"]), *config.decoder, PIXELS)))
    return TrainedModel(
        "transform",
        export_transform(tuned, task.images),
        lambda latents: train.draw(tuned, latents),
        lambda target, _: np.savez(target.with_suffix(".npz"), allow_pickle=False, **tuned),
        f"{len(tuned['dec0_w'])} latents of {train.ALPHABET} values under a masked prior "
        f"{'-'.join(map(str, config.prior))}, dense decoder {widths}, relu.",
    )


def start_latents(task: TrainingTask, config: TransformConfig = train.DEFAULT) -> Floats:
    """The latents (N, K) of a task's images under the level that the task's level starts from."""
    return train.guess(_fit_start(task, config), task.images)


def _fit(task: TrainingTask, config: TransformConfig) -> dict[str, Floats]:
    """The fit of a level, and first of the one that it starts from.

    Each is kept in a file beside the checkpoint, where levels that start from it find it.
    """
    kept = task.checkpoint.beside(_sibling(task, f"{task.level}.fit.npz"))
    if (found := _load(kept)) is not None:
        return found
    start = _fit_start(task, config) if TRAINED[task.level].start else None
    fitted = fitted_from(task, start, config)
    kept.save(fitted)
    task.checkpoint.clear()
    return fitted


def _fit_start(task: TrainingTask, config: TransformConfig) -> dict[str, Floats]:
    """The fit of the level that a task's level starts from."""
    start = TRAINED[task.level].start
    if start is None:
        raise ValueError(f"{task.level} starts from no other level")
    epochs = config.start_epochs or TRAINED[start].epochs
    path = _sibling(task, f"{start}.checkpoint.npz")
    checkpoint = task.checkpoint.beside(path, level=start, epochs=epochs)
    return _fit(replace(task, level=start, epochs=epochs, checkpoint=checkpoint), config)


def _sibling(task: TrainingTask, name: str) -> Path:
    """A file of the same family beside a level's checkpoint."""
    path = task.checkpoint.path
    family = path.name.removesuffix(f"{task.level}.checkpoint.npz")
    return path.with_name(family + name)


def _load(fit: Checkpoint) -> dict[str, Floats] | None:
    """A fit that was kept, unless it is another training's or version's: then it is made anew."""
    try:
        found = fit.load()
    except CheckpointError:
        return None
    return found if found and "degree" in found else None
