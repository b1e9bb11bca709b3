"""Arrays read a block of rows at a time, and the splits that a pair of them makes."""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.datasets.source import BATCH_IMAGES, Batch, Options, Split
from aecodec.errors import InvalidImageError
from aecodec.images import PIXELS, Images, exact_images, fit_images

MAX_ROW_BYTES = 2**20
MAX_WHOLE_BYTES = 2**32  # of an array whose rows do not lie together
PORTION = 2**20

Opener = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True)
class Column:
    """An array that is read in blocks of up to 1,024 rows.

    Attributes:
        shape: Of the whole array.
        dtype: Of its values.
        blocks: Reads it from a row on, 0 for its start.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[int], Iterator[NDArray[Any]]]


def read_blocks(
    file: Any,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    *,
    fortran: bool = False,
    first: int = 0,
) -> Iterator[NDArray[Any]]:
    """Read an array from the row `first` on; its values must be all that is left of the file.

    Raises:
        InvalidImageError: The file is truncated, or holds more.
    """
    row = math.prod(shape[1:]) * dtype.itemsize
    if fortran and len(shape) > 1:
        data = read_exactly(file, shape[0] * row)
        whole = np.frombuffer(data, dtype).reshape(shape, order="F")
        for start in range(first, shape[0], BATCH_IMAGES):
            yield whole[start : start + BATCH_IMAGES]
    else:
        if first:
            file.seek(first * row, os.SEEK_CUR)
        for start in range(first, shape[0], BATCH_IMAGES):
            count = min(BATCH_IMAGES, shape[0] - start)
            data = read_exactly(file, count * row)
            yield np.frombuffer(data, dtype).reshape(count, *shape[1:])
    if file.read(1):
        raise InvalidImageError("holds trailing bytes behind its array")


def check_size(shape: tuple[int, ...], dtype: np.dtype[Any], *, fortran: bool = False) -> None:
    """Refuse an array whose blocks would take more memory than images do."""
    row = math.prod(shape[1:]) * dtype.itemsize
    whole = shape[0] * row if shape and fortran and len(shape) > 1 else 0
    sound = shape and min(shape) >= 0 and dtype.itemsize > 0
    if not sound or row > MAX_ROW_BYTES or whole > MAX_WHOLE_BYTES:
        raise InvalidImageError(f"an array of shape {shape} is none of images or labels")


def read_exactly(file: Any, size: int) -> bytearray:
    """Read `size` bytes, allocating no more than is there.

    Raises:
        InvalidImageError: There are fewer.
    """
    data = bytearray()
    while len(data) < size and (portion := file.read(min(PORTION, size - len(data)))):
        data += portion
    if len(data) < size:
        raise InvalidImageError("truncated: its array has fewer values than its header says")
    return data


def array_split(name: str, images: Column, labels: Column | None, options: Options) -> Split:
    """The split that an array of images, and one of labels if there is one, make.

    Raises:
        InvalidImageError: They are of different lengths.
    """
    count = images.shape[0]
    if labels is not None and labels.shape[0] != count:
        raise InvalidImageError(f"holds {labels.shape[0]:,} labels for {count:,} images")

    def read(first: int) -> Iterator[Batch]:
        convert = _converter(images, options)
        if labels is None:
            for block in images.blocks(first):
                yield Batch(convert(block))
            return
        for block, part in zip(images.blocks(first), labels.blocks(first), strict=True):
            yield Batch(convert(block), part)

    if not options.fit and not count:
        exact_images(np.zeros(images.shape, images.dtype))  # the shape is checked all the same
    read_labels = None if labels is None else partial(labels.blocks, 0)
    return Split(name, partial(read, 0), count, read_from=read, read_labels=read_labels)


def _converter(column: Column, options: Options) -> Callable[[NDArray[Any]], Images]:
    """What turns a block into images: exactly, or by the range of the whole array."""
    if options.fit:
        low, high = _range(column)

        def convert(block: NDArray[Any]) -> Images:
            return fit_images(block, low, high, invert=options.invert)

        return convert
    if options.invert:
        return lambda block: np.invert(_exact(block))
    return _exact


def _exact(block: NDArray[Any]) -> Images:
    """The images of a block, or an error that says what would take them."""
    try:
        return exact_images(block)
    except InvalidImageError as error:
        images = block.ndim in (3, 4) or block.shape[1:] == (PIXELS,)
        if block.dtype.kind not in "iuf" or not images:
            raise
        told = "converts them" in error.detail
        raise error.followed_by("So does --fit" if told else "--fit converts them") from error


def _range(column: Column) -> tuple[float, float]:
    """The least and the largest value of an array."""
    if column.dtype.kind == "b" or column.dtype == np.uint8:
        return 0.0, 1.0 if column.dtype.kind == "b" else 255.0
    if column.dtype.kind not in "iuf":
        raise InvalidImageError(f"images must be numbers, not {column.dtype}")
    ends = [(float(block.min()), float(block.max())) for block in column.blocks(0) if block.size]
    low, high = min((a for a, _ in ends), default=0.0), max((b for _, b in ends), default=1.0)
    if not np.isfinite([end for pair in ends for end in pair]).all():
        raise InvalidImageError("images must be finite numbers; some are not")
    return low, high
