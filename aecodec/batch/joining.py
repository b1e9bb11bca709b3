"""Archives into one, without coding an image again."""

import heapq
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive, open_path
from aecodec.batch.merging import FILES, KEEP, JoinOptions, Merged, stem
from aecodec.batch.repack import (
    ArchiveReport,
    Repacker,
    add_images,
    add_run,
    archive_result,
    largest_chunk,
)
from aecodec.batch.target import archive_target
from aecodec.coded import Coded
from aecodec.container import Sink, Split
from aecodec.errors import InvalidArgumentError
from aecodec.storage import StrPath, to_path

MOST_OPEN = 100  # files, beyond which small ones are read whole
SMALL_BYTES = 2**16


def join(
    sources: Sequence[StrPath],
    target: StrPath,
    *,
    names: str = KEEP,
    splits: str = KEEP,
    labels: bool = True,
    metadata: bool = True,
    overwrite: bool = False,
) -> ArchiveReport:
    """Join .aez files into one archive. Chunks are copied: no image is coded again.

    Images without names stand in the order of the files, images with names in that of their
    names. Where the names of two files interleave, the chunks concerned are taken apart and their
    codes put together anew, which keeps every pixel and needs their models.

    Args:
        sources: The .aez files.
        target: The archive, a name that ends in `.aez`. One that has the same bytes is left.
        names: `keep`; `folders` puts the names of each file below a folder that is called as the
            file is; `none` leaves names out.
        splits: `keep`; `merge` makes splits of one name one split; `files` makes each file a
            split that is called as the file is; `none` leaves splits out.
        labels: Whether to keep labels.
        metadata: Whether to keep metadata.
        overwrite: Whether to replace a target that exists and differs.

    Returns:
        What was written.

    Raises:
        MissingFileError: There is no such file.
        CorruptFileError: A file is damaged.
        InvalidArgumentError: The files do not fit together: a name or a split stands twice, or
            some have names, labels or splits and others have not; the message says what to do.
        UnsafeNameError: The name of an image is the folder of another.
        UnknownModelError: Names interleave, and the model of a chunk is not installed.
        OutputError: The target exists, is a source, or cannot be written.
    """
    options = JoinOptions(names, splits, labels, metadata)
    path = archive_target(target).path
    report = ArchiveReport(str(path))
    with ExitStack() as stack:
        paths = [to_path(source) for source in sources]
        archives = [_opened(one, stack, many=len(paths) > MOST_OPEN) for one in paths]
        merged = Merged(archives, options)
        with archive_result(path, report, overwrite=overwrite, sources=paths) as file:
            write_merged(merged, file, report)
    return report


def _opened(path: Path, stack: ExitStack, *, many: bool) -> Archive:
    """Open an archive; a small one of many is read whole, since a process may open few files."""
    archive = stack.enter_context(open_path(path))
    if not many or path.is_dir() or path.stat().st_size > SMALL_BYTES:
        return archive
    archive.close()
    return Archive(io.BytesIO(path.read_bytes()), None, str(path))


def write_merged(merged: Merged, file: Sink, report: ArchiveReport, fill: int = 0) -> None:
    """Write archives as one. Raises as `join`.

    Args:
        merged: The archives.
        file: Where to.
        report: Gets the numbers of images.
        fill: Where images have no names and the last chunk of the first archive has fewer images
            than this, it is filled up by those that follow.
    """
    writer = merged.writer(file)
    most = fill or largest_chunk(merged.archives)
    short = False
    repacker = Repacker(writer, merged.coders, most)
    runs: list[Split] = []
    for span in _spans(merged):
        if isinstance(span, _Span):
            chunk = merged.chunk(span.archive, span.number)
            old = span.archive is merged.archives[0] and span.number < span.archive.chunks - 1
            short = not old and (short or chunk.count < fill)
            if short and not merged.named:
                repacker.add(Coded.of(merged.coders(), chunk))
            else:
                repacker.copy(chunk)
            _add_runs(runs, merged, span.archive, np.arange(*span.archive.span(span.number)))
        else:
            _interleave(merged, span, repacker, runs, most)
    repacker.flush()
    writer.close(runs, merged.metadata)
    report.images = sum(map(len, merged.archives))
    report.copied = repacker.copied


@dataclass(frozen=True)
class _Span:
    """A chunk, and its first and last name."""

    archive: Archive
    number: int
    first: str = ""
    last: str = ""


def _spans(merged: Merged) -> Iterator[_Span | list[_Span]]:
    """All chunks in their order; those whose names overlap come together, as a list."""
    if not merged.named:
        for archive in merged.archives:
            yield from (_Span(archive, number) for number in range(archive.chunks))
        return
    spans = []
    for archive in merged.archives:
        for number in range(archive.chunks):
            names = merged.chunk(archive, number).names
            spans.append(_Span(archive, number, names[0], names[-1]))
    spans.sort(key=attrgetter("first"))
    together: list[_Span] = []
    last = ""
    for span in spans:
        if together and span.first > last:
            yield together[0] if len(together) == 1 else together
            together = []
        together.append(span)
        last = max(last, span.last)
    if together:
        yield together[0] if len(together) == 1 else together


@dataclass(frozen=True, order=True)
class _Entry:
    """An image by its name: the number of its archive, its chunk, and its place there."""

    name: str
    source: int
    chunk: int
    place: int


def _interleave(
    merged: Merged, spans: Sequence[_Span], repacker: Repacker, runs: list[Split], most: int
) -> None:
    """Put chunks together whose names overlap, in the order of the names."""
    coders = merged.coders()
    sources = list(dict.fromkeys(span.archive for span in spans))

    @lru_cache(maxsize=2 * len(sources))
    def coded(source: int, number: int) -> Coded:
        return Coded.of(coders, merged.chunk(sources[source], number))

    def entries(source: int) -> Iterator[_Entry]:
        for span in spans:
            if span.archive is sources[source]:
                names = merged.chunk(span.archive, span.number).names
                for place, name in enumerate(names):
                    yield _Entry(name, source, span.number, place)

    repacker.flush()
    last = None
    ordered = heapq.merge(*map(entries, range(len(sources))))
    while group := list(islice(ordered, most)):
        for before, entry in zip([last, *group], group, strict=False):
            if before is not None and before.name == entry.name:
                raise InvalidArgumentError(
                    f"has an image {entry.name!r}, as {sources[before.source].path} has; rename "
                    "one, or use --names folders to put the names of each archive below a folder",
                    sources[entry.source].path,
                )
            number = sources[entry.source].span(entry.chunk)[0] + entry.place
            _add_runs(runs, merged, sources[entry.source], np.array([number]))
        last = group[-1]
        by_chunk = sorted(range(len(group)), key=lambda i: (group[i].source, group[i].chunk))
        parts = []
        for (source, number), some in groupby(
            by_chunk, key=lambda i: (group[i].source, group[i].chunk)
        ):
            parts.append(coded(source, number)[np.array([group[i].place for i in some])])
        repacker.add(Coded.joined(parts)[np.argsort(by_chunk)])
    repacker.flush()


def _add_runs(
    runs: list[Split], merged: Merged, archive: Archive, numbers: NDArray[np.int64]
) -> None:
    """Add images of an archive, by their numbers, to the runs of splits."""
    if not merged.split:
        return
    if merged.options.splits == FILES:
        add_run(runs, stem(archive), len(numbers))
        return
    add_images(runs, archive, numbers)
