"""Arrays into the bytes of an .aez file, by a plan."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from aecodec.extras import ImageExtras, Splits, ordered_names
from aecodec.images import exact_images
from aecodec.selection import Plan


def compress_by(
    plan: Plan,
    images: NDArray[Any],
    names: Sequence[str] | None = None,
    labels: NDArray[Any] | Sequence[int | str] | None = None,
    class_names: Sequence[str] | None = None,
    splits: Splits | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> bytes:
    """Compress images; the arguments and errors are those of `aecodec.compress`."""
    array = exact_images(images)
    ordered = ordered_names(names, len(array)) if names is not None else []
    order = [number for _, number in ordered] if names is not None else None
    extras = ImageExtras.of(len(array), order, labels, class_names, splits, metadata)
    if order is not None:
        array = array[order]
    buffer = io.BytesIO()
    writer = plan.writer(buffer, named=names is not None, extras=extras.header)
    for start in range(0, len(array), plan.chunk_images):
        part = slice(start, start + plan.chunk_images)
        chunk, _ = plan.encode(array[part], [name for name, _ in ordered[part]])
        writer.write(replace(chunk, labels=extras.labels[part]))
    writer.close(extras.splits, extras.metadata)
    return buffer.getvalue()
