"""The installed models: found on the search path by name or id, and kept once loaded."""

import os
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from aecodec import errors, model_file
from aecodec.errors import InvalidModelError, UnknownModelError, located
from aecodec.kinds import FIXED_IDS, Coder, fixed_coder, load_coder
from aecodec.levels import DEFAULTS, LOSSLESS, sorted_levels
from aecodec.model_file import ID_BYTES, SUFFIX, existing_file, read_id
from aecodec.storage import is_url, version

RETIRED = "retired"  # in the folder that ships: models that have been replaced
SEARCH_VARIABLE = "AECODEC_MODELS"
DEFAULT_FAMILY = "mnist"
GENERAL_FAMILY = "any"  # of images of every sort


def search_path() -> list[Path]:
    """The folders searched for models: those in $AECODEC_MODELS, then the one that ships."""
    named = [Path(p) for p in os.environ.get(SEARCH_VARIABLE, "").split(os.pathsep) if p]
    return [*named, shipped_folder()]


def shipped_folder() -> Path:
    """The folder of the models that ship with the package."""
    package = Path(__file__).parent
    inside = package / "weights"
    return inside if inside.is_dir() else package.parent / "weights"


def installed() -> dict[str, Path]:
    """All model files on the search path by name (`FAMILY-LEVEL`); the first of a name wins."""
    found: dict[str, Path] = {}
    for folder in search_path():
        for name, path in _in_folder(folder).items():
            found.setdefault(name, path)
    return found


def shipped() -> dict[str, Path]:
    """The model files that ship, by name."""
    return _in_folder(shipped_folder())


