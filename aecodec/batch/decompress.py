""".aez files into PNG files: one image into a file, an archive into a folder."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from aecodec.archive import Archive, open_archive
from aecodec.batch.failure import Failure
from aecodec.batch.parallel import ordered_map
from aecodec.batch.sinks import OutputFolder, atomic_file, make_folder
from aecodec.container.names import check_order
from aecodec.errors import AecodecError, CorruptFileError
from aecodec.images import Images, png_bytes

Progress = Callable[[int], None]


@dataclass
class DecompressReport:
    """What a decompression did."""

    output: str
    images: int = 0
    file_bytes: int = 0
    failures: list[Failure] = field(default_factory=list)


@dataclass
class Part:
    """What a worker made of one chunk."""

    images: int = 0
    file_bytes: int = 0
    failures: list[Failure] = field(default_factory=list)


Work = Callable[[Path, Archive, int], Part]
Parts = Iterator[Part]


def decompress_folder(
    source: Path,
    target: Path,
    model: str | None = None,
    *,
    overwrite: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> DecompressReport:
    """Decompress an archive into a folder of PNG files, under their names or numbers.

    Damage costs the chunk it is in and is reported, the others are written.
    Raises as `archive.open_archive`, OutputError and UnsafeNameError.
    """
    report = DecompressReport(str(target))
    with open_archive(source, model) as archive:
        _ = archive.coders  # an unknown model ends the run before anything is written
        if archive.damage:
            report.failures.append(Failure(str(source), CorruptFileError(archive.damage)))
        folder = OutputFolder(target, overwrite=overwrite)
        # an archive that would write a file twice is refused before it writes one
        deque(folder.distinct(_readable_names(archive) if archive.named else ()), maxlen=0)
        digits = max(6, len(str(len(archive) - 1)))
        work = partial(_write_chunk, target, overwrite, digits)
        for part in each_chunk(work, source, archive, model, jobs):
            report.images += part.images
            report.file_bytes += part.file_bytes
            report.failures += part.failures
            if progress:
                progress(part.images)
    return report


def each_chunk(work: Work, source: Path, archive: Archive, model: str | None, jobs: int) -> Parts:
    """Do `work` on each chunk of an archive, in their order, in `jobs` processes.

    A process reads the index once, however many chunks it does.
    """
    if jobs <= 1 or archive.chunks <= 1:
        yield from (work(source, archive, number) for number in range(archive.chunks))
        return
    task = partial(_in_worker, work, source, model)
    yield from ordered_map(task, range(archive.chunks), min(jobs, archive.chunks))


def _in_worker(work: Work, source: Path, model: str | None, number: int) -> Part:
    return work(source, _workers_archive(source, model), number)


@lru_cache(maxsize=1)
def _workers_archive(source: Path, model: str | None) -> Archive:
    """The archive that a worker serves; it ends with it, so what is kept is never outdated."""
    return open_archive(source, model)


def check_names(source: Path, archive: Archive) -> list[Failure]:
    """Check that an archive's names ascend from its first chunk to its last."""
    try:
        deque(_readable_names(archive) if archive.named else (), maxlen=0)
    except CorruptFileError as error:
        return [Failure(str(source), error)]
    return []


def _readable_names(archive: Archive) -> Iterator[str]:
    before = ""
    for number in range(archive.chunks):
        try:
            names = archive.chunk_names(number)
        except AecodecError:
            continue  # told when the chunk is decoded
        check_order(before, names)
        before = names[-1]
        yield from names


def _decode(
    source: Path, archive: Archive, number: int
) -> tuple[int, tuple[str, ...], Images] | Failure:
    """Decode one chunk: its first image's number, names and images, or what is wrong."""
    first, end = archive.span(number)
    try:
        chunk = archive.read_chunk(number)
        return first, chunk.names, archive.decode(chunk)
    except AecodecError as error:
        text = f"images {first} to {end - 1} are lost: {error.detail}"
        return Failure(str(source), type(error)(text, source))


def check_chunk(source: Path, archive: Archive, number: int) -> Part:
    """Decode one chunk and check its bytes and pixels, writing nothing."""
    decoded = _decode(source, archive, number)
    if isinstance(decoded, Failure):
        return Part(failures=[decoded])
    return Part(len(decoded[2]))


def _write_chunk(
    target: Path, overwrite: bool, digits: int, source: Path, archive: Archive, number: int
) -> Part:
    decoded = _decode(source, archive, number)
    if isinstance(decoded, Failure):
        return Part(failures=[decoded])
    first, names, images = decoded
    part = Part()
    folder = OutputFolder(target, overwrite=overwrite, source=source)
    for offset, image in enumerate(images):
        name = names[offset] if names else f"{first + offset:0{digits}}.png"
        data = png_bytes(image)
        try:
            folder.write(name, data)
        except AecodecError as error:
            part.failures.append(Failure(name, error))
            continue
        part.images += 1
        part.file_bytes += len(data)
    return part


def decompress_single(
    source: Path, target: Path | None, model: str | None = None, *, overwrite: bool = False
) -> DecompressReport:
    """Decompress a file of one image into a PNG file (None: standard output).

    Raises as `archive.open_archive`, CorruptFileError and DecodingError naming the file,
    and OutputError.
    """
    with open_archive(source, model) as archive:
        data = png_bytes(archive[0])
    if target is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        make_folder(target.parent)
        with atomic_file(target, overwrite=overwrite, source=source) as file:
            file.write(data)
    return DecompressReport(str(target or "-"), 1, len(data))
