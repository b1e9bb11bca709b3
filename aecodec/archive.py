"""Random access to the images of an .aez file."""

import io
import os
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from aecodec.codec import coder_by_id, decode_chunk
from aecodec.container import ContainerReader
from aecodec.errors import CorruptFileError, UnsupportedFileError
from aecodec.images import SIDE, Images
from aecodec.kinds import Coder
from aecodec.names import check_order


class Archive:
    """Random access to the images of an .aez file: `archive[i]`, `len(archive)`, iteration.

    A chunk is read and decoded when one of its images is asked for, and kept until another is.
    damage: what is wrong with the file as a whole, or an empty string.
    """

    def __init__(self, file: BinaryIO, model: str | None = None) -> None:
        self._file = file
        self._reader = ContainerReader(file)
        self._extra = model
        self._starts = self._reader.starts
        self._coders: list[Coder] = []
        self._kept: tuple[int, Images] | None = None
        self.damage = self._reader.damage
        self.named = self._reader.named
        self.chunks = len(self._reader.places)

    @property
    def coders(self) -> list[Coder]:
        """The coders of the file's models, in the header's order; found when first needed."""
        if not self._coders:
            self._coders = [coder_by_id(i, self._extra) for i in self._reader.ids]
        return self._coders

    def summary(self) -> dict[str, Any]:
        """What the container says of itself (see `ContainerReader.summary`)."""
        return self._reader.summary()

    def starts(self) -> list[int]:
        """The number of the first image of each chunk, then the number of all images."""
        return list(self._starts)

    def chunk_names(self, number: int) -> tuple[str, ...]:
        """The names of a chunk's images, empty where the archive has none."""
        return self._reader.read(number).names

    def chunk(self, number: int) -> Images:
        """Decode one chunk, uint8 (N, 28, 28)."""
        return self.named_chunk(number)[1]

    def named_chunk(self, number: int) -> tuple[tuple[str, ...], Images]:
        """Read one chunk: its names and its images."""
        chunk = self._reader.read(number)
        return chunk.names, decode_chunk(self.coders, chunk)

    def names(self) -> Iterator[str]:
        """Go through the names of all images. Raises CorruptFileError where order is broken."""
        before = ""
        for number in range(self.chunks):
            names = self.chunk_names(number)
            check_order(before, names)
            yield from names
            before = names[-1] if names else ""

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, number: int) -> Images:
        """Decode image `number`, uint8 (28, 28); negative numbers count from the end."""
        index = number + len(self) if number < 0 else number
        if not 0 <= index < len(self):
            raise IndexError(f"image {number} of {len(self)}")
        chunk = int(np.searchsorted(self._starts, index, side="right")) - 1
        if self._kept is None or self._kept[0] != chunk:
            self._kept = (chunk, self.chunk(chunk))
        return np.array(self._kept[1][index - self._starts[chunk]])

    def __iter__(self) -> Iterator[Images]:
        for number in range(self.chunks):
            yield from self.chunk(number)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_archive(path: str | os.PathLike[str], model: str | None = None) -> Archive:
    """Open an .aez file for random access.

    Raises as `decompress`, naming the file; CorruptFileError also where it cannot be read.
    """
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise CorruptFileError(f"{path}: is not a regular file; '-' reads standard input.")
        file = Path(path).open("rb")  # noqa: SIM115 - the archive closes it
    except OSError as error:
        raise CorruptFileError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        return Archive(file, model)
    except (CorruptFileError, UnsupportedFileError) as error:
        file.close()
        raise type(error)(f"{path}: {error}.") from error
    except BaseException:
        file.close()
        raise


def decompress(data: bytes, model: str | None = None) -> Images:
    """Decompress the bytes of an .aez file into uint8 (N, 28, 28).

    model: a model file to use besides the installed ones. Raises CorruptFileError,
    UnsupportedFileError, UnknownModelError or DecodingError; never returns a part.
    """
    with Archive(io.BytesIO(data), model) as archive:
        if archive.damage:
            raise CorruptFileError(archive.damage)
        if archive.named:
            deque(archive.names(), maxlen=0)  # raises where a name stands twice or out of order
        parts = [archive.chunk(number) for number in range(archive.chunks)]
    return np.concatenate(parts) if parts else np.zeros((0, SIDE, SIDE), np.uint8)
