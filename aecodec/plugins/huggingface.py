"""Hugging Face: a `datasets.Dataset` of an archive, and an archive of one."""

from typing import Any

import numpy as np

from aecodec.api import compress, open_archive
from aecodec.datasets import column_labels, label_field
from aecodec.errors import InvalidImageError
from aecodec.images import SIDE, png_bytes
from aecodec.plugins.members import members
from aecodec.plugins.missing import missing
from aecodec.storage import StrPath

try:
    from datasets import Dataset, Features
except ImportError as error:
    raise missing(error, "hf") from error


def to_dataset(path: StrPath, split: str | None = None, model: str | None = None) -> Any:
    """A `datasets.Dataset` of an archive: a column `image`, and `label` where it has labels.

    Args:
        path: The .aez file.
        split: The one split to take; by default all images.
        model: A model to look at first: its name, id or file.

    Raises:
        InvalidArgumentError: There is no such split.
        MissingFileError: There is no such file.
        CorruptFileError: It is damaged, or no .aez file.
    """
    with open_archive(path, model) as archive:
        numbers, labels, classes = members(archive, split), archive.labels, archive.class_names
        files = [{"bytes": png_bytes(image), "path": None} for image in archive[numbers]]
    columns: dict[str, Any] = {"image": files}
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    if labels is not None:
        columns["label"] = labels[numbers].tolist()
        _, features["label"], _ = label_field(labels[:0], classes)
    return Dataset.from_dict(columns, Features.from_dict(features))


def from_dataset(dataset: Any, image: str = "image", label: str = "label", **options: Any) -> bytes:
    """Compress a `datasets.Dataset` of 28x28 grey images into the bytes of an .aez file.

    Args:
        dataset: It has a column of images, and perhaps one of labels.
        image: What the column of images is called.
        label: What the column of labels is called; without it the archive has no labels.
        **options: As of `aecodec.compress`: `level`, `model`, `splits`, and others.

    Raises:
        InvalidImageError: There is no such column of images, or one is not 28x28 grey.
    """
    if image not in dataset.features:
        columns = ", ".join(dataset.features)
        raise InvalidImageError(f"there is no column {image!r} of images, only {columns}")
    images = np.zeros((len(dataset), SIDE, SIDE), np.uint8)
    for number, picture in enumerate(dataset[image]):
        if picture.mode not in ("L", "1") or picture.size != (SIDE, SIDE):
            found = f"found {picture.width}x{picture.height} in mode {picture.mode}"
            raise InvalidImageError(f"row {number:,}: {found}, need 28x28 in mode L")
        images[number] = np.asarray(picture.convert("L"))
    if label in dataset.features:
        column = dataset.select_columns([label]).with_format("arrow")[:].column(label)
        labels = column_labels(column)
        names = getattr(dataset.features[label], "names", None)
        secret = names and -1 in labels  # as labels are written that are not told
        options.setdefault("labels", labels)
        options.setdefault("class_names", None if secret else names)
    return compress(images, **options)
