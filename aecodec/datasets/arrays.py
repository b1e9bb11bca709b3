"""The NumPy formats: npy, an array, and npz, a zip file of named arrays.

Read without `numpy.load`, which allocates what a header promises, and on damaged headers raises
nearly anything. Nothing is unpickled.
"""

import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from aecodec.datasets.dataset import MAX_IMAGES, Dataset, Labels
from aecodec.errors import InvalidImageError
from aecodec.images import PIXELS, check_images

NPY_MAGIC = b"\x93NUMPY"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
MAX_BYTES = MAX_IMAGES * PIXELS
PORTION = 2**20


def load_npy(file: BinaryIO, _path: Path, _part: str) -> Dataset:
    """Load images from an npy file; it has no labels."""
    return Dataset(check_images(read_npy(file)))


def load_npz(file: BinaryIO, _path: Path, part: str) -> Dataset:
    """Load `x_train` and `y_train` (or `x_test` ...), `x` and `y`, or `images` and `labels`."""
    with zipfile.ZipFile(file) as members:
        names = [name.removesuffix(".npy") for name in members.namelist()]
        for x, y in ((f"x_{part}", f"y_{part}"), ("x", "y"), ("images", "labels")):
            if x in names:
                images = check_images(_member(members, x))
                return Dataset(images, _labels(members, y, len(images)))
    raise InvalidImageError(
        f"holds {', '.join(names) or 'nothing'}; need x_{part} and y_{part}, or x and y"
    )


def _member(members: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with members.open(f"{name}.npy") as file:
        try:
            return read_npy(file)
        except InvalidImageError as error:
            raise InvalidImageError(f"{name}: {error.detail}") from error


def _labels(members: zipfile.ZipFile, name: str, count: int) -> Labels | None:
    """The labels, or None where what has their name is something else."""
    if f"{name}.npy" not in members.namelist():
        return None
    labels = _member(members, name)
    sound = labels.shape == (count,) and labels.dtype.kind in "iu"
    return labels.astype(np.int64) if sound else None


def read_npy(file: Any) -> NDArray[Any]:
    """Read one array, which must be all that the file holds.

    Args:
        file: A binary file at the start of an npy file.

    Returns:
        The array.

    Raises:
        InvalidImageError: The file is damaged, larger than any data set of images, or holds
            Python objects.
    """
    try:
        major, minor = npy.read_magic(file)
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, fortran, dtype = readers[major, minor](file)
    except Exception as error:  # NumPy parses the header as Python: nearly anything
        raise InvalidImageError("the header of its array is damaged") from error
    if dtype.hasobject:
        raise InvalidImageError("holds Python objects, which could run code; save plain uint8")
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or not dtype.itemsize > 0 or size > MAX_BYTES:
        raise InvalidImageError(f"an array of shape {shape}, more than any data set has")
    data = read_exactly(file, size)
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def read_exactly(file: Any, size: int) -> bytearray:
    """Read `size` bytes, which must be the rest, allocating no more than is there.

    Raises:
        InvalidImageError: There are fewer bytes or more.
    """
    data = bytearray()
    while len(data) < size and (portion := file.read(min(PORTION, size - len(data)))):
        data += portion
    if len(data) < size or file.read(1):
        raise InvalidImageError(f"truncated, or with trailing bytes: need {size:,} bytes of data")
    return data
