"""The images that a page or a figure shows, and their classes."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecodec.datasets import Options, load_part
from aecodec.errors import AecodecError, InvalidImageError
from aecodec.images import SIDE, Images

MOST_IMAGES = 5000
OWN_DIGITS = "digits.png"  # MNIST's first 300 validation digits of each class, in rows of 60
DIGITS = 10


@dataclass(frozen=True)
class Sample:
    """Some images of a data set, and their classes.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: int64 (N,), positions in `classes`.
        classes: The names of the classes.
        total: How many images the data set has.
        name: The name of the data set.
        skipped: An error for each file that was left out.
    """

    images: Images
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    total: int
    name: str
    skipped: tuple[AecodecError, ...] = ()

    def __len__(self) -> int:
        return len(self.images)


def load_sample(
    path: str | None = None,
    most: int = MOST_IMAGES,
    options: Options = Options(),  # noqa: B008 - frozen
    split: str | None = None,
) -> Sample:
    """Load images of a data set, or the MNIST digits that ship with the package.

    Args:
        path: The data set (see `aecodec.datasets.load_dataset`). Its labels are the classes, or
            the folders that its images lie in. None for 300 MNIST validation digits a class.
        most: How many images to take at most; they are spread evenly over the data set.
        options: How to read the data set.
        split: The one part of it to take; by default `test` where there are several.

    Returns:
        The sample.

    Raises:
        MissingFileError: There is no such file or folder.
        InvalidImageError: It has no images, or cannot be read.
    """
    if path is None:
        return _own_digits()
    data = load_part(path, options, split)
    if not len(data):
        raise InvalidImageError("holds no images", path)
    total = len(data)
    chosen = np.arange(min(most, total)) * total // min(most, total)
    name = Path(path).resolve().name
    if data.labels is None:
        nothing = np.zeros(len(chosen), np.int64)
        return Sample(data.images[chosen], nothing, ("all images",), total, name, data.skipped)
    values, labels = np.unique(data.labels[chosen], return_inverse=True)
    names = data.class_names or {int(value): str(value) for value in values}
    classes = tuple(names[int(value)] or "(top folder)" for value in values)
    return Sample(data.images[chosen], labels, classes, total, name, data.skipped)


def _own_digits() -> Sample:
    with (files(__package__) / OWN_DIGITS).open("rb") as file:
        sheet = np.asarray(Image.open(file))
    rows, columns = (size // SIDE for size in sheet.shape)
    cells = sheet.reshape(rows, SIDE, columns, SIDE).transpose(0, 2, 1, 3)
    images = np.ascontiguousarray(cells.reshape(-1, SIDE, SIDE))
    labels = np.arange(len(images)) * DIGITS // len(images)
    names = tuple(str(digit) for digit in range(DIGITS))
    return Sample(images, labels, names, len(images), "MNIST validation digits")
