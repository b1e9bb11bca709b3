"""parquet files with a column of PNG files, as Hugging Face's datasets read them."""

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from aecodec.datasets.arrow import label_field, schema_metadata
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
    are: integers, strings, booleans, or lists of them for rows; class labels, which have names, are
    of 64 bits, and the metadata say of what type they were.

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
    fields = [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))]
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    stated = None
    if labels is not None:
        kind, features["label"], stated = label_field(labels, class_names)
        fields.append(("label", kind))
    schema = pa.schema(fields).with_metadata(schema_metadata(features, stated))
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
