"""What an opened .aez file holds beside its images: labels, splits and metadata."""

import threading
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.container import ArchiveReader, Chunk, Label, Split
from aecodec.errors import InvalidArgumentError, located
from aecodec.labels import label_array


class ArchiveExtras:
    """The part of an `Archive` that knows no pixels.

    Args:
        reader: Reads the file, or the folder of parts.
        path: What messages call the file, or None for bytes.

    Attributes:
        path: What messages call the file, or None for bytes.
        chunks: How many chunks there are.
        label_type: What the labels of the images are, or None.
        titles: What people call each model; empty strings where the file does not say.
    """

    def __init__(self, reader: ArchiveReader, path: str | None) -> None:
        self.path = path
        self._reader = reader
        self._lock = threading.RLock()  # the file has one position, and the coders are found once
        self.chunks = len(reader.counts)
        self.label_type = reader.labels
        self.titles = reader.titles

    def _located(self) -> AbstractContextManager[None]:
        return nullcontext() if self.path is None else located(self.path)

    def read_chunk(self, number: int) -> Chunk:
        """Read and check one chunk, without decoding it."""
        with self._lock, self._located():
            return self._reader.read(number)

    @cached_property
    def labels(self) -> NDArray[Any] | None:
        """The labels of all images, of the type and shape that they had; None without labels.

        Raises:
            CorruptFileError: A chunk is damaged.
        """
        if self.label_type is None:
            return None
        chunks = (self.read_chunk(number) for number in range(self.chunks))
        return label_array(self.label_type, [one for chunk in chunks for one in chunk.labels])

    def label(self, name: str | int) -> Label:
        """A label as people write it: the name of a class, or the label itself.

        >>> archive = aecodec.open(aecodec.compress(images[:2], labels=[0, 7]))
        >>> archive.label("7")
        7

        Raises:
            InvalidArgumentError: There are no labels, or none can be of this name.
        """
        kind = self.label_type
        if kind is None:
            raise InvalidArgumentError("has no labels", self.path)
        for value, title in self.class_names.items():
            if title == name:
                return value
        if kind.type == "str":
            return str(name)
        try:
            return int(name)
        except ValueError as error:
            names = f", or one of {', '.join(self.class_names.values())}"
            raise InvalidArgumentError(
                f"labels are integers{names if self.class_names else ''}, not {name!r}", self.path
            ) from error

    def with_label(self, name: str | int) -> NDArray[np.int64]:
        """The numbers of the images that have a label, given as `label` takes it.

        >>> archive = aecodec.open(aecodec.compress(images[:3], labels=[0, 7, 0]))
        >>> archive.with_label(0)
        array([0, 2])

        Raises:
            InvalidArgumentError: There are no labels, or none can be of this name.
            CorruptFileError: A chunk is damaged.
        """
        wanted = self.label(name)
        chunks = (self.read_chunk(number) for number in range(self.chunks))
        return np.flatnonzero([one == wanted for chunk in chunks for one in chunk.labels])

    @property
    def class_names(self) -> dict[Label, str]:
        """What each label is called; empty where the file does not say."""
        if self.label_type is None:
            return {}
        return dict(zip(self.label_type.values, self.label_type.classes, strict=False))

    @cached_property
    def _extras(self) -> tuple[tuple[Split, ...], dict[str, Any]]:
        with self._lock, self._located():
            return self._reader.read_extras()

    @property
    def splits(self) -> dict[str, NDArray[np.int64]]:
        """The numbers of the images of each split, as `archive[archive.splits["test"]]` takes them.

        Raises:
            CorruptFileError: The splits are damaged.
        """
        found: dict[str, list[NDArray[np.int64]]] = {}
        start = 0
        for run in self.split_runs:
            found.setdefault(run.name, []).append(np.arange(start, start + run.images))
            start += run.images
        return {name: np.concatenate(parts) for name, parts in found.items()}

    @property
    def split_runs(self) -> tuple[Split, ...]:
        """Runs of images that belong to one split each, in their order; empty without splits."""
        return self._extras[0]

    @property
    def metadata(self) -> dict[str, Any]:
        """The free entries of the file: strings, bytes, booleans, integers, and lists of these."""
        return dict(self._extras[1])
