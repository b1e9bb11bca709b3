"""What can be trained: each level's trainer, and what it hands over."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.images import Images
from aecodec.training import classic, code16
from aecodec.training.export import export_classic
from aecodec.training.export_code16 import export_code16
from aecodec.training.networks import DECODER, ENCODER, Floats, predict, to_latents
from aecodec.training.progress import Progress

EPOCHS = {"classic": 90, "x392": 60}


@dataclass(frozen=True)
class Made:
    """A trained model: its kind and integer arrays, and the float model it came from.

    decode: maps codes as the coder's `codes` gives them to floats (N, 28, 28) in [0, 1];
    save: writes the float model beside a model file, as .h5 too if asked; structure: a sentence.
    """

    kind: str
    arrays: dict[str, NDArray[Any]]
    decode: Callable[[NDArray[Any]], Floats]
    save: Callable[[Path, bool], None]
    structure: str


def make(
    level: str,
    images: Images,
    latents: int,
    epochs: int,
    seed: int,
    progress: Progress,
    checkpoint: Path,
) -> Made:
    """Train one level on uint8 (N, 28, 28) and export it."""
    if level == "x392":
        return _x392(images, epochs, seed, progress, checkpoint)
    return _classic(images, latents, epochs, seed, progress)


def _classic(images: Images, latents: int, epochs: int, seed: int, progress: Progress) -> Made:
    trained = classic.train(images, latents, epochs, seed, progress)

    def save(target: Path, h5: bool) -> None:
        for suffix in (".keras", ".h5") if h5 else (".keras",):
            trained.autoencoder.save(target.with_suffix(suffix))

    widths = "-".join(map(str, (784, *ENCODER, latents, *DECODER, 784)))
    return Made(
        "classic",
        export_classic(trained, images),
        lambda codes: predict(trained.decoder, to_latents(codes)),
        save,
        f"Dense layers {widths}, relu, {latents} latents of a byte each.",
    )


def _x392(images: Images, epochs: int, seed: int, progress: Progress, checkpoint: Path) -> Made:
    weights = code16.train(images, epochs, seed, progress, checkpoint)
    checkpoint.unlink(missing_ok=True)
    width = weights["M"].shape[1]
    hidden = "-".join(map(str, code16.HIDDEN))
    return Made(
        "code16",
        export_code16(weights, images),
        lambda codes: code16.draw(weights, codes),
        lambda target, _: np.savez(target.with_suffix(".npz"), allow_pickle=False, **weights),
        f"65,536 local-linear codes into {width} numbers, dense layers {width}-{hidden}-784, relu.",
    )
