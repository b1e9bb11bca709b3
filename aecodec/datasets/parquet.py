"""parquet files with a column of images, as Hugging Face's datasets have them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from aecodec.datasets.arrow import class_names, column_labels, stated_type
from aecodec.datasets.source import BATCH_IMAGES, Batch, Options, Split
from aecodec.errors import InvalidImageError, MissingDependencyError
from aecodec.files import open_file
from aecodec.images import ImageBatch
from aecodec.storage import is_url

PARQUET_MAGIC = b"PAR1"
_IMAGES = ("image", "images", "img")
_LABELS = ("label", "labels", "class", "target", "character", "fine_label")


def open_parquet(path: Path, options: Options) -> list[Split]:
    """Open a parquet file: a column of bytes, or of a struct with `bytes`, each an image file."""
    with _opened(path) as file:
        schema, count = file.schema_arrow, file.metadata.num_rows
        images = _image_column(schema, options.images)
        labels = _label_column(schema, options.labels)
        names = class_names(schema.metadata, labels)
        stated = stated_type(schema.metadata, labels)

    def read() -> Iterator[Batch]:
        row = 0
        with _opened(path) as file:
            wanted = [images] if labels is None else [images, labels]
            for part in file.iter_batches(BATCH_IMAGES, columns=wanted):
                batch = ImageBatch(fit=options.fit, invert=options.invert)
                sound: list[int] = []
                bad: list[InvalidImageError] = []
                for place, value in enumerate(part.column(images).to_pylist()):
                    try:
                        _add(batch, value, f"{path}: row {row + place:,}")
                    except InvalidImageError as error:
                        if not options.skip_bad:
                            raise error.followed_by("--skip-bad goes on without it") from error
                        bad.append(error)
                    else:
                        sound.append(place)
                row += len(part)
                kept = part.take(sound) if bad else part
                found = None if labels is None else typed(kept)
                yield Batch(batch.images(), found, skipped=tuple(bad))

    def typed(part: Any) -> NDArray[Any]:
        found = column_labels(part.column(labels))
        return found if stated is None or found.dtype.kind not in "iu" else found.astype(stated)

    def read_labels() -> Iterator[NDArray[Any]]:
        with _opened(path) as file:
            yield from map(typed, file.iter_batches(BATCH_IMAGES, columns=[labels]))

    return [
        Split(
            "",
            read,
            None if options.skip_bad else count,
            names,
            read_labels=None if labels is None else read_labels,
        )
    ]


def _add(batch: ImageBatch, value: Any, name: str) -> None:
    if isinstance(value, dict):
        value = value.get("bytes")
    if not isinstance(value, bytes):
        raise InvalidImageError("has no bytes of an image", name)
    batch.add(value, name, single=True)


def _opened(path: Path) -> Any:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        text = "parquet needs pyarrow: pip install 'aecodec[hf]'"
        raise MissingDependencyError(text, path) from error
    source = open_file(str(path)) if is_url(path) else path
    return ParquetFile(source, pre_buffer=False)  # or it keeps what was read


def _image_column(schema: Any, wanted: str | None) -> str:
    from pyarrow import types

    fields = {field.name: field.type for field in schema}
    able = [
        name
        for name, kind in fields.items()
        if types.is_binary(kind)
        or types.is_large_binary(kind)
        or (types.is_struct(kind) and kind.get_field_index("bytes") >= 0)
    ]
    for name in (wanted,) if wanted else (*_IMAGES, *able):
        if name in able:
            return str(name)
    columns = ", ".join(fields) or "none"
    raise InvalidImageError(f"needs a column of image files; its columns are {columns}")


def _label_column(schema: Any, wanted: str | None) -> str | None:
    if wanted is not None and wanted not in schema.names:
        raise InvalidImageError(f"has no column {wanted}, only {', '.join(schema.names)}")
    return wanted or next((name for name in _LABELS if name in schema.names), None)
