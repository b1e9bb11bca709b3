"""One archive into several: by its splits, by its labels, or into parts of so many images."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive, open_path
from aecodec.batch.merging import JoinOptions, Merged, stem
from aecodec.batch.repack import (
    ArchiveReport,
    Repacker,
    add_images,
    archive_result,
    largest_chunk,
)
from aecodec.batch.target import ARCHIVE_SUFFIX
from aecodec.coded import Coded
from aecodec.container import ContainerWriter, Split
from aecodec.errors import InvalidArgumentError, located
from aecodec.storage import StrPath, to_path

BY_SPLIT, BY_LABEL = "split", "label"
AT_ONCE = 64  # archives that are written in one pass over the source


def split(
    source: StrPath,
    folder: StrPath | None = None,
    *,
    by: str | None = None,
    part_images: int | None = None,
    overwrite: bool = False,
) -> list[ArchiveReport]:
    """Split an .aez file into several archives. No image is coded again, and no pixel changes.

    A chunk that goes into one part is copied. Any other is taken apart and its codes are put
    together anew, which needs its models. Names, labels, splits and metadata are kept, so that
    `join` makes one archive of the parts again.

    Args:
        source: The .aez file.
        folder: Where the parts go, called `x-train.aez`, `x-test.aez` and so on for `x.aez`; by
            default beside it.
        by: `split`, the default where no `part_images` are given, or `label`.
        part_images: How many images a part has, in the order of the archive; the last part has
            what is left.
        overwrite: Whether to replace files that exist and differ.

    Returns:
        What was written, in the order of the splits, labels or images.

    Raises:
        MissingFileError: There is no such file.
        CorruptFileError: It is damaged.
        InvalidArgumentError: It has no splits or labels, or a setting is out of its range.
        UnknownModelError: A chunk must be taken apart, and its model is not installed.
        OutputError: A part exists and differs, or cannot be written.
    """
    path = to_path(source)
    if folder is not None and str(folder).lower().endswith(ARCHIVE_SUFFIX):
        raise InvalidArgumentError("split writes several archives: name a folder with -o", folder)
    with open_path(path) as archive, located(path):
        owners, titles = _parts(archive, by, part_images)
        merged = Merged([archive], JoinOptions())
        place = path.parent if folder is None else to_path(folder)
        paths = [place / f"{stem(archive)}-{title}{ARCHIVE_SUFFIX}" for title in titles]
        reports = []
        for start in range(0, len(paths), AT_ONCE):
            group = range(start, min(start + AT_ONCE, len(paths)))
            reports += _write(merged, owners, [(n, paths[n]) for n in group], overwrite=overwrite)
    return reports


def _parts(
    archive: Archive, by: str | None, part_images: int | None
) -> tuple[NDArray[np.int64], list[str]]:
    """The number of each image's part, and what the parts are called."""
    if by not in (None, BY_SPLIT, BY_LABEL) or (by is not None and part_images is not None):
        raise InvalidArgumentError(
            "an archive is split by 'split', by 'label', or into parts of a number of images"
        )
    if part_images is not None:
        if part_images < 1:
            raise InvalidArgumentError(f"parts have 1 image or more, not {part_images}")
        owners = np.arange(len(archive)) // part_images
        count = int(owners[-1]) + 1 if len(owners) else 0
        return owners, [f"{number:0{len(str(count - 1))}}" for number in range(count)]
    if by == BY_LABEL:
        return _by_label(archive)
    if not archive.split_runs:
        raise InvalidArgumentError("has no splits; use --by label, or --part-images N")
    names = list(archive.splits)
    owners = np.empty(len(archive), np.int64)
    for number, images in enumerate(archive.splits.values()):
        owners[images] = number
    return owners, _file_names(names)


def _by_label(archive: Archive) -> tuple[NDArray[np.int64], list[str]]:
    kind, labels = archive.label_type, archive.labels
    if kind is None or labels is None:
        raise InvalidArgumentError("has no labels; use --by split, or --part-images N")
    if kind.width > 1 and not kind.values:
        raise InvalidArgumentError("has rows as labels, which make no parts; use --part-images N")
    flat = labels.argmax(1) if kind.width > 1 else labels.reshape(-1)
    values, owners = np.unique(flat, return_inverse=True)
    listed = [int(value) if kind.type == "bool" else value for value in values.tolist()]
    titles = [archive.class_names.get(value, str(value)) for value in listed]
    return owners.reshape(-1), _file_names(titles)


def _file_names(titles: Sequence[str]) -> list[str]:
    """Titles as parts of file names; what is no letter, digit, dot or dash becomes a `_`."""
    found: dict[str, str] = {}
    for title in titles:
        name = re.sub(r"[^\w.-]", "_", title)
        if (other := found.setdefault(name, title)) is not title:
            raise InvalidArgumentError(
                f"{other!r} and {title!r} would both go into ...-{name}{ARCHIVE_SUFFIX}; "
                "use --part-images N"
            )
    return list(found)


class _Part:
    """One of the archives that are written."""

    def __init__(self, merged: Merged, writer: ContainerWriter, report: ArchiveReport) -> None:
        self._merged = merged
        self._writer = writer
        self._report = report
        self.repacker = Repacker(writer, merged.coders, largest_chunk(merged.archives))
        self._runs: list[Split] = []

    def count(self, numbers: NDArray[np.int64]) -> None:
        """Count images of the source in, by their numbers."""
        self._report.images += len(numbers)
        if self._merged.split:
            add_images(self._runs, self._merged.archives[0], numbers)

    def close(self) -> None:
        self.repacker.flush()
        self._writer.close(self._runs, self._merged.metadata)
        self._report.copied = self.repacker.copied


def _write(
    merged: Merged,
    owners: NDArray[np.int64],
    group: Sequence[tuple[int, Path]],
    *,
    overwrite: bool,
) -> list[ArchiveReport]:
    """Write some of the parts in one pass over the source."""
    (archive,) = merged.archives
    reports = [ArchiveReport(str(path)) for _, path in group]
    with ExitStack() as stack:
        parts = {}
        for (number, path), report in zip(group, reports, strict=True):
            opened = partial(
                archive_result, overwrite=overwrite, sources=[to_path(str(archive.path))]
            )
            file = stack.enter_context(opened(path, report))
            parts[number] = _Part(merged, merged.writer(file), report)
        for number in range(archive.chunks):
            first, end = archive.span(number)
            mine = owners[first:end]
            wanted = [part for part in np.unique(mine).tolist() if part in parts]
            if not wanted:
                continue
            chunk = merged.chunk(archive, number)
            if len(wanted) == 1 and (mine == wanted[0]).all():
                parts[wanted[0]].repacker.copy(chunk)
                parts[wanted[0]].count(np.arange(first, end))
                continue
            coded = Coded.of(merged.coders(), chunk)
            for part in wanted:
                places = np.flatnonzero(mine == part)
                parts[part].repacker.add(coded[places])
                parts[part].count(first + places)
        for part in parts.values():
            part.close()
    return reports
