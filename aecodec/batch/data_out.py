"""An .aez file into a data set: one npz, npy, IDX, CSV, zip or parquet file, by its suffix."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from aecodec.archive import Archive
from aecodec.batch.aez_files import AezFile
from aecodec.batch.sinks import SameFile, make_folder, result_file
from aecodec.batch.stdio import STDIO
from aecodec.codec import CHUNK_IMAGES
from aecodec.container import Split
from aecodec.errors import CorruptFileError
from aecodec.files import is_folder
from aecodec.labels import label_array
from aecodec.storage import StrPath, to_path

if TYPE_CHECKING:  # it brings what reads every format: PNG files do without
    from aecodec.datasets import Batch

SUFFIXES = (".npz", ".npy", ".idx", "idx3-ubyte", ".csv", ".zip", ".parquet")


def data_target(output: StrPath | None) -> Path | None:
    """The data set that an output asks for by its suffix, or None where it asks for none."""
    text = "" if output is None else os.fspath(output)
    if not text.lower().endswith(SUFFIXES) or text == STDIO or is_folder(text):
        return None
    return to_path(text)


def write_data_set(
    file: AezFile, archive: Archive, target: Path, *, overwrite: bool
) -> tuple[int, bool]:
    """Write all images of an archive, with labels and splits where the format has them.

    Args:
        file: The .aez file.
        archive: The same, opened.
        target: Where to; labels of an npy or IDX file go into a file beside it.
        overwrite: Whether to replace files that exist and differ.

    Returns:
        The bytes of the files, and whether they were there already.

    Raises:
        CorruptFileError: The file is damaged: nothing is written.
        OutputError: A result exists and differs, or cannot be written.
        InvalidArgumentError: The labels have no place in the format.
        MissingDependencyError: It is parquet, and pyarrow is not installed.
    """
    from aecodec.datasets import Contents, write_dataset

    if archive.damage:
        raise CorruptFileError(archive.damage)
    archive.check()
    make_folder(target.parent)
    sizes: list[int] = []
    present: list[bool] = []

    @contextmanager
    def opened(path: Path) -> "Iterator[BinaryIO | SameFile]":
        with result_file(path, overwrite=overwrite, source=file.path) as out:
            yield out
        sizes.append(path.stat().st_size)
        present.append(isinstance(out, SameFile))

    kind = archive.label_type
    runs = archive.split_runs or (Split("", len(archive)),)
    splits = Counter[str]()
    for run in runs:
        splits[run.name] += run.images
    reader = _Reader(archive, runs)
    labels = None if kind is None else label_array(kind, ())
    hot = kind is not None and kind.width > 1 and bool(kind.values)
    contents = Contents(
        list(splits.items()), reader.read, labels, one_hot=hot, class_names=archive.class_names
    )
    write_dataset(contents, target, opened)
    return sum(sizes), all(present)


class _Reader:
    """Reads an archive's images split by split, 1,024 at a time."""

    def __init__(self, archive: Archive, runs: "tuple[Split, ...]") -> None:
        self._archive = archive
        self._runs = runs

    def read(self, split: str | None) -> "Iterator[Batch]":
        """Batches of a split's images, or of all images."""
        from aecodec.datasets import Batch

        labels, names = self._archive.labels, self._archive.names
        end = 0
        for run in self._runs:
            first, end = end, end + run.images
            if split not in (None, run.name):
                continue
            for start in range(first, end, CHUNK_IMAGES):
                part = slice(start, min(start + CHUNK_IMAGES, end))
                some = None if labels is None else labels[part]
                yield Batch(self._archive[part], some, tuple(names[part]))
