"""Where the records of an .aez file lie: by its index, or from the front where that is damaged."""

import io
import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from aecodec.container.header import MAX_CHUNK_IMAGES
from aecodec.container.record import MAX_RECORD_BYTES, TAG_CHUNK, TAG_INDEX, record_check
from aecodec.container.varints import read_varint
from aecodec.errors import CorruptFileError

CHECK_BYTES = 4
_RECORD_ROOM = 1 + 5  # tag and length, at most
_LEAST_RECORD = 1 + 1 + 1 + 4 + 4  # a chunk's tag, length, count, pixel check and check
_LEAST_OTHER = 1 + 1 + 4  # the tag, length and check of a record without images


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: its offset and length in bytes, its images, and its number."""

    offset: int
    length: int
    count: int
    number: int


class FileBytes:
    """The bytes of a file, read by their places, and the records that they hold.

    Args:
        file: A seekable binary file.

    Attributes:
        size: The bytes of the file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes. Raises CorruptFileError where there are fewer."""
        data = _read_at(self._file, offset, length)
        if len(data) != length:
            raise CorruptFileError("the file is truncated")
        return data

    def read_index(self, prefix: bytes, start: int, *, sealed: bool) -> list[Place]:
        """The places of all chunks by the index, which must account for every byte."""
        if self.size < start + 4:
            raise CorruptFileError("the file is truncated before its index")
        (length,) = struct.unpack("<I", self.read(self.size - 4, 4))
        offset = self.size - 4 - length
        if length > _RECORD_ROOM + MAX_RECORD_BYTES + CHECK_BYTES or offset < start:
            raise CorruptFileError("the index is damaged or missing: truncated, or bytes added")
        record = self.read(offset, length)
        if record[:1] != bytes([TAG_INDEX]):
            raise CorruptFileError("the index is damaged or missing: truncated, or bytes added")
        size, position = read_varint(record, 1)
        body = record[position:-CHECK_BYTES]
        if size != len(body) or size > MAX_RECORD_BYTES:
            raise CorruptFileError("the index is damaged")
        chunks, position = read_varint(body, 0)
        check = record[-CHECK_BYTES:]
        if 2 * chunks > len(body) or check != record_check(prefix, TAG_INDEX, chunks, body):
            raise CorruptFileError("the index is damaged")
        if (
            chunks * (_LEAST_OTHER if sealed else _LEAST_RECORD) > offset - start
        ):  # before millions of places are made
            raise CorruptFileError("the index lists more chunks than the file has room for")
        places = []
        for number in range(chunks):
            count, position = read_varint(body, position)
            bytes_, position = read_varint(body, position)
            places.append(Place(start, bytes_, count, number))
            start += bytes_
            least = _LEAST_OTHER if sealed and not count else _LEAST_RECORD
            sound = least <= bytes_ <= _RECORD_ROOM + MAX_RECORD_BYTES + CHECK_BYTES
            if not (sound and (0 if sealed else 1) <= count <= MAX_CHUNK_IMAGES):
                raise CorruptFileError("the index is malformed")
        if position != len(body) or start != offset:
            raise CorruptFileError("the index does not account for every byte of the file")
        return places

    def scan(self, offset: int) -> list[Place]:
        """The places of the chunks that can be reached by their own lengths."""
        places: list[Place] = []
        while True:
            room = self.read(offset, max(0, min(_RECORD_ROOM + 5, self.size - offset)))
            try:
                if room[:1] != bytes([TAG_CHUNK]):
                    return places
                length, position = read_varint(room, 1)
                count, _ = read_varint(room, position)
            except CorruptFileError:
                return places
            total = position + length + CHECK_BYTES
            whole = length <= MAX_RECORD_BYTES and _LEAST_RECORD <= total <= self.size - offset
            if not whole or not 1 <= count <= MAX_CHUNK_IMAGES:
                return places
            places.append(Place(offset, total, count, len(places)))
            offset += total


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    """Read from a place in a file, where possible without its position.

    Processes share that with those that were forked from them, as the workers of data loaders are.
    """
    plain = isinstance(file, io.BufferedReader) and isinstance(file.raw, io.FileIO)
    if plain and hasattr(os, "pread"):
        return os.pread(file.fileno(), length, offset)
    file.seek(offset)
    return file.read(length)
