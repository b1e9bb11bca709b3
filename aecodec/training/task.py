"""What a trainer is asked for, and what it hands over."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from aecodec.images import Images
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.progress import Progress


@dataclass(frozen=True)
class TrainingTask:
    """One level to train.

    Attributes:
        level: Its name.
        images: uint8 (N, 28, 28), to train on.
        validation: uint8 (M, 28, 28), to choose weights by.
        epochs: Passes over the images.
        seed: The random seed.
        progress: Told how far the training is.
        checkpoint: Where its state is kept.
        latents: How many latents a `classic` code has.
        kl_weight: Makes `classic` a variational auto-encoder of this weight.
        linear: Makes `classic` a linear network.
        few_greys: Makes a lossy level of few grey levels.
    """

    level: str
    images: Images
    validation: Images
    epochs: int
    seed: int
    progress: Progress
    checkpoint: Checkpoint
    latents: int = 2
    kl_weight: float | None = None
    linear: bool = False
    few_greys: bool = False

    def within(self, stage: str) -> "TrainingTask":
        """The task of a stage of this one, with a checkpoint of its own."""
        path = self.checkpoint.path
        name = path.name.removesuffix(".checkpoint.npz")
        kept = self.checkpoint.beside(path.with_name(f"{name}.{stage}.checkpoint.npz"), stage=stage)
        return replace(self, checkpoint=kept)


@dataclass(frozen=True)
class TrainedModel:
    """A trained model: its kind and integer arrays, and the float model it came from.

    Attributes:
        kind: Its kind.
        arrays: The arrays of its model file.
        decode: Maps codes, as the coder's `codes` gives them, to floats (N, 28, 28) in [0, 1].
            None where the kind is lossless.
        save: Writes the float model beside a model file, as .h5 too if asked.
        structure: The networks, in a sentence.
        notes: What else is to be known, a sentence each.
        network_codes: Codes by the encoder network alone, where a search goes on from there.
    """

    kind: str
    arrays: dict[str, NDArray[Any]]
    decode: Callable[[NDArray[Any]], Floats] | None
    save: Callable[[Path, bool], None]
    structure: str
    notes: tuple[str, ...] = ()
    network_codes: Callable[[Images], NDArray[Any]] | None = None
