"""Labels as columns of Arrow, which parquet files and Hugging Face's data sets are made of."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidImageError

_OWN, _HUGGING_FACE = b"aecodec", b"huggingface"


def column_labels(column: Any) -> NDArray[Any]:
    """The labels of an Arrow column, in the type that they have there.

    Args:
        column: A `pyarrow.Array` or `ChunkedArray`.

    Returns:
        (N,), or (N, width) of lists.

    Raises:
        InvalidImageError: A row has no label, or lists are of different lengths.
    """
    from pyarrow import ChunkedArray, compute, types

    array = column.combine_chunks() if isinstance(column, ChunkedArray) else column
    if array.null_count:
        raise InvalidImageError("holds rows without a label")
    kind = array.type
    if types.is_dictionary(kind):
        return column_labels(array.dictionary_decode())
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        widths = set(compute.list_value_length(array).to_pylist()) or {
            max(getattr(kind, "list_size", 1), 1)
        }
        if len(widths) > 1:
            raise InvalidImageError("holds rows of labels of different lengths")
        flat = column_labels(array.flatten())
        return flat.reshape(len(array), *widths)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        found: NDArray[Any] = array.to_numpy(zero_copy_only=False)
        return found
    values = array.to_pylist()
    return np.array(values) if values or not types.is_string(kind) else np.zeros(0, np.str_)


def class_names(
    metadata: Mapping[bytes, bytes] | None, column: str | None
) -> tuple[str, ...] | None:
    """The names of the classes, where Hugging Face's features of a schema give them."""
    try:
        features = json.loads((metadata or {})[_HUGGING_FACE])["info"]["features"]
        return tuple(map(str, features[column]["names"]))
    except (KeyError, TypeError, ValueError):
        return None


def stated_type(metadata: Mapping[bytes, bytes] | None, column: str | None) -> np.dtype[Any] | None:
    """The type of integers that labels had before they became positions of class names."""
    try:
        name = json.loads((metadata or {})[_OWN])[column]
        return np.dtype(name) if np.dtype(name).kind in "iu" else None
    except (KeyError, TypeError, ValueError):
        return None


def label_field(
    labels: NDArray[Any], names: Mapping[Any, str]
) -> tuple[Any, dict[str, Any], str | None]:
    """How a column of labels is declared.

    Args:
        labels: An empty array of the labels' type and shape.
        names: What labels are called; positions become a class label of these names.

    Returns:
        The Arrow type, the feature as Hugging Face writes it, and the type of the labels where
        the Arrow type is another: class labels are of 64 bits there.
    """
    import pyarrow as pa

    text = labels.dtype.kind == "U"
    if classes := _class_label(labels, names):
        feature = {"names": classes, "_type": "ClassLabel"}
        return pa.int64(), feature, labels.dtype.name if labels.dtype != np.int64 else None
    kind = pa.string() if text else pa.from_numpy_dtype(labels.dtype)
    feature = {"dtype": "string" if text else labels.dtype.name, "_type": "Value"}
    if labels.ndim == 1:
        return kind, feature, None
    width = labels.shape[1]
    rows = {"feature": feature, "length": width, "_type": "Sequence"}  # known to every version
    return pa.list_(kind, width), rows, None


def schema_metadata(features: Mapping[str, Any], labels_type: str | None) -> dict[bytes, str]:
    """The metadata of a schema with these features, and of labels of a type."""
    found = {_HUGGING_FACE: json.dumps({"info": {"features": features}})}
    return found if labels_type is None else {**found, _OWN: json.dumps({"label": labels_type})}


def _class_label(labels: NDArray[Any], names: Mapping[Any, str]) -> list[str]:
    """The names of the labels 0, 1, ... where they are positions and have names."""
    if labels.ndim > 1 or labels.dtype.kind not in "iu" or min(names, default=-1) < 0:
        return []
    return [names.get(number, str(number)) for number in range(max(names) + 1)]
