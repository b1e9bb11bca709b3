"""IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist): images, labels beside them."""

from pathlib import Path
from typing import Any

import numpy as np

from aecodec.datasets.beside import labels_beside
from aecodec.datasets.column import Column, Opener, array_split, check_size, read_blocks
from aecodec.datasets.opening import opener
from aecodec.datasets.source import Options, Split
from aecodec.errors import InvalidImageError, located

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(head: bytes) -> bool:
    """Whether first bytes are those of an IDX file, of any type of number."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in _TYPES and 1 <= head[3] <= 4


def open_idx(path: Path, options: Options) -> list[Split]:
    """Open an IDX file of images, and of the labels beside it, if there are any."""
    images = idx_column(opener(path))
    if len(images.shape) < 3:
        raise InvalidImageError(f"an array of shape {images.shape} is none of images")
    beside = labels_beside(path)
    if beside is None:
        return [array_split("", images, None, options)]
    with located(beside):
        labels = idx_column(opener(beside))
        return [array_split("", images, labels, options)]


def idx_column(opened: Opener) -> Column:
    """Read the header of an IDX file. Raises InvalidImageError where it is none."""
    with opened() as file:
        shape, dtype = _header(file)
    check_size(shape, dtype)

    def blocks(first: int) -> Any:
        with opened() as file:
            yield from read_blocks(file, *_header(file), first=first)

    return Column(shape, dtype, blocks)


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    head = file.read(4)
    if not is_idx(head):
        raise InvalidImageError("is no IDX file, as its name says")
    sizes = file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise InvalidImageError("truncated in its header")
    return tuple(np.frombuffer(sizes, ">u4").tolist()), np.dtype(_TYPES[head[2]])
