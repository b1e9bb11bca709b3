"""An archive compared with its originals: whether it holds exactly those images."""

import heapq
import os
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.batch.aez_files import AezFile, decode_or_tell, each_chunk
from aecodec.batch.failure import Failure
from aecodec.batch.originals import Original, Originals, find_originals
from aecodec.batch.progress import Bar, Progress, no_bar
from aecodec.batch.reading import Reading
from aecodec.batch.verify import VerifyReport, check_whole
from aecodec.codec import CHUNK_IMAGES
from aecodec.distortion import mean_squared_error, squared_errors
from aecodec.errors import AecodecError
from aecodec.images import Images
from aecodec.storage import StrPath, to_path

MOST_LISTED = 1000  # of each sort; the counts go on

Pair = tuple[str, Images, Images]  # what an image is called, its original, and what was decoded


@dataclass(frozen=True, order=True)
class Difference:
    """An image that an archive does not hold exactly.

    Attributes:
        squared_error: The sum of squared differences, in grey levels.
        greatest: The greatest difference of a pixel, in grey levels.
        name: The image's name or, without names, its number from 0 and its file.
    """

    squared_error: int
    greatest: int
    name: str

    @property
    def mse(self) -> float:
        """Mean squared error a pixel on the [0, 1] scale."""
        return mean_squared_error(self.squared_error)


