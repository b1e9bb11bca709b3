"""The installed models: found on the search path by name or id, and kept once loaded."""

import os
from functools import lru_cache
from pathlib import Path

from aecodec import model_file
from aecodec.errors import CorruptFileError, InvalidModelError, UnknownModelError
from aecodec.kinds import Coder, load_coder
from aecodec.kinds.stored import STORED_ID, StoredCoder
from aecodec.levels import DEFAULTS, sorted_levels
from aecodec.model_file import ID_BYTES, PROLOGUE_BYTES, SUFFIX

RETIRED = "retired"  # in the folder that ships: models that no name leads to any more
SEARCH_VARIABLE = "AECODEC_MODELS"
DEFAULT_FAMILY = "mnist"


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
    if name.endswith(SUFFIX) or os.sep in name:
        if Path(name).is_file():
            return Path(name)
        raise UnknownModelError(f"{name}: there is no such model file.")
    models = installed()
    if name in models:
        return models[name]
    if len(name) == 2 * ID_BYTES and set(name.lower()) <= set("0123456789abcdef"):
        return find_id(bytes.fromhex(name))
    raise UnknownModelError(
        f"There is no model {name!r}; installed: {', '.join(models) or 'none'}. "
        f"'aecodec models' lists them."
    )


def find_id(model_id: bytes) -> Path:
    """Locate the model that a file names by its id, whatever has its name by now.

    A model that shipped once is kept, without its encoder, for the files that name it.
    Raises UnknownModelError.
    """
    for folder in [*search_path(), shipped_folder() / RETIRED]:
        for path in _in_folder(folder).values():
            with path.open("rb") as file:
                if file.read(PROLOGUE_BYTES)[-ID_BYTES:] == model_id:
                    return path
    places = ", ".join(str(folder) for folder in search_path())
    raise UnknownModelError(
        f"Model {model_id.hex()} is not installed (searched: {places}). "
        f"Name its file with --model, or put it into a folder named in ${SEARCH_VARIABLE}."
    )


class Codec:
    """A model ready to code: its id, its coder and what its validation set showed.

    model: what the file holds; path: the model file; name: its name without suffix; validation:
    sums of squared errors of the validation images in grey levels, at the 50th, 99th, 99.9th
    percentile and the maximum, or None where the model does not say; misread: the shares of
    validation images that a classifier misreads once decoded and as they were, or None.
    """

    def __init__(self, path: Path) -> None:
        model = model_file.read_model(path)
        self.model = model
        self.path = path
        self.name = path.stem
        self.kind = model.kind
        self.id = model.id
        self.coder: Coder = load_coder(model)
        sse = model.arrays.get("stats.validation_sse")
        self.validation = None if sse is None or sse.shape != (4,) else [int(v) for v in sse]
        misread = model.arrays.get("stats.misread")
        self.misread = None if misread is None or misread.shape != (2,) else misread / 10_000

    def misread_note(self) -> str:
        """What lossy coding does to what an image says, as measured on validation images."""
        if self.misread is None:
            return ""
        return (
            f"Lossy: a classifier misreads {self.misread[0]:.1%} of {self.name}'s validation "
            f"images once decoded, {self.misread[1]:.1%} of the originals."
        )

    def is_unusual(self, squared_error: int) -> bool:
        """Tell an image whose error lies above 99.9 % of the model's validation images."""
        return self.validation is not None and squared_error > self.validation[2]


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
    family = model or DEFAULT_FAMILY
    levels = levels_of(family)
    level = level or default_level(family)
    if level is None:
        if levels:
            raise UnknownModelError(f"Name a level of {family}: it has {', '.join(levels)}")
        return load_codec(find_path(family))
    path = levels.get(level) or {k.lower(): v for k, v in levels.items()}.get(level.lower())
    if path is None:
        raise UnknownModelError(_no_such_level(family, level))
    return load_codec(path)


def levels_of(family: str) -> dict[str, Path]:
    """The installed models of a family by level, in the order in which people are shown them."""
    paths = {
        level_of(name): path for name, path in installed().items() if family_of(name) == family
    }
    return {level: paths[level] for level in sorted_levels(list(paths))}


def default_level(family: str) -> str | None:
    """The level that a family has unasked: the first of `levels.DEFAULTS` that is installed."""
    levels = levels_of(family)
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
    """Load a model file, or return it from the cache of this process."""
    state = path.stat()
    return _cached(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _cached(path: Path, mtime: int, size: int) -> Codec:  # noqa: ARG001 - keys of the cache
    return Codec(path)


def codec_by_id(model_id: bytes, extra: str | None = None) -> Codec:
    """The codec that a file names by `model_id`; `extra` names a model to look at first.

    Raises UnknownModelError, InvalidModelError or UnsupportedFileError.
    """
    if extra is not None and (codec := load_codec(find_path(extra))).id == model_id:
        return codec
    return load_codec(find_id(model_id))


def family_of(name: str) -> str:
    """The family of a model's name: `mnist` of `mnist-classic`."""
    return name.rpartition("-")[0]


def level_of(name: str) -> str:
    """The level of a model's name: `classic` of `mnist-classic`."""
    return name.rpartition("-")[2]


def coder_by_id(model_id: bytes, extra: str | None = None) -> Coder:
    """The coder that a file names by `model_id`. Raises as `codec_by_id`."""
    return StoredCoder() if model_id == STORED_ID else codec_by_id(model_id, extra).coder


@lru_cache(maxsize=1)
def embedded_coders(bodies: tuple[tuple[bytes, bytes], ...]) -> list[Coder]:
    """The coders of models that an .aez file brings along, given as pairs of id and bytes.

    A stranger made them, so they are proved like any model, and serve no other file: what is
    kept is kept for the next chunk of this one. Raises CorruptFileError, UnsupportedFileError.
    """
    coders = []
    for model_id, body in bodies:
        try:
            model = model_file.Model.from_decoding_body(body)
            if model.id != model_id:
                raise InvalidModelError("it is damaged")
            coders.append(load_coder(model))
        except InvalidModelError as error:
            text = f"the embedded model {model_id.hex()} cannot be used: {error}"
            raise CorruptFileError(text) from error
    return coders
