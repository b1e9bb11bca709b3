"""npy, NumPy's format of one array.

Read without `numpy.load`, which allocates what a header promises, and on damaged headers raises
nearly anything. Nothing is unpickled.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from aecodec.datasets.beside import labels_beside
from aecodec.datasets.column import Column, Opener, array_split, check_size, read_blocks
from aecodec.datasets.opening import opener
from aecodec.datasets.source import Options, Split
from aecodec.errors import InvalidImageError, located
from aecodec.images import SIDE

NPY_MAGIC = b"\x93NUMPY"


def open_npy(path: Path, options: Options) -> list[Split]:
    """Open an array of images, and the labels in the file beside it, if there is one."""
    images = npy_column(opener(path))
    beside = labels_beside(path)
    if beside is None:
        return [array_split("", images, None, options)]
    with located(beside):
        labels = npy_column(opener(beside))
        return [array_split("", images, labels, options)]


def npy_column(opened: Opener) -> Column:
    """Read the header of an npy file.

    Raises:
        InvalidImageError: It is damaged, holds Python objects, or an array of no images' size.
    """
    with opened() as file:
        shape, fortran, dtype = _header(file)
    if shape == (SIDE, SIDE):  # one image
        shape = (1, SIDE, SIDE)
        order, fortran = ("F" if fortran else "C"), False
    else:
        order = "C"
    check_size(shape, dtype, fortran=fortran)

    def blocks(first: int) -> Any:
        with opened() as file:
            _header(file)
            for block in read_blocks(file, shape, dtype, fortran=fortran, first=first):
                yield block if order == "C" else block.transpose(0, 2, 1)

    return Column(shape, dtype, blocks)


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        major, minor = npy.read_magic(file)
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, fortran, dtype = readers[major, minor](file)
    except Exception as error:  # NumPy parses the header as Python: nearly anything
        raise InvalidImageError("the header of its array is damaged") from error
    if dtype.hasobject:
        raise InvalidImageError("holds Python objects, which could run code; save plain uint8")
    return shape, fortran, dtype
