"""What `aecodec train` is asked for, and the files that it writes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aecodec.datasets import Options
from aecodec.errors import InvalidArgumentError
from aecodec.files import absolute
from aecodec.levels import DEFAULTS, LOSSLESS, TRAINED
from aecodec.storage import to_path

FEW_IMAGES = 20_000  # a training set of fewer is small
LEVELS = tuple(name for name in DEFAULTS if name in TRAINED)
IN_FEW_GREYS = tuple(name for name in LEVELS if TRAINED[name].worth)


@dataclass(frozen=True)
class TrainingOptions:
    """What to train: see `aecodec train --help`.

    Attributes:
        source: The data, as the user named them.
        targets: The model file of each level.
        latents: How many latents a `classic` code has.
        epochs: Passes over the images, or None for each level's own number.
        seed: The random seed.
        kl_weight: Makes `classic` a variational auto-encoder of this weight.
        linear: Makes `classic` a linear network.
        few_greys: Makes lossy levels of few grey levels, as `lossless` codes them.
        reading: How the data are read.
        split: The one part of the data to take.
        h5: Whether to save the float model as .h5 too.
        overwrite: Whether to replace files that exist.
        command: What the user typed, for the card.
    """

    source: str
    targets: Mapping[str, Path]
    latents: int = 2
    epochs: int | None = None
    seed: int = 1
    kl_weight: float | None = None
    linear: bool = False
    few_greys: bool = False
    reading: Options = Options()  # noqa: RUF009 - frozen
    split: str | None = None
    h5: bool = False
    overwrite: bool = False
    command: str = "aecodec train"

    def epochs_of(self, level: str, images: int) -> int:
        """How many epochs a level is trained for on a number of images."""
        training = TRAINED[LOSSLESS if self.few_greys else level]
        if self.epochs is not None:
            return self.epochs
        few = training.few_epochs if images < FEW_IMAGES else None
        return few or training.epochs

    @property
    def files(self) -> Iterator[Path]:
        """Every file that will be written."""
        for level, target in self.targets.items():
            for suffix in (".aem", ".md", TRAINED[level].floats, *([".h5"] if self.h5 else [])):
                yield target.with_suffix(suffix)


def model_files(
    output: str, levels: Sequence[str], among: Sequence[str] = LEVELS
) -> dict[str, Path]:
    """The model file of each level.

    Args:
        output: A model file, a family's name, or a folder (which exists, or ends in a slash).
        levels: Names of levels, in any case, or `all`.
        among: The levels that there are.

    Raises:
        InvalidArgumentError: A level is unknown, or the output fits no model file.
    """
    names = list(dict.fromkeys(level.lower() for level in levels))
    if names == ["all"]:
        names = list(among)
    if unknown := [name for name in names if name not in among]:
        raise InvalidArgumentError(
            f"--level takes {', '.join(among)} or all, not {', '.join(unknown)}"
        )
    place = to_path(output)
    if output.endswith(("/", "\\")) or place.is_dir():
        place /= absolute(output).name
    elif place.suffix == ".aem":
        if len(names) > 1:
            raise InvalidArgumentError("for several levels give -o without .aem, e.g. -o mine")
        return {names[0]: place}
    elif place.suffix:
        raise InvalidArgumentError("name the model file FAMILY-LEVEL.aem, e.g. mine-classic.aem")
    return {name: place.with_name(f"{place.name}-{name}.aem") for name in names}
