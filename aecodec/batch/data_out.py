"""An .aez file into a data set: one npz, npy, IDX, CSV, zip or parquet file, by its suffix."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.batch.aez_files import AezFile, decode_or_tell, each_chunk
from aecodec.batch.image_places import ImagePlaces
from aecodec.batch.progress import Progress
from aecodec.batch.sinks import SameFile, make_folder, result_file
from aecodec.batch.stdio import STDIO
from aecodec.batch.wanted import Selection
from aecodec.codec import CHUNK_IMAGES
from aecodec.container import LabelType
from aecodec.errors import AecodecError, CorruptFileError
from aecodec.files import is_folder
from aecodec.images import Images
from aecodec.labels import label_array
from aecodec.storage import StrPath, to_path

if TYPE_CHECKING:  # it brings what reads every format: PNG files do without
    from aecodec.datasets import Batch

_WITHOUT_SPLITS = (".npy", ".idx", "idx3-ubyte", ".csv")
SUFFIXES = (".npz", ".npy", ".idx", "idx3-ubyte", ".csv", ".zip", ".parquet")


def data_target(output: StrPath | None) -> Path | None:
    """The data set that an output asks for by its suffix, or None where it asks for none."""
    text = "" if output is None else os.fspath(output)
    if not text.lower().endswith(SUFFIXES) or text == STDIO or is_folder(text):
        return None
    return to_path(text)


def write_data_set(
    file: AezFile,
    archive: Archive,
    numbers: NDArray[np.int64],
    target: Path,
    *,
    overwrite: bool,
    model: str | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[int, bool]:
    """Write images of an archive, with labels and splits where the format has them.

    Args:
        file: The .aez file.
        archive: The same, opened.
        numbers: The images to write, ascending.
        target: Where to; labels of an npy or IDX file go into a file beside it.
        overwrite: Whether to replace files that exist and differ.
        model: A model to look at first.
        jobs: How many workers decode.
        progress: Called with a number of images when they are decoded.

    Returns:
        The bytes of the files, and whether they were there already.

    Raises:
        CorruptFileError: The file is damaged: nothing is written.
        OutputError: A result exists and differs, or cannot be written.
        InvalidArgumentError: The labels have no place in the format.
        MissingDependencyError: It is parquet, and pyarrow is not installed.
    """
    from aecodec.datasets import Contents, write_dataset

    if archive.damage:
        raise CorruptFileError(archive.damage)
    archive.check()
    make_folder(target.parent)
    sizes: list[int] = []
    present: list[bool] = []

    @contextmanager
    def opened(path: Path) -> "Iterator[BinaryIO | SameFile]":
        with result_file(path, overwrite=overwrite, source=file.path) as out:
            yield out
        sizes.append(path.stat().st_size)
        present.append(isinstance(out, SameFile))

    kind = archive.label_type

    def decode(chunks: Sequence[int]) -> Iterator[Images]:
        for part in each_chunk(decode_or_tell, chunks, file, archive, model, jobs):
            if isinstance(part, AecodecError):
                raise part
            yield part[1]
            if progress:
                progress(len(part[1]))

    reader = _Reader(archive, numbers, decode)
    labels = None if kind is None else label_array(kind, ())
    hot = kind is not None and kind.width > 1 and bool(kind.values)
    contents = Contents(
        reader.splits,
        reader.read,
        labels,
        reader.labels,
        one_hot=hot,
        class_names=archive.class_names,
        in_folders=target.name.lower().endswith(".zip") and reader.in_folders(),
    )
    write_dataset(contents, target, opened)
    return sum(sizes), all(present)


def not_kept(archive: Archive, target: Path | ImagePlaces, selection: Selection) -> list[str]:
    """What an archive knows of its images that has no place in its results, in sentences.

    Args:
        archive: The archive.
        target: The file of the data set that it becomes, or where in a folder its images go.
            Names in that are taken to tell what is to be known.
        selection: The images that are taken, of whose split or label nobody needs to be told.
    """
    form = target.name if isinstance(target, Path) else "a folder"
    lost_metadata = f"metadata are not kept in {form}; 'aecodec info' shows them"
    found = [lost_metadata] if archive.metadata else []
    if selection.names or (isinstance(target, ImagePlaces) and archive.named):
        return found
    kind = archive.label_type
    named = any(str(label) != name for label, name in archive.class_names.items())
    known = {
        "labels": kind is not None and selection.label is None,
        "names of classes": kind is not None and named and selection.label is None,
        "splits": bool(archive.split_runs) and selection.split is None,
        "names": archive.named,
    }
    kept = _kept_in_folders(target) if isinstance(target, ImagePlaces) else _kept_in(target, kind)
    if lost := {what for what, there in known.items() if there} - kept:
        better = [s for s in (".npz", ".zip", ".parquet") if lost <= _kept_in(Path(f"x{s}"), kind)]
        instead = f"; -o x{' or '.join(better)} keeps them" if better else ""
        *others, last = (what for what in known if what in lost)
        text = f"{', '.join(others)} and {last}" if others else last
        found.append(f"{text} are not kept in {form}{instead}")
    return found


def _kept_in_folders(places: ImagePlaces) -> set[str]:
    labels = {"labels", "names of classes"} if places.folders else set[str]()
    return labels | ({"splits"} if places.splits else set())


def _kept_in(target: Path, kind: LabelType | None) -> set[str]:
    """What a data set of this name can tell of its images."""
    name = target.name.lower()
    if name.endswith(".parquet"):
        return {"labels", "names of classes", "splits", "names"}
    if name.endswith(".zip"):
        rows = kind is not None and kind.width > 1 and not kind.values
        return {"splits", "names", *(() if rows else ("labels", "names of classes"))}
    return {"labels"} if name.endswith(_WITHOUT_SPLITS) else {"labels", "splits"}


class _Reader:
    """Reads images of an archive split by split, 1,024 at a time.

    Args:
        archive: The archive.
        numbers: The images to read.
        decode: Gives the images of chunks, in the order of their numbers.
    """

    def __init__(
        self,
        archive: Archive,
        numbers: NDArray[np.int64],
        decode: Callable[[Sequence[int]], Iterator[Images]],
    ) -> None:
        self._archive = archive
        self._decode = decode
        self._all = numbers
        self._of = {
            name: numbers[np.isin(numbers, own, assume_unique=True)]
            for name, own in archive.splits.items()
        }

    @property
    def splits(self) -> list[tuple[str, int]]:
        """The splits that have images, and how many; one without a name where there are none."""
        counts = [(name, len(numbers)) for name, numbers in self._of.items() if len(numbers)]
        return counts or [("", len(self._all))]

    def labels(self, split: str | None) -> NDArray[Any]:
        """The labels of a split's images, or of all images, which have some."""
        labels = self._archive.labels
        assert labels is not None  # noqa: S101 - nobody asks where there are none
        found: NDArray[Any] = labels[self._numbers(split)]
        return found

    def in_folders(self) -> bool:
        """Whether all images have names that lie in folders of their splits and classes."""
        from aecodec.datasets import lies_in

        names = self._archive.names
        titles = self._archive.class_names

        for split, _ in self.splits if names else ():
            numbers = self._numbers(split).tolist()
            labels = np.zeros(0) if self._archive.labels is None else self.labels(split)
            if labels.ndim > 1 and labels.shape[1] > 1:
                return False
            for number, label in zip_longest(numbers, labels.reshape(-1).tolist()):
                own = None if label is None else titles.get(label, str(label))
                if not lies_in(names[number], split, own):
                    return False
        return bool(names)

    def read(self, split: str | None) -> "Iterator[Batch]":
        """Batches of a split's images, or of all images."""
        from aecodec.datasets import Batch

        labels = None if self._archive.label_type is None else self.labels(split)
        every = self._archive.names
        names = [every[number] for number in self._numbers(split).tolist()] if every else []
        start = 0
        for images in _regrouped(self._images(split), CHUNK_IMAGES):
            part = slice(start, start + len(images))
            start = part.stop
            yield Batch(images, None if labels is None else labels[part], tuple(names[part]))

    def _numbers(self, split: str | None) -> NDArray[np.int64]:
        """The images of a split, or all images: their numbers, ascending."""
        return self._of.get(split, self._all) if split else self._all

    def _images(self, split: str | None) -> Iterator[Images]:
        """The images of a split, as its chunks give them; each chunk is decoded once."""
        numbers = self._numbers(split)
        starts = [self._archive.span(number)[0] for number in range(self._archive.chunks)]
        owners = np.searchsorted(starts, numbers, side="right") - 1
        chunks, firsts = np.unique(owners, return_index=True)
        parts = np.split(numbers, firsts[1:])
        decoded = self._decode(chunks.tolist())
        for chunk, part, images in zip(chunks.tolist(), parts, decoded, strict=len(chunks) > 0):
            yield images[part - starts[chunk]]


def _regrouped(arrays: Iterator[Images], size: int) -> Iterator[Images]:
    """The same images, `size` at a time."""
    rest: list[Images] = []
    for array in arrays:
        rest.append(array)
        while sum(map(len, rest)) >= size:
            images = np.concatenate(rest)
            yield images[:size]
            rest = [images[size:]]
    if sum(map(len, rest)):
        yield np.concatenate(rest)
