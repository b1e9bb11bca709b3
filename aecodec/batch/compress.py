"""Files and folders into .aez files: one archive, or a file for each image."""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from aecodec.batch.failure import Failure
from aecodec.batch.parallel import ordered_map
from aecodec.batch.reports import CompressReport, Part
from aecodec.batch.sinks import atomic_file, check_target, make_folder
from aecodec.batch.sources import Naming, Sources, stored_name
from aecodec.codec import CHUNK_IMAGES
from aecodec.container import Chunk, check_name
from aecodec.errors import AecodecError, UnsafeNameError
from aecodec.files import read_bytes
from aecodec.images import Images, read_image
from aecodec.images.plain_png import filtered_rows, undo_filters, unfiltered_rows
from aecodec.selection import Plan, choose, choose_each, sample

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Reading:
    """How image files become images: see `images.read_image`."""

    fit: bool = False
    invert: bool = False


@dataclass(frozen=True)
class Task:
    """Files that one worker takes at a time: what to open, and what to call the result."""

    paths: list[str]
    results: list[str]


def compress_archive(
    sources: Sources,
    target: Path | None,
    plans: Sequence[Plan],
    reading: Reading,
    *,
    named: bool,
    failures: Sequence[Failure] = (),
    overwrite: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> CompressReport:
    """Compress all sources into one archive (None: standard output).

    plans: those that compete for all images together (see `selection.choose`); failures: inputs
    that failed already. With names a file that fails is left out and reported; if all do, nothing
    is written. Without names the first one ends the run, since the numbers of the images behind it
    would shift: raises InvalidImageError and writes nothing.
    """
    report = CompressReport(str(target) if target else "-", failures=list(failures))
    if failures and not named:
        raise _abort(failures[0], len(sources) + len(failures))
    if target:
        _check_target(sources, target, overwrite=overwrite)
        make_folder(target.parent)
    if named:
        report.failures += _drop_twins(sources, stored_name)
    plan, report.contest = choose(plans, _sample(sources, reading, len(plans)))
    report.plans = [plan]
    work = partial(_to_chunk, plan, reading, named)
    tasks = _tasks(sources, stored_name)
    try:
        with ExitStack() as stack:
            file = _Counted(
                stack.enter_context(atomic_file(target, overwrite=overwrite))
                if target
                else sys.stdout.buffer
            )
            writer = plan.writer(file, named=named)
            for part in ordered_map(work, tasks, min(jobs, _count_tasks(sources))):
                if part.failures and not named:
                    raise _abort(part.failures[0], len(sources))
                if part.chunk:
                    writer.write(part.chunk)
                report.add(part)
                if progress:
                    progress(len(part.paths) + len(part.failures))
            if not report.images:
                raise _NothingDone
            writer.close()
    except _NothingDone:
        return report  # every input failed, as its failures tell
    report.file_bytes = file.written
    return report


def compress_each(
    sources: Sources,
    targets: Naming,
    output: str,
    plans: Sequence[Plan],
    reading: Reading,
    *,
    failures: Sequence[Failure] = (),
    overwrite: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> CompressReport:
    """Compress every source into a file of its own.

    targets: maps a source's root and relative path to its file; output: what to call them all;
    plans: those that compete for each image by itself (see `selection.choose_each`); failures:
    inputs that failed already.
    """
    report = CompressReport(output, failures=list(failures))
    report.failures += _drop_twins(sources, targets)
    work = partial(_to_files, plans, reading, overwrite)
    tasks = _tasks(sources, targets)
    used: set[int] = set()
    for part in ordered_map(work, tasks, min(jobs, _count_tasks(sources))):
        report.add(part)
        used |= part.plans
        if progress:
            progress(len(part.paths) + len(part.failures))
    report.plans = [plans[number] for number in sorted(used)]
    return report


def _check_target(sources: Sources, target: Path, *, overwrite: bool) -> None:
    """Raise OutputError where the target may not be replaced, or is itself a source."""
    check_target(target, overwrite=overwrite)
    for number, relative in enumerate(sources.relative):
        if relative.endswith(target.name):
            check_target(target, overwrite=overwrite, source=Path(sources.path(number)))


def _abort(failure: Failure, inputs: int) -> AecodecError:
    """The error that ends a run without names, where the numbers of later images would shift."""
    error = failure.error.at(failure.path)
    if inputs == 1:
        return error
    detail = f"{error.detail.rstrip('.')}. Nothing was written: without names, later images shift"
    return type(error)(detail, error.path)


def _drop_twins(sources: Sources, key: Naming) -> list[Failure]:
    """Sort by the result's name, and take out inputs whose result another one claims already."""
    names = sources.sort(key)
    failures = []
    for i in range(len(names) - 1, 0, -1):
        if names[i] == names[i - 1]:
            path, twin = sources.path(i), sources.path(i - 1)
            text = f"would be stored under the same name as {twin}; rename one"
            failures.append(Failure(path, UnsafeNameError(text, path)))
            del sources.relative[i], sources.roots[i]
    return failures


def _count_tasks(sources: Sources) -> int:
    return -(-len(sources) // CHUNK_IMAGES)


def _tasks(sources: Sources, result: Naming) -> Iterator[Task]:
    for start in range(0, len(sources), CHUNK_IMAGES):
        numbers = range(start, min(start + CHUNK_IMAGES, len(sources)))
        yield Task(
            [sources.path(i) for i in numbers],
            [result(sources.roots[i], sources.relative[i]) for i in numbers],
        )


def _sample(sources: Sources, reading: Reading, plans: int) -> Images:
    """Read the images by which plans are compared, if there is more than one.

    What fails is left out here and told when its turn comes.
    """
    numbers = sample(len(sources)) if plans > 1 else []
    paths = [sources.path(number) for number in numbers]
    return _read(Task(paths, paths), reading, False)[1]


def _read(task: Task, reading: Reading, named: bool) -> tuple[Part, Images, list[str]]:
    """Read a task's images; return also the results' names of those that could be read."""
    part = Part()
    images: list[bytes] = []
    results: list[str] = []
    for path, result in zip(task.paths, task.results, strict=True):
        try:
            if named:
                check_name(result)
            data = read_bytes(path)
            images.append(_rows(data, reading, path))
        except AecodecError as error:
            part.failures.append(Failure(path, error))
            continue
        part.paths.append(path)
        part.source_bytes += len(data)
        results.append(result)
    return part, undo_filters(images), results


def _rows(data: bytes, reading: Reading, path: str) -> bytes:
    """The rows of an image file, filtered as PNG filters them or not at all."""
    rows = None if reading.invert else filtered_rows(data)
    if rows is not None:
        return rows
    file = io.BytesIO(data)
    image = read_image(file, fit=reading.fit, invert=reading.invert, name=path)
    return unfiltered_rows(image)


def _to_chunk(plan: Plan, reading: Reading, named: bool, task: Task) -> Part:
    part, images, names = _read(task, reading, named)
    if len(images):
        part.chunk, decoded = plan.encode(images, names if named else ())
        part.count(plan, part.chunk, images, decoded)
    return part


def _to_files(plans: Sequence[Plan], reading: Reading, overwrite: bool, task: Task) -> Part:
    part, images, targets = _read(task, reading, False)
    numbers, part.contest = choose_each(plans, images)
    done = []
    for path, image, target, number in zip(part.paths, images, targets, numbers, strict=True):
        chunk, decoded = plans[number].encode(image[None])
        data = single_file(chunk, plans[number])
        try:
            make_folder(Path(target).parent)
            with atomic_file(Path(target), overwrite=overwrite, source=Path(path)) as file:
                file.write(data)
        except AecodecError as error:
            part.failures.append(Failure(path, error))
            continue
        done.append(path)
        part.count(plans[number], chunk, image[None], decoded)
        part.plans.add(number)
        part.file_bytes += len(data)
    part.paths = done
    return part


def single_file(chunk: Chunk, plan: Plan) -> bytes:
    """The .aez file of one chunk without names, as `plan` coded it."""
    buffer = io.BytesIO()
    writer = plan.writer(buffer)
    writer.write(chunk)
    writer.close()
    return buffer.getvalue()


class _NothingDone(Exception):  # noqa: N818 - no error: it takes the temporary file away
    pass


class _Counted:
    """A binary file that is only written to, and counts the bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.written = 0

    def write(self, data: bytes) -> int:
        self.written += len(data)
        return self._file.write(data)
