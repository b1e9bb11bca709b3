"""Image files into one archive."""

import sys
from contextlib import ExitStack
from pathlib import Path

from aecodec.batch.coding import Coding
from aecodec.batch.elsewhere import elsewhere
from aecodec.batch.failure import Failure
from aecodec.batch.reports import CompressReport, TaskResult
from aecodec.batch.sinks import SameFile, check_target, make_folder, result_file
from aecodec.batch.sources import Sources
from aecodec.batch.target import Form, Target
from aecodec.batch.work import CompressWork, parts_folder
from aecodec.container import Sink
from aecodec.errors import AecodecError
from aecodec.storage import to_path


def compress_archive(work: CompressWork, target: Target, *, named: bool) -> CompressReport:
    """Compress files into one archive.

    Args:
        work: The files.
        target: An .aez file or standard output.
        named: Whether the archive keeps names. If so, files that fail are left out and reported,
            and where all do nothing is written.

    Raises:
        AecodecError: Without names, a file failed.
        OutputError: The archive exists and differs, or cannot be written.
    """
    sources = work.sources
    report = CompressReport(str(target.path), failures=list(sources.failures))
    check_found(work, named=named)
    if target.form is Form.ARCHIVE:
        _check_target(sources, target.path)
        make_folder(target.path.parent)
    plan = report.plan = work.plan
    try:
        with ExitStack() as stack:
            file = _opened(target, stack, overwrite=work.overwrite)
            written = _Counted(file)
            writer = plan.writer(written, named=named, extras=sources.extras)
            for result in work.results(Coding(plan, work.reading, named), report):
                check_done(result, work, named=named)
                for chunk in result.chunks:
                    writer.write(chunk)
            if not report.images:
                raise _NothingDone
            writer.close(sources.splits(report.splits))
    except _NothingDone:
        _tell_written(report)
        return report  # every input failed, as its failures tell
    _tell_written(report)
    report.outputs = [report.output]
    report.file_bytes = written.count
    report.present = int(isinstance(file, SameFile))
    return report


def _opened(target: Target, stack: ExitStack, *, overwrite: bool) -> Sink:
    if target.form is Form.STDOUT:
        return sys.stdout.buffer
    return stack.enter_context(result_file(target.path, overwrite=overwrite))


def _tell_written(report: CompressReport) -> None:
    """Let other machines, where they did the work, remove what a resumed run would need."""
    if (place := elsewhere()) is not None:
        place.tidy(parts_folder(report.output))


def _check_target(sources: Sources, target: Path) -> None:
    """Raise OutputError where the target cannot be replaced at all, or is itself a source."""
    check_target(target, overwrite=True)
    for number, relative in enumerate(sources.relative):
        if relative.endswith(target.name):
            check_target(target, overwrite=True, source=to_path(sources.path(number)))


def check_found(work: CompressWork, *, named: bool) -> None:
    """Raise AecodecError where an input of an archive without names was not found."""
    failures = work.sources.failures
    if failures and not named and not work.reading.skip_bad:
        raise _abort(failures[0], len(work.sources) + len(failures))


def check_done(result: TaskResult, work: CompressWork, *, named: bool) -> None:
    """Raise AecodecError where an image of an archive without names failed."""
    if result.failures and not named and not work.reading.skip_bad:
        raise _abort(result.failures[0], len(work.sources))


def _abort(failure: Failure, inputs: int) -> AecodecError:
    """The error that ends a run without names, where the numbers of later images would shift."""
    error = failure.error.at(failure.path)
    if inputs == 1:
        return error
    text = "Nothing was written: without names, later images shift"
    return error.followed_by(f"{text}; --skip-bad goes on all the same")


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
