"""Splits of image files, wherever their bytes come from: a folder, a zip or a tar file."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from aecodec.datasets.layout import Layout
from aecodec.datasets.source import BATCH_IMAGES, Batch, Options, Split
from aecodec.errors import AecodecError, InvalidImageError, StorageError
from aecodec.images import ImageBatch, is_image_path

Read = Callable[[], bytes]
Members = Callable[[], Iterable[tuple[str, Read]]]
MOST_NAMED = 3


def is_image_member(name: str) -> bool:
    """Whether a member of an archive is meant to be an image, by its name."""
    base = name.rpartition("/")[2]
    return is_image_path(base) and not base.startswith("._")


def check_member(name: str) -> None:
    """Refuse a name that leads out of the archive's folder."""
    if name.startswith("/") or ".." in name.split("/") or "\\" in name or ":" in name[:3]:
        raise InvalidImageError(f"its member {name[:80]!r} leads out of its folder; pack it again")


def image_file_splits(
    members: Members,
    folders: Iterable[str],
    count: int,
    options: Options,
    errors: Sequence[AecodecError] = (),
    root: str = "",
) -> list[Split]:
    """The splits of image files.

    Args:
        members: Gives each file's path in the data set, and what reads its bytes.
        folders: The folders that the files lie in.
        count: How many files there are.
        options: How to read them.
        errors: What went wrong already.
        root: What stands before a file's path in messages.
    """
    layout = Layout(folders)

    def split(name: str) -> Split:
        def chosen() -> Iterator[tuple[str, int, Read]]:
            for path, data in members():
                place, label = layout.place(path)
                if place == name:
                    yield path, label, data

        def read() -> Iterator[Batch]:
            labelled = layout.class_names is not None
            yield from _batches(chosen(), count, options, labelled, errors, root)

        def read_labels() -> Iterator[NDArray[np.int64]]:
            labels = (label for _, label, _ in chosen())
            while block := list(islice(labels, BATCH_IMAGES)):
                yield np.array(block, np.int64)

        labels = None if layout.class_names is None else read_labels
        return Split(name, read, class_names=layout.class_names, read_labels=labels)

    return [split(name) for name in layout.splits]


def _batches(
    files: Iterator[tuple[str, int, Read]],
    count: int,
    options: Options,
    labelled: bool,
    errors: Sequence[AecodecError],
    root: str,
) -> Iterator[Batch]:
    failed, bad = list(errors), list(errors)
    taken = 0
    names: list[str] = []
    labels: list[int] = []
    batch = ImageBatch(fit=options.fit, invert=options.invert)
    for path, label, read in files:
        try:
            images = batch.add(read(), root + path)
        except StorageError:
            raise  # not the file's fault
        except AecodecError as error:
            failed.append(error.at(root + path))
            bad.append(failed[-1])
            continue
        names += [path] * images
        labels += [label] * images
        if len(names) >= BATCH_IMAGES:
            taken += len(names)
            yield _batch(batch, names, labels if labelled else None, bad)
            batch, names, labels, bad = _fresh(options)
    taken += len(names)
    if failed and (not options.skip_bad or not taken):
        raise _refusal(failed, count)
    if names or bad:
        yield _batch(batch, names, labels if labelled else None, bad)


def _fresh(options: Options) -> tuple[ImageBatch, list[str], list[int], list[AecodecError]]:
    return ImageBatch(fit=options.fit, invert=options.invert), [], [], []


def _batch(
    batch: ImageBatch, names: list[str], labels: list[int] | None, bad: list[AecodecError]
) -> Batch:
    numbers = None if labels is None else np.array(labels, np.int64)
    return Batch(batch.images(), numbers, tuple(names), tuple(bad))


def _refusal(errors: Sequence[AecodecError], files: int) -> InvalidImageError:
    """The first error, and what else is wrong with the files, not one at a time."""
    first, *others = errors
    if not others:
        more = "--skip-bad goes on without it"
    else:
        more = f"Nor can {len(others):,} more of the {files:,} files be taken: {first_few(others)}"
        more += ". --skip-bad goes on without them"
    return InvalidImageError(first.detail, first.path).followed_by(more)


def skip_note(skipped: Sequence[AecodecError]) -> str:
    """Say in a sentence how many files were skipped, and name the first few.

    Example:
        >>> from aecodec.errors import InvalidImageError
        >>> skip_note([InvalidImageError("found 9x9", "scans/a.png")])
        'Skipped 1 file that could not be read: a.png (found 9x9).'
    """
    files = "file" if len(skipped) == 1 else "files"
    return f"Skipped {len(skipped):,} {files} that could not be read: {first_few(skipped)}."


def first_few(skipped: Sequence[AecodecError]) -> str:
    """The names of the first few files, each with what was found."""
    named = [
        f"{os.path.basename(error.path or '')} ({error.detail.partition(', need')[0]})"  # noqa: PTH119
        for error in skipped[:MOST_NAMED]
    ]
    return ", ".join(named) + (", ..." if len(skipped) > MOST_NAMED else "")
