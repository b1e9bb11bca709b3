"""An .aez file into a data set: one npz, npy, IDX, CSV, zip or parquet file, by its suffix."""

import os
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.batch.aez_files import AezFile, decode_or_tell, each_chunk
from aecodec.batch.progress import Progress
from aecodec.batch.sinks import SameFile, make_folder, result_file
from aecodec.batch.stdio import STDIO
from aecodec.codec import CHUNK_IMAGES
from aecodec.container import Split
from aecodec.errors import AecodecError, CorruptFileError
from aecodec.files import is_folder
from aecodec.images import Images
from aecodec.labels import label_array
from aecodec.storage import StrPath, to_path

if TYPE_CHECKING:  # it brings what reads every format: PNG files do without
    from aecodec.datasets import Batch

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
    target: Path,
    *,
    overwrite: bool,
    model: str | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[int, bool]:
    """Write all images of an archive, with labels and splits where the format has them.

    Args:
        file: The .aez file.
        archive: The same, opened.
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
    runs = archive.split_runs or (Split("", len(archive)),)
    splits = Counter[str]()
    for run in runs:
        splits[run.name] += run.images

    def decode(chunks: Sequence[int]) -> Iterator[Images]:
        for part in each_chunk(decode_or_tell, chunks, file, archive, model, jobs):
            if isinstance(part, AecodecError):
                raise part
            yield part[1]
            if progress:
                progress(len(part[1]))

    reader = _Reader(archive, runs, decode)
    labels = None if kind is None else label_array(kind, ())
    hot = kind is not None and kind.width > 1 and bool(kind.values)
    contents = Contents(
        list(splits.items()),
        reader.read,
        labels,
        reader.labels,
        one_hot=hot,
        class_names=archive.class_names,
    )
    write_dataset(contents, target, opened)
    return sum(sizes), all(present)


class _Reader:
    """Reads an archive's images split by split, 1,024 at a time.

    Args:
        archive: The archive.
        runs: Which images belong to which split.
        decode: Gives the images of chunks, in the order of their numbers.
    """

    def __init__(
        self,
        archive: Archive,
        runs: "Sequence[Split]",
        decode: Callable[[Sequence[int]], Iterator[Images]],
    ) -> None:
        self._archive = archive
        self._decode = decode
        ends = [0, *accumulate(run.images for run in runs)]
        self._ranges = [
            (run.name, first, end) for run, (first, end) in zip(runs, pairwise(ends), strict=True)
        ]

    def labels(self, split: str | None) -> NDArray[Any]:
        """The labels of a split's images, or of all images, which have some."""
        labels = self._archive.labels
        assert labels is not None  # noqa: S101 - nobody asks where there are none
        return np.concatenate([labels[first:end] for first, end in self._of(split)])

    def read(self, split: str | None) -> "Iterator[Batch]":
        """Batches of a split's images, or of all images."""
        from aecodec.datasets import Batch

        labels = None if self._archive.label_type is None else self.labels(split)
        every = self._archive.names
        names = [name for first, end in self._of(split) for name in every[first:end]]
        start = 0
        for images in _regrouped(self._images(split), CHUNK_IMAGES):
            part = slice(start, start + len(images))
            start = part.stop
            yield Batch(images, None if labels is None else labels[part], tuple(names[part]))

    def _of(self, split: str | None) -> list[tuple[int, int]]:
        """The ranges of a split, or of all images: the first and the first one behind."""
        return [(first, end) for name, first, end in self._ranges if split in (None, name)]

    def _images(self, split: str | None) -> Iterator[Images]:
        """The images of a split, as its chunks give them; each chunk is decoded once."""
        ranges = deque(self._of(split))
        chunks = list(dict.fromkeys(one for pair in ranges for one in self._chunks(*pair)))
        for number, images in zip(chunks, self._decode(chunks), strict=True):
            start, stop = self._archive.span(number)
            while ranges and ranges[0][0] < stop:
                first, end = ranges[0]
                yield images[max(first - start, 0) : end - start]
                if end > stop:
                    break
                ranges.popleft()

    def _chunks(self, first: int, end: int) -> range:
        """The numbers of the chunks that have images of a range."""
        span, numbers = self._archive.span, range(self._archive.chunks)
        begin = bisect_right(numbers, first, key=lambda number: span(number)[1])
        return range(begin, bisect_left(numbers, end, key=lambda number: span(number)[0]))


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
