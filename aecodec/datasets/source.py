"""What an opened data set is: splits, each of which streams batches of images and labels."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from aecodec.errors import AecodecError, InvalidImageError, located, said
from aecodec.images import Images

BATCH_IMAGES = 1024
SPLITS = ("train", "validation", "test")
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "t10k": "test",
}
_WORDS = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Options:
    """How a data set is read.

    Attributes:
        fit: Convert images that are not 28x28 8-bit grey.
        invert: Turn dark-on-light images around.
        transpose: Swap rows and columns, for EMNIST's orientation.
        skip_bad: Leave out image files that cannot be read.
        images: The key of the images in an npz file, or their column in a parquet file.
        labels: The key or column of the labels.
    """

    fit: bool = False
    invert: bool = False
    transpose: bool = False
    skip_bad: bool = False
    images: str | None = None
    labels: str | None = None


@dataclass(frozen=True)
class Batch:
    """Some images of a split, in its order.

    Attributes:
        images: uint8 (n, 28, 28), n at most 1,024, or more where one file holds more.
        labels: Of any type, n in its first axis, just as they are stored; or None.
        names: The path of each image's file inside the data set; none in arrays.
        skipped: An error for each image file that was left out.
    """

    images: Images
    labels: NDArray[Any] | None = None
    names: tuple[str, ...] = ()
    skipped: tuple[AecodecError, ...] = ()


@dataclass(frozen=True)
class Split:
    """A part of a data set.

    Attributes:
        name: `train`, `validation` or `test`; empty where the data set has no splits.
        read: Reads it from its start, batch by batch.
        count: How many images it has, where that is known before it is read.
        class_names: What the labels 0, 1, ... are called, where they are positions.
        read_from: Reads it from an image on without reading those before, where that is possible.
        notes: What of its data set is not taken, a sentence each.
        read_labels: Reads the labels without the images, where that is possible.
    """

    name: str
    read: Callable[[], Iterator[Batch]]
    count: int | None = None
    class_names: tuple[str, ...] | None = None
    read_from: Callable[[int], Iterator[Batch]] | None = None
    notes: tuple[str, ...] = ()
    read_labels: Callable[[], Iterator[NDArray[Any]]] | None = None

    def labels(self) -> Iterator[NDArray[Any] | None]:
        """Read the labels of images that may be read: some at a time, or None without labels."""
        if self.read_labels is not None:
            yield from self.read_labels()
            return
        for batch in self.read():
            yield batch.labels

    def batches(self, first: int) -> Iterator[Batch]:
        """Read it from an image on, by its number."""
        if self.read_from is not None:
            yield from self.read_from(first)
            return
        for batch in self.read():
            before = min(first, len(batch.images))
            first -= before
            labels = None if batch.labels is None else batch.labels[before:]
            yield replace(
                batch, images=batch.images[before:], labels=labels, names=batch.names[before:]
            )


@dataclass(frozen=True)
class DataSet:
    """A data set that was opened and not yet read.

    Attributes:
        path: Its file or folder.
        format: What it is: `IDX`, `npz`, `CSV` and so on.
        splits: In the order train, validation, test.
        size: The bytes of its files.
    """

    path: Path
    format: str
    splits: tuple[Split, ...]
    size: int = 0

    def split(self, name: str) -> Split:
        """The split of a name.

        Raises:
            InvalidImageError: There is none; the message names those that there are.
        """
        for split in self.splits:
            if split.name == name:
                return split
        if self.splits == () or self.splits[0].name == "":
            raise InvalidImageError(f"has no splits, so none is called {name}", self.path)
        names = " and ".join(split.name for split in self.splits)
        raise InvalidImageError(f"has no split {name}, only {names}", self.path)

    def default(self, name: str) -> Split:
        """The split of a name, or whichever it is where there is one alone."""
        return self.splits[0] if len(self.splits) == 1 else self.split(name)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into an error about that file."""
    with located(path):
        try:
            yield
        except AecodecError:
            raise
        except (
            Exception
        ) as error:  # NumPy, gzip, zipfile, tarfile and pyarrow raise nearly anything
            raise InvalidImageError(f"cannot be read: {said(error)}") from error


def named_by(splits: Sequence[Split], path: Path) -> list[Split]:
    """Splits of a file, called as the file's name says where they have no names of their own.

    >>> [split.name for split in named_by([Split("", list)], Path("mnist_test.csv"))]
    ['test']
    """
    words = _WORDS.findall(path.name.lower())
    own = next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), "")
    return [split if split.name else replace(split, name=own) for split in splits]


def chosen_splits(sets: Sequence[DataSet], name: str | None) -> list[tuple[DataSet, Split]]:
    """The splits of data sets that are taken together, all or those of a name, with their owners.

    A set is called as its file is where it is one of several, or where a name is asked for: who
    has one of several finds the same split in it.

    Raises:
        InvalidImageError: None is of the name; the message says which there are.
    """
    by_file = len(sets) > 1 or name is not None
    found = [
        (data, split)
        for data in sets
        for split in (named_by(data.splits, data.path) if by_file else data.splits)
    ]
    chosen = [pair for pair in found if name in (None, pair[1].name)]
    if name is not None and not chosen:
        replace(sets[0], splits=tuple(split for _, split in found)).split(name)
    return chosen


def in_order(splits: list[Split], path: Path) -> tuple[Split, ...]:
    """Sort splits into the order train, validation, test. Raises where two have one name."""
    names = [split.name for split in splits]
    for name in names:
        if names.count(name) > 1:
            raise InvalidImageError(f"holds two splits for {name}; rename one", path)
    order = {name: number for number, name in enumerate(("", *SPLITS))}
    return tuple(sorted(splits, key=lambda split: order[split.name]))
