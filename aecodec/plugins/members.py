"""Which images of an archive a data set takes."""

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.errors import InvalidArgumentError


def members(archive: Archive, split: str | None) -> NDArray[np.int64]:
    """The numbers of the images of a split; of all images where it is None.

    Raises:
        InvalidArgumentError: There is no such split.
    """
    if split is None:
        return np.arange(len(archive))
    splits = archive.splits
    if split not in splits:
        found = f"only {', '.join(splits)}" if splits else "nor any other"
        raise InvalidArgumentError(f"has no split {split!r}, {found}", archive.path)
    return splits[split]
