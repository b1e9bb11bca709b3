"""Labels as classes: an integer an image, whatever they are stored as."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def as_classes(
    labels: NDArray[Any], names: tuple[str, ...] | None
) -> tuple[Labels | None, tuple[str, ...] | None]:
    """Give each image the number of its class.

    Integers are their own numbers, (N, 1) too; one-hot rows the place of their one; strings the
    place of theirs among all, sorted; of several integers a row, as QMNIST has them, the first.

    Args:
        labels: Of any type, one for each image in the first axis.
        names: What classes are called, if that is known.

    Returns:
        int64 (N,), and the names of the classes; None where the labels are no classes.

    Example:
        >>> as_classes(np.array(["b", "a", "b"]), None)
        (array([1, 0, 1]), ('a', 'b'))
        >>> as_classes(np.eye(3, dtype=np.uint8)[[2, 0]], None)
        (array([2, 0]), None)
    """
    if labels.ndim == 2 and labels.shape[1] > 1:
        hot = labels.dtype.kind in "biuf" and len(labels) > 0
        if hot and ((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all():
            return labels.argmax(1).astype(np.int64), names
        labels = labels[:, :1]
    if labels.ndim > 2:
        return None, None
    flat = labels.reshape(-1)
    if flat.dtype.kind in "US":
        values, numbers = np.unique(flat.astype(np.str_), return_inverse=True)
        return numbers.reshape(-1).astype(np.int64), tuple(map(str, values))
    if flat.dtype.kind in "biu" or (flat.dtype.kind == "f" and (flat == np.rint(flat)).all()):
        return flat.astype(np.int64), names
    return None, None
