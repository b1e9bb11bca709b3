"""npz, NumPy's zip file of named arrays."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from aecodec.datasets.beside import labels_beside
from aecodec.datasets.column import Column, array_split
from aecodec.datasets.npy import npy_column
from aecodec.datasets.source import SPLIT_NAMES, Options, Split
from aecodec.datasets.zip_directory import member_names
from aecodec.errors import InvalidImageError
from aecodec.files import open_file

_NAMED = 8  # how many arrays a message names
_IMAGES = ("x", "images", "image", "imgs", "data", "arr_0")
_LABELS = ("y", "labels", "label", "targets", "target")
_PART = "|".join(SPLIT_NAMES)
_WORD = "|".join((*_IMAGES, *_LABELS))
_KEY = re.compile(rf"({_PART})_?({_WORD})|({_WORD})_?({_PART})", re.IGNORECASE)


def is_npz(path: Path) -> bool:
    """Whether a zip file holds arrays."""
    with open_file(str(path)) as file:
        return any(name.endswith(".npy") and "/" not in name for name in member_names(file))


def open_npz(path: Path, options: Options) -> list[Split]:
    """Open the arrays of an npz file: `x_train`, `train_images`, `images`, `X`, `data` ..."""
    with open_file(str(path)) as file, zipfile.ZipFile(file) as members:
        keys = [name.removesuffix(".npy") for name in members.namelist() if name.endswith(".npy")]
    if options.images is not None:
        usual = next((key for key in keys if key.lower() in _LABELS), None)
        pairs = {"": (options.images, options.labels or usual)}
    else:
        pairs = _pairs(keys, options.labels)
    if not pairs:
        raise InvalidImageError(
            f"holds {', '.join(keys[:_NAMED]) or 'nothing'}; name the images with --images KEY, "
            "and the labels with --labels KEY"
        )
    splits = []
    for name, (images, labels) in pairs.items():
        column = _column(path, images, keys)
        if labels is not None:
            splits.append(array_split(name, column, _column(path, labels, keys), options))
        else:
            splits.append(array_split(name, column, _beside(path, keys), options))
    taken = {key for pair in pairs.values() for key in pair}
    if others := [key for key in keys if key not in taken]:
        more = "" if len(others) <= _NAMED else f" and {len(others) - _NAMED:,} more"
        arrays = "the array" if len(others) == 1 else "the arrays"
        note = f"not kept of {path.name}: {arrays} {', '.join(others[:_NAMED])}{more}"
        return [replace(split, notes=(note,)) for split in splits]
    return splits


def _pairs(keys: list[str], labels: str | None) -> dict[str, tuple[str, str | None]]:
    """The keys of the images and labels of each split."""
    found: dict[tuple[str, str], str] = {}
    for key in keys:
        match = _KEY.fullmatch(key)
        part = SPLIT_NAMES[(match[1] or match[4]).lower()] if match else ""
        word = (match[2] or match[3]).lower() if match else key.lower()
        other = found.setdefault((part, word), key)
        if other != key and word in (*_IMAGES, *_LABELS):
            raise InvalidImageError(
                f"holds {other} and {key}, of which only one can be; rename one"
            )
    pairs: dict[str, tuple[str, str | None]] = {}
    for split in (*dict.fromkeys(SPLIT_NAMES.values()), ""):
        images = next((found[split, word] for word in _IMAGES if (split, word) in found), None)
        if images is not None and (split or not pairs):
            own = next((found[split, word] for word in _LABELS if (split, word) in found), None)
            pairs[split] = images, labels or own
    return pairs


def _beside(path: Path, keys: list[str]) -> Column | None:
    """The labels of a file of one array, where they are the one array of the file beside it."""
    beside = labels_beside(path) if keys == ["arr_0"] else None
    return None if beside is None else _column(beside, "arr_0", ["arr_0"])


def _column(path: Path, key: str, keys: list[str]) -> Column:
    if key not in keys:
        raise InvalidImageError(f"has no array {key}, only {', '.join(keys[:_NAMED])}")
    try:
        return npy_column(partial(_member, path, f"{key}.npy"))
    except InvalidImageError as error:
        raise InvalidImageError(f"{key}: {error.detail}", path) from error


@contextmanager
def _member(path: Path, name: str) -> Iterator[BinaryIO]:
    with (
        open_file(str(path)) as file,
        zipfile.ZipFile(file) as members,
        members.open(name) as member,
    ):
        yield member  # type: ignore[misc]  # which it is but by its type
