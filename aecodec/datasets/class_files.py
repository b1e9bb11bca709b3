"""Arrays that are a class each, a file a class: as Quick, Draw! has its drawings."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.datasets.source import BATCH_IMAGES, Batch, DataSet, Split, named_by


def are_classes(files: Sequence[tuple[Path, DataSet]]) -> bool:
    """Whether several files are a class each: npy files without labels that are no splits."""
    return (
        len(files) > 1
        and all(data.format == "npy" and data.splits[0].read_labels is None for _, data in files)
        and not all(named_by(data.splits, path)[0].name for path, data in files)
    )


def class_splits(files: Sequence[tuple[Path, DataSet]]) -> list[Split]:
    """The images of each file with the number of its class, which is called as the file is.

    What all names begin with, up to a `_` or `-`, is no part of the names of the classes.
    """
    stems = [path.name.partition(".npy")[0] for path, _ in files]
    start = os.path.commonprefix(stems)  # noqa: RUF071 - of letters, not of folders
    shared = max(start.rfind("_"), start.rfind("-")) + 1
    names = tuple(stem[shared:] for stem in stems)
    return [_labelled(data.splits[0], n, names) for n, (_, data) in enumerate(files)]


def _labelled(split: Split, number: int, names: tuple[str, ...]) -> Split:
    def labels(count: int) -> NDArray[np.int64]:
        return np.full(count, number, np.int64)

    def read_from(first: int) -> Iterator[Batch]:
        for batch in split.batches(first):
            yield replace(batch, labels=labels(len(batch.images)))

    def read_labels() -> Iterator[NDArray[Any]]:
        for start in range(0, split.count or 0, BATCH_IMAGES):
            yield labels(min(BATCH_IMAGES, (split.count or 0) - start))

    return replace(
        split,
        read=lambda: read_from(0),
        read_from=read_from,
        class_names=names,
        read_labels=read_labels,
    )
