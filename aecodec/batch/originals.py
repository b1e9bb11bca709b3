"""The originals that an archive is compared with: image files, a data set, or an array."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.batch.failure import Failure
from aecodec.batch.reading import FileTask, Reading, file_tasks, read_task
from aecodec.batch.sources import Sources, gather
from aecodec.batch.stdio import STDIO
from aecodec.datasets import Options, Split, chosen_splits, is_dataset, open_dataset
from aecodec.errors import InvalidArgumentError
from aecodec.images import SIDE, Images, exact_images

Original = tuple[str, Images | None]  # what it is called, and its pixels if they could be read


@dataclass
class Originals:
    """Images that an archive should hold.

    Attributes:
        label: What messages call them.
        sources: The image files, or None.
        splits: The parts of a data set.
        images: uint8 (N, 28, 28), an array.
        reading: How image files are read.
        failures: Files that cannot be read. More are added while the originals are gone through.
    """

    label: str
    sources: Sources | None = None
    splits: tuple[Split, ...] = ()
    images: Images = field(default_factory=lambda: np.zeros((0, SIDE, SIDE), np.uint8))
    reading: Reading = Reading()  # noqa: RUF009 - frozen
    failures: list[Failure] = field(default_factory=list)

    @property
    def named(self) -> bool:
        """Whether the originals have names."""
        return self.sources is not None

    def each(self, *, named: bool) -> Iterator[Original]:
        """Go through the originals; those of files that cannot be read have no pixels.

        Args:
            named: Go by the order of the names, as an archive with names does. Otherwise by the
                order of the files.

        Yields:
            The name or number, and the image, uint8 (28, 28).
        """
        if self.sources is None:
            yield from ((str(number), image) for number, image in enumerate(self._arrays()))
            return
        for task in file_tasks(self.sources):
            found = self._read(task, named=named)
            yield from sorted(found, key=lambda original: original[0]) if named else found

    def _arrays(self) -> Iterator[Images]:
        yield from self.images
        for split in self.splits:
            for batch in split.read():
                self.failures += [
                    Failure(error.path or self.label, error) for error in batch.skipped
                ]
                yield from batch.images

    def _read(self, task: FileTask, *, named: bool) -> list[Original]:
        files, images, failures = read_task(task, self.reading, named=named)
        self.failures += failures
        read = {file.path: file for file in files}
        rest = iter(images)
        found: list[Original] = []
        for path, name in zip(task.paths, task.names, strict=True):
            names = read[path].names if path in read else ()
            found += zip(names, rest, strict=False) if names else [(name, None)]
        return found


def find_originals(
    against: Sequence[str] | NDArray[Any],
    reading: Reading = Reading(),  # noqa: B008 - frozen
    *,
    recursive: bool = False,
    skip_bad: bool = False,
) -> Originals:
    """Find the originals that are meant.

    Args:
        against: Image files and folders of them, as `compress` takes them; data sets (see
            `open_dataset`), split after split; or uint8 (28, 28) or (N, 28, 28).
        reading: How image files become images, and which part of a data set is meant.
        recursive: Whether folders in folders are entered.
        skip_bad: Whether to go on without images of a data set that cannot be read.

    Raises:
        InvalidArgumentError: A data set stands beside something else, a part is asked of what is
            no data set, or standard input is meant.
        MissingFileError: There is no such file or folder.
        InvalidImageError: There are no images.
    """
    if isinstance(against, np.ndarray):
        return Originals("the array", images=exact_images(against))
    label = ", ".join(against)
    if STDIO in against or "" in against:
        raise InvalidArgumentError("--against takes files and folders, not standard input")
    of_data = list(map(is_dataset, against))
    if any(of_data):
        if not all(of_data):
            raise InvalidArgumentError("--against takes data sets, or image files and folders")
        options = Options(
            reading.fit, reading.invert, reading.transpose, skip_bad, reading.images_key
        )
        chosen = chosen_splits([open_dataset(path, options) for path in against], reading.split)
        return Originals(label, splits=tuple(split for _, split in chosen))
    if reading.split is not None or reading.images_key is not None:
        raise InvalidArgumentError(
            "--split and --images are of a data set, and --against names image files"
        )
    sources = gather(against, recursive=recursive)
    sources.check_found(against)
    return Originals(label, sources, reading=reading, failures=list(sources.failures))
