"""Data sets as inputs: their images in the order of the splits, in tasks of 1,024."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from aecodec.batch.failure import Failure
from aecodec.batch.reading import FileTask, Reading
from aecodec.codec import CHUNK_IMAGES
from aecodec.container import Extras, Label, LabelType, Split
from aecodec.errors import InvalidArgumentError
from aecodec.files import native_path
from aecodec.images import Images
from aecodec.labels import LabelCensus, label_list

if TYPE_CHECKING:  # it brings what reads every format: image files do without
    from aecodec.datasets import Batch
    from aecodec.datasets import Split as DataSplit


class DataInput:
    """The images of some data sets, one behind the other.

    Attributes:
        paths: The data sets.
        size: The bytes of their files.
    """

    def __init__(self, paths: Sequence[str], reading: Reading) -> None:
        from aecodec.datasets import Options, chosen_splits, open_dataset

        options = Options(
            reading.fit,
            reading.invert,
            reading.transpose,
            reading.skip_bad,
            reading.images_key,
            reading.labels_key,
        )
        self._data = [open_dataset(native_path(path), options) for path in paths]
        self.paths = tuple(paths)
        self.size = sum(part.size for part in self._data)
        self._splits = chosen_splits(self._data, reading.split)
        self._runs: list[tuple[str, int]] = []  # of what `tasks` has read
        self._lost = ""  # why labels are not kept

    @property
    def steps(self) -> int:
        """How many tasks there are, or 0 where that is not known."""
        counts = [split.count for _, split in self._splits]
        if None in counts:
            return 0
        return -(-sum(count or 0 for count in counts) // CHUNK_IMAGES)

    @cached_property
    def label_type(self) -> LabelType | None:
        """What the labels are, or None where there are none that can be kept.

        A file states its labels before its first image, so they are all read here once.
        """
        census = LabelCensus()
        names = next((split.class_names for _, split in self._splits if split.class_names), None)
        bare = dict[str, None]()  # splits without labels
        try:
            for _, split in self._splits:
                for labels in split.labels():
                    if labels is None:
                        bare[split.name] = None
                        break  # nor have the others of this split
                    census.add(labels)
        except InvalidArgumentError as error:
            self._lost = error.detail
            return None
        kind = census.label_type(names)
        if kind and bare:
            self._lost = "some of the images have none"
            if all(bare):
                text = f"the images of {' and '.join(bare)} have none"
                self._lost = f"{text}; --split takes another split with its labels"
        return kind if not bare else None

    @property
    def extras(self) -> Extras | None:
        """What an archive of the images needs to know at its start, beyond the images."""
        split = any(split.name for _, split in self._splits)
        return Extras(self.label_type) if split or self.label_type else None

    @property
    def splits(self) -> list[Split]:
        """Runs of images of the splits; known once all was read."""
        runs = groupby(self._runs, key=itemgetter(0))
        counts = [Split(name, sum(images for _, images in run)) for name, run in runs]
        return counts if all(run.name for run in counts) else []

    def sizes(self) -> list[int]:
        """How many images each data set has. One that does not say is read."""
        counts = [_count(split) for _, split in self._splits]
        self._runs = [
            (split.name, n) for (_, split), n in zip(self._splits, counts, strict=True) if n
        ]
        pairs = list(zip(self._splits, counts, strict=True))
        return [sum(n for (owner, _), n in pairs if owner is data) for data in self._data]

    def tasks(
        self, size: int = CHUNK_IMAGES, first: int = 0, end: int | None = None
    ) -> Iterator[FileTask]:
        """Read images, `size` a task but for the last, whatever the splits.

        Args:
            size: How many images a task has.
            first: The number of the first image to read.
            end: The number of the first one not to read; by default all are read.
        """
        rest: list[Images] = []
        labels: list[Label] = []
        failures: list[Failure] = []
        path = ""
        self._runs = []
        for path, name, batch in self._batches(first, end):
            failures += [Failure(error.path or path, error) for error in batch.skipped]
            rest.append(batch.images)
            if len(batch.images):
                self._runs.append((name, len(batch.images)))
            if self.label_type and batch.labels is not None:
                labels += label_list(self.label_type, batch.labels)
            while sum(map(len, rest)) >= size:
                images = np.concatenate(rest)
                some, labels = labels[:size], labels[size:]
                yield FileTask([path], [""], images=images[:size], labels=some, failures=failures)
                rest, failures = [images[size:]], []
        if sum(map(len, rest)) or failures:
            images = np.concatenate(rest)
            yield FileTask([path], [""], images=images, labels=labels, failures=failures)

    def _batches(self, first: int, end: int | None) -> "Iterator[tuple[str, str, Batch]]":
        """Read a range of images: the path and split of each batch, and what of it is meant.

        A split that ends where the range does is read to its end, so that what stands behind its
        images is told. What is skipped in a batch is told where the batch ends, and only there.
        """
        start = 0
        for data, split in self._splits:
            if end is not None and start >= end:
                return
            if split.count is not None and start + split.count <= first:
                start += split.count
                continue
            before = max(first - start, 0) if split.count is not None else 0
            start += before
            for batch in split.batches(before):
                if end is not None and start >= end and len(batch.images):
                    return
                meant = slice(max(first - start, 0), None if end is None else end - start)
                start += len(batch.images)
                labels = None if batch.labels is None else batch.labels[meant]
                told = first < start <= (start if end is None else end) or not first | start
                skipped = batch.skipped if told else ()
                part = replace(batch, images=batch.images[meant], labels=labels, skipped=skipped)
                yield str(data.path), split.name, part

    def notes(self) -> list[str]:
        """What the archive does not keep, a sentence each; known once all was read."""
        lost = [f"labels are not kept: {self._lost}"] if self._lost else []
        return lost + list(dict.fromkeys(note for _, split in self._splits for note in split.notes))


def _count(split: "DataSplit") -> int:
    if split.count is not None:
        return split.count
    return sum(len(batch.images) for batch in split.read())
