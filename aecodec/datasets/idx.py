"""IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist): images, labels beside them."""

import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.datasets.arrays import read_exactly
from aecodec.datasets.dataset import MAX_IMAGES, Dataset
from aecodec.errors import InvalidImageError, located
from aecodec.files import open_file
from aecodec.images import SIDE, check_images

GZIP_MAGIC = b"\x1f\x8b"
_TYPES = (0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E)
_PREFIXES = {"train": "train", "test": "t10k"}


def is_idx(head: bytes) -> bool:
    """Whether first bytes are those of an IDX file, of any type of number."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in _TYPES and 1 <= head[3] <= 4


def load_idx(file: BinaryIO, path: Path, _part: str) -> Dataset:
    """Load images from an IDX file, and the labels from the file beside it, if there is one."""
    images = check_images(read_idx(file))
    beside = _labels_beside(path)
    if beside is None:
        return Dataset(images)
    with located(beside), open_data(beside) as other:
        if not is_idx(other.read(4)):
            raise InvalidImageError("is no IDX file of labels")
        other.seek(0)
        labels = read_idx(other).astype(np.int64)
        if labels.shape != (len(images),):
            raise InvalidImageError(f"{labels.shape} labels for {len(images)} images")
    return Dataset(images, labels)


def find_idx(folder: Path, part: str) -> Path | None:
    """The IDX file of a part's images in a folder, or in a folder of that name inside it."""
    pattern = f"{_PREFIXES[part]}-images*ubyte*"
    places = sorted(folder.glob(pattern))
    files = [place for place in places if place.is_file()]
    files += [inner for place in places if place.is_dir() for inner in find_files(place, pattern)]
    return files[0] if files else None


def find_files(folder: Path, pattern: str) -> list[Path]:
    """The files in a folder that match a pattern, sorted."""
    return sorted(place for place in folder.glob(pattern) if place.is_file())


@contextmanager
def open_data(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file, through gzip where its content is gzip's."""
    with open_file(str(path)) as file:
        compressed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        yield gzip.GzipFile(fileobj=file) if compressed else file  # type: ignore[misc]


def _labels_beside(path: Path) -> Path | None:
    name = _labels_name(path.name)
    if name == path.name:
        return None
    names = (name, f"{name}.gz", name.removesuffix(".gz"))
    folders = [path.parent]
    if "images" in path.parent.name:  # a folder for each file, as some archives unpack
        folders.append(path.parent.with_name(_labels_name(path.parent.name)))
    found = (folder / name for folder in folders for name in names)
    return next((place for place in found if place.is_file()), None)


def _labels_name(images: str) -> str:
    return images.replace("images", "labels").replace("idx3", "idx1")


def read_idx(file: BinaryIO) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes: labels (N,) or images (N, 28, 28).

    Raises:
        InvalidImageError: It is damaged, or of other numbers or another shape.
    """
    head = file.read(4)
    if head[2] != _TYPES[0]:
        raise InvalidImageError("an IDX file of other numbers than unsigned bytes")
    shape = tuple(np.frombuffer(file.read(4 * head[3]), ">u4").tolist())
    if len(shape) != head[3] or shape[0] > MAX_IMAGES or shape[1:] not in ((), (SIDE, SIDE)):
        raise InvalidImageError(f"an IDX file of shape {shape}, need (N, {SIDE}, {SIDE})")
    return np.frombuffer(read_exactly(file, math.prod(shape)), np.uint8).reshape(shape)
