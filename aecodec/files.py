"""Reading files and walking folders: links are followed, and pipes are never waited for."""

import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from aecodec.errors import AecodecError, InvalidImageError, MissingFileError, OutputError
from aecodec.storage import RangeFile, StrPath, UrlPath, is_url, to_path

MAX_FILE_BYTES = 2**26  # of an image file
URL_BUFFER = 2**18  # bytes of a data set that are asked for at least

_IS_UTF8 = sys.getfilesystemencoding().lower() == "utf-8"
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # by platform
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".aecodec-", ".tmp"  # of results that are being written
_MOST_PART = 60  # letters, so that a part has fewer than 255 bytes
_LEFTOVERS = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"}


@dataclass
class Walk:
    """What was found in a folder.

    Attributes:
        files: Paths of the wanted files below the folder, POSIX, in the order of their names.
        others: How many files were not wanted (what desktops leave behind is not counted).
        unentered: How many folders were not entered, because the walk was not recursive.
        loops: Links that lead back to a folder that contains them; they were not followed.
        errors: One for each folder that could not be listed.
    """

    files: list[str] = field(default_factory=list)
    others: int = 0
    unentered: int = 0
    loops: list[str] = field(default_factory=list)
    errors: list[AecodecError] = field(default_factory=list)


def walk(root: str, wanted: Callable[[str], bool], *, recursive: bool = True) -> Walk:
    """List the files in a folder, following links to files and to folders.

    Args:
        root: The folder.
        wanted: Says of a path (the folder's included) whether to list it.
        recursive: Whether to enter folders inside the folder.

    Returns:
        The files, and what was passed over.
    """
    found = Walk()
    if is_url(root):
        _walk_url(found, cast(UrlPath, to_path(root)), wanted, recursive=recursive)
        return found
    root = root.rstrip("/") + "/"
    pending: list[tuple[str, tuple[tuple[int, int], ...]]] = [("", ())]
    while pending:  # no recursion: folders may lie deeper than Python's stack
        prefix, above = pending.pop()
        try:
            here = os.stat(root + prefix)  # noqa: PTH116 - strings: there may be a million
            within = (*above, (here.st_dev, here.st_ino))
            if within[-1] in above:
                found.loops.append(root + prefix)
                continue
            with os.scandir(root + prefix) as entries:
                folders = _files(found, prefix, entries, wanted)
        except OSError as error:
            refusal = OutputError(f"cannot be listed: {error.strerror}", root + prefix)
            found.errors.append(refusal)
            continue
        if recursive:
            pending += [(f"{prefix}{name}/", within) for name in sorted(folders, reverse=True)]
        else:
            found.unentered += len(folders)
    found.files.sort()
    return found


def _walk_url(
    found: Walk, root: UrlPath, wanted: Callable[[str], bool], *, recursive: bool
) -> None:
    try:
        files, folders = root.files(recursive=recursive)
    except AecodecError as error:
        found.errors.append(error)
        return
    for name in sorted(files):
        if _is_leftover(name.rpartition("/")[2]):
            continue
        if wanted(str(root / name)):
            found.files.append(name)
        else:
            found.others += not name.rpartition("/")[2].startswith("._")
    found.unentered = len(folders)


def _files(
    found: Walk, prefix: str, entries: Iterator["os.DirEntry[str]"], wanted: Callable[[str], bool]
) -> list[str]:
    """Add the files of one folder, and return the names of the folders in it."""
    folders = []
    for entry in entries:
        if _is_folder(entry):
            folders.append(entry.name)
        elif not _is_leftover(entry.name):
            if wanted(entry.path):
                found.files.append(prefix + entry.name)
            elif not entry.name.startswith("._"):  # what a Mac stores beside each file
                found.others += 1
    return folders


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: reading it will tell
        return False


def _is_leftover(name: str) -> bool:
    """Whether a file is one that desktops leave behind, or an unfinished result of ours."""
    unfinished = name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)
    return unfinished or name.lower() in _LEFTOVERS


