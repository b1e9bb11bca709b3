"""`aecodec models import`: from a Keras file and images to a model file and its card."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aecodec.batch.sinks import atomic_file
from aecodec.images import PIXELS, Images
from aecodec.kinds.classic import ClassicCoder
from aecodec.model_file import Model
from aecodec.training.classic.export import statistics
from aecodec.training.data import load_split
from aecodec.training.importing.export import Calibrated, calibrate, error, export
from aecodec.training.importing.file import open_keras
from aecodec.training.importing.network import Dense, read_autoencoder


@dataclass(frozen=True)
class Errors:
    """Mean squared errors on [0, 1] of the validation images.

    floats: the network as it came; coded: in float, its latents rounded to 8 bits; same: in
    float, from the codes that the integer encoder chose; integers: the codec.
    """

    images: int
    floats: float
    coded: float
    same: float
    integers: float
    mean_image: float


def import_model(
    source: Path,
    data: str,
    target: Path,
    command: str,
    *,
    skip_bad: bool = False,
    overwrite: bool,
    say: Callable[[str], None],
) -> Errors:
    """Import a Keras file; write the model file and its card; return the errors.

    data: a data set as `training.data.load_split` takes it. Raises InvalidModelError,
    InvalidImageError, MissingDependencyError or OutputError.
    """
    with open_keras(source) as file:
        network = read_autoencoder(file)
        images = load_split(data, skip_bad=skip_bad)
        for note in images.notes:
            say(note)
        made = calibrate(network, images.train)
        arrays = export(made, images.train)
    coder = ClassicCoder(arrays)
    errors = _measure(made, coder, images.validation, images.train)
    arrays |= statistics(images.validation, coder.rebuild(coder.codes(images.validation)))
    model = Model("classic", arrays)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target, overwrite=overwrite) as output:
        output.write(model.to_bytes())
    text = _card(target.stem, model, made, errors, source.name, Path(data).name, command)
    with atomic_file(target.with_suffix(".md"), overwrite=overwrite) as output:
        output.write(text.encode())
    return errors


def _measure(made: Calibrated, coder: ClassicCoder, images: Images, train: Images) -> Errors:
    latents = made.encode(images)
    codes = coder.codes(images)
    return Errors(
        len(images),
        error(made.decode(latents), images),
        error(made.decode(made.latents_of(made.codes(latents))), images),
        error(made.decode(made.latents_of(codes)), images),
        error(coder.rebuild(codes).reshape(-1, PIXELS) / 255, images),
        error(train.reshape(-1, PIXELS).mean(0) / 255, images),
    )


def notes(errors: Errors) -> list[str]:
    """What a user must know about the figures, a sentence each."""
    told = [
        f"Validation, {errors.images:,} images: MSE {errors.floats:.5f} in float, "
        f"{errors.coded:.5f} with latents of 8 bits, {errors.integers:.5f} as the integer codec "
        f"(float from its codes {errors.same:.5f})."
    ]
    if errors.floats >= errors.mean_image:
        told.append(
            f"The mean image alone gives {errors.mean_image:.5f}: this network was hardly trained "
            "on such images."
        )
    return told


def _card(
    name: str, model: Model, made: Calibrated, errors: Errors, source: str, data: str, command: str
) -> str:
    network = made.network
    shown: Any = np.array([*made.inputs, *made.outputs]).astype(int)
    lines = [
        f"# {name}",
        "",
        f"Kind `{model.kind}`, id `{model.id.hex()}`, {len(model.to_bytes()):,} bytes; "
        f"{network.latents} latents of a byte each.",
        "",
        f"- **Imported from** the Keras file {source}, trained elsewhere, by `{command}`.",
        f"- **Encoder**: {_structure(network.encoder)}.",
        f"- **Decoder**: {_structure(network.decoder)}.",
        f"- **Black and white** are {shown[0]} and {shown[1]} to its encoder, {shown[2]} and "
        f"{shown[3]} to its decoder: what fits its images best.",
        f"- **Calibrated on** the training part of {data}; measured on its validation part.",
        *(f"- {note}" for note in notes(errors)),
        "",
        "A lossy model can change what an image says. Use it where that is acceptable.",
        "",
    ]
    return "\n".join(lines)


def _structure(layers: tuple[Dense, ...]) -> str:
    widths = [f"{len(layer.bias)} {layer.activation}" for layer in layers]
    return " - ".join([str(len(layers[0].weights)), *widths])
