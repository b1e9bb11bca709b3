"""Which images of an archive are to be taken: all, or those of some names, a label, a split ..."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.batch.aez_files import each_chunks_names
from aecodec.batch.failure import Failure
from aecodec.errors import InvalidArgumentError, MissingFileError

ChunkTask = tuple[int, Sequence[int] | None]  # a chunk, and the places of the images, or all


@dataclass(frozen=True)
class Selection:
    """Which images to take: all, or those that meet everything that is given.

    Attributes:
        names: Names or glob patterns, one of which an image has; none for any.
        label: Their label, or the name of their class.
        split: Their split.
        numbers: Their numbers, from 0.
    """

    names: tuple[str, ...] = ()
    label: str | int | None = None
    split: str | None = None
    numbers: slice | None = None

    def __str__(self) -> str:
        parts = []
        if self.label is not None:
            parts.append(f"with the label {self.label!r}")
        if self.split is not None:
            parts.append(f"in the split {self.split}")
        if self.numbers is not None:
            first, end = self.numbers.start, self.numbers.stop
            parts.append(f"numbered {'' if first is None else first}:{'' if end is None else end}")
        return " ".join(parts)


@dataclass
class Wanted:
    """The images to take: where they are, how many, and names that no image has."""

    tasks: list[ChunkTask] = field(default_factory=list)
    images: int = 0
    missing: list[Failure] = field(default_factory=list)

    def numbers(self, archive: Archive) -> NDArray[np.int64]:
        """The numbers of the images in the archive, ascending."""
        parts = [np.zeros(0, np.int64)]
        for number, places in self.tasks:
            first, end = archive.span(number)
            inside = np.arange(end - first) if places is None else np.array(places, np.int64)
            parts.append(first + inside)
        return np.concatenate(parts)


def find_wanted(archive: Archive, selection: Selection) -> Wanted:
    """Find the images that a selection stands for.

    Raises:
        InvalidArgumentError: There are no labels or no such split, or no label can be of this name.
        MissingFileError: No image meets it, though names do not come into it.
        CorruptFileError: What it needs is damaged.
    """
    if selection == Selection():
        return Wanted([(number, None) for number in range(archive.chunks)], len(archive))
    chosen, patterns = _chosen(archive, selection), selection.names
    wanted = Wanted()
    unmatched = dict.fromkeys(patterns)
    for number, names in each_chunks_names(archive):
        places = []
        for place in np.flatnonzero(chosen[slice(*archive.span(number))]).tolist():
            name = names[place]
            if not patterns:
                places.append(place)
            elif hits := [p for p in patterns if name == p or fnmatchcase(name, p)]:
                places.append(place)
                unmatched = {p: None for p in unmatched if p not in hits}
        if places:
            wanted.tasks.append((number, places if len(places) < len(names) else None))
            wanted.images += len(places)
    if not wanted.images and not patterns:
        raise MissingFileError(f"has no image {selection}", archive.path)
    error = MissingFileError(f"{archive.path} has no image of this name; 'aecodec list' shows them")
    wanted.missing = [Failure(pattern or "''", error) for pattern in unmatched]
    return wanted


def _chosen(archive: Archive, selection: Selection) -> NDArray[np.bool_]:
    """Which images, bool (N,), a selection leaves, whatever their names."""
    chosen = np.zeros(len(archive), bool)
    chosen[selection.numbers or slice(None)] = True
    if selection.split is not None:
        splits = archive.splits
        if selection.split not in splits:
            there = f"no split {selection.split}, only {' and '.join(splits)}"
            raise InvalidArgumentError(f"has {there if splits else 'no splits'}", archive.path)
        chosen &= _mask(len(archive), splits[selection.split])
    if selection.label is not None:
        chosen &= _mask(len(archive), archive.with_label(selection.label))
    return chosen


def _mask(count: int, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(count, bool)
    mask[numbers] = True
    return mask
