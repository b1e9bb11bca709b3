"""Images of archives into other archives: whole chunks are copied, parts of them put together."""

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.batch.sinks import SameFile, check_target, make_folder, result_file
from aecodec.batch.stdio import STDIO
from aecodec.codec import CHUNK_IMAGES
from aecodec.coded import Coded
from aecodec.container import Chunk, ContainerWriter, Sink, Split
from aecodec.kinds import Coder


@dataclass
class ArchiveReport:
    """An archive that was written from others.

    Attributes:
        output: Its path, `-` for standard output.
        images: How many images it has.
        copied: How many of them are in chunks that were copied as they were.
        file_bytes: Its size.
        present: Whether the same file was there already.
        notes: What of labels and splits was not kept, a sentence each.
    """

    output: str
    images: int = 0
    copied: int = 0
    file_bytes: int = 0
    present: bool = False
    notes: list[str] = field(default_factory=list)


class Repacker:
    """Puts images into an archive, chunk by chunk.

    Args:
        writer: Writes the archive.
        coders: Finds the coders of its models; asked only where a chunk is taken apart.
        most: How many images to put into a chunk.

    Attributes:
        copied: How many images were in chunks that were copied.
    """

    def __init__(
        self, writer: ContainerWriter, coders: Callable[[], Sequence[Coder]], most: int
    ) -> None:
        self._writer = writer
        self._coders = coders
        self._most = most
        self._waiting: deque[Coded] = deque()
        self.copied = 0

    def copy(self, chunk: Chunk) -> None:
        """Add a chunk as it is."""
        self.flush()
        self._writer.write(chunk)
        self.copied += chunk.count

    def add(self, coded: Coded) -> None:
        """Add images of a chunk that is not taken whole."""
        self._waiting.append(coded)
        while sum(map(len, self._waiting)) >= self._most:
            joined = Coded.joined(self._waiting)
            self._writer.write(joined[: self._most].pack(self._coders()))
            self._waiting = deque([joined[self._most :]])

    def flush(self) -> None:
        """Write what waits for a chunk to be full."""
        if sum(map(len, self._waiting)):
            self._writer.write(Coded.joined(self._waiting).pack(self._coders()))
        self._waiting.clear()


def largest_chunk(archives: Sequence[Archive]) -> int:
    """How many images the largest chunk of some archives has."""
    spans = (archive.span(number) for archive in archives for number in range(archive.chunks))
    return max((end - first for first, end in spans), default=CHUNK_IMAGES)


def add_run(runs: list[Split], name: str, images: int) -> None:
    """Add images to runs of splits, the last of which may be of the same name."""
    if runs and runs[-1].name == name:
        runs[-1] = Split(name, runs[-1].images + images)
    elif images:
        runs.append(Split(name, images))


def add_images(runs: list[Split], archive: Archive, numbers: NDArray[np.int64]) -> None:
    """Add images of an archive that has splits, by their numbers, to runs of splits."""
    ends = np.cumsum([run.images for run in archive.split_runs])
    places = np.searchsorted(ends, numbers, side="right").tolist()
    for place, some in groupby(places):
        add_run(runs, archive.split_runs[place].name, len(list(some)))


@contextmanager
def archive_result(
    path: Path, report: ArchiveReport, *, overwrite: bool, sources: Sequence[Path] = ()
) -> Iterator[Sink]:
    """Open an archive to write, none of `sources`; its size goes into the report.

    Raises:
        OutputError: It exists and differs, or cannot be written.
    """
    if str(path) == STDIO:
        counted = _Counted(sys.stdout.buffer)
        yield counted
        report.file_bytes = counted.count
        return
    for source in sources:
        check_target(path, overwrite=True, source=source)
    make_folder(path.parent)
    with result_file(path, overwrite=overwrite) as file:
        yield file
    report.present = isinstance(file, SameFile)
    report.file_bytes = path.stat().st_size


class _Counted:
    def __init__(self, file: Sink) -> None:
        self._file = file
        self.count = 0

    def write(self, data: bytes, /) -> int:
        self.count += len(data)
        return self._file.write(data)
