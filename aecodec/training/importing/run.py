"""`aecodec models import`: from a Keras file and images to a model file and its card."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecodec.batch import atomic_file
from aecodec.datasets import Options
from aecodec.errors import located
from aecodec.images import PIXELS, Images
from aecodec.kinds.classic import ClassicCoder
from aecodec.model_file import Model
from aecodec.training.data import load_split
from aecodec.training.importing.export import Calibrated, calibrate, export
from aecodec.training.importing.isolated import read_keras
from aecodec.training.importing.network import AutoEncoder, FloatLayer, read_autoencoder
from aecodec.training.importing.scale import Ends, Scales, error
from aecodec.training.statistics import validation_statistics


@dataclass(frozen=True)
class Import:
    """What an import found: mean squared errors on [0, 1] of the validation images, and scales.

    Attributes:
        images: How many validation images there are.
        floats: The error of the network as it came.
        coded: In float, its latents rounded to 8 bits.
        same: In float, from the codes that the integer encoder chose.
        integers: The error of the codec.
        mean_image: The error of the mean of the training images.
        scales: What the network's numbers stand for.
        given: Whether the user stated the scale of its input.
    """

    images: int
    floats: float
    coded: float
    same: float
    integers: float
    mean_image: float
    scales: Scales
    given: bool = False

    @property
    def notes(self) -> list[str]:
        """What a user must know, a sentence or two each."""
        told = [
            f"Black and white are {_numbers(self.scales.inputs)} to its encoder, "
            f"{_numbers(self.scales.outputs)} to its decoder, as "
            + ("you say and its images confirm." if self.given else "its images tell."),
            f"Validation, {self.images:,} images: MSE {self.floats:.5f} in float, "
            f"{self.coded:.5f} with latents of 8 bits, {self.integers:.5f} as the integer codec "
            f"(float from its codes {self.same:.5f}).",
        ]
        if not self.scales.explained:
            told[0] = (
                "No scale of its input and output explains this network: the mean image alone "
                f"gives an MSE of {self.mean_image:.5f}. Either it was not trained on such images, "
                "or not with one scale and offset for all pixels; --range LOW HIGH states them."
            )
        return told


def import_model(
    source: Path,
    data: str,
    target: Path,
    command: str,
    *,
    given: Ends | None = None,
    reading: Options = Options(),  # noqa: B008 - frozen
    split: str | None = None,
    overwrite: bool,
    say: Callable[[str], None],
) -> Import:
    """Import a Keras file; write the model file, and its card beside it.

    Args:
        source: A .keras or .h5 file.
        data: A data set as `training.load_split` takes it, such as the network was trained on.
        target: The model file to write.
        command: What the user typed, for the card.
        given: The numbers for black and white that the network was trained with, if known.
        reading: How to read the data.
        split: The one part of the data to take.
        overwrite: Whether to replace files that exist.
        say: Called with what the check of the data found.

    Raises:
        MissingFileError: The Keras file or the data do not exist.
        InvalidModelError: The file is damaged, or is no dense auto-encoder of 28x28 images.
        InvalidImageError: The data cannot be used.
        MissingDependencyError: h5py is not installed.
        OutputError: The target cannot be written.
    """
    file = read_keras(source)
    with located(source):
        network = read_autoencoder(file)
    images = load_split(data, reading, split)
    for note in images.notes:
        say(note)
    with located(source):
        made = calibrate(network, images.train, images.validation, given)
        arrays = export(made, images.train)
    coder = ClassicCoder(arrays)
    found = _measure(made, coder, images.validation, images.train, given=given is not None)
    decoded = coder.rebuild(coder.codes(images.validation))
    model = Model("classic", arrays | validation_statistics(images.validation, decoded))
    card = _card(target.stem, model, network, found, (source.name, Path(data).name, command))
    for path, content in (
        (target, model.to_bytes()),
        (target.with_suffix(".md"), card.encode("utf-8", "backslashreplace")),
    ):
        with atomic_file(path, overwrite=overwrite) as output:
            output.write(content)
    return found


def _measure(
    made: Calibrated, coder: ClassicCoder, images: Images, train: Images, *, given: bool
) -> Import:
    latents = made.encode(images)
    codes = coder.codes(images)
    mean = np.broadcast_to(train.reshape(-1, PIXELS).mean(0) / 255, (len(images), PIXELS))
    return Import(
        images=len(images),
        floats=error(made.decode(latents), images),
        coded=error(made.decode(made.latents_of(made.codes(latents))), images),
        same=error(made.decode(made.latents_of(codes)), images),
        integers=error(coder.rebuild(codes).reshape(-1, PIXELS) / 255, images),
        mean_image=error(mean, images),
        scales=made.scales,
        given=given,
    )


def _card(
    name: str, model: Model, network: AutoEncoder, found: Import, origin: tuple[str, str, str]
) -> str:
    source, data, command = origin
    lines = [
        f"# {name}",
        "",
        f"Kind `{model.kind}`, id `{model.id.hex()}`, {len(model.to_bytes()):,} bytes; "
        f"{network.latents} latents of a byte each.",
        "",
        f"- **Imported from** the Keras file {source}, trained elsewhere, by `{command}`.",
        f"- **Encoder**: {_structure(network.encoder)}.",
        f"- **Decoder**: {_structure(network.decoder)}.",
        f"- **Calibrated on** the training part of {data}; measured on its validation part.",
        *(f"- {note}" for note in found.notes),
        "",
        "A lossy model can change what an image says. Use it where that is acceptable.",
        "",
    ]
    return "\n".join(lines)


def _numbers(ends: Ends) -> str:
    low, high = (f"{end:.4g}" for end in ends)
    return f"{low} and {high}"


def _structure(layers: tuple[FloatLayer, ...]) -> str:
    widths = [f"{len(layer.bias)} {layer.activation}" for layer in layers]
    return " - ".join([str(len(layers[0].weights)), *widths])
