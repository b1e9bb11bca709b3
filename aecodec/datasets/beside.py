"""The file of the labels that belong to a file of images, found by its name."""

import re
from pathlib import Path

from aecodec.datasets.opening import SUFFIXES

_IMAGES = re.compile(r"images?|imgs?|idx3|(?<![a-z])x(?![a-z])", re.IGNORECASE)
_BYTES = re.compile("ubyte", re.IGNORECASE)


def labels_beside(path: Path) -> Path | None:
    """The file of the labels of a file of images, whether compressed or not.

    Example:
        >>> sorted(labels_names("qmnist-test-images-idx3-ubyte"))
        ['qmnist-test-labels-idx1-ubyte', 'qmnist-test-labels-idx2-int']
        >>> sorted(labels_names("X_train.npy"))
        ['y_train.npy']
        >>> sorted(labels_names("digits.npy"))
        ['digits-labels.npy']
    """
    folders = [path.parent]
    if _IMAGES.search(path.parent.name):  # a folder for each file, as some archives unpack
        folders += [path.parent.with_name(name) for name in labels_names(path.parent.name)]
    plain = path.name
    for suffix in SUFFIXES:
        plain = plain.removesuffix(suffix)
    names = [name + suffix for name in labels_names(plain) for suffix in ("", *SUFFIXES)]
    found = (folder / name for folder in folders for name in names)
    return next((place for place in found if place.is_file()), None)


def labels_names(images: str) -> list[str]:
    """What the file of the labels may be called."""
    names = []
    for idx in ("idx1", "idx2"):
        name = _IMAGES.sub(lambda found, idx=idx: _label_word(found[0], idx), images)  # type: ignore[misc]
        if idx == "idx2":
            name = _BYTES.sub("int", name)
        if name != images and name not in names and ("idx" in images or idx == "idx1"):
            names.append(name)
    if not names:  # no word of it says that it holds images
        stem, dot, suffix = images.rpartition(".")
        names.append(f"{stem or suffix}-labels{dot}{suffix if stem else ''}")
    return names


def _label_word(word: str, idx: str) -> str:
    lower = word.lower()
    if lower == "idx3":
        return idx
    return "y" if lower == "x" else "labels"
