"""Data sets as inputs: their images in the order of the splits, in tasks of 1,024."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from aecodec.batch.data_paths import is_data_input
from aecodec.batch.reading import FileTask, Reading
from aecodec.codec import CHUNK_IMAGES
from aecodec.errors import AecodecError, InvalidArgumentError
from aecodec.files import native_path
from aecodec.images import Images

if TYPE_CHECKING:  # it brings what reads every format: image files do without
    from aecodec.datasets import DataSet, Split

_SAMPLE_TASKS = 8  # whose images tell the family


class DataInput:
    """The images of some data sets, one behind the other.

    Attributes:
        paths: The data sets.
        size: The bytes of their files.
    """

    def __init__(self, paths: Sequence[str], reading: Reading) -> None:
        from aecodec.datasets import Options, open_dataset

        options = Options(reading.fit, reading.invert, reading.transpose, images=reading.images_key)
        data = [open_dataset(native_path(path), options) for path in paths]
        self.paths = tuple(paths)
        self.size = sum(part.size for part in data)
        self._splits = [(part, split) for part in data for split in _chosen(part, reading.split)]
        self._labelled = False
        self._skipped: list[AecodecError] = []

    @property
    def steps(self) -> int:
        """How many tasks there are, or 0 where that is not known."""
        counts = [split.count for _, split in self._splits]
        if None in counts:
            return 0
        return -(-sum(count or 0 for count in counts) // CHUNK_IMAGES)

    def tasks(self) -> Iterator[FileTask]:
        """Read all images, 1,024 a task but for the last, whatever the splits."""
        rest: list[Images] = []
        path = ""
        for data, split in self._splits:
            path = str(data.path)
            for batch in split.read():
                self._labelled = self._labelled or batch.labels is not None
                self._skipped += batch.skipped
                rest.append(batch.images)
                while sum(map(len, rest)) >= CHUNK_IMAGES:
                    images = np.concatenate(rest)
                    yield FileTask([path], [""], images=images[:CHUNK_IMAGES])
                    rest = [images[CHUNK_IMAGES:]]
        if sum(map(len, rest)):
            yield FileTask([path], [""], images=np.concatenate(rest))

    def sample(self) -> Images:
        """The first images, by which families are compared."""
        tasks = zip(range(_SAMPLE_TASKS), self.tasks(), strict=False)
        found = [task.images for _, task in tasks if task.images is not None]
        return np.concatenate(found) if found else np.zeros((0, 28, 28), np.uint8)

    def notes(self) -> list[str]:
        """What the archive does not keep, a sentence each; known once all was read."""
        from aecodec.datasets import skip_note

        notes = []
        names = [split.name for _, split in self._splits if split.name]
        if len(names) > 1:
            parts = ", ".join(
                f"{split.name}{'' if split.count is None else f' {split.count:,}'}"
                for _, split in self._splits
            )
            notes.append(f"splits are joined, in this order: {parts}; --split takes one")
        if self._labelled:
            notes.append("labels are not kept: an archive holds the images alone")
        if self._skipped:
            notes.append(skip_note(self._skipped))
        return notes


def _chosen(data: "DataSet", name: str | None) -> "tuple[Split, ...]":
    return data.splits if name is None else (data.split(name),)


def data_input(inputs: Sequence[str], reading: Reading) -> DataInput | None:
    """The data sets that inputs are, or None where they are image files.

    Raises:
        InvalidArgumentError: Some are, and some are not.
    """
    found = [path for path in inputs if is_data_input(path)]
    if found and len(found) < len(inputs):
        other = next(path for path in inputs if path not in found)
        raise InvalidArgumentError(
            f"{found[0]} is a data set and {other} is none; put them into archives of their own"
        )
    if not found:
        if reading.split is not None or reading.images_key is not None:
            raise InvalidArgumentError("--split and --images are for data sets; see 'compress -h'")
        return None
    return DataInput(found, reading)
