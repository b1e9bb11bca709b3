"""More images into an archive, which is replaced in one step."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from aecodec.archive import Archive, open_path
from aecodec.arrays import compress_by
from aecodec.batch.compress import compress_all
from aecodec.batch.joining import write_merged
from aecodec.batch.like import plan_like
from aecodec.batch.merging import KEEP, MERGE, NONE, JoinOptions, Merged
from aecodec.batch.progress import Bar, no_bar
from aecodec.batch.reading import Reading
from aecodec.batch.repack import ArchiveReport
from aecodec.batch.reports import CompressReport
from aecodec.batch.sinks import atomic_file
from aecodec.batch.target import Form, Target
from aecodec.codec import CHUNK_IMAGES
from aecodec.container import ContainerWriter, Extras, Label, LabelType, Split
from aecodec.distortion import squared_error_bound
from aecodec.errors import InvalidArgumentError
from aecodec.files import real
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.labels import class_titles, matched
from aecodec.selection import Plan, make_plan
from aecodec.storage import StrPath, to_path, version


@dataclass(frozen=True)
class Additions:
    """How images are added to an archive.

    Attributes:
        level: See `aecodec.compress`, as for `model`, `effort`, `max_mse` and `min_psnr`; where
            none of them is given, as the archive itself is coded.
        label: The label of all new images, or None.
        split: The split that all new images belong to, or None.
    """

    level: str | None = None
    model: str | None = None
    effort: int = DEFAULT_EFFORT
    max_mse: float | None = None
    min_psnr: float | None = None
    label: str | int | None = None
    split: str | None = None

    def plan(self, archive: Archive) -> Plan:
        """How the new images are coded. Raises as `plan_like` and `make_plan`."""
        if archive.in_parts:
            raise InvalidArgumentError(
                "is an archive in parts; make it one file with 'aecodec join', and append to that",
                archive.path,
            )
        bound = squared_error_bound(self.max_mse, self.min_psnr)
        if self.level is None and self.model is None and bound is None:
            plan = plan_like(archive, self.effort)
        else:
            embed = any(body for _, body in archive.models)
            plan = make_plan(self.level, self.model, self.effort, bound, embed=embed)
        return plan.with_chunks(min(_chunk_images(archive), CHUNK_IMAGES))


def append(
    target: StrPath,
    images: NDArray[Any],
    *,
    names: Sequence[str] | None = None,
    labels: NDArray[Any] | Sequence[int | str] | None = None,
    split: str | None = None,
    level: str | None = None,
    model: str | None = None,
    effort: int = DEFAULT_EFFORT,
    max_mse: float | None = None,
    min_psnr: float | None = None,
) -> ArchiveReport:
    """Append images to an .aez file. Its own images are not coded again.

    The archive is written beside its place and renamed: an interrupted run leaves it as it was.

    Args:
        target: The archive.
        images: As for `compress`.
        names: One for each image where the archive has names. They are stored in its order.
        labels: One for each image where the archive has labels; integers may be of another type.
        split: The split that they belong to, where the archive has splits.
        level: See `compress`. Where no level, model or bound is given, the images are coded as
            those of the archive are.
        model: See `compress`.
        effort: See `compress`.
        max_mse: See `compress`.
        min_psnr: See `compress`.

    Returns:
        What the archive is now.

    Raises:
        MissingFileError: There is no such archive.
        CorruptFileError: It is damaged.
        InvalidArgumentError: Names, labels or splits do not fit it, a name is there already, or
            it does not say how new images are to be coded.
        InvalidImageError: The images have another shape or type.
        UnknownModelError: A model of it is not installed.
        OutputError: It cannot be replaced, or changed meanwhile.
    """
    additions = Additions(level, model, effort, max_mse, min_psnr, None, split)
    with tempfile.TemporaryDirectory(prefix="aecodec-") as folder:
        added = Path(folder, "added.aez")
        with open_path(to_path(target)) as archive:
            plan = additions.plan(archive)
        added.write_bytes(compress_by(plan, images, names, labels))
        return _append(to_path(target), added, "the new images", additions)


def append_files(
    target: StrPath,
    inputs: Sequence[str],
    additions: Additions = Additions(),
    reading: Reading = Reading(),  # noqa: B008 - frozen
    *,
    recursive: bool = False,
    jobs: int = 1,
    bar: Bar = no_bar,
) -> tuple[ArchiveReport, CompressReport]:
    """Append image files, folders of them, or data sets to an .aez file; see `append`.

    Args:
        target: The archive.
        inputs: What `compress_all` takes, without standard input.
        additions: How they are coded, and what is known about them.
        reading: How they are read.
        recursive: Whether folders in folders are entered.
        jobs: How many processes to use.
        bar: Makes a progress bar.

    Returns:
        What the archive is now, and what became of the inputs. Images that failed are in its
        `failures`; without names the first one ends the run, and nothing is appended, unless
        `reading.skip_bad` is set.

    Raises:
        AecodecError: As `append` and `compress_all`.
    """
    path = to_path(target)
    with tempfile.TemporaryDirectory(prefix="aecodec-") as folder:
        added = Path(folder, "added.aez")
        with open_path(path) as archive:
            plan, named = additions.plan(archive), archive.named
            reading = reading._replace(classes=tuple(archive.class_names.values()))
        group = (list(inputs), Target(Form.ARCHIVE, added))
        (report,) = compress_all(
            [group], plan, reading, recursive=recursive, names=named, jobs=jobs, bar=bar
        )
        if not report.images:
            return ArchiveReport(str(path), file_bytes=path.stat().st_size), report
        return _append(path, added, ", ".join(inputs), additions), report


def _append(path: Path, added: Path, name: str, additions: Additions) -> ArchiveReport:
    """Join an archive and one of the images that are added to it, in the first one's place."""
    path = to_path(real(path))  # a link goes on leading to it
    report = ArchiveReport(str(path))
    with atomic_file(path, overwrite=True, known=version(path)) as file, ExitStack() as stack:
        archive = stack.enter_context(open_path(path))
        new = stack.enter_context(open_path(added, name=name))
        fitted = added.with_name("fitted.aez")
        _fit(archive, new, fitted, additions, report)
        new = stack.enter_context(open_path(fitted, name=name))
        splits = MERGE if archive.split_runs else NONE
        options = JoinOptions(KEEP, splits, archive.label_type is not None)
        write_merged(Merged([archive, new], options), file, report, fill=_chunk_images(archive))
    report.file_bytes = path.stat().st_size
    return report


