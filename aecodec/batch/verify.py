"""Checking .aez files: every checksum, and that every image decodes to the pixels encoded."""

from collections import deque
from dataclasses import dataclass, field

from aecodec.archive import Archive
from aecodec.batch.aez_files import (
    AezFile,
    AezFiles,
    decode_or_tell,
    each_chunk,
    each_chunks_names,
    lost,
)
from aecodec.batch.failure import Failure
from aecodec.batch.progress import Bar, no_bar
from aecodec.errors import AecodecError, CorruptFileError, UnknownModelError


@dataclass
class VerifyReport:
    """What the check of a file found.

    Attributes:
        path: The file.
        images: How many images it holds, or 0 where it cannot be opened.
        failures: What is wrong with it; nothing where all is well.
    """

    path: str
    images: int = 0
    failures: list[Failure] = field(default_factory=list)


def verify_all(
    found: AezFiles, model: str | None = None, jobs: int = 1, bar: Bar = no_bar
) -> list[VerifyReport]:
    """Check several files.

    Args:
        found: The files, and what was not found.
        model: A model to look at first.
        jobs: How many processes to use.
        bar: Makes a progress bar of a total.

    Returns:
        A report for each input that was not found, and one for each file.
    """
    reports = [VerifyReport(failure.path, failures=[failure]) for failure in found.failures]
    many = len(found.files) > 1
    with bar(len(found.files)) as progress:
        for file in found.files:
            reports.append(verify_one(file, model, jobs, no_bar if many else bar))
            if progress:
                progress(1)
    return reports


def verify_one(
    file: AezFile, model: str | None = None, jobs: int = 1, bar: Bar = no_bar
) -> VerifyReport:
    """Check one file. Arguments and report as of `verify_all`."""
    report = VerifyReport(file.name)
    try:
        with file.open(model) as archive:
            check = check_chunk
            try:
                _ = archive.coders
            except UnknownModelError as unknown:  # its bytes can be checked without
                report.failures.append(Failure(file.name, unknown))
                check = check_bytes
            report.images = len(archive)
            check_whole(file, archive, report)
            with bar(len(archive)) as progress:
                chunks = range(archive.chunks)
                for number, error in each_chunk(check, chunks, file, archive, model, jobs):
                    if error is not None:
                        report.failures.append(Failure(file.name, error))
                    elif progress:
                        first, end = archive.span(number)
                        progress(end - first)
    except AecodecError as error:
        report.failures.append(Failure(file.name, error))
    return report


def check_whole(file: AezFile, archive: Archive, report: VerifyReport) -> None:
    """Check what no chunk tells: the file as a whole, splits and metadata, the order of names."""
    if archive.damage:
        report.failures.append(Failure(file.name, CorruptFileError(archive.damage)))
    for check in (_check_names, _check_extras):
        try:
            check(archive)
        except AecodecError as error:
            report.failures.append(Failure(file.name, error))


def _check_names(archive: Archive) -> None:
    if archive.named:
        deque(each_chunks_names(archive), maxlen=0)


def _check_extras(archive: Archive) -> None:
    _ = archive.split_runs, archive.metadata  # both are read at once, with what later versions add


def check_bytes(archive: Archive, number: int) -> tuple[int, AecodecError | None]:
    """Read one chunk without decoding it. Returns as `check_chunk`."""
    try:
        archive.read_chunk(number)
    except AecodecError as error:
        return number, lost(archive, number, error)
    return number, None


def check_chunk(archive: Archive, number: int) -> tuple[int, AecodecError | None]:
    """Decode one chunk, and return its number and what is wrong with it."""
    decoded = decode_or_tell(archive, number)
    return number, decoded if isinstance(decoded, AecodecError) else None
