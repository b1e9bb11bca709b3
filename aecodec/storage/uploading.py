"""Files published at a URL: whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aecodec.errors import OutputError
from aecodec.storage.asking import asked
from aecodec.storage.url_path import UrlPath

PART_BYTES = 2**24  # of an upload in parts: S3 takes 10,000 of them
_IN_PARTS = ("s3", "s3a", "gs", "gcs")  # an upload in parts appears when it is completed
_WHOLE = ("memory",)  # a file appears when it is begun, so it is given whole


@contextmanager
def uploaded(path: UrlPath, version: str | None = None) -> Iterator["Upload"]:
    """Publish a file when the block ends well: it appears whole or not at all.

    Args:
        path: The file; what is there is replaced.
        version: What the file that is replaced must be, where the storage can compare: S3 can.

    Yields:
        What takes the bytes. No more than 32 MiB of them are kept in memory, and none on disk.

    Raises:
        OutputError: The storage takes no files whole, there is no such bucket, or the file is of
            another version.
        StorageError: It cannot be reached, or refuses.
    """
    upload = Upload(path, version)
    try:
        yield upload
        upload.commit()
    except BaseException:
        upload.discard()
        raise


class Upload:
    """A file that is being published; made by `uploaded`."""

    def __init__(self, path: UrlPath, version: str | None) -> None:
        self._path = path
        scheme = path.parts[0].partition(":")[0]
        if path.parts[0] not in {f"{known}:" for known in (*_IN_PARTS, *_WHOLE)}:
            known = ", ".join(f"{known}://" for known in ("s3", "gs", "memory"))
            raise OutputError(f"cannot be published whole; results go to {known} or a disk", path)
        self._whole = scheme in _WHOLE
        self._condition = {"IfMatch": version} if version and scheme in ("s3", "s3a") else {}
        self._buffer = bytearray()
        self._file: Any = None

    def write(self, data: bytes, /) -> int:
        """Append bytes and return their number."""
        if self._file is None:
            self._buffer += data
            if len(self._buffer) < PART_BYTES or self._whole:
                return len(data)
            data, self._buffer = bytes(self._buffer), bytearray()
        with asked(str(self._path), writing=True) as (system, path):
            if self._file is None:
                options = {"block_size": PART_BYTES, "autocommit": False, **self._condition}
                self._file = system.open(path, "wb", **options)
            self._file.write(data)
        return len(data)

    def commit(self) -> None:
        """Let the file appear."""
        with asked(str(self._path), writing=True) as (system, path):
            if self._file is None:
                system.pipe_file(path, bytes(self._buffer), **self._condition)
            else:
                self._file.close()
                self._file.commit()

    def discard(self) -> None:
        """Leave nothing behind, as far as the storage still answers."""
        if self._file is not None:
            with suppress(Exception):
                self._file.discard()
            self._file.closed = True  # its end would otherwise try once more
