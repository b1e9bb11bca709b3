"""Data sets of 28x28 grey images: folders of image files, IDX, npy and npz."""

import gzip
import io
import math
import os
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.batch.sources import Sources, gather
from aecodec.errors import InvalidImageError
from aecodec.files import read_bytes
from aecodec.images import Images, check_images, is_image_path, read_image

IDX_SUFFIXES = ("-ubyte", "-ubyte.gz", ".idx", ".idx.gz")
MAX_IMAGES = 2**22
MOST_NAMED = 3
Labels = NDArray[np.int64]

# what NumPy, gzip and zipfile raise for files that are damaged, encrypted or larger than memory
_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    MemoryError,
    zlib.error,
    zipfile.BadZipFile,
)


@dataclass(frozen=True)
class Dataset:
    """images: uint8 (N, 28, 28); labels: int64 (N,) or None; names: of classes or None.

    paths: of the images' files inside their folder, or None.
    """

    images: Images
    labels: Labels | None = None
    class_names: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.images)


def load_dataset(
    path: str | os.PathLike[str], part: str = "test", *, fit: bool = False, invert: bool = False
) -> Dataset:
    """Load a data set from a folder, an IDX file (gzipped or not), an npy or an npz file.

    part: `train` or `test`, where a folder of IDX files or an npz file holds both. A folder of
    image files is read recursively, in the order of the paths; its subfolders are the classes.
    fit: converts image files (see `images.read_image`); invert: turns dark-on-light around.
    Raises InvalidImageError.
    """
    place = Path(path)
    if place.is_dir():
        idx = _idx_images(place, part)
        if idx is None:
            return _load_folder(place, fit=fit, invert=invert)
        place = idx
    data = _load_file(place, part)
    return replace(data, images=np.invert(data.images)) if invert else data


def _load_file(place: Path, part: str) -> Dataset:
    if not place.is_file():
        raise InvalidImageError(f"{place}: there is no such file or folder.")
    try:
        if place.name.endswith(IDX_SUFFIXES):
            return _load_idx(place)
        if place.suffix == ".npy":
            with place.open("rb") as file:
                return Dataset(check_images(np.lib.format.read_array(file, allow_pickle=False)))
        if place.suffix == ".npz":
            return _load_npz(place, part)
    except _UNREADABLE as error:
        raise InvalidImageError(f"{place}: cannot be read: {error}.") from error
    except InvalidImageError as error:
        raise InvalidImageError(f"{place}: {error}") from error
    raise InvalidImageError(f"{place}: is no folder, IDX, npy or npz file.")


def _idx_images(folder: Path, part: str) -> Path | None:
    prefix = {"train": "train", "test": "t10k"}[part]
    found = sorted(folder.glob(f"{prefix}-images*ubyte*"))
    return found[0] if found else None


def _load_idx(path: Path) -> Dataset:
    images = check_images(_read_idx(path))
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    if beside == path or not beside.is_file():
        return Dataset(images)
    labels = _read_idx(beside).astype(np.int64)
    if labels.shape != (len(images),):
        raise InvalidImageError(f"{beside}: {labels.shape} labels for {len(images)} images.")
    return Dataset(images, labels)


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist, file format)."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        head = file.read(4)
        if len(head) < 4 or head[:3] != b"\0\0\x08" or not 1 <= head[3] <= 4:
            raise InvalidImageError("not an IDX file of unsigned bytes.")
        sizes = file.read(4 * head[3])
        shape = tuple(np.frombuffer(sizes, ">u4").tolist())
        if len(shape) != head[3] or shape[0] > MAX_IMAGES or shape[1:] not in ((), (28, 28)):
            raise InvalidImageError(f"an IDX file of shape {shape}, need (N, 28, 28).")
        data = file.read(math.prod(shape) + 1)
    if len(data) != math.prod(shape):
        raise InvalidImageError(f"truncated or with trailing bytes: need {math.prod(shape)}.")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _load_npz(path: Path, part: str) -> Dataset:
    with path.open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as arrays:
        for x, y in ((f"x_{part}", f"y_{part}"), ("x", "y"), ("images", "labels")):
            if x in arrays:
                images = check_images(arrays[x])
                return Dataset(images, _labels(arrays[y], len(images)) if y in arrays else None)
        raise InvalidImageError(
            f"holds {', '.join(arrays) or 'nothing'}; need x_{part} and y_{part}, or x and y."
        )


def _labels(found: NDArray[Any] | bytes, count: int) -> Labels | None:
    labels = np.asarray(found)  # bytes, where what has the name is no array
    sound = labels.shape == (count,) and labels.dtype.kind in "iu"
    return labels.astype(np.int64) if sound else None


def _load_folder(folder: Path, *, fit: bool, invert: bool) -> Dataset:
    sources, _ = gather([str(folder)], is_image_path, recursive=True)
    if not len(sources):
        raise InvalidImageError(f"{folder}: holds no images (searched by suffix).")
    images = _read_all(sources, fit=fit, invert=invert)
    paths = tuple(sources.relative)
    parents = [relative.rpartition("/")[0] for relative in paths]
    classes = sorted(set(parents))
    if len(classes) < 2:
        return Dataset(images, paths=paths)
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[p] for p in parents], np.int64)
    return Dataset(images, labels, tuple(classes), paths)


def _read_all(sources: Sources, *, fit: bool, invert: bool) -> Images:
    """Read all files, and name all that cannot be taken, not only the first."""
    images, failures = [], []
    for number in range(len(sources)):
        try:
            images.append(_read_one(sources.path(number), fit=fit, invert=invert))
        except InvalidImageError as error:
            failures.append((sources.relative[number], error))
    if not failures:
        return np.stack(images)
    text = str(failures[0][1])
    if others := [name for name, _ in failures[1 : MOST_NAMED + 1]]:
        dots = ", ..." if len(failures) > MOST_NAMED + 1 else ""
        text += (
            f" Nor can {len(failures) - 1:,} more of the {len(sources):,} files be taken: "
            f"{', '.join(others)}{dots}."
        )
    raise InvalidImageError(text)


def _read_one(path: str, *, fit: bool, invert: bool) -> Images:
    """Read a file as `aecodec compress` does: a pipe is refused, not waited for."""
    return read_image(io.BytesIO(read_bytes(path)), fit=fit, invert=invert, name=path)
