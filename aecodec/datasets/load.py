"""Open or load a data set, whatever its format: told by the content of a file, not by its name."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aecodec.datasets.csv_file import is_csv, open_csv
from aecodec.datasets.dataset import MAX_IMAGES, Dataset
from aecodec.datasets.folder import data_files, open_files, open_folder
from aecodec.datasets.idx import is_idx, open_idx
from aecodec.datasets.labels import as_classes
from aecodec.datasets.npy import NPY_MAGIC, open_npy
from aecodec.datasets.npz import is_npz, open_npz
from aecodec.datasets.opening import is_compressed, open_data, plain_name
from aecodec.datasets.parquet import PARQUET_MAGIC, open_parquet
from aecodec.datasets.source import (
    Batch,
    DataSet,
    Options,
    Split,
    chosen_splits,
    in_order,
    readable,
)
from aecodec.datasets.tar_file import TAR_MAGIC, TAR_MAGIC_AT, open_tar
from aecodec.datasets.zip_file import ZIP_MAGICS, open_zip
from aecodec.errors import AecodecError, InvalidImageError, MissingFileError
from aecodec.files import is_there, walk
from aecodec.images import HEAD_BYTES, image_format, is_image_file, read_images
from aecodec.storage import to_path

_HEAD = 512


@dataclass(frozen=True)
class Format:
    """A format: how its first bytes tell it, and how it is opened.

    Attributes:
        name: What it is called.
        accepts: Whether first bytes, decompressed, are those of such a file.
        open: Gives the splits of a file.
    """

    name: str
    accepts: Callable[[bytes], bool]
    open: Callable[[Path, Options], list[Split]]


def _open_zip_of_either(path: Path, options: Options) -> list[Split]:
    return (open_npz if is_npz(path) else open_zip)(path, options)


FORMATS = (
    Format("IDX", is_idx, open_idx),
    Format("npy", lambda head: head.startswith(NPY_MAGIC), open_npy),
    Format("zip", lambda head: head.startswith(ZIP_MAGICS), _open_zip_of_either),
    Format("parquet", lambda head: head.startswith(PARQUET_MAGIC), open_parquet),
    Format("tar", lambda head: head[TAR_MAGIC_AT:].startswith(TAR_MAGIC), open_tar),
    Format("CSV", is_csv, open_csv),
)
NEED = "need a folder of images, or an IDX, npy, npz, CSV, zip, tar or parquet file"


def is_dataset(path: str) -> bool:
    """Whether a path is that of a data set in another form than image files.

    It is a file of one of the formats, or a folder that holds such files and no image files. A
    compressed file that cannot be read counts as one: no image is compressed as a whole.
    """
    place = to_path(path)
    try:
        with readable(place):
            if place.is_dir():
                return _is_folder_of_files(place)
            row = _format(place)
    except AecodecError:
        return is_compressed(place)
    if row is not None and row.name == "CSV":  # any text with commas may be
        return plain_name(place.name).endswith((".csv", ".tsv"))
    return row is not None


def open_dataset(path: str | os.PathLike[str], options: Options = Options()) -> DataSet:  # noqa: B008 - frozen
    """Open a data set, whose splits then stream.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(f"{folder}/x.npz", x_train=np.zeros((3, 784)), y_train=np.arange(3))
    ...     data = open_dataset(f"{folder}/x.npz")
    ...     (batch,) = data.splits[0].read()
    >>> data.format, data.splits[0].name, batch.images.shape, batch.labels
    ('zip', 'train', (3, 28, 28), array([0, 1, 2]))

    Args:
        path: A folder of image files, of class folders or of the files of a data set; or an IDX,
            npy, npz, CSV, zip, tar, parquet or image file. All but parquet may be compressed by
            gzip, bzip2 or xz.
        options: How to read it.

    Raises:
        MissingFileError: There is no such file or folder.
        InvalidImageError: It is no data set, or its header is damaged.
        MissingDependencyError: It is a parquet file, and pyarrow is not installed.
    """
    place = to_path(path)
    with readable(place):
        if not is_there(str(place)):
            raise MissingFileError("there is no such file or folder", place)
        if place.is_dir():
            if _is_folder_of_files(place):
                files = data_files(place)
                data = open_files(place, files, partial(_open_file, options=options))
            else:
                data = _guarded(open_folder(place, options), options)
        else:
            data = _open_file(place, options)
    return data


def _open_file(place: Path, options: Options) -> DataSet:
    with readable(place):
        row = _format(place)
        if row is not None:
            splits = in_order(row.open(place, options), place)
            return _guarded(DataSet(place, row.name, splits, place.stat().st_size), options)
        with open_data(place) as file:
            if image_format(file.read(HEAD_BYTES)) is None:
                raise InvalidImageError(f"is no data set: {NEED}")

    def read() -> Iterator[Batch]:
        yield Batch(read_images(place, fit=options.fit, invert=options.invert))

    split = Split("", read)
    return _guarded(DataSet(place, "image", (split,), place.stat().st_size), options)


def _format(place: Path) -> Format | None:
    """The format of a file, unless it is an image."""
    with open_data(place) as file:
        head = file.read(_HEAD)
    if image_format(head[:HEAD_BYTES]):
        return None
    return next((row for row in FORMATS if row.accepts(head)), None)


def _is_folder_of_files(folder: Path) -> bool:
    """Whether a folder holds files of arrays or tables; IDX, or no image files beside them."""
    files = data_files(folder)
    if not files or any("idx3" in path.name for path in files):
        return bool(files)
    return not walk(str(folder), is_image_file).files


def _guarded(data: DataSet, options: Options) -> DataSet:
    """The same data set, each of whose errors is ours and names the file; transposed if asked."""

    def guard(split: Split) -> Split:
        def read(first: int) -> Iterator[Batch]:
            with readable(data.path):
                for batch in split.batches(first):
                    if options.transpose:
                        turned = np.ascontiguousarray(batch.images.transpose(0, 2, 1))
                        yield replace(batch, images=turned)
                    else:
                        yield batch

        def read_labels() -> Iterator[Any]:
            with readable(data.path):
                yield from split.labels()

        labels = None if split.read_labels is None else read_labels
        return replace(split, read=partial(read, 0), read_from=read, read_labels=labels)

    return replace(data, splits=tuple(map(guard, data.splits)))


def load_dataset(
    path: str | os.PathLike[str],
    part: str = "test",
    *,
    fit: bool = False,
    invert: bool = False,
    transpose: bool = False,
    skip_bad: bool = False,
    images: str | None = None,
    labels: str | None = None,
) -> Dataset:
    """Load one split of a data set into memory.

    Args:
        path: What `open_dataset` takes.
        part: `train`, `validation` or `test`, where it has several splits.
        fit: Convert images that are not 28x28 8-bit grey.
        invert: Turn dark-on-light images into light-on-dark ones.
        transpose: Swap rows and columns, for EMNIST's orientation.
        skip_bad: Leave out image files that cannot be read; `Dataset.skipped` tells which, and why.
        images: The key or column of the images, where it is not one of the usual.
        labels: The key or column of the labels.

    Returns:
        The images, with classes where there are any.

    Raises:
        MissingFileError: There is no such file or folder.
        InvalidImageError: It is no data set, or holds something else than 28x28 8-bit grey images.
        MissingDependencyError: It is a parquet file, and pyarrow is not installed.
    """
    options = Options(fit, invert, transpose, skip_bad, images, labels)
    return load_part(path, options, default=part)


def load_part(
    path: str | os.PathLike[str],
    options: Options,
    name: str | None = None,
    *,
    default: str = "test",
) -> Dataset:
    """Load the split of a name, or without one the default; see `load_dataset`.

    Args:
        path: What `open_dataset` takes.
        options: How to read it.
        name: `train`, `validation` or `test`, which there must be; or None.
        default: The split to take where none is named and there are several.

    Raises:
        AecodecError: As `load_dataset` raises, and InvalidImageError where no split has the name.
    """
    data = open_dataset(path, options)
    split = chosen_splits([data], name)[0][1] if name else data.default(default)
    return load_split_of(data, split)


def load_split_of(data: DataSet, split: Split) -> Dataset:
    """Load a split of an opened data set into memory."""
    batches: list[Batch] = []
    total = 0
    for batch in split.read():
        batches.append(batch)
        total += len(batch.images)
        if total > MAX_IMAGES:
            raise InvalidImageError(f"holds more than {MAX_IMAGES:,} images", data.path)
    images = [batch.images for batch in batches] or [np.zeros((0, 28, 28), np.uint8)]
    found = [batch.labels for batch in batches if batch.labels is not None]
    classes, names = None, None
    if found:
        classes, names = as_classes(np.concatenate(found), split.class_names)
    paths = tuple(name for batch in batches for name in batch.names)
    skipped = tuple(error for batch in batches for error in batch.skipped)
    return Dataset(np.concatenate(images), classes, names, paths or None, skipped)