@dataclass
class Comparison(VerifyReport):
    """What the comparison of a file with its originals found.

    Attributes:
        against: What messages call the originals.
        lossy: Whether images differ, and the file has a model that loses something.
        by_name: Whether images were matched by their names; else by their order.
        originals: How many originals could be read.
        equal: How many of them the file holds, pixel for pixel.
        different: How many it holds with other pixels.
        missing: How many it does not hold, or cannot decode.
        extra: How many images it holds that are no originals.
        squared_error: The sum of squared differences of the different ones, in grey levels.
        worst: The different ones of the greatest errors, at most MOST_LISTED, the worst first.
        missing_names: The names of the first missing ones, at most MOST_LISTED.
        extra_names: The names of the first extra ones, at most MOST_LISTED.
        skipped: Originals that cannot be read, where the caller goes on without them.
    """

    against: str = ""
    lossy: bool = False
    by_name: bool = False
    originals: int = 0
    equal: int = 0
    different: int = 0
    missing: int = 0
    extra: int = 0
    squared_error: int = 0
    worst: list[Difference] = field(default_factory=list)
    missing_names: list[str] = field(default_factory=list)
    extra_names: list[str] = field(default_factory=list)
    skipped: list[Failure] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether the file holds exactly the originals: all were read, and all are equal."""
        return not (self.failures or self.different or self.missing or self.extra)

    @property
    def mse(self) -> float:
        """Mean squared error of the different images, a pixel on the [0, 1] scale."""
        return mean_squared_error(self.squared_error, self.different)


def verify_file(
    source: StrPath,
    against: StrPath | Sequence[StrPath] | NDArray[Any],
    *,
    model: str | None = None,
    recursive: bool = False,
    fit: bool = False,
    invert: bool = False,
    transpose: bool = False,
    split: str | None = None,
    images: str | None = None,
    skip_bad: bool = False,
    jobs: int = 1,
) -> Comparison:
    """Check that an .aez file holds exactly the images that it was made of.

    >>> from pathlib import Path
    >>> images = np.zeros((3, 28, 28), np.uint8)
    >>> _ = Path("zeros.aez").write_bytes(aecodec.compress(images, "classic", max_mse=0))
    >>> aecodec.verify_file("zeros.aez", images).exact
    True

    Args:
        source: The .aez file.
        against: What it was made of: image files and folders, data sets, or uint8 (N, 28, 28).
        model: A model to look at first: its name, id or file.
        recursive: Whether folders inside folders are entered.
        fit: As it was given to `compress_file`.
        invert: As it was given to `compress_file`.
        transpose: As it was given to `compress_file`.
        split: Of a data set only `train`, `validation` or `test`.
        images: Of a data set, the key or column of the images.
        skip_bad: Whether to go on without originals that cannot be read.
        jobs: How many workers decode.

    Returns:
        What is equal, and what differs by how much. Originals that cannot be read, and damage,
        are in its `failures`.

    Raises:
        InvalidArgumentError: A data set stands beside something else.
        MissingFileError: There is no such original.
        InvalidImageError: The originals are no images.
    """
    path = to_path(source)
    file = AezFile(path, str(path), path.name, str(path))
    meant: Sequence[str] | NDArray[Any]
    if isinstance(against, np.ndarray):
        meant = against
    else:
        paths = [against] if isinstance(against, str | os.PathLike) else against
        meant = [os.fspath(one) for one in paths]
    originals = find_originals(
        meant,
        Reading(fit, invert, transpose, split, images),
        recursive=recursive,
        skip_bad=skip_bad,
    )
    return compare(file, originals, model, skip_bad=skip_bad, jobs=jobs)


def compare(
    file: AezFile,
    originals: Originals,
    model: str | None = None,
    *,
    skip_bad: bool = False,
    jobs: int = 1,
    bar: Bar = no_bar,
) -> Comparison:
    """Check a file as `verify_one` does, and compare it with its originals.

    Images are matched by their names where both sides have names, else by their order. Both sides
    are read a chunk at a time, however many they are.

    Args:
        file: The file.
        originals: What it should hold.
        model: A model to look at first.
        skip_bad: Go on without originals that cannot be read. Otherwise they are failures.
        jobs: How many processes decode.
        bar: Makes a progress bar of a number of images.

    Returns:
        What is equal and what is not. Damage is in its failures.
    """
    report = Comparison(file.name, against=originals.label)
    try:
        with file.open(model) as archive:
            _ = archive.coders  # a missing model ends it before anything is read
            report.images = len(archive)
            report.by_name = archive.named and originals.named
            check_whole(file, archive, report)
            with bar(len(archive)) as progress:
                parts = _decoded(file, archive, model, jobs, report.failures, progress)
                wanted = originals.each(named=report.by_name)
                if not report.by_name and skip_bad:
                    wanted = (original for original in wanted if original[1] is not None)
                join = _by_name if report.by_name else _by_order
                _count(report, join(wanted, parts, report))
            if report.different:
                report.lossy = not all(coder.lossless for coder in archive.coders)
    except AecodecError as error:
        report.failures.append(Failure(file.name, error))
    (report.skipped if skip_bad else report.failures).extend(originals.failures)
    report.worst.sort(reverse=True)
    return report


def _decoded(
    file: AezFile,
    archive: Archive,
    model: str | None,
    jobs: int,
    failures: MutableSequence[Failure],
    progress: Progress | None,
) -> Iterator[Original]:
    """The images of a file with their names; those of a damaged chunk have none, nor pixels."""
    chunks = range(archive.chunks)
    for number, part in enumerate(each_chunk(decode_or_tell, chunks, file, archive, model, jobs)):
        first, end = archive.span(number)
        if isinstance(part, AecodecError):
            failures.append(Failure(file.name, part))
            yield from (("", None) for _ in range(first, end))
        else:
            yield from zip(*part, strict=True)
        if progress:
            progress(end - first)


def _by_name(
    wanted: Iterable[Original], decoded: Iterator[Original], report: Comparison
) -> Iterator[Pair]:
    """Match images by their names, which ascend on both sides."""
    sound = ((name, image) for name, image in decoded if image is not None)
    name, image = next(sound, (None, None))
    for original, pixels in wanted:
        while name is not None and name < original:
            _note_extra(report, name)
            name, image = next(sound, (None, None))
        if name != original:
            if pixels is not None:
                _note_missing(report, original)
            continue
        if image is not None and pixels is not None:
            yield original, pixels, image
        name, image = next(sound, (None, None))
    while name is not None:
        _note_extra(report, name)
        name, image = next(sound, (None, None))


def _by_order(
    wanted: Iterable[Original], decoded: Iterator[Original], report: Comparison
) -> Iterator[Pair]:
    """Match images by their order. A file that cannot be read holds the place of one image."""
    nothing = (None, None)
    for number, (original, member) in enumerate(zip_longest(wanted, decoded, fillvalue=nothing)):
        (name, pixels), (known, image) = original, member
        label = str(number) if name in (None, str(number)) else f"{number} ({name})"
        if name is None:
            _note_extra(report, known or label)
        elif pixels is not None and image is None:
            _note_missing(report, label)
        elif pixels is not None and image is not None:
            yield label, pixels, image


def _note_extra(report: Comparison, name: str) -> None:
    report.extra += 1
    if len(report.extra_names) < MOST_LISTED:
        report.extra_names.append(name)


def _note_missing(report: Comparison, name: str) -> None:
    report.originals += 1
    report.missing += 1
    if len(report.missing_names) < MOST_LISTED:
        report.missing_names.append(name)


def _count(report: Comparison, pairs: Iterator[Pair]) -> None:
    """Compare pairs, many at a time, and keep the worst."""
    while block := list(islice(pairs, CHUNK_IMAGES)):
        names, wanted, found = zip(*block, strict=True)
        _count_block(report, names, np.stack(wanted), np.stack(found))


def _count_block(report: Comparison, names: Sequence[str], wanted: Images, found: Images) -> None:
    report.originals += len(names)
    errors = squared_errors(wanted, found)
    greatest = np.abs(wanted.astype(np.int16) - found).max((1, 2))
    different = np.flatnonzero(errors).tolist()
    report.equal += len(names) - len(different)
    report.different += len(different)
    report.squared_error += int(errors.sum())
    for number in different:
        one = Difference(int(errors[number]), int(greatest[number]), names[number])
        if len(report.worst) < MOST_LISTED:
            heapq.heappush(report.worst, one)
        else:
            heapq.heappushpop(report.worst, one)
