""".aez files into PNG files or a data set: one image into a file, an archive into a folder."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

from aecodec.archive import Archive
from aecodec.batch.aez_files import (
    AezFile,
    AezFiles,
    each_chunk,
    each_chunks_names,
    read_or_tell,
)
from aecodec.batch.data_out import data_target, not_kept, write_data_set
from aecodec.batch.failure import Failure
from aecodec.batch.image_folder import (
    ImageFolder,
    Outcome,
    Replace,
    decoded_png,
    original_png,
    write_image,
)
from aecodec.batch.image_places import ImagePlaces
from aecodec.batch.progress import Bar, no_bar
from aecodec.batch.sinks import make_folder
from aecodec.batch.stdio import STDIO
from aecodec.batch.taken_places import TakenPlaces
from aecodec.batch.target import Form, decompress_target
from aecodec.batch.wanted import ChunkTask, Selection, Wanted, find_wanted
from aecodec.container import Chunk
from aecodec.errors import (
    AecodecError,
    CorruptFileError,
    InvalidArgumentError,
    located,
)
from aecodec.images import Images
from aecodec.storage import StrPath


@dataclass
class DecompressReport:
    """What a decompression did.

    Attributes:
        output: The file or folder of the results, `-` for standard output.
        images: How many images were written.
        present: How many images were there already, and were left as they were.
        without: How many were left out, since they are not coded by an original.
        replaced: How many of the written ones took the place of a file that this program had not
            written, as the caller had asked for.
        file_bytes: The size of the written PNG files.
        failures: What could not be done, an entry for each chunk or file.
        notes: What has no place in the results, a sentence each.
    """

    output: str
    images: int = 0
    present: int = 0
    replaced: int = 0
    without: int = 0
    file_bytes: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome, size: int) -> None:
        """Count an image that was dealt with, and the size of its file in bytes."""
        if outcome is Outcome.PRESENT:
            self.present += 1
        else:
            self.images += 1
            self.file_bytes += size
            self.replaced += outcome is Outcome.REPLACED

    def merge(self, other: "DecompressReport") -> None:
        """Add what another report counts."""
        self.images += other.images
        self.present += other.present
        self.replaced += other.replaced
        self.without += other.without
        self.file_bytes += other.file_bytes
        self.failures += other.failures


@dataclass(frozen=True)
class Settings:
    """How .aez files are decompressed.

    Attributes:
        output: Where to, as the user named it; None is beside the inputs.
        model: A model to look at first.
        overwrite: Whether to replace files that this program has written; those of others too
            in a place that `output` names.
        jobs: How many processes to use.
        selection: The images to take.
        originals: Whether to write, in place of the images, the black-and-white originals that
            they are coded by.
    """

    output: StrPath | None = None
    model: str | None = None
    overwrite: bool = False
    jobs: int = 1
    selection: Selection = Selection()  # noqa: RUF009 - frozen
    originals: bool = False


def decompress_all(
    found: AezFiles, settings: Settings, bar: Bar = no_bar
) -> list[DecompressReport]:
    """Decompress files. Those that fail are in the reports, and the others are done.

    Args:
        found: The files, and what was not found.
        settings: What to do with them.
        bar: Makes a progress bar of a total.

    Returns:
        A report for each file, and one for each input that was not found.

    Raises:
        AecodecError: As `decompress_one`, where there is one input, a file.
        InvalidArgumentError: Names of images are given for several files, or the output does not
            fit the inputs.
    """
    names = settings.selection.names
    if names and len(found.files) != 1:
        raise InvalidArgumentError(
            f"{names[0]!r} is taken for the name of an image: give one .aez file before it"
        )
    if found.lone:
        return [decompress_one(found.files[0], settings, bar)]
    if settings.output is None and any(file.given == STDIO for file in found.files):
        raise InvalidArgumentError("With '-' among several inputs, say with -o where they go")
    reports = [DecompressReport(f.path, failures=[f]) for f in found.failures]
    places = TakenPlaces(found.files)
    with bar(len(found.files)) as progress:
        for file in found.files:
            try:
                report = decompress_one(file, settings, places=places)
            except InvalidArgumentError:
                raise  # it would be the same for every file
            except AecodecError as error:
                report = DecompressReport(file.name, failures=[Failure(file.name, error)])
            reports.append(report)
            if progress:
                progress(1)
    return reports


def decompress_one(
    file: AezFile, settings: Settings, bar: Bar = no_bar, places: TakenPlaces | None = None
) -> DecompressReport:
    """Decompress one file. Damage costs the chunk that it is in and is in the report.

    Args:
        file: The file.
        settings: What to do with it.
        bar: Makes a progress bar of a total.
        places: Where the results of the batch go that it belongs to, if there is one.

    Returns:
        What was done.

    Raises:
        AecodecError: As `aecodec.open`; OutputError and UnsafeNameError for the results.
    """
    with file.open(settings.model) as archive, located(file.name):
        wanted = find_wanted(archive, settings.selection)
        if (path := data_target(settings.output)) is not None:
            return _data_set(file, archive, path, wanted, settings, bar, alone=places is None)
        target = decompress_target(
            str(file.path) if file.given != STDIO else STDIO,
            settings.output,
            single=wanted.images == 1 or bool(settings.selection.names and not wanted.images),
            alone=len(archive) == 1 and not archive.named and not archive.damage,
            below=file.relative if places else None,
        )
        if places:
            places.take(target.path, file)
        replace = Replace.NOTHING
        if settings.overwrite:
            replace = Replace.ANYTHING if target.named else Replace.DECODED
        report = DecompressReport(str(target.path), failures=wanted.missing)
        _ = archive.coders  # an unknown model ends the run before anything is written
        if wanted.missing and not wanted.images:
            return report
        if archive.damage:
            report.failures.append(Failure(file.name, CorruptFileError(archive.damage)))
        if target.form is not Form.FOLDER:
            _single(file, archive, target.path, replace, wanted, settings, report)
            return report
        into = ImagePlaces(archive, settings.selection)
        report.notes = not_kept(archive, into, settings.selection)
        # an archive that would write a file twice is refused before it writes one
        folder = ImageFolder(target.path, replace, file.path)
        chunks = each_chunks_names(archive) if archive.named else ()
        names = (name for _, names in chunks for name in names)
        folder.check_distinct(chain(into.folders.values(), names))
        ends = file.path.absolute(), target.path.absolute()
        work = partial(_write_chunk, *ends, replace, settings)
        with bar(wanted.images) as progress:
            parts = each_chunk(work, wanted.tasks, file, archive, settings.model, settings.jobs)
            for part in parts:
                report.merge(part)
                if progress:
                    progress(part.images + part.present + part.without)
        return report


def _data_set(
    file: AezFile,
    archive: Archive,
    path: Path,
    wanted: Wanted,
    settings: Settings,
    bar: Bar,
    *,
    alone: bool,
) -> DecompressReport:
    """Write the images that are wanted into one data set."""
    if settings.originals:
        raise InvalidArgumentError(
            f"-o {path.name} is a data set of images; name a folder for their originals"
        )
    if not alone:
        raise InvalidArgumentError(
            f"-o {path.name} is a data set of the images of one .aez file; name a folder instead"
        )
    report = DecompressReport(str(path), failures=wanted.missing)
    _ = archive.coders  # an unknown model ends the run before anything is written
    if wanted.missing and not wanted.images:
        return report
    with bar(wanted.images) as progress:
        size, present = write_data_set(
            file,
            archive,
            wanted.numbers(archive),
            path,
            overwrite=settings.overwrite,
            model=settings.model,
            jobs=settings.jobs,
            progress=progress,
        )
    report.notes = not_kept(archive, path, settings.selection)
    if present:
        report.present = wanted.images
    else:
        report.images, report.file_bytes = wanted.images, size
    return report


def _single(
    file: AezFile,
    archive: Archive,
    path: Path,
    replace: Replace,
    wanted: Wanted,
    settings: Settings,
    report: DecompressReport,
) -> None:
    """Write one image, or its original, into a file, or to standard output."""
    ((number, places),) = wanted.tasks
    place, original = places[0] if places else 0, settings.originals
    image = _pictures(archive, archive.read_chunk(number), original)[place]
    if image is None:
        report.without += 1
    elif str(path) != STDIO:
        make_folder(path.parent)
        report.add(*write_image(path, image, replace, file.path, original=original))
    else:
        data = original_png(image) if original else decoded_png(image)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        report.add(Outcome.WRITTEN, len(data))


def _pictures(archive: Archive, chunk: Chunk, originals: bool) -> Sequence[Images | None]:
    """The images of a chunk, or their black-and-white originals; None for those without one."""
    if not originals:
        return list(archive.decode(chunk))
    return archive.coded(chunk).originals(archive.coders)


def _write_chunk(
    source: Path,
    target: Path,
    replace: Replace,
    settings: Settings,
    archive: Archive,
    task: ChunkTask,
) -> DecompressReport:
    report = DecompressReport(str(target))
    number, places = task
    into = ImagePlaces(archive, settings.selection)
    originals = settings.originals
    decoded = read_or_tell(
        archive, number, lambda chunk: (into(number, chunk), _pictures(archive, chunk, originals))
    )
    if isinstance(decoded, AecodecError):
        report.failures.append(Failure(str(archive.path), decoded))
        return report
    names, pictures = decoded[1]
    folder = ImageFolder(target, replace, source)
    for place in range(len(pictures)) if places is None else places:
        picture = pictures[place]
        if picture is None:
            report.without += 1
            continue
        try:
            report.add(*folder.write(names[place], picture, original=originals))
        except AecodecError as error:
            report.failures.append(Failure(str(target / names[place]), error))
    return report
