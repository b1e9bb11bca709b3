"""parquet files with a column of PNG files, as Hugging Face's datasets read them."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from aecodec.datasets.source import Batch
from aecodec.errors import MissingDependencyError
from aecodec.images import png_bytes


def write_parquet(
    file: Any,
    path: Path,
    batches: Callable[[], Iterator[Batch]],
    labels: NDArray[Any] | None,
    class_names: Mapping[Any, str],
) -> None:
    """Write images and labels as one parquet file.

    The column `image` holds structs of `bytes` and `path`, the column `label` what the labels
    are: integers, strings, booleans, or lists of them for rows.

    Args:
        file: Takes the bytes; it is only written to.
        path: What messages call it.
        batches: Reads the images.
        labels: An empty array of the labels' type and shape, or None without labels.
        class_names: What labels are called; positions become a class label of these names.

    Raises:
        MissingDependencyError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        text = "parquet needs pyarrow: pip install 'aecodec[hf]'"
        raise MissingDependencyError(text, path) from error
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [("image", image)]
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    if labels is not None:
        kind = pa.string() if labels.dtype.kind == "U" else pa.from_numpy_dtype(labels.dtype)
        if names := _class_label(labels, class_names):
            kind = pa.int64()
            features["label"] = {"names": names, "_type": "ClassLabel"}
        fields.append(("label", pa.list_(kind, labels.shape[1]) if labels.ndim > 1 else kind))
    schema = pa.schema(fields)
    if labels is None or "label" in features:  # else the library finds the features itself
        schema = schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    with ParquetWriter(_Counting(file), schema) as writer:
        for batch in batches():
            paths = batch.names or (None,) * len(batch.images)
            columns: dict[str, Any] = {
                "image": [
                    {"bytes": png_bytes(one), "path": name}
                    for one, name in zip(batch.images, paths, strict=True)
                ]
            }
            if batch.labels is not None:
                columns["label"] = batch.labels.tolist()
            writer.write_table(pa.table(columns, schema=schema))


def _class_label(labels: NDArray[Any], class_names: Mapping[Any, str]) -> list[str]:
    """The names of the labels 0, 1, ... where they are positions and have names."""
    if labels.ndim > 1 or labels.dtype.kind not in "iu" or min(class_names, default=-1) < 0:
        return []
    return [class_names.get(number, str(number)) for number in range(max(class_names) + 1)]


class _Counting(io.RawIOBase):
    """A file that pyarrow may write to: it asks for the position."""

    def __init__(self, out: Any) -> None:
        super().__init__()
        self._out = out
        self._count = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def write(self, data: Any, /) -> int:
        written: int = self._out.write(bytes(data))
        self._count += written
        return written
