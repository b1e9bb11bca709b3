"""What a file holds beside its images: names, labels, splits and metadata, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.container import Extras, Label, Split
from aecodec.errors import InvalidArgumentError
from aecodec.labels import label_list, label_type

Splits = Mapping[str, int] | Sequence[tuple[str, int]]


@dataclass(frozen=True)
class ImageExtras:
    """Labels, splits and metadata of some images, in the order in which these are stored.

    Attributes:
        header: What a container needs to know at its start; None where there is nothing.
        labels: One for each image, or none.
        splits: Runs of images.
        metadata: Free entries.
    """

    header: Extras | None = None
    labels: tuple[Label, ...] = ()
    splits: Sequence[Split] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        count: int,
        order: list[int] | None,
        labels: NDArray[Any] | Sequence[int | str] | None,
        class_names: Sequence[str] | None,
        splits: Splits | None,
        metadata: Mapping[str, Any] | None,
    ) -> "ImageExtras":
        """Check what a caller gives (see `aecodec.compress`).

        Args:
            count: How many images there are.
            order: Their numbers in the order in which they are stored, if it is another.
            labels: One for each image.
            class_names: What the labels 0, 1, ... are called.
            splits: How many images belong to each split.
            metadata: Free entries.

        Raises:
            InvalidArgumentError: Something does not fit the images.
        """
        if metadata is not None and not isinstance(metadata, Mapping):
            raise InvalidArgumentError("metadata are a mapping of names to values")
        runs = make_splits(splits, count, order) if splits is not None else []
        kind, listed = None, list[Label]()
        if labels is not None:
            array = np.asarray(labels)
            if array.ndim == 0 or len(array) != count:
                raise InvalidArgumentError(f"labels are one for each of the {count:,} images")
            kind = label_type([array], class_names)
            if class_names and kind is not None and kind.values and not kind.classes:
                raise InvalidArgumentError(
                    f"the {len(class_names):,} class_names are for labels from 0 to "
                    f"{len(class_names) - 1:,}, and there are others"
                )
            if kind is not None:
                listed = label_list(kind, array if order is None else array[order])
        elif class_names:
            raise InvalidArgumentError("class_names are for labels, and there are none")
        header = Extras(kind) if kind or runs or metadata else None
        return cls(header, tuple(listed), runs, metadata or {})


def make_splits(splits: Splits, count: int, order: Sequence[int] | None = None) -> list[Split]:
    """Runs of images that belong to one split each.

    >>> make_splits({"train": 2, "test": 1}, 3, order=[2, 0, 1])
    [Split(name='test', images=1), Split(name='train', images=2)]

    Args:
        splits: How many images belong to each split, one behind the other.
        count: How many images there are.
        order: The numbers of the images in the order in which they are stored, if it is another.

    Raises:
        InvalidArgumentError: They are not as many as the images.
    """
    pairs = list(splits.items() if isinstance(splits, Mapping) else splits)
    if any(images < 0 for _, images in pairs) or sum(images for _, images in pairs) != count:
        parts = ", ".join(f"{name} {images:,}" for name, images in pairs)
        raise InvalidArgumentError(f"splits ({parts}) do not sum to the {count:,} images")
    names = [name for name, images in pairs for _ in range(images)]
    stored = names if order is None else [names[number] for number in order]
    return [Split(name, len(list(run))) for name, run in groupby(stored)]


def ordered_names(names: Sequence[str], count: int) -> list[tuple[str, int]]:
    """Pair names with the numbers of their images, in the order of the names."""
    if isinstance(names, str) or len(names) != count:
        raise InvalidArgumentError(f"names are one for each of the {count:,} images")
    ordered = sorted((str(name), number) for number, name in enumerate(names))
    for (name, _), (following, _) in pairwise(ordered):
        if name == following:
            raise InvalidArgumentError(f"the name {name!r} stands twice")
    return ordered
