"""What can be trained: each level's trainer, and what it hands over."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import OutputError
from aecodec.images import PIXELS, Images
from aecodec.training.arrays import Floats, predict
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classic import linear, variational
from aecodec.training.classic import train as classic
from aecodec.training.classic.export import export_classic
from aecodec.training.classic.networks import DECODER, ENCODER, to_latents
from aecodec.training.code16 import train as code16
from aecodec.training.code16.export import export_code16
from aecodec.training.progress import Progress
from aecodec.training.schedule import EPOCHS
from aecodec.training.transform import train as transform
from aecodec.training.transform.export import export_transform

_CLASSIC = "Dense layers " + "-".join(map(str, (784, *ENCODER, "{0}", *DECODER, 784))) + ", relu"


@dataclass(frozen=True)
class Made:
    """A trained model: its kind and integer arrays, and the float model it came from.

    decode: maps codes as the coder's `codes` gives them to floats (N, 28, 28) in [0, 1];
    save: writes the float model beside a model file, as .h5 too if asked; structure: a sentence;
    notes: what else is to be known, a sentence each.
    """

    kind: str
    arrays: dict[str, NDArray[Any]]
    decode: Callable[[NDArray[Any]], Floats]
    save: Callable[[Path, bool], None]
    structure: str
    notes: tuple[str, ...] = ()


def make(
    level: str,
    images: Images,
    latents: int,
    epochs: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint,
    *,
    validation: Images,
    kl_weight: float | None = None,
    linear_only: bool = False,
) -> Made:
    """Train one level on uint8 (N, 28, 28) and export it.

    kl_weight: makes `classic` a variational auto-encoder; linear_only: makes it a linear one.
    """
    if level == "x392":
        return _x392(images, epochs, seed, progress, checkpoint)
    if level in transform.LEVELS:
        return _transform(level, images, epochs, seed, progress, checkpoint)
    if linear_only:
        trained = linear.train(images, latents, epochs, seed, progress, validation)
    elif kl_weight is not None:
        trained = variational.train(
            images, latents, epochs, seed, kl_weight, progress, checkpoint, validation
        )
    else:
        trained = classic.train(images, latents, epochs, seed, progress, checkpoint, validation)
    structure = "Linear layers 784-{0}-784, clipped" if linear_only else _CLASSIC
    components, network = linear.view(images, validation, latents, seed)
    view = (
        f"The linear view of {latents} latents, MSE on validation: {components:.5f} by principal "
        f"components, {network:.5f} by a purely linear network."
    )
    return _classic(trained, images, latents, structure.format(latents), view)


def _classic(
    trained: classic.Trained, images: Images, latents: int, structure: str, view: str
) -> Made:
    def save(target: Path, h5: bool) -> None:
        for suffix in (".keras", ".h5") if h5 else (".keras",):
            trained.autoencoder.save(target.with_suffix(suffix))

    return Made(
        "classic",
        export_classic(trained, images),
        lambda codes: predict(trained.decoder, to_latents(codes)),
        save,
        f"{structure}, {latents} latents of a byte each.",
        (*trained.notes, view),
    )


def _x392(
    images: Images, epochs: int, seed: int, progress: Progress, checkpoint: Checkpoint
) -> Made:
    fitted = _fit_before("x392", code16.START, images, seed, progress, checkpoint)
    latents = transform.guess(fitted, images)
    weights = code16.train(images, latents, epochs, seed, progress, checkpoint)
    width = weights["M"].shape[1]
    hidden = "-".join(map(str, code16.HIDDEN))
    return Made(
        "code16",
        export_code16(weights, images),
        lambda codes: code16.draw(weights, codes),
        lambda target, _: np.savez(target.with_suffix(".npz"), allow_pickle=False, **weights),
        f"65,536 local-linear codes into {width} numbers, dense layers {width}-{hidden}-784, relu.",
    )


def _transform(
    level: str,
    images: Images,
    epochs: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint,
) -> Made:
    fitted = _fit(level, images, epochs, seed, progress, checkpoint)
    refined = transform.refine(level, fitted, images, seed, progress)
    arrays = export_transform(refined, images)
    widths = (len(refined["dec0_w"]), *transform.DECODER, PIXELS)
    return Made(
        "transform",
        arrays,
        lambda latents: transform.draw(refined, latents),
        lambda target, _: np.savez(target.with_suffix(".npz"), allow_pickle=False, **refined),
        f"{widths[0]} latents of {transform.ALPHABET} values under a masked prior "
        f"{'-'.join(map(str, transform.PRIOR))}, dense decoder {'-'.join(map(str, widths))}, relu.",
    )


def _fit(
    level: str,
    images: Images,
    epochs: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint,
) -> dict[str, Floats]:
    """The fit of a level, and first of the one that it starts from.

    Each is kept in a file beside the checkpoint, where levels that start from it find it.
    """
    kept = checkpoint.beside(_sibling(checkpoint, level, f"{level}.fit.npz"))
    if (found := _kept(kept)) is not None:
        return found
    start = transform.LEVELS[level].start
    given = None if start is None else _fit_before(level, start, images, seed, progress, checkpoint)
    fitted = transform.fit(level, given, images, epochs, seed, progress, checkpoint)
    kept.save(fitted)
    checkpoint.clear()
    return fitted


def _fit_before(
    level: str, start: str, images: Images, seed: int, progress: Progress, checkpoint: Checkpoint
) -> dict[str, Floats]:
    """The fit of the level that a level starts from."""
    path = _sibling(checkpoint, level, f"{start}.checkpoint.npz")
    before = checkpoint.beside(path, level=start, epochs=EPOCHS[start])
    return _fit(start, images, EPOCHS[start], seed, progress, before)


def _sibling(checkpoint: Checkpoint, level: str, name: str) -> Path:
    """A file of the same family beside a level's checkpoint."""
    family = checkpoint.path.name.removesuffix(f"{level}.checkpoint.npz")
    return checkpoint.path.with_name(family + name)


def _kept(fit: Checkpoint) -> dict[str, Floats] | None:
    """A fit that was kept, unless it is another training's: then it is made anew."""
    try:
        return fit.load()
    except OutputError:
        return None
