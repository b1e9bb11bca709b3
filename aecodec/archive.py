"""Random access to the images of an .aez file."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from aecodec.codec import decode_chunk
from aecodec.container import ContainerReader
from aecodec.container.names import check_order
from aecodec.errors import (
    CorruptFileError,
    DecodingError,
    InvalidModelError,
    UnknownModelError,
    UnsupportedFileError,
)
from aecodec.images import Images
from aecodec.kinds import Coder
from aecodec.library import coder_by_id, embedded_coders, find_path, load_codec


class Archive:
    """Random access to the images of an .aez file: `archive[i]`, `len(archive)`, iteration.

    A chunk is read and decoded when one of its images is asked for, and kept until another is.
    damage: what is wrong with the file as a whole, or an empty string; models: the id of each of
    its models, and the model's bytes where the file brings them along.
    """

    def __init__(self, file: BinaryIO, model: str | None = None) -> None:
        self._file = file
        self._reader = ContainerReader(file)
        self._extra = model
        self.models = list(zip(self._reader.ids, self._reader.models, strict=True))
        self._starts = self._reader.starts
        self._coders: list[Coder] = []
        self._kept: tuple[int, Images] | None = None
        self.damage = self._reader.damage
        self.named = self._reader.named
        self.chunks = len(self._reader.places)

    @property
    def coders(self) -> list[Coder]:
        """The coders of the file's models, in the header's order; found when first needed.

        An installed model comes first: it is loaded once for many files, and it is there where
        the file's own copy is damaged. Both give the same pixels, since the id is their hash.
        """
        if not self._coders:
            if self._extra is not None:
                load_codec(find_path(self._extra))  # a wrong name is told, whatever is embedded
            installed = [self._installed(i, body) for i, body in self.models]
            missing = [
                pair for pair, coder in zip(self.models, installed, strict=True) if coder is None
            ]
            embedded = iter(embedded_coders(tuple(missing)) if missing else ())
            self._coders = [coder or next(embedded) for coder in installed]
        return self._coders

    def _installed(self, model_id: bytes, body: bytes) -> Coder | None:
        """Find an installed model; None where there is none that works, but one is embedded."""
        try:
            return coder_by_id(model_id, self._extra)
        except (UnknownModelError, InvalidModelError):
            if not body:
                self._reader.check_header()  # an id that is damaged is no model to install
                raise
            return None

    def summary(self) -> dict[str, Any]:
        """What the container says of itself (see `ContainerReader.summary`)."""
        return self._reader.summary()

    def span(self, number: int) -> tuple[int, int]:
        """The numbers of a chunk's first image and of the first behind it."""
        return self._starts[number], self._starts[number + 1]

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


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put the file's name before what is wrong with it."""
    try:
        yield
    except (CorruptFileError, DecodingError, UnknownModelError, UnsupportedFileError) as error:
        raise type(error)(f"{path}: {str(error).rstrip('.')}.") from error


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
        with naming(path):
            return Archive(file, model)
    except BaseException:
        file.close()
        raise
