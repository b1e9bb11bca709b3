"""Paths that are URLs."""

import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from aecodec.errors import (
    InvalidArgumentError,
    MissingFileError,
    OutputError,
    StorageError,
)
from aecodec.storage.asking import URL, asked
from aecodec.storage.ranges import RangeFile

StrPath = str | os.PathLike[str]
_LOCAL = ("file", "local")
_BUCKETS = ("s3:", "s3a:", "gs:", "gcs:")


def is_url(path: StrPath) -> bool:
    """Whether a path is a URL such as `s3://bucket/x.aez`.

    >>> is_url("s3://bucket/x.aez"), is_url("scans/x.aez"), is_url("C:/x.aez")
    (True, False, False)
    """
    return isinstance(path, UrlPath) or (isinstance(path, str) and bool(URL.match(path)))


def to_path(path: StrPath) -> Path:
    """The path that a text names: a `UrlPath` for a URL, a plain one for anything else.

    >>> to_path("s3://bucket/a/x.aez").with_suffix(".npz")
    UrlPath('s3://bucket/a/x.npz')
    >>> to_path("zip://x.aez::s3://bucket/all.zip").stem
    'x'
    >>> to_path("file:///tmp/x.aez").name
    'x.aez'

    Raises:
        InvalidArgumentError: The URL has an empty part.
    """
    text = os.fspath(path)
    if isinstance(path, Path) or not is_url(text):
        return path if isinstance(path, Path) else Path(text)
    own, _, outer = text.partition("::")
    scheme, _, inner = own.partition("://")
    if scheme.lower() in _LOCAL and not outer:
        return Path(inner)
    if scheme == "memory":
        inner = inner.lstrip("/")
    found = UrlPath(f"{scheme}:{quote(outer, safe='')}/{inner}")
    normal = f"{scheme}://{inner.rstrip('/')}" + (f"::{outer}" if outer else "")
    if str(found) != normal:
        raise InvalidArgumentError("has an empty part or a '.' between slashes", text)
    return found


def version(path: Path) -> str:
    """What differs once a file has been replaced or written.

    Raises:
        OSError: There is no such file.
        StorageError: The storage of its URL cannot tell.
    """
    if isinstance(path, UrlPath):
        return path.version()
    state = path.stat()
    return f"{state.st_ino} {state.st_mtime_ns} {state.st_size}"


class UrlPath(type(Path())):  # type: ignore[misc]  # the class of the platform's paths
    """A path whose file is reached by its URL; made by `to_path`.

    The first part is the scheme, and behind its colon, quoted, the URL of what holds the file.
    So names, suffixes and parents are those of the file itself.
    """

    def __str__(self) -> str:
        """The URL."""
        scheme, colon, outer = ([*self.parts, ""][0]).partition(":")
        if not colon:
            return "/".join(self.parts)
        url = f"{scheme}://{'/'.join(self.parts[1:])}"
        return f"{url}::{unquote(outer)}" if outer else url

    def __repr__(self) -> str:
        """The URL, for people."""
        return f"UrlPath({str(self)!r})"

    def stat(self, **_: Any) -> os.stat_result:
        """What kind of thing is there, and its bytes. Raises MissingFileError, StorageError."""
        with asked(str(self)) as (system, path):
            info = system.info(path)
        folder = info["type"] == "directory"
        mode = stat.S_IFDIR if folder else stat.S_IFREG
        identity = zlib.crc32(str(self).encode("utf-8", "replace"))
        return os.stat_result((mode, identity, -1, 1, 0, 0, info.get("size") or 0, 0, 0, 0))

    def lstat(self) -> os.stat_result:
        """As `stat`: there are no links."""
        return self.stat()

    def exists(self, **_: Any) -> bool:
        """Whether there is a file or a folder."""
        return self._mode() != 0

    def is_dir(self, **_: Any) -> bool:
        """Whether there are files below it."""
        return stat.S_ISDIR(self._mode())

    def is_file(self, **_: Any) -> bool:
        """Whether there is a file."""
        return stat.S_ISREG(self._mode())

    def is_symlink(self) -> bool:
        """Never."""
        return False

    def _mode(self) -> int:
        try:
            return self.stat().st_mode
        except MissingFileError:
            return 0

    def read_bytes(self) -> bytes:
        """The whole file, in one request."""
        with asked(str(self)) as (system, path):
            return bytes(system.cat_file(path))

    def version(self) -> str:
        """What tells the file from others that stood in its place, of the same size too."""
        with asked(str(self)) as (system, path):
            return str(system.info(path).get("ETag") or system.ukey(path))

    def absolute(self) -> "UrlPath":
        """Itself."""
        return self

    def mkdir(self, *_: Any, **__: Any) -> None:
        """Nothing to make: check that the bucket is there, before there is work to lose."""
        bucket = UrlPath(*self.parts[:2])
        if self.parts[0] in _BUCKETS and not bucket.is_dir():
            raise OutputError("there is no such bucket", bucket)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file. Raises StorageError, MissingFileError."""
        if self.exists() or not missing_ok:
            with asked(str(self)) as (system, path):
                system.rm_file(path)

    def remove_files(self, names: Sequence[str]) -> None:
        """Remove files of a folder. Raises StorageError, MissingFileError."""
        if names:
            with asked(str(self), writing=True) as (system, path):
                system.rm([f"{path}/{name}" for name in names])

    def files(self, *, recursive: bool) -> tuple[list[str], list[str]]:
        """The files in a folder and the folders in it, by their paths below it."""
        with asked(str(self)) as (system, path):
            if recursive:
                return [name for name in map(_below(path), system.find(path)) if name], []
            found = system.ls(path, detail=True)
        below = _below(path)
        names = [(below(info["name"]), info["type"] == "directory") for info in found]
        files = [name for name, folder in names if name and not folder]
        return files, [name for name, folder in names if name and folder]

    def iterdir(self) -> Iterator["UrlPath"]:
        """What is in a folder."""
        files, folders = self.files(recursive=False)
        return (self / name for name in files + folders)

    def open(self, mode: str = "r", *_: Any, **__: Any) -> Any:
        """Open the file for reading its bytes, without a buffer: see `RangeFile`."""
        if mode != "rb":
            raise OutputError("is written whole, by `uploaded`", self)
        if stat.S_ISDIR((found := self.stat()).st_mode):
            raise StorageError("is a folder", self)
        return RangeFile(str(self), found.st_size)


def _below(folder: str) -> Any:
    """What gives the path of a file below a folder, as a file system lists both."""
    start = folder.strip("/")
    return lambda name: name.strip("/").removeprefix(start).lstrip("/")
