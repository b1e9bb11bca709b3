"""What a loaded data set is."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import AecodecError
from aecodec.images import Images

MAX_IMAGES = 2**22
MOST_NAMED = 3
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """Images, and what is known about them.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: int64 (N,), or None.
        class_names: The name of each label, or None.
        paths: Of the image file of each image, inside its folder, or None.
        skipped: One error for each image file that was left out.
    """

    images: Images
    labels: Labels | None = None
    class_names: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    skipped: tuple[AecodecError, ...] = ()

    def __len__(self) -> int:
        return len(self.images)


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