def is_folder(path: str) -> bool:
    """Whether a path, as it was given, is that of a folder."""
    if is_url(path):
        return path.endswith("/") or to_path(path).is_dir()
    return os.path.isdir(path)  # noqa: PTH112 - Path("") is the current folder


def is_there(path: str) -> bool:
    """Whether a path is that of a file, a folder or a link."""
    return to_path(path).exists() if is_url(path) else os.path.lexists(path)


def absolute(path: str) -> Path:
    """A path from the root; of `.` too."""
    return to_path(path) if is_url(path) else Path(os.path.abspath(path))  # noqa: PTH100


def real(path: StrPath) -> str:
    """Where a path leads to, links followed; a URL is what it says."""
    return str(path) if is_url(path) else os.path.realpath(path)


def file_part(title: str) -> str:
    """The part of a path that is called as something else is, safe on any system.

    >>> file_part("../a b"), file_part("é-1.5")
    ('_a_b', 'é-1.5')
    """
    return re.sub(r"[^\w.-]", "_", title[:_MOST_PART]).strip(".") or "_"


def portable_name(path: str) -> str:
    """The text that a relative path is stored as: its bytes are UTF-8, whatever the locale.

    Bytes that are not UTF-8 come out as lone surrogates, which no archive takes.
    """
    return path if _IS_UTF8 else os.fsencode(path).decode("utf-8", "surrogateescape")


def native_path(name: str) -> str:
    """The path whose bytes are the UTF-8 of a stored name: the reverse of `portable_name`."""
    return name if _IS_UTF8 else os.fsdecode(name.encode("utf-8", "surrogateescape"))


def read_bytes(path: str, limit: int = MAX_FILE_BYTES) -> bytes:
    """Read a regular file.

    It is opened without waiting, so that a pipe is refused, not waited for; plain system calls,
    since a batch reads very many small files.

    Raises:
        MissingFileError: There is no such file.
        InvalidImageError: It is not a regular file, has more than `limit` bytes, or cannot be read.
    """
    if is_url(path):
        with to_path(path).open("rb") as file:
            if (size := file.seek(0, io.SEEK_END)) > limit:
                raise InvalidImageError(f"{size:,} bytes is too large for an image", path)
            file.seek(0)
            return file.read(size)
    with _opened(path) as handle:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise InvalidImageError("is not a regular file; '-' reads standard input", path)
        if state.st_size > limit:
            raise InvalidImageError(f"{state.st_size:,} bytes is too large for an image", path)
        data = os.read(handle, state.st_size)
        while len(data) < state.st_size and (more := os.read(handle, state.st_size - len(data))):
            data += more
        return data


def read_head(path: str, count: int) -> bytes:
    """The first `count` bytes of a regular file; none of anything else or unreadable."""
    try:
        if is_url(path):
            with to_path(path).open("rb") as file:
                return file.read(count)
        with _opened(path) as handle:
            return os.read(handle, count) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    except AecodecError:
        return b""


def is_unreadable(path: str) -> bool:
    """Tell whether a path is a regular file that may not be read, or leads where none may look."""
    try:
        # strings: see `read_bytes`
        return stat.S_ISREG(os.stat(path).st_mode) and not os.access(path, os.R_OK)  # noqa: PTH116
    except PermissionError:
        return True
    except OSError:  # a link that leads nowhere: there is no content
        return False


def open_file(path: str) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        MissingFileError: There is no such file.
        InvalidImageError: It is not a regular file, or cannot be read.
    """
    if is_url(path):
        return io.BufferedReader(cast(RangeFile, to_path(path).open("rb")), URL_BUFFER)
    with _opened(path) as handle:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise InvalidImageError("is not a regular file", path)
        return os.fdopen(os.dup(handle), "rb")


@contextmanager
def _opened(path: str) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDONLY | _NO_WAIT)
        try:
            yield handle
        finally:
            os.close(handle)
    except FileNotFoundError as error:
        lost = "is a link to a file that is not there"
        text = lost if os.path.islink(path) else "there is no such file"  # noqa: PTH114
        raise MissingFileError(text, path) from error
    except OSError as error:
        raise InvalidImageError(f"cannot be read: {error.strerror}", path) from error
