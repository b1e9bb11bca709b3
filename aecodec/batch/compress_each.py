"""Each of some image files into an .aez file of its own."""

import io
from functools import partial
from pathlib import Path
from typing import NamedTuple

from aecodec.batch.failure import Failure
from aecodec.batch.reading import FileTask, ReadFile, Reading, read_task
from aecodec.batch.reports import CompressReport, TaskResult
from aecodec.batch.sinks import make_folder, write_result
from aecodec.batch.stdio import STDIO
from aecodec.batch.target import ARCHIVE_SUFFIX, Form, Target
from aecodec.batch.work import CompressWork
from aecodec.errors import AecodecError, OutputError
from aecodec.files import native_path, real
from aecodec.images import Images
from aecodec.selection import Plan
from aecodec.storage import to_path


def compress_each(work: CompressWork, target: Target) -> CompressReport:
    """Compress each file into one of its own.

    Args:
        work: The files.
        target: A folder, or beside the files.
    """
    beside = target.form is Form.BESIDE
    sources = work.sources
    report = CompressReport("" if beside else str(target.path), failures=list(sources.failures))
    report.plan = work.plan
    inputs = frozenset(
        real(path)
        for path in map(sources.path, range(len(sources)))
        if path.lower().endswith(ARCHIVE_SUFFIX)
    )
    writing = Writing(None if beside else target.path, work.overwrite, inputs)
    for _ in work.results(partial(_to_files, work.plan, work.reading, writing), report):
        pass  # the report has counted it
    if beside and len(report.outputs) == 1:
        report.output = report.outputs[0]
    return report


class Writing(NamedTuple):
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
            path = to_path(file.path).with_name(name.rpartition("/")[2])
        if self.inputs and real(path) in self.inputs - {real(file.path)}:
            raise OutputError("is an input, which is never touched; choose another -o", path)
        return path


def _to_files(plan: Plan, reading: Reading, writing: Writing, task: FileTask) -> TaskResult:
    """Code each of some files into a file of its own."""
    files, images, failures = read_task(task, reading)
    result = TaskResult(failures=failures)
    end = 0
    for file in files:
        start, end = end, end + file.images
        try:
            _to_file(plan, writing, file, images[start:end], result)
        except AecodecError as error:
            result.failures.append(Failure(file.path, error))
    return result


def _to_file(
    plan: Plan, writing: Writing, file: ReadFile, images: Images, result: TaskResult
) -> None:
    path = writing.path(file)
    buffer = io.BytesIO()
    writer = plan.writer(buffer)
    counts = []
    for start in range(0, len(images), plan.chunk_images):
        part = images[start : start + plan.chunk_images]
        chunk, decoded = plan.encode(part)
        writer.write(chunk)
        counts.append((chunk, part, decoded))
    writer.close()
    make_folder(path.parent)
    data = buffer.getvalue()
    source = None if file.path == STDIO else to_path(file.path)
    written = write_result(path, data, overwrite=writing.overwrite, source=source)
    for chunk, part, decoded in counts:
        result.count(plan, chunk, part, decoded, [file.path] * len(part))
    result.outputs.append(str(path))
    result.present += not written
    result.sources += 1
    result.source_bytes += file.size
    result.file_bytes += len(data)
