"""What workers make of parts, and leave on storage.

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
from socket import gethostname
from typing import Any

from aecodec import __version__
from aecodec.batch import CodedPart, Coding, DataInput, FileTask, TaskResult
from aecodec.cluster import records, storage
from aecodec.cluster.models import LentModel, fetch_model
from aecodec.cluster.parts import Part, stamp_of
from aecodec.container import Extras, LabelType, PartFile
from aecodec.errors import MissingDependencyError, MissingFileError
from aecodec.storage import StrPath, UrlPath, to_path

AGAIN = 4
PAUSE = 0.5
_DIGITS = 12  # of the check of a part, in its name
_LEFT = re.compile(r"\d{6,}(\.json|-[0-9a-f]{12}\.aez)")


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
    folders = [str(to_path(task.paths[0]).parent) for task in part.files]
    for path in (work.folder, *part.paths, *folders):
        check_found(path)
    coding = _coding(work)
    stamp = stamp_of(part)
    results = [_settled(coding, task) for task in _tasks(work, part)]
    data = _packed(work, coding, results)
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
    storage.publish(work.path(record_name(part)), records.pack_record(record))


def check_found(path: StrPath) -> None:
    """In a worker: raise MissingFileError for what only the machine of the command finds."""
    place = to_path(path)
    if not isinstance(place, UrlPath) and not place.exists():
        where = "put inputs and results on a disk that all machines share, or at URLs"
        text = f"the worker on {gethostname()} does not find it; {where}"
        raise MissingFileError(text, path)


def _coding(work: PartWork) -> Coding:
    """How images are coded, by the models that this worker has fetched."""
    paths = tuple(map(fetch_model, work.models))
    lossy = len(paths) - work.exact
    plan = work.coding.plan._replace(models=paths[:lossy], exact=paths[lossy:], embed=False)
    return replace(work.coding, plan=plan)


def _packed(work: PartWork, coding: Coding, results: Sequence[TaskResult]) -> bytes:
    """The bytes of an .aez file of the coded images."""
    file = io.BytesIO()
    writer = coding.plan.writer(file, named=coding.named, extras=Extras(work.labels))
    for result in results:
        for chunk in result.chunks:
            writer.write(chunk)
    writer.close()
    return file.getvalue()


def record_name(part: Part) -> str:
    """What the record of a part is called."""
    return f"{part.number:06}.json"


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
        if record_name(part) not in self._names:
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
        results = records.from_json(record["tasks"], data)
        return CodedPart(results, PartFile.of(record["file"], data))

    def _record(self, part: Part) -> dict[str, Any] | None:
        record = records.unpack_record(storage.read(self._work.path(record_name(part))))
        return record if record and record.get("work") == self._work.key(part) else None
