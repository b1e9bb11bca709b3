"""TensorFlow: a `tf.data.Dataset` of an archive."""

from collections.abc import Iterator
from typing import Any

from aecodec.api import open_archive
from aecodec.images import SIDE
from aecodec.plugins.members import inside, members
from aecodec.plugins.missing import missing
from aecodec.storage import StrPath

try:
    import tensorflow as tf
except ImportError as error:
    raise missing(error, "train") from error


def dataset(path: StrPath, split: str | None = None, model: str | None = None) -> Any:
    """A `tf.data.Dataset` that streams the images of an archive, chunk by chunk.

    Args:
        path: The .aez file.
        split: The one split to take; by default all images.
        model: A model to look at first: its name, id or file.

    Returns:
        Its elements are images, uint8 (28, 28), or images and labels where the archive has labels.

    Raises:
        InvalidArgumentError: There is no such split.
        MissingFileError: There is no such file.
        CorruptFileError: It is no .aez file. What is damaged inside ends the iteration with
            TensorFlow's own error, whose message names the cause.
    """
    images = tf.TensorSpec((None, SIDE, SIDE), tf.uint8)
    with open_archive(path, model) as archive:
        count, labels = len(members(archive, split)), archive.labels
    signature: Any = images
    if labels is not None:
        kind = tf.string if labels.dtype.kind == "U" else tf.as_dtype(labels.dtype)
        signature = images, tf.TensorSpec((None, *labels.shape[1:]), kind)

    def chunks() -> Iterator[Any]:
        with open_archive(path, model) as archive:
            numbers = members(archive, split)
            for chunk in range(archive.chunks):
                own = inside(archive, numbers, chunk)
                yield archive[own] if labels is None else (archive[own], labels[own])

    stream = tf.data.Dataset.from_generator(chunks, output_signature=signature).unbatch()
    return stream.apply(tf.data.experimental.assert_cardinality(count))
