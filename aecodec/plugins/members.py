"""Which images of an archive a data set takes, in all and of each chunk."""

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.errors import InvalidArgumentError


def members(archive: Archive, split: str | None, remedy: str = "") -> NDArray[np.int64]:
    """The numbers of the images of a split; of all images where it is None.

    Args:
        archive: An opened archive.
        split: The name of a split, or None.
        remedy: What the error ends with.

    Raises:
        InvalidArgumentError: There is no such split.
    """
    if split is None:
        return np.arange(len(archive))
    splits = archive.splits
    if split not in splits:
        found = f"only {', '.join(splits)}" if splits else "nor any other"
        raise InvalidArgumentError(f"has no split {split!r}, {found}{remedy}", archive.path)
    return splits[split]


def inside(archive: Archive, numbers: NDArray[np.int64], chunk: int) -> NDArray[np.int64]:
    """Those of some numbers that are images of a chunk."""
    start, stop = archive.span(chunk)
    return numbers[(numbers >= start) & (numbers < stop)]
