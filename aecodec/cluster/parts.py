"""Parts of an archive: what a worker takes, and what it leaves on storage.

A folder (`x.aez.parts`, or that of an archive in parts) holds for each part its coded images, as an
.aez file that is called by its number and by its bytes, and beside it a record: which work it is
of, what its files were, and the check of its bytes. The records together are the manifest that a
run is resumed from. A record is written after its part, so a part with a record is whole.
"""

import hashlib
import io
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from aecodec import __version__
from aecodec.batch import CodedPart, Coding, DataInput, FileTask, Sources, TaskResult, file_tasks
from aecodec.cluster import records, storage
from aecodec.cluster.models import LentModel, fetch_model
from aecodec.container import Extras, LabelType, PartFile
from aecodec.datasets import labels_beside
from aecodec.errors import AecodecError, MissingDependencyError
from aecodec.files import absolute, native_path, walk
from aecodec.storage import UrlPath, to_path

PARTS = 256  # that an archive has at least, where it has so many tasks
MOST_TASKS = 4  # of 1,024 images in a part: a minute of work at most, if it is not --effort 3
AGAIN = 4
PAUSE = 0.5
_DIGITS = 12  # of the check of a part, in its name
_LEFT = re.compile(r"\d{6,}(\.json|-[0-9a-f]{12}\.aez)")


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


def divide(sources: Sources, size: int) -> Iterator[Part]:
    """Divide sources into parts of tasks of `size` images, whatever the workers.

    A run that is resumed on other machines has the same parts.
    """
    if sources.data is not None:
        yield from _ranges(sources.data, size)
        return
    todo = map(_absolute, file_tasks(sources, size))
    most = _tasks_of_part(len(sources), size)
    number = 0
    while files := tuple(islice(todo, most)):
        yield Part(number, files)
        number += 1


def _tasks_of_part(images: int, size: int) -> int:
    return min(max(images // size // PARTS, 1), MOST_TASKS)


def _absolute(task: FileTask) -> FileTask:
    return replace(task, paths=[everywhere(path) for path in task.paths])


def everywhere(path: str) -> str:
    """A path as other machines find it; standard input stays what it is."""
    return path if path == "-" else str(absolute(path))


def _ranges(data: DataInput, size: int) -> Iterator[Part]:
    """Ranges of data sets, each with only the data sets that it touches."""
    ends = [0]
    for count in data.sizes():
        ends.append(ends[-1] + count)
    images = _tasks_of_part(ends[-1], size) * size
    for number, first in enumerate(range(0, ends[-1], images)):
        end = min(first + images, ends[-1])
        touched = [i for i in range(len(data.paths)) if ends[i] < end and ends[i + 1] > first]
        before = ends[touched[0]]
        paths = tuple(everywhere(data.paths[i]) for i in range(touched[0], touched[-1] + 1))
        yield Part(number, (), paths, first - before, end - before)


@dataclass(frozen=True)
class PartWork:
    """What workers do with parts.

    Attributes:
        coding: How images are read and coded; its plan has no paths of models.
        models: The plan's models, those that lose something first.
        exact: How many of the models are lossless ones.
        ids: The ids of all models of the archive, in its order.
        labels: What the labels of the images are, or None.
        size: How many images a task has.
        folder: Where parts are left.
        version: Of aecodec; another version may code otherwise.
    """

    coding: Coding
    models: tuple[LentModel, ...]
    exact: int
    ids: tuple[bytes, ...]
    labels: LabelType | None
    size: int
    folder: str
    version: str = __version__

    def path(self, name: str) -> str:
        """Where a file is."""
        return f"{self.folder}/{name}"

    def record(self, part: Part) -> str:
        """Where the record of a part is."""
        return self.path(f"{part.number:06}.json")

    def key(self, part: Part) -> str:
        """Tells the work of a part from any other."""
        text = repr((replace(self, folder=""), part))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def make_part(work: PartWork, part: Part) -> None:
    """In a worker: code a part, and leave it and its record on storage."""
    if work.version != __version__:
        raise MissingDependencyError(
            f"a worker has aecodec {__version__}, and {work.version} is needed: install it there"
        )
    paths = tuple(map(fetch_model, work.models))
    lossy = len(paths) - work.exact
    plan = replace(work.coding.plan, models=paths[:lossy], exact=paths[lossy:], embed=False)
    coding = replace(work.coding, plan=plan)
    stamp = stamp_of(part)
    results = [_settled(coding, task) for task in _tasks(work, part)]
    file = io.BytesIO()
    writer = plan.writer(file, named=coding.named, extras=Extras(work.labels))
    for result in results:
        for chunk in result.chunks:
            writer.write(chunk)
    writer.close()
    data = file.getvalue()
    check = hashlib.sha256(data).hexdigest()
    name = f"{part.number:06}-{check[:_DIGITS]}.aez"
    record = {
        "work": work.key(part),
        "files": stamp,
        "file": name,
        "sha256": check,
        "tasks": records.as_json(results),
    }
    storage.publish(work.path(name), data)
    storage.publish(work.record(part), records.pack_record(record))


def is_left(name: str) -> bool:
    """Whether a file is called as those that `make_part` leaves."""
    return _LEFT.fullmatch(name) is not None


def _tasks(work: PartWork, part: Part) -> Iterator[FileTask]:
    if not part.paths:
        yield from part.files
        return
    data = DataInput(part.paths, work.coding.reading)
    data.label_type = work.labels  # of all images, not only of these
    yield from data.tasks(work.size, part.first, part.end)


def _settled(coding: Coding, task: FileTask) -> TaskResult:
    """Code a task. What cannot be read is read again, until two attempts agree on what is bad.

    A storage that fails for a moment must not cost an image.
    """
    result = coding(task)
    for attempt in range(AGAIN):
        if not result.failures:
            break
        time.sleep(PAUSE * 2**attempt)
        again = coding(task)
        if [f.message for f in again.failures] == [f.message for f in result.failures]:
            break
        result = again
    return result


def stamp_of(part: Part) -> str:
    """A check over the sizes and times of the files of a part, by which changes are noticed."""
    places = [place for path in part.paths for place in _files_of(to_path(native_path(path)))]
    places += [to_path(path) for task in part.files for path in task.paths]
    found = hashlib.sha256()
    for place in places:
        text = f"{place} {_version(place)}"
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


class KeptParts:
    """The parts of one archive on storage.

    Args:
        work: What workers do with them.
    """

    def __init__(self, work: PartWork) -> None:
        self._work = work
        self._names = storage.names(work.folder)  # of an earlier run, in one request

    def has(self, part: Part) -> bool:
        """Whether a part was done without failures, of the same files by the same work."""
        if f"{part.number:06}.json" not in self._names:
            return False
        record = self._record(part)
        if record is None or any(row["failures"] for row in record["tasks"]):
            return False
        return bool(record["files"] == stamp_of(part))

    def load(self, part: Part) -> CodedPart | None:
        """The results of a part, or None where it is missing or damaged."""
        record = self._record(part)
        data = record and storage.read(self._work.path(record["file"]))
        if not record or not data or hashlib.sha256(data).hexdigest() != record["sha256"]:
            return None
        return CodedPart(
            records.from_json(record["tasks"], data), PartFile.of(record["file"], data)
        )

    def _record(self, part: Part) -> dict[str, Any] | None:
        record = records.unpack_record(storage.read(self._work.record(part)))
        return record if record and record.get("work") == self._work.key(part) else None
