"""Data sets out: one writer a format, chosen by the suffix of the output."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from aecodec.datasets.beside import labels_names
from aecodec.datasets.source import Batch
from aecodec.datasets.writing_parquet import write_parquet
from aecodec.datasets.zip_writing import Output, StoredZip
from aecodec.errors import InvalidArgumentError
from aecodec.files import file_part
from aecodec.images import PIXELS, SIDE, png_bytes

_KEYS = {"train": "train", "validation": "val", "test": "test"}
_IDX_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Contents:
    """Images and labels to write, read as often as a format needs them.

    Attributes:
        splits: The name and the number of images of each split; one without a name where there
            are none.
        read: Reads the images of a split, batch by batch; of all, in their order, for None.
        labels: An empty array of the labels' type and shape, or None without labels.
        read_labels: Gives the labels of the images of a split, or of all, where there are any.
        one_hot: Whether labels in rows are one-hot, so that each is the number of a class.
        class_names: What labels are called, as far as that is known.
        in_folders: Whether all images have names that lie in folders of their splits and classes.
    """

    splits: Sequence[tuple[str, int]]
    read: Callable[[str | None], Iterator[Batch]]
    labels: NDArray[Any] | None
    read_labels: Callable[[str | None], NDArray[Any]]
    one_hot: bool = False
    class_names: Mapping[Any, str] = field(default_factory=dict)
    in_folders: bool = False

    @property
    def count(self) -> int:
        """How many images there are."""
        return sum(count for _, count in self.splits)


Opened = Callable[[Path], Any]  # a context manager of an Output
Writer = Callable[[Contents, Path, Opened], None]


def write_dataset(contents: Contents, path: Path, opened: Opened) -> None:
    """Write a data set in the format that its path asks for.

    Args:
        contents: What to write.
        path: Ends in `.npz`, `.npy`, `.idx`, `idx3-ubyte`, `.csv`, `.zip` or `.parquet`.
        opened: Opens a file to write; labels of npy and IDX go into a file beside (`labels_path`).

    Raises:
        InvalidArgumentError: The suffix is another, or the labels have no place in the format.
        MissingDependencyError: It is parquet, and pyarrow is not installed.
    """
    for pattern, writer in _WRITERS:
        if re.search(pattern, path.name.lower()):
            writer(contents, path, opened)
            return
    raise InvalidArgumentError(
        "is no name of a data set; use .npz, .npy, .idx, .csv, .zip or .parquet",
        path,
    )


def labels_path(path: Path) -> Path:
    """Where the labels of a file of images go: `y.npy` for `x.npy`, idx1 beside idx3.

    >>> labels_path(Path("train-images-idx3-ubyte")).name
    'train-labels-idx1-ubyte'
    >>> labels_path(Path("digits.idx")).name
    'digits-labels.idx'
    """
    return path.with_name(labels_names(path.name)[0])


def _split_parts(contents: Contents, path: Path) -> list[tuple[str, str]]:
    """Each split, and what it is called in the name of a file: it may be called anything."""
    parts = {split: file_part(split) for split, _ in contents.splits}
    if len(set(parts.values())) < len(parts):
        names = " and ".join(map(repr, parts))
        raise InvalidArgumentError(f"the splits {names} would share a name; use --split", path)
    return list(parts.items())


def _write_npy(contents: Contents, path: Path, opened: Opened) -> None:
    with opened(path) as file:
        _images_npy(file, contents, None)
    if contents.labels is not None:
        with opened(labels_path(path)) as file:
            _labels_npy(file, contents, None)


def _write_npz(contents: Contents, path: Path, opened: Opened) -> None:
    with opened(path) as out, zipfile.ZipFile(_Stream(out), "w", zipfile.ZIP_DEFLATED) as archive:
        for split, part in _split_parts(contents, path):
            end = f"_{_KEYS.get(part, part)}" if split else ""
            with archive.open(_member(f"x{end}.npy"), "w", force_zip64=True) as file:
                _images_npy(file, contents, split)
            if contents.labels is not None:
                with archive.open(_member(f"y{end}.npy"), "w", force_zip64=True) as file:
                    _labels_npy(file, contents, split)


class _Stream(io.RawIOBase):
    """An output that cannot seek: what a zip file holds then does not depend on where it goes."""

    def __init__(self, out: Output) -> None:
        super().__init__()
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        return self._out.write(bytes(data))


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)  # the same bytes at any time
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _images_npy(file: Any, contents: Contents, split: str | None) -> None:
    count = dict(contents.splits).get(split, contents.count) if split else contents.count
    _npy_header(file, (count, SIDE, SIDE), np.dtype(np.uint8))
    for batch in contents.read(split):
        file.write(batch.images.tobytes())


def _labels_npy(file: Any, contents: Contents, split: str | None) -> None:
    labels = contents.read_labels(split)
    _npy_header(file, labels.shape, labels.dtype)
    file.write(labels.tobytes())


def _npy_header(file: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    header = {"descr": npy_format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    npy_format.write_array_header_1_0(file, header)


def _write_idx(contents: Contents, path: Path, opened: Opened) -> None:
    kind = "" if contents.labels is None else contents.labels.dtype.str[1:]
    if contents.labels is not None and kind not in _IDX_CODES:
        raise InvalidArgumentError(
            f"labels of type {contents.labels.dtype} have no place in IDX files; use -o x.npz", path
        )
    with opened(path) as file:
        file.write(b"\0\0\x08\3" + struct.pack(">3I", contents.count, SIDE, SIDE))
        for batch in contents.read(None):
            file.write(batch.images.tobytes())
    if contents.labels is not None:
        with opened(labels_path(path)) as file:
            labels = contents.read_labels(None)
            file.write(bytes([0, 0, _IDX_CODES[kind], labels.ndim]))
            file.write(struct.pack(f">{labels.ndim}I", *labels.shape))
            file.write(labels.astype(labels.dtype.newbyteorder(">")).tobytes())


def _write_csv(contents: Contents, path: Path, opened: Opened) -> None:
    if contents.labels is not None and contents.labels.ndim > 1 and contents.labels.shape[1] > 1:
        raise InvalidArgumentError("labels in rows have no place in CSV files; use -o x.npz", path)
    columns = [f"pixel{number}" for number in range(PIXELS)]
    with opened(path) as file:
        head = [*(["label"] if contents.labels is not None else []), *columns]
        file.write((",".join(head) + "\n").encode())
        for batch in contents.read(None):
            rows = batch.images.reshape(len(batch.images), -1).tolist()
            labels = [] if batch.labels is None else batch.labels.reshape(-1).tolist()
            for number, row in enumerate(rows):
                cells = [_cell(label) for label in labels[number : number + 1]]
                file.write((",".join([*cells, *map(str, row)]) + "\n").encode())


def _label_text(label: object) -> str:
    return str(int(label)) if isinstance(label, bool) else str(label)


def _cell(label: object) -> str:
    text = _label_text(label)
    quoted = '"' + text.replace('"', '""') + '"'
    return quoted if any(letter in text for letter in ',"\r\n') else text


def _write_zip(contents: Contents, path: Path, opened: Opened) -> None:
    """PNG files, in the folder of their split, and in it in that of their class.

    Where all names already lead through these folders, they stay as they are.
    """
    number = 0
    digits = max(6, len(str(contents.count - 1)))
    folders = _Folders(contents, path)
    with opened(path) as out, StoredZip(out) as archive:
        for split, part in _split_parts(contents, path):
            front = f"{part}/" if split else ""
            for batch in contents.read(split):
                classes = folders.of(batch)
                for place, image in enumerate(batch.images):
                    name = batch.names[place] if batch.names else f"{number:0{digits}}.png"
                    if not contents.in_folders:
                        name = front + classes[place] + name
                    archive.add(name, png_bytes(image))
                    number += 1


class _Folders:
    """The folders of classes, called as these are; labels that are rows of numbers have none."""

    def __init__(self, contents: Contents, path: Path) -> None:
        self._contents = contents
        self._path = path
        self._labels: dict[str, object] = {}

    def of(self, batch: Batch) -> list[str]:
        """A folder for each image, with a slash at its end, or empty."""
        labels = batch.labels
        rows = labels is not None and labels.ndim > 1 and labels.shape[1] > 1
        if labels is None or (rows and not self._contents.one_hot):
            return [""] * len(batch.images)
        flat = labels.argmax(1) if rows else labels.reshape(-1)
        return [self._folder(label) for label in flat.tolist()]

    def _folder(self, label: Any) -> str:
        text = self._contents.class_names.get(label, _label_text(label))
        name = file_part(text)
        if self._labels.setdefault(name, label) != label:
            raise InvalidArgumentError(
                f"the labels {self._labels[name]!r} and {label!r} would both be the folder "
                f"{name}; use -o x.npz",
                self._path,
            )
        return f"{name}/"


def _write_parquet(contents: Contents, path: Path, opened: Opened) -> None:
    """A file for each split, `x-train.parquet` and so on, or one of all."""
    for split, part in _split_parts(contents, path):
        target = path.with_name(f"{path.stem}-{part}{path.suffix}") if split else path
        with opened(target) as file:
            read = partial(contents.read, split)
            write_parquet(file, target, read, contents.labels, contents.class_names)


_WRITERS: tuple[tuple[str, Writer], ...] = (
    (r"\.npz$", _write_npz),
    (r"\.npy$", _write_npy),
    (r"\.idx$|idx3[.-]ubyte$", _write_idx),
    (r"\.csv$", _write_csv),
    (r"\.zip$", _write_zip),
    (r"\.parquet$", _write_parquet),
)
