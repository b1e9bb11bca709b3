"""Folders as data sets: of image files, or of files of arrays, tables and parquet."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aecodec.datasets.class_files import are_classes, class_splits
from aecodec.datasets.csv_file import is_other_table
from aecodec.datasets.image_files import Read, image_file_splits
from aecodec.datasets.opening import open_data, plain_name
from aecodec.datasets.source import Batch, DataSet, Options, Split, in_order, named_by
from aecodec.errors import InvalidImageError, located
from aecodec.files import read_bytes, walk
from aecodec.images import is_image_file

_DATA = re.compile(r"\.(npy|npz|csv|tsv|parquet|idx)$|idx[1-4]-(ubyte|int)$")
_INNER = ("data", "raw", "gzip")  # as Hugging Face, torchvision and EMNIST's authors have them
_LABELS = re.compile(r"labels?|idx[12]|targets?|(?<![a-z])y(?![a-z])")
_PART = 2**20
_SHARD = re.compile(r"[-_]\d+-of-\d+")

OpenFile = Callable[[Path], DataSet]


def data_files(folder: Path) -> list[Path]:
    """The files of images in a folder, or in folders of such names, that are no image files."""
    found = []
    for place in sorted(filter(_may_be_data, folder.iterdir())):
        inner = sorted(place.iterdir()) if place.is_dir() else [place]
        found += [
            path
            for path in inner
            if path.is_file()
            and _DATA.search(plain_name(path.name))
            and not _LABELS.search(plain_name(path.name))
            and not path.name.startswith(".")
        ]
    return found


def _may_be_data(place: Path) -> bool:
    """Tell by its name whether a file, or the files in a folder, may be data sets."""
    name = plain_name(place.name)
    return name in _INNER or _DATA.search(name) is not None


def open_files(folder: Path, files: list[Path], open_file: OpenFile) -> DataSet:
    """Open a folder of files, each a split, a part of one or a class. Of copies one is taken.

    Raises:
        InvalidImageError: Several files are the same split, and no parts of one; or one is of no
            split where others are.
    """
    files, notes = _of_images(_without_copies(files))
    if len(files) == 1 and (only := open_file(files[0])).splits:
        named = named_by(only.splits, files[0])
        return replace(only, splits=tuple(_noted(split, notes) for split in named), path=folder)
    opened = [open_file(path) for path in files]
    size = sum(data.size for data in opened)
    pairs = list(zip(files, opened, strict=True))
    if len({_SHARD.sub("", path.name) for path in files}) == len(files) and are_classes(pairs):
        classes = _noted(_joined(class_splits(pairs)), notes)
        return DataSet(folder, "npy", (classes,), size)
    found: dict[str, list[tuple[Path, Split]]] = {}
    for path, data in pairs:
        for split in named_by(data.splits, path):
            found.setdefault(split.name, []).append((path, split))
    if "" in found and len(found) > 1:
        bare, other = (found[name][0][0].name for name in ("", max(found)))
        text = f"{bare} is of no split and {other} is of one; name one of them"
        raise InvalidImageError(text, folder)
    splits = []
    for parts in found.values():
        stems = {_SHARD.sub("", path.name) for path, _ in parts}
        if len(stems) > 1:
            names = ", ".join(path.name for path, _ in parts[:4])
            raise InvalidImageError(f"holds several data sets ({names}); name one of them", folder)
        splits.append(_noted(_joined([split for _, split in parts]), notes))
    formats = sorted({data.format for data in opened})
    return DataSet(folder, ", ".join(formats), in_order(splits, folder), size)


def _of_images(files: list[Path]) -> tuple[list[Path], tuple[str, ...]]:
    """Files without tables of something else, as Kaggle's samples of submissions are.

    Where there is nothing else, these stay, so that what is wrong is told.

    Returns:
        The files, and a sentence for each table that was left out.
    """
    tables = [path for path in files if plain_name(path.name).endswith((".csv", ".tsv"))]
    others = [path for path in tables if _is_other(path)]
    if len(others) == len(files):
        return files, ()
    notes = tuple(f"{path.name} is not kept: its rows are no images" for path in others)
    return [path for path in files if path not in others], notes


def _is_other(path: Path) -> bool:
    with located(path):
        return is_other_table(path)


def _noted(split: Split, notes: tuple[str, ...]) -> Split:
    return replace(split, notes=split.notes + notes)


def _without_copies(files: list[Path]) -> list[Path]:
    """Files without those that hold the same under the same name, compressed or spelt otherwise.

    torchvision and Kaggle leave both forms of MNIST's files in a folder.
    """
    kept: dict[str, list[Path]] = {}
    for path in files:
        alike = kept.setdefault(re.sub(r"[-._]", "", plain_name(path.name)), [])
        if not any(_same(path, other) for other in alike):
            alike.append(path)
    return [path for path in files if any(path in alike for alike in kept.values())]


def _same(one: Path, other: Path) -> bool:
    with open_data(one) as a, open_data(other) as b:
        while (part := a.read(_PART)) == b.read(_PART):
            if not part:
                return True
    return False


def _joined(parts: list[Split]) -> Split:
    """One split of several, one behind the other."""
    if len(parts) == 1:
        return parts[0]

    def read() -> Iterator[Batch]:
        for part in parts:
            yield from part.read()

    def read_from(first: int) -> Iterator[Batch]:
        for part in parts:
            count = part.count or 0
            if count > first:
                yield from part.batches(first)
            first = max(first - count, 0)

    def read_labels() -> Iterator[Any]:
        for part in parts:
            yield from part.labels()

    counts = [part.count for part in parts]
    known = None not in counts
    total = sum(count or 0 for count in counts) if known else None
    notes = tuple(note for part in parts for note in part.notes)
    start = read_from if known else None
    return Split(parts[0].name, read, total, parts[0].class_names, start, notes, read_labels)


def open_folder(folder: Path, options: Options) -> DataSet:
    """Open all image files in a folder and below, in the order of their paths."""
    found = walk(str(folder), is_image_file)
    if not found.files and not found.errors:
        raise InvalidImageError("holds no images", folder)
    root = str(folder).rstrip("/")

    def members() -> Iterator[tuple[str, Read]]:
        for relative in found.files:
            yield relative, partial(read_bytes, f"{root}/{relative}")

    folders = {path.rpartition("/")[0] for path in found.files}
    with located(folder):
        splits = image_file_splits(
            members, folders, len(found.files), options, found.errors, f"{root}/"
        )
    return DataSet(folder, "folder of images", tuple(splits))
