"""Files and folders into .aez files: one archive, or a file for each image file."""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aecodec.batch.failure import Failure
from aecodec.batch.inversion import looks_inverted
from aecodec.batch.parallel import ordered_map
from aecodec.batch.reading import ReadFile, Reading, Task, read_task
from aecodec.batch.reports import CompressReport, TaskResult
from aecodec.batch.sinks import SameFile, check_target, make_folder, result_file, write_result
from aecodec.batch.sources import Sources
from aecodec.batch.target import ARCHIVE_SUFFIX, STDIO, Form, Target
from aecodec.codec import CHUNK_IMAGES
from aecodec.container.writer import Sink
from aecodec.errors import AecodecError, InvalidArgumentError, OutputError
from aecodec.files import native_path
from aecodec.images import Images
from aecodec.selection import Plan, choose, choose_each, sample

Progress = Callable[[int], None]


def compress_sources(
    sources: Sources,
    target: Target,
    plans: Sequence[Plan],
    reading: Reading = Reading(),  # noqa: B008 - frozen
    *,
    names: bool | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> CompressReport:
    """Compress files into what the target says.

    Args:
        sources: The files; at least one, or a failure.
        target: An archive, standard output, a folder, or beside the files.
        plans: Those that compete for the images: for all together in an archive, otherwise for
            the images of each file.
        reading: How files are read.
        names: Whether an archive keeps the images' names; by default unless there is one input
            and it is a file.
        overwrite: Whether to replace results that exist and differ.
        jobs: How many processes to use. Any number gives the same bytes.
        progress: Called with a number of files when they are done.

    Returns:
        What was done. Inputs that failed are among its failures.

    Raises:
        AecodecError: An input of an archive without names failed: the numbers of the images
            behind it would shift. Nothing was written.
        InvalidArgumentError: Models would be embedded in each of many files.
        OutputError: The archive exists, or cannot be written.
    """
    archive = target.form in (Form.ARCHIVE, Form.STDOUT)
    if plans[0].embed and not archive and len(sources) > 1:
        raise InvalidArgumentError(
            "--embed-model puts the model into every file, and these are many: make one "
            "archive with -o x.aez, or leave --embed-model out"
        )
    if archive:
        named = not sources.lone if names is None else names
        report = _compress_archive(
            sources, target, plans, reading, overwrite, jobs, progress, named=named
        )
    else:
        report = _compress_each(sources, target, plans, reading, overwrite, jobs, progress)
    report.others = sources.others
    report.unentered = sources.unentered
    report.loops = sources.loops
    return report


def _compress_archive(
    sources: Sources,
    target: Target,
    plans: Sequence[Plan],
    reading: Reading,
    overwrite: bool,
    jobs: int,
    progress: Progress | None,
    *,
    named: bool,
) -> CompressReport:
    report = CompressReport(str(target.path), failures=list(sources.failures))
    if sources.failures and not named:
        raise _abort(sources.failures[0], len(sources) + len(sources.failures))
    if target.form is Form.ARCHIVE:
        _check_target(sources, target.path)
        make_folder(target.path.parent)
    plan, report.contest = choose(plans, _sample(sources, reading, len(plans)))
    report.plans = [plan]
    samples: list[tuple[Images, int]] = []
    try:
        with ExitStack() as stack:
            file = _opened(target, stack, overwrite=overwrite)
            written = _Counted(file)
            writer = plan.writer(written, named=named)
            work = partial(_to_chunks, plan, reading, named)
            for result in ordered_map(work, _tasks(sources), min(jobs, _count_tasks(sources))):
                if result.failures and not named:
                    raise _abort(result.failures[0], len(sources))
                for chunk in result.chunks:
                    writer.write(chunk)
                report.add(result)
                samples += result.samples
                if progress:
                    progress(result.sources + len(result.failures))
            if not report.images:
                raise _NothingDone
            writer.close()
    except _NothingDone:
        return report  # every input failed, as its failures tell
    report.outputs = [report.output]
    report.file_bytes = written.count
    report.present = int(isinstance(file, SameFile))
    report.inverted = not reading.invert and looks_inverted(plans, samples)
    return report


def _opened(target: Target, stack: ExitStack, *, overwrite: bool) -> Sink:
    if target.form is Form.STDOUT:
        return sys.stdout.buffer
    return stack.enter_context(result_file(target.path, overwrite=overwrite))


def _compress_each(
    sources: Sources,
    target: Target,
    plans: Sequence[Plan],
    reading: Reading,
    overwrite: bool,
    jobs: int,
    progress: Progress | None,
) -> CompressReport:
    beside = target.form is Form.BESIDE
    report = CompressReport("" if beside else str(target.path), failures=list(sources.failures))
    inputs = frozenset(
        os.path.realpath(path)
        for path in map(sources.path, range(len(sources)))
        if path.lower().endswith(ARCHIVE_SUFFIX)
    )
    writing = Writing(None if beside else target.path, overwrite, inputs)
    work = partial(_to_files, plans, reading, writing)
    used: set[int] = set()
    samples: list[tuple[Images, int]] = []
    for result in ordered_map(work, _tasks(sources), min(jobs, _count_tasks(sources))):
        report.add(result)
        used |= result.used
        samples += result.samples
        if progress:
            progress(result.sources + len(result.failures))
    if beside and len(report.outputs) == 1:
        report.output = report.outputs[0]
    report.plans = [plans[number] for number in sorted(used)]
    report.inverted = not reading.invert and looks_inverted(plans, samples)
    return report


def _check_target(sources: Sources, target: Path) -> None:
    """Raise OutputError where the target cannot be replaced at all, or is itself a source."""
    check_target(target, overwrite=True)
    for number, relative in enumerate(sources.relative):
        if relative.endswith(target.name):
            check_target(target, overwrite=True, source=Path(sources.path(number)))


def _abort(failure: Failure, inputs: int) -> AecodecError:
    """The error that ends a run without names, where the numbers of later images would shift."""
    error = failure.error.at(failure.path)
    if inputs == 1:
        return error
    detail = f"{error.detail.rstrip('.')}. Nothing was written: without names, later images shift"
    return type(error)(detail, error.path)


def _count_tasks(sources: Sources) -> int:
    return -(-len(sources) // CHUNK_IMAGES)


def _tasks(sources: Sources) -> Iterator[Task]:
    for start in range(0, len(sources), CHUNK_IMAGES):
        numbers = range(start, min(start + CHUNK_IMAGES, len(sources)))
        yield Task(
            [sources.path(i) for i in numbers],
            [sources.name(i) for i in numbers],
            sources.name(start - 1) if start else "",
            sources.stdin,
        )


def _sample(sources: Sources, reading: Reading, plans: int) -> Images:
    """Read the images by which plans are compared, if there is more than one.

    What fails is left out here and told when its turn comes.
    """
    numbers = sample(len(sources)) if plans > 1 else []
    paths = [sources.path(number) for number in numbers]
    images = read_task(Task(paths, paths, stdin=sources.stdin), reading)[1]
    return images[sample(len(images))]


def _to_chunks(plan: Plan, reading: Reading, named: bool, task: Task) -> TaskResult:
    """Code the images of some files for an archive."""
    files, images, failures = read_task(task, reading, named=named)
    result = TaskResult(
        sources=len(files), failures=failures, source_bytes=sum(file.size for file in files)
    )
    names = [name for file in files for name in file.names]
    paths = [file.path for file in files for _ in range(file.images)]
    order = sorted(range(len(names)), key=names.__getitem__) if named else range(len(names))
    for start in range(0, len(order), CHUNK_IMAGES):
        chosen = list(order[start : start + CHUNK_IMAGES])
        part = images[chosen]
        chunk, decoded = plan.encode(part, [names[i] for i in chosen] if named else ())
        result.chunks.append(chunk)
        result.count(plan, chunk, part, decoded, [paths[i] for i in chosen])
    return result


@dataclass(frozen=True)
class Writing:
    """How results are written: into a folder, or (None) beside their inputs."""

    folder: Path | None
    overwrite: bool
    inputs: frozenset[str]

    def path(self, file: ReadFile) -> Path:
        """The path of a file's result. Raises OutputError where it is an input."""
        name = native_path(file.name)[: -len(".png")] + ARCHIVE_SUFFIX
        if self.folder is not None:
            path = self.folder / name
        else:
            path = Path(file.path).with_name(name.rpartition("/")[2])
        if self.inputs and os.path.realpath(path) in self.inputs - {os.path.realpath(file.path)}:
            raise OutputError("is an input, which is never touched; choose another -o", path)
        return path


def _to_files(plans: Sequence[Plan], reading: Reading, writing: Writing, task: Task) -> TaskResult:
    """Code each of some files into a file of its own."""
    files, images, failures = read_task(task, reading)
    result = TaskResult(failures=failures)
    numbers, result.contest = choose_each(plans, images)
    end = 0
    for file in files:
        start, end = end, end + file.images
        number = max(sorted(set(numbers[start:end])), key=numbers[start:end].count)
        try:
            _to_file(plans[number], writing, file, images[start:end], result)
        except AecodecError as error:
            result.failures.append(Failure(file.path, error))
            continue
        result.used.add(number)
    return result


def _to_file(
    plan: Plan, writing: Writing, file: ReadFile, images: Images, result: TaskResult
) -> None:
    path = writing.path(file)
    buffer = io.BytesIO()
    writer = plan.writer(buffer)
    counts = []
    for start in range(0, len(images), CHUNK_IMAGES):
        part = images[start : start + CHUNK_IMAGES]
        chunk, decoded = plan.encode(part)
        writer.write(chunk)
        counts.append((chunk, part, decoded))
    writer.close()
    make_folder(path.parent)
    data = buffer.getvalue()
    source = None if file.path == STDIO else Path(file.path)
    written = write_result(path, data, overwrite=writing.overwrite, source=source)
    for chunk, part, decoded in counts:
        result.count(plan, chunk, part, decoded, [file.path] * len(part))
    result.outputs.append(str(path))
    result.present += not written
    result.sources += 1
    result.source_bytes += file.size
    result.file_bytes += len(data)


class _NothingDone(Exception):  # noqa: N818 - no error: it takes the temporary file away
    pass


class _Counted:
    """A binary file that is only written to, and counts the bytes."""

    def __init__(self, file: Sink) -> None:
        self._file = file
        self.count = 0

    def write(self, data: bytes) -> int:
        self.count += len(data)
        return self._file.write(data)
