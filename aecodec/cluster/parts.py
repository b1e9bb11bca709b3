"""Parts of the images of an archive: what a worker takes at a time."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from aecodec.batch import DataInput, FileTask, Sources, file_tasks
from aecodec.cluster.jobs import AT_ONCE
from aecodec.datasets import labels_beside
from aecodec.errors import AecodecError
from aecodec.files import absolute, native_path, walk
from aecodec.storage import UrlPath, to_path

PARTS = 256  # that an archive has at least, where it has so many tasks
MOST_TASKS = {1: 4, 2: 4, 3: 1}  # of 1,024 images in a part, by the effort: minutes of work


@dataclass(frozen=True)
class Part:
    """Some tasks in a row.

    Attributes:
        number: Its place in the archive.
        files: Tasks of image files; or none, where it is a range of data sets.
        paths: The data sets.
        first: The number of the first image, counted from the first of `paths`.
        end: The number of the first one behind.
    """

    number: int
    files: tuple[FileTask, ...] = ()
    paths: tuple[str, ...] = ()
    first: int = 0
    end: int = 0


def divide(sources: Sources, size: int, effort: int) -> Iterator[Part]:
    """Divide sources into parts of tasks of `size` images, by their number and the effort alone.

    A run that is resumed on other machines has the same parts.
    """
    if sources.data is not None:
        yield from _ranges(sources.data, size, effort)
        return
    todo = map(_absolute, file_tasks(sources, size))
    most = _tasks_of_part(len(sources), size, effort)
    number = 0
    while files := tuple(islice(todo, most)):
        yield Part(number, files)
        number += 1


def _tasks_of_part(images: int, size: int, effort: int) -> int:
    return min(max(images // size // PARTS, 1), MOST_TASKS[effort])


def _absolute(task: FileTask) -> FileTask:
    return task._replace(paths=[everywhere(path) for path in task.paths])


def everywhere(path: str) -> str:
    """A path as other machines find it; standard input stays what it is."""
    return path if path == "-" else str(absolute(path))


def _ranges(data: DataInput, size: int, effort: int) -> Iterator[Part]:
    """Ranges of data sets, each with only the data sets that it touches."""
    ends = [0]
    for count in data.sizes():
        ends.append(ends[-1] + count)
    images = _tasks_of_part(ends[-1], size, effort) * size
    for number, first in enumerate(range(0, ends[-1], images)):
        end = min(first + images, ends[-1])
        touched = [i for i in range(len(data.paths)) if ends[i] < end and ends[i + 1] > first]
        before = ends[touched[0]]
        paths = tuple(everywhere(data.paths[i]) for i in range(touched[0], touched[-1] + 1))
        yield Part(number, (), paths, first - before, end - before)


def stamp_of(part: Part) -> str:
    """A check over the sizes and times of the files of a part, by which changes are noticed."""
    places = [place for path in part.paths for place in _files_of(to_path(native_path(path)))]
    places += [to_path(path) for task in part.files for path in task.paths]
    found = hashlib.sha256()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        versions = list(pool.map(_version, places))
    for place, version in zip(places, versions, strict=True):
        text = f"{place} {version}"
        found.update(text.encode("utf-8", "surrogateescape") + b"\0")
    return found.hexdigest()


def _version(place: Path) -> str:
    """What changes when a file does; nothing is said of one that cannot be reached."""
    try:
        if isinstance(place, UrlPath):
            return place.version()
        state = place.stat()
        return f"{state.st_size} {state.st_mtime_ns}"
    except (OSError, AecodecError):
        return "none"


def _files_of(path: Path) -> Sequence[Path]:
    """The files of a data set: those in a folder, or a file and that of its labels."""
    if path.is_dir():
        return sorted(path / name for name in walk(str(path), lambda _: True).files)
    beside = labels_beside(path)
    return [path] if beside is None else [path, beside]