def _in_folder(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def find_path(name: str) -> Path:
    """Locate a model by name, id (16 hex digits) or path. Raises UnknownModelError."""
    if name.endswith(SUFFIX) or os.sep in name or is_url(name):
        return existing_file(name)
    models = installed()
    if name in models:
        return models[name]
    if len(name) == 2 * ID_BYTES and set(name.lower()) <= set("0123456789abcdef"):
        return find_id(bytes.fromhex(name))
    raise errors.UnknownNameError(
        f"There is no model {name!r}; installed: {', '.join(models) or 'none'}. "
        f"'aecodec models' lists them."
    )


def find_id(model_id: bytes) -> Path:
    """Locate a model by its id, also one that has been replaced by a better one of its name.

    Models that have shipped stay, without their encoders, so that old files can be decoded.
    Raises UnknownModelError.
    """
    for folder in [*search_path(), shipped_folder() / RETIRED, *_lent]:
        for path in _in_folder(folder).values():
            if read_id(path) == model_id:
                return path
    places = ", ".join(str(folder) for folder in search_path())
    raise UnknownModelError(
        f"Model {model_id.hex()} is not installed (searched: {places}). "
        f"Name its file with --model, or put it into a folder named in ${SEARCH_VARIABLE}."
    )


_lent: list[Path] = []


def lend(folder: Path) -> None:
    """Let this process find models by id in one more folder, for work that others send it."""
    if folder not in _lent:
        _lent.append(folder)


class ValidationErrors(NamedTuple):
    """How badly a model's validation images came out: sums of squared errors, in grey levels.

    Attributes:
        median: Of half the images the error is no larger; the others are named likewise.
        p99: The 99th percentile.
        p999: The 99.9th percentile.
        largest: The maximum.
    """

    median: int
    p99: int
    p999: int
    largest: int


class Codec(NamedTuple):
    """A model ready to code. It may be used from many threads at once.

    Attributes:
        name: The name of its file without suffix, or of its kind where it has none.
        id: What .aez files name it by, 8 bytes.
        model: Its arrays.
        coder: Codes images.
        path: Its file; None for the model of a fixed id, which needs none.
        validation: How well it did on its validation images; None where it does not say.
        misclassified: The shares of its validation images that a classifier gets wrong, once
            decoded and as they were; None where it does not say.
    """

    name: str
    id: bytes
    model: model_file.Model
    coder: Coder
    path: Path | None = None
    validation: ValidationErrors | None = None
    misclassified: tuple[float, float] | None = None

    @property
    def kind(self) -> str:
        """How it codes: a key of `kinds.KINDS`."""
        return self.model.kind

    @property
    def file_bytes(self) -> int:
        """The size of the model's file."""
        return 0 if self.path is None else self.path.stat().st_size

    def embedded_bytes(self) -> bytes:
        """What an .aez file embeds, for readers who lack the model."""
        return b"" if self.path is None else self.model.decoding_body()

    def is_outlier(self, squared_error: int) -> bool:
        """Whether an image is unlike the training data: an error above `ValidationErrors.p999`."""
        return self.validation is not None and squared_error > self.validation.p999


def read_codec(path: Path) -> Codec:
    """Read a model file and check all of it, what encoding needs included.

    Raises:
        UnknownModelError: The file cannot be read.
        InvalidModelError: It is damaged, its arrays are unsound, or it could overflow.
        UnsupportedFileError: It was made for a later version.
    """
    model = model_file.read_model(path)
    with located(path):
        coder = load_coder(model)
        if model.has_encoder:
            coder.check_encoder()
        errors = _statistic(model.arrays, "stats.validation_sse", 4)
        shares = _statistic(model.arrays, "stats.misread", 2)
    return Codec(
        path.stem,
        model.id,
        model,
        coder,
        path,
        ValidationErrors(*errors) if errors else None,
        (shares[0] / 10_000, shares[1] / 10_000) if shares else None,
    )


def _statistic(arrays: Mapping[str, NDArray[Any]], name: str, size: int) -> list[int] | None:
    array = arrays.get(name)
    if array is None:
        return None
    if array.shape != (size,):
        raise InvalidModelError(f"the array {name} has shape {array.shape}, not ({size},)")
    return [int(value) for value in array]


def find_codec(level: str | None = None, model: str | None = None) -> Codec:
    """Load a codec by level and model.

    Args:
        level: An operating point such as `q3`, in any case; by default the family's default.
        model: A family (by default `mnist`), a model's full name, its id or its path.

    Raises:
        UnknownModelError: There is no such model or level; the message lists those there are.
        InvalidModelError: The model file is damaged.
        UnsupportedFileError: The model was made for a later version.
    """
    family = DEFAULT_FAMILY if model is None else model  # not `or`: an empty name is a wrong one
    levels = levels_of(family)
    level = default_level(family) if level is None else level
    if level is None:
        if levels:
            raise errors.UnknownNameError(f"Name a level of {family}: it has {', '.join(levels)}")
        return load_codec(find_path(family))
    path = levels.get(level) or {k.lower(): v for k, v in levels.items()}.get(level.lower())
    if path is None:
        raise errors.UnknownNameError(_no_such_level(family, level))
    return load_codec(path)


def levels_of(family: str) -> dict[str, Path]:
    """The installed models of a family by level, in the order in which people are shown them."""
    paths = {
        level_of(name): path for name, path in installed().items() if family_of(name) == family
    }
    return {level: paths[level] for level in sorted_levels(list(paths))}


def families() -> list[str]:
    """The families of the installed models, sorted."""
    return sorted({family_of(name) for name in installed()})


def default_level(family: str) -> str | None:
    """The default level of a family: the first of `levels.DEFAULTS` that is installed.

    That of GENERAL_FAMILY keeps images exactly, if it is.
    """
    levels = levels_of(family)
    if family == GENERAL_FAMILY and LOSSLESS in levels:
        return LOSSLESS
    return next((level for level in DEFAULTS if level in levels), None)


def _no_such_level(family: str, level: str) -> str:
    if levels := levels_of(family):
        return f"{family} has no level {level!r}, only {', '.join(levels)}"
    path = find_path(family)  # raises where it is no model either
    return (
        f"{path.stem} is one model, of one level: leave out the level {level!r}, "
        "or name a family in its place"
    )


def load_codec(path: Path) -> Codec:
    """Load a model file, or return it from the cache of this process. Raises as `read_codec`."""
    try:
        known = version(path)
    except OSError as error:
        raise UnknownModelError(f"cannot be read: {error.strerror}", path) from error
    return _cached(path, known)


@lru_cache(maxsize=32)
def _cached(path: Path, known: str) -> Codec:  # noqa: ARG001 - a key of the cache
    return read_codec(path)


@cache
def _fixed_codec(model_id: bytes) -> Codec:
    model, coder = fixed_coder(model_id)
    return Codec(model.kind, model_id, model, coder)


def codec_loader(model_id: bytes, extra: str | None = None) -> Callable[[], Codec]:
    """Find the model that a file names by an id, and return what loads it.

    Arguments and errors are those of `codec_by_id`. A model that is missing is told at once, and
    one that is damaged when it is loaded.
    """
    if model_id in FIXED_IDS.values():
        return partial(_fixed_codec, model_id)
    if extra is not None and load_codec(path := find_path(extra)).id == model_id:
        return partial(load_codec, path)
    return partial(load_codec, find_id(model_id))


def codec_by_id(model_id: bytes, extra: str | None = None) -> Codec:
    """The codec that a file names by an id.

    Args:
        model_id: 8 bytes.
        extra: A model to look at first: a name, an id or a path.

    Raises:
        UnknownModelError: There is no such model; the message names the places searched.
        InvalidModelError: The model file is damaged.
        UnsupportedFileError: The model was made for a later version.
    """
    return codec_loader(model_id, extra)()


def family_of(name: str) -> str:
    """The family of a model's name: `mnist` of `mnist-classic`."""
    return name.rpartition("-")[0]


def level_of(name: str) -> str:
    """The level of a model's name: `classic` of `mnist-classic`."""
    return name.rpartition("-")[2]
