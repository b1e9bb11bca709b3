"""The trainer of each kind."""

from collections.abc import Callable

from aecodec.levels import BY_NAME
from aecodec.training.classic import train_classic
from aecodec.training.code16 import train_code16
from aecodec.training.pixels import train_few_greys
from aecodec.training.scan import train_exact
from aecodec.training.task import TrainedModel, TrainingTask
from aecodec.training.transform import train_transform

TRAINERS: dict[str, Callable[[TrainingTask], TrainedModel]] = {
    "classic": train_classic,
    "code16": train_code16,
    "transform": train_transform,
    "pixels": train_exact,
}


def train_level(task: TrainingTask) -> TrainedModel:
    """Train a level by the trainer of its kind, and export it."""
    if task.few_greys:
        return train_few_greys(task)
    return TRAINERS[BY_NAME[task.level].kind](task)
