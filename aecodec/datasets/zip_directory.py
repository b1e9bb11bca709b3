"""The directory of a zip file, read as a stream.

`zipfile` keeps 600 bytes a member, half a gigabyte for a million images.
"""

import io
import struct
import zipfile
from array import array
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from aecodec.datasets.zip_records import (
    END,
    END_64,
    END_64_MAGIC,
    END_MAGIC,
    ENTRY,
    ENTRY_MAGIC,
    LARGE,
    LARGE_FIELD,
    LOCATOR,
    LOCATOR_MAGIC,
    UTF8,
)
from aecodec.errors import InvalidImageError

_MOST_COMMENT = 2**16
_GAP = bytes(LOCATOR.size + END_64.size)


class ZipDirectory:
    """The members of a zip file that are wanted, in the order of its directory.

    Attributes:
        count: How many there are; of members of one name only the last is meant.
        folders: The folders that they lie in.
        data_end: Where the directory starts, and so where the members' data ends.
    """

    def __init__(self, file: BinaryIO, wanted: Callable[[str], bool]) -> None:
        """Read the directory.

        Args:
            file: A zip file.
            wanted: Whether a member is wanted, by its name.

        Raises:
            InvalidImageError: The directory is damaged.
        """
        self._wanted = wanted
        self.data_end, entries = _entries(file)
        self.folders: set[str] = set()
        hashes = array("q")
        for name, *_ in entries:
            if wanted(name):
                hashes.append(hash(name))
                self.folders.add(name.rpartition("/")[0])
        self._last = self._last_places(file, _repeated(hashes))
        self.count = len(hashes) - sum(count - 1 for _, count in self._last.values())

    def _last_places(self, file: BinaryIO, hashes: set[int]) -> dict[str, tuple[int, int]]:
        """Where names of these hashes come last among the wanted ones, and how often they come."""
        found: dict[str, tuple[int, int]] = {}
        for place, (name, *_) in enumerate(self._entries(file) if hashes else ()):
            if hash(name) in hashes:
                found[name] = place, found.get(name, (0, 0))[1] + 1
        return found

    def _entries(self, file: BinaryIO) -> Iterator[tuple[Any, ...]]:
        return (entry for entry in _entries(file)[1] if self._wanted(entry[0]))

    def members(self, file: BinaryIO) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        """The name of each member, and what `zipfile` needs to know to read it.

        Args:
            file: The zip file, whose position nobody else moves meanwhile.
        """
        for place, (name, *row) in enumerate(self._entries(file)):
            if name in self._last and self._last[name][0] != place:
                continue
            info = zipfile.ZipInfo(name)
            info.header_offset, info.compress_size, info.file_size = row[:3]
            info.CRC, info.compress_type, info.flag_bits = row[3:]
            yield name, info

    def opened(self, file: BinaryIO) -> zipfile.ZipFile:
        """The zip file, for `zipfile` without a directory: its members are opened by their info."""
        return zipfile.ZipFile(_WithoutDirectory(file, self.data_end))


def _repeated(hashes: "array[int]") -> set[int]:
    """The numbers that come twice or more."""
    ordered = np.sort(np.frombuffer(hashes, np.int64))
    return set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())


def member_names(file: BinaryIO) -> Iterator[str]:
    """The names of the members of a zip file, in the order of its directory.

    Raises:
        InvalidImageError: The directory is damaged.
    """
    for name, *_ in _entries(file)[1]:
        yield name