def _chunk_images(archive: Archive) -> int:
    """How many images the archive's chunks have, which one that is not full does not say."""
    first, end = archive.span(0) if archive.chunks > 1 else (0, CHUNK_IMAGES)
    return end - first


def _fit(
    archive: Archive, new: Archive, path: Path, additions: Additions, report: ArchiveReport
) -> None:
    """Write new images once more with labels and a split such as the archive has."""
    kind, labels = _labels(archive, new, additions.label, report)
    runs: list[Split] = list(new.split_runs)
    if additions.split is not None and len(new):
        runs = [Split(additions.split, len(new))]
    if archive.split_runs and not runs:
        names = ", ".join(archive.splits)
        raise InvalidArgumentError(
            f"has splits ({names}); say with --into which one the new images belong to",
            archive.path,
        )
    if runs and not archive.split_runs and len(archive):
        report.notes.append(f"splits are not kept: {archive.path} has none")
        runs = []
    extras = Extras(kind, new.titles) if kind or runs else None
    ids, bodies = zip(*new.models, strict=True)
    with path.open("wb") as file:
        writer = ContainerWriter(file, ids, named=new.named, models=bodies, extras=extras)
        for number in range(new.chunks):
            chunk = new.read_chunk(number)
            writer.write(replace(chunk, labels=tuple(labels[slice(*new.span(number))])))
        writer.close(runs)


def _labels(
    archive: Archive, new: Archive, label: str | int | None, report: ArchiveReport
) -> tuple[LabelType | None, list[Label]]:
    """The labels of new images in the type of the archive's."""
    into = archive.label_type
    if into is None:
        if label is not None or (new.label_type is not None and len(archive)):
            report.notes.append(f"labels are not kept: {archive.path} has none")
        return None, []
    names: Mapping[Label, str] = {}
    if label is not None:
        found: list[Label] = [archive.label(label)] * len(new)
        names = archive.class_names
    elif new.label_type is None:
        raise InvalidArgumentError(
            "has labels; say with --label which one the new images have", archive.path
        )
    else:
        found = [one for n in range(new.chunks) for one in new.read_chunk(n).labels]
        names = new.class_names
        if numbers := matched(new.label_type, into):
            titles = class_titles(new.label_type) if into.classes else {}
            names = {numbers[one]: title for one, title in titles.items()}
            found = [numbers[one] for one in found]
    for one in found:
        if not into.allows(one):
            raise InvalidArgumentError(
                f"has the label {one!r}, which is none as {archive.path} has ({into.type})",
                new.path,
            )
    if not into.values:
        return LabelType(into.type, into.width), found
    used: set[Any] = set(found)
    classes = tuple(names[one] for one in sorted(used)) if used <= set(names) else ()
    return LabelType(into.type, into.width, tuple(sorted(used)), classes), found
