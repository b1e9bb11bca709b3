"""Load a data set, whatever its format: told by the content of a file, not by its name."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from aecodec.datasets.arrays import NPY_MAGIC, ZIP_MAGICS, load_npy, load_npz
from aecodec.datasets.dataset import Dataset
from aecodec.datasets.folder import load_file, load_folder
from aecodec.datasets.idx import find_idx, is_idx, load_idx, open_data
from aecodec.errors import AecodecError, InvalidImageError, MissingFileError, located
from aecodec.images import HEAD_BYTES, image_format


@dataclass(frozen=True)
class Format:
    """A format of arrays: how its first bytes tell it, and how it is loaded."""

    accepts: Callable[[bytes], bool]
    load: Callable[[BinaryIO, Path, str], Dataset]


FORMATS = (
    Format(is_idx, load_idx),
    Format(lambda head: head.startswith(NPY_MAGIC), load_npy),
    Format(lambda head: head.startswith(ZIP_MAGICS), load_npz),
)


def load_dataset(
    path: str | os.PathLike[str],
    part: str = "test",
    *,
    fit: bool = False,
    invert: bool = False,
    skip_bad: bool = False,
) -> Dataset:
    """Load a data set.

    Args:
        path: A folder of image files, with a folder for each class if there are classes; a folder
            of IDX files; or an IDX, npy, npz or image file. IDX and npy may be gzipped.
        part: `train` or `test`, where an npz file or a folder of IDX files holds both.
        fit: Convert image files that are not 28x28 8-bit grey (see `images.read_images`).
        invert: Turn dark-on-light images into light-on-dark ones.
        skip_bad: Leave out image files in a folder that cannot be read; `Dataset.skipped` tells
            which, and why.

    Returns:
        The images, with labels where there are any.

    Raises:
        MissingFileError: There is no such file or folder.
        InvalidImageError: It is no data set, or holds something else than 28x28 8-bit grey images.
    """
    place = Path(path)
    if place.is_dir():
        idx = find_idx(place, part)
        if idx is None:
            return load_folder(place, fit=fit, invert=invert, skip_bad=skip_bad)
        place = idx
    if not os.path.lexists(place):
        raise MissingFileError("there is no such file or folder", place)
    with located(place):
        try:
            return _load(place, part, fit=fit, invert=invert)
        except AecodecError:
            raise
        except Exception as error:  # on damaged files NumPy, gzip and zipfile raise nearly anything
            raise InvalidImageError(f"cannot be read: {error}") from error


def _load(place: Path, part: str, *, fit: bool, invert: bool) -> Dataset:
    with open_data(place) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if image_format(head):
            return load_file(place, fit=fit, invert=invert)
        for row in FORMATS:
            if row.accepts(head):
                data = row.load(file, place, part)
                return replace(data, images=np.invert(data.images)) if invert else data
    raise InvalidImageError("is no data set: need a folder of images, an IDX, npy or npz file")