class _WithoutDirectory(io.RawIOBase):
    """A zip file whose directory is replaced by an empty one."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        super().__init__()
        self._file, self._end, self._place = file, end, 0
        self._tail = _GAP + END.pack(END_MAGIC, 0, 0, 0, 0, 0, 0, 0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = (0, self._place, self._end + len(self._tail))[whence]
        self._place = base + offset
        return self._place

    def read(self, size: int = -1, /) -> bytes:
        """Read, allocating no more than is there: a member may claim any size."""
        place = self._place
        if place < self._end:
            left = self._end - place
            self._file.seek(place)
            data = self._file.read(left if size < 0 else min(size, left))
        else:
            rest = self._tail[place - self._end :]
            data = rest if size < 0 else rest[:size]
        self._place += len(data)
        return data


def _entries(file: BinaryIO) -> tuple[int, Iterator[tuple[Any, ...]]]:
    """Where the directory starts, and the name and numbers of each entry."""
    end = file.seek(0, io.SEEK_END)
    tail_at = max(end - END.size - _MOST_COMMENT, 0)
    file.seek(tail_at)
    tail = file.read(end - tail_at)
    found = tail.rfind(END_MAGIC)
    while found >= 0 and not _is_end(tail, found):
        found = tail.rfind(END_MAGIC, 0, found)
    if found < 0:
        raise InvalidImageError("cannot be read: its directory, at its end, is not there")
    size, start = END.unpack_from(tail, found)[5:7]
    here = tail_at + found
    large = _large_end(file, here)
    if large is not None:
        (size, start), here = large, here - len(_GAP)
    shift = here - size - start  # where other data stands in front of the zip file
    if shift < 0 or start + shift > here:
        raise _damaged()
    return start + shift, _read_entries(file, start + shift, size, shift)


def _is_end(tail: bytes, place: int) -> bool:
    """Whether what starts as the record at the end is whole, comment and all."""
    if len(tail) - place < END.size:
        return False
    return bool(place + END.size + END.unpack_from(tail, place)[7] <= len(tail))


def _large_end(file: BinaryIO, end: int) -> tuple[int, int] | None:
    """The size and place of the directory of a large file."""
    if end < len(_GAP):
        return None
    file.seek(end - len(_GAP))
    data = file.read(len(_GAP))
    if len(data) < len(_GAP) or not data.startswith(LOCATOR_MAGIC, END_64.size):
        return None
    magic, *_, size, start = END_64.unpack_from(data)
    return (size, start) if magic == END_64_MAGIC else None


def _read_entries(
    file: BinaryIO, start: int, size: int, shift: int
) -> Iterator[tuple[str, int, int, int, int, int, int]]:
    """Name, offset, packed size, size, check, method and flags of each entry."""
    file.seek(start)
    while size > 0:
        head = file.read(ENTRY.size)
        if len(head) < ENTRY.size or not head.startswith(ENTRY_MAGIC):
            raise _damaged()
        numbers = ENTRY.unpack(head)
        flags, method = numbers[3:5]
        check, packed, whole = numbers[7:10]
        lengths, offset = numbers[10:13], numbers[16]
        rest = file.read(sum(lengths))
        if len(rest) < sum(lengths):
            raise _damaged()
        name = rest[: lengths[0]].decode("utf-8" if flags & UTF8 else "cp437")
        if LARGE in (packed, whole, offset):
            extra = rest[lengths[0] : lengths[0] + lengths[1]]
            whole, packed, offset = _large_numbers(extra, (whole, packed, offset))
        yield name.partition("\0")[0], offset + shift, packed, whole, check, method, flags
        size -= ENTRY.size + sum(lengths)


def _large_numbers(extra: bytes, numbers: tuple[int, int, int]) -> Iterator[int]:
    """The numbers of an entry, those that do not fit it from its extra field."""
    fields: dict[int, bytes] = {}
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        fields.setdefault(kind, extra[4 : 4 + size])
        extra = extra[4 + size :]
    field = fields.get(LARGE_FIELD, b"")
    for number in numbers:
        if number == LARGE:
            if len(field) < 8:
                raise _damaged()
            yield struct.unpack_from("<Q", field)[0]
            field = field[8:]
        else:
            yield number


def _damaged() -> InvalidImageError:
    return InvalidImageError("cannot be read: its directory, at its end, is damaged")
