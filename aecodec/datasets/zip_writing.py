"""zip files of stored members, written in constant memory.

`zipfile` keeps 600 bytes a member until the file ends; here the directory waits on disk.
"""

import shutil
import struct
import tempfile
import zlib
from types import TracebackType
from typing import Protocol

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

_LOCAL = struct.Struct("<4s5H3L2H")
_UNIX = 3 << 8
_PLAIN, _LARGE_FILES = 20, 45  # versions of the format: the least, and with fields of 64 bits
_TIME, _DATE = 0, 0x21  # the first of 1980, so that the same members make the same bytes
_MODE = 0o100644 << 16
_MOST_ENTRIES = 2**16 - 1  # says that the number stands in a larger field
_IN_MEMORY = 2**20


class Output(Protocol):
    """A binary file that is only written to."""

    def write(self, data: bytes, /) -> int:
        """Append bytes and return their number."""


class StoredZip:
    """A zip file whose members are not compressed, since they are already.

    >>> import io, zipfile
    >>> file = io.BytesIO()
    >>> with StoredZip(file) as members:
    ...     members.add("a/1.png", b"data")
    >>> zipfile.ZipFile(file).read("a/1.png")
    b'data'

    Args:
        out: Takes the bytes.
    """

    def __init__(self, out: Output) -> None:
        self._out = out
        self._place = self._count = 0
        self._directory = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed below

    def add(self, name: str, data: bytes) -> None:
        """Write a member of fewer than 2^32 - 1 bytes; each name may come once."""
        path = name.encode()
        flags = 0 if name.isascii() else UTF8
        fields = flags, 0, _TIME, _DATE, zlib.crc32(data), len(data), len(data), len(path)
        large = self._place >= LARGE
        extra = struct.pack("<2HQ", LARGE_FIELD, 8, self._place) if large else b""
        version = _LARGE_FILES if large else _PLAIN
        place = min(self._place, LARGE)
        entry = (*fields, len(extra), 0, 0, 0, _MODE, place)
        self._directory.write(ENTRY.pack(ENTRY_MAGIC, _UNIX | version, version, *entry))
        self._directory.write(path + extra)
        self._write(_LOCAL.pack(b"PK\3\4", _PLAIN, *fields, 0) + path + data)
        self._count += 1

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._place += len(data)

    def __enter__(self) -> "StoredZip":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the directory, unless the members could not be."""
        with self._directory:
            if kind is None:
                self._finish()

    def _finish(self) -> None:
        start, size, count = self._place, self._directory.tell(), self._count
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._out)
        if count >= _MOST_ENTRIES or start + size >= LARGE:
            numbers = count, count, size, start
            rest = END_64.size - 12  # bytes behind this number
            self._out.write(
                END_64.pack(END_64_MAGIC, rest, _UNIX | _LARGE_FILES, _LARGE_FILES, 0, 0, *numbers)
                + LOCATOR.pack(LOCATOR_MAGIC, 0, start + size, 1)
            )
        count = min(count, _MOST_ENTRIES)
        ends = min(size, LARGE), min(start, LARGE)
        self._out.write(END.pack(END_MAGIC, 0, 0, count, count, *ends, 0))
