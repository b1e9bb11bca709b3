"""A file behind a URL, read by ranges."""

import io
import os
from typing import Any

from aecodec.errors import StorageError
from aecodec.storage.asking import asked

_FOOTER_BYTES = 2**12  # read at once with a file's last bytes: an index lies before them
_FIRST_AHEAD, _MOST_AHEAD = 2**16, 2**22


class RangeFile(io.RawIOBase):
    """A file read by ranges, one request each; read on and on, in ever larger ones.

    It holds no connection, so it may be shared with forked processes.

    Args:
        url: The file.
        size: Its bytes.
    """

    def __init__(self, url: str, size: int) -> None:
        super().__init__()
        self._url, self._size = url, size
        self._position = 0
        self._start, self._data = 0, b""  # what was fetched last
        self._next, self._ahead = -1, 0  # where reading on would begin, and what to fetch for it

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position."""
        start = (0, self._position, self._size)[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Read as many bytes as there are, up to the size of the buffer."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, fewer at the end only."""
        start = self._position
        room = max(0, self._size - start)
        end = start + (room if size is None or size < 0 else min(size, room))
        if not self._start <= start <= end <= self._start + len(self._data):
            self._fetch(start, end)
        self._position = self._next = end
        return self._data[start - self._start : end - self._start]

    def _fetch(self, start: int, end: int) -> None:
        on = start == self._next
        self._ahead = min(max(2 * self._ahead, _FIRST_AHEAD), _MOST_AHEAD) if on else 0
        if end == self._size and not on:
            start = max(0, min(start, end - _FOOTER_BYTES))
        end = min(end + self._ahead, self._size)
        kept = self._data[start - self._start :] if start >= self._start else b""
        first = start + len(kept)
        with asked(self._url) as (system, path):
            data = system.cat_file(path, start=first, end=end)
        if len(data) != end - first:
            raise StorageError(
                f"the storage gave {len(data):,} bytes, not {end - first:,} as asked: the file has "
                "changed, or its server gives files whole only. Download it, or try again",
                self._url,
            )
        self._start, self._data = start, kept + data
