"""An archive in parts: a folder of .aez files, and an index that makes one archive of them."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aecodec.container.archive_reader import ArchiveReader
from aecodec.container.chunk import Chunk, moved
from aecodec.container.extras import Split
from aecodec.container.header import SEALED
from aecodec.container.part_index import INDEX_NAME, PartFile, PartIndex
from aecodec.container.reader import ContainerReader
from aecodec.errors import AecodecError, CorruptFileError, StorageError
from aecodec.recent import Recent

MAX_INDEX_BYTES = 2**26
_KEPT_BYTES = 2**24  # of the parts that were read last


class PartsReader(ArchiveReader):
    """Reads an archive in parts. A part is read when one of its chunks is, and kept a while.

    Args:
        folder: Where the parts are.

    Raises:
        CorruptFileError: It has no index, or one that is damaged.
        UnsupportedFileError: The index is of a later version.
        StorageError: The storage cannot be reached.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            data = _read(folder / INDEX_NAME, MAX_INDEX_BYTES)
        except FileNotFoundError as error:
            raise CorruptFileError("is a folder, not an .aez file") from error
        except OSError as error:
            raise CorruptFileError(f"{INDEX_NAME} cannot be read: {error.strerror}") from error
        index = PartIndex.unpack(data)
        self.ids, self.titles, self.labels = index.ids, index.titles, index.labels
        self.named, self.version, self.form = index.named, SEALED, "parts"
        self.models = [b""] * len(self.ids)
        self.damage = ""
        self.size = len(data) + sum(part.size for part in index.parts)
        self._splits = index.splits
        self._parts = index.parts
        self._places = [
            (part, place)
            for part, one in enumerate(index.parts)
            for place in range(len(one.counts))
        ]
        self._kept = Recent[ContainerReader](_KEPT_BYTES)

    @property
    def counts(self) -> Sequence[int]:
        """How many images each chunk has."""
        return [count for part in self._parts for count in part.counts]

    def read(self, number: int) -> Chunk:
        """Read and check one chunk.

        Raises:
            CorruptFileError: The chunk is damaged, or its part is, or is missing.
        """
        part, place = self._places[number]
        with _of_part(self._parts[part]):
            reader = self._reader(part)
            if reader.check_of(place) != self._parts[part].checks[place]:
                raise CorruptFileError("a chunk is not the one that the index tells of")
            return moved(reader.read(place), [self.ids.index(model_id) for model_id in reader.ids])

    def read_extras(self) -> tuple[tuple[Split, ...], dict[str, Any]]:
        """The splits, and no metadata."""
        return self._splits, {}

    def check_header(self) -> None:
        """Nothing: the index was checked when it was read."""

    def _reader(self, number: int) -> ContainerReader:
        """Read a part, or take it from those that are kept."""
        reader = self._kept.get(number)
        if reader is None:
            part = self._parts[number]
            data = _read(self._folder / part.file, part.size)
            if len(data) != part.size:
                raise CorruptFileError(f"has {len(data):,} bytes, not {part.size:,}")
            reader = ContainerReader(io.BytesIO(data))
            self._check_part(reader, part)
            self._kept.put(number, reader, part.size)
        return reader

    def _check_part(self, reader: ContainerReader, part: PartFile) -> None:
        if reader.damage:
            raise CorruptFileError(reader.damage)
        alike = (reader.named, reader.labels) == (self.named, self.labels)
        known = set(reader.ids).issubset(self.ids)
        if not (alike and known and tuple(reader.counts) == part.counts):
            raise CorruptFileError("is not the file that the index tells of")


@contextmanager
def _of_part(part: PartFile) -> Iterator[None]:
    """Say of an error in which part it is."""
    try:
        yield
    except StorageError:
        raise
    except FileNotFoundError as error:
        raise CorruptFileError(f"the part {part.file} is missing") from error
    except OSError as error:
        raise CorruptFileError(f"{part.file} cannot be read: {error.strerror}") from error
    except AecodecError as error:
        raise type(error)(f"{part.file}: {error.detail}") from error


def _read(path: Path, most: int) -> bytes:
    """Read a file of at most so many bytes.

    Raises:
        OSError: There is no such file, or it cannot be read.
        CorruptFileError: It is larger.
    """
    with path.open("rb") as file:
        if (size := file.seek(0, 2)) > most:
            raise CorruptFileError(f"has {size:,} bytes, more than {most:,}")
        file.seek(0)
        return file.read(size)
