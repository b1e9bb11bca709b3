"""Image files as a data set: a folder with a folder for each class, or a file of many images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aecodec.datasets.dataset import MAX_IMAGES, Dataset, first_few
from aecodec.errors import AecodecError, InvalidImageError
from aecodec.files import read_bytes, walk
from aecodec.images import ImageBatch, is_image_file, read_images

_BATCH = 1000  # files decoded at a time


def load_file(path: Path, *, fit: bool, invert: bool) -> Dataset:
    """Load the images of one file: pages, frames, or a single image."""
    return Dataset(read_images(path, fit=fit, invert=invert))


def load_folder(folder: Path, *, fit: bool, invert: bool, skip_bad: bool) -> Dataset:
    """Load all image files in a folder and below, in the order of their paths.

    Where there are folders inside the folder, they are the classes.
    """
    found = walk(str(folder), is_image_file)
    errors = list(found.errors)
    if not found.files and not errors:
        raise InvalidImageError("holds no images", folder)
    images, paths = [], []
    for start in range(0, len(found.files), _BATCH):
        batch = ImageBatch(fit=fit, invert=invert)
        for relative in found.files[start : start + _BATCH]:
            path = f"{str(folder).rstrip('/')}/{relative}"
            try:
                paths += [relative] * batch.add(read_bytes(path), path)
            except AecodecError as error:
                errors.append(error)
        images.append(batch.images())
        if len(paths) > MAX_IMAGES:
            raise InvalidImageError(f"holds more than {MAX_IMAGES:,} images", folder)
    if errors and (not skip_bad or not paths):
        raise _refusal(errors, len(found.files))
    return _classified(Dataset(np.concatenate(images), paths=tuple(paths), skipped=tuple(errors)))


def _classified(data: Dataset) -> Dataset:
    """Label the images by their folders, if there are several."""
    parents = [path.rpartition("/")[0] for path in data.paths or ()]
    classes = tuple(sorted(set(parents)))
    if len(classes) < 2:
        return data
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[parent] for parent in parents], np.int64)
    return Dataset(data.images, labels, classes, data.paths, data.skipped)


def _refusal(errors: Sequence[AecodecError], files: int) -> InvalidImageError:
    """The first error, and what else is wrong with a folder, not one file at a time."""
    first, *others = errors
    if not others:
        more = "--skip-bad goes on without it"
    else:
        more = f"Nor can {len(others):,} more of the {files:,} files be taken: {first_few(others)}"
        more += ". --skip-bad goes on without them"
    return InvalidImageError(first.detail, first.path).followed_by(more)
