"""Temporary files, locked while they are written, so that those of killed runs can be removed."""

import atexit
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from aecodec.files import TEMPORARY_PREFIX, TEMPORARY_SUFFIX

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows: there no file can be removed that is open
    flock = None  # type: ignore[assignment]


_written: set[Path] = set()


@contextmanager
def temporary_beside(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a new file in the folder of `path`; what is left of it at the end is removed.

    Files that killed runs left in the folder are removed too.

    Yields:
        The file, to be closed and renamed by the caller, and its path.

    Raises:
        OSError: The file cannot be made.
    """
    remove_abandoned(path.parent.absolute())
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}{TEMPORARY_SUFFIX}")
    _written.add(temporary)
    try:
        with ExitStack() as stack:
            yield _create(temporary, stack), temporary
    finally:
        _remove(temporary)


@contextmanager
def empty_file(path: Path) -> Iterator[None]:
    """Make an empty file for the time of the block. Raises OSError where it cannot be made."""
    _written.add(path)
    try:
        path.touch(exist_ok=False)
        yield
    finally:
        _remove(path)


def write_new(path: Path, data: bytes) -> bool:
    """Write a whole file where none is, in one step, and tell whether that was done.

    Linux makes files that have no name until they are whole, which takes a third of the time. Where
    something has the name already, or a file system has no such files, nothing is done.
    """
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag:
        return False
    remove_abandoned(path.parent.absolute())
    try:
        handle = os.open(path.parent, os.O_WRONLY | flag, 0o666)
    except OSError:
        return False
    try:
        if os.write(handle, data) < len(data):
            return False
        # a descriptor of a folder, though none is needed here, lets Python follow the link
        os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=handle, follow_symlinks=True)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


@atexit.register
def remove_unfinished() -> None:
    """Remove the files that this process still writes: for one that an interrupt ends.

    An interrupt may come where a file is made and its context is not yet entered, so that nothing
    would remove it.
    """
    for path in list(_written):
        _remove(path)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
    _written.discard(path)


def _create(path: Path, stack: ExitStack) -> BinaryIO:
    """Make a file and lock it by a second handle, which outlives the file's being closed."""
    while True:
        file = stack.enter_context(path.open("xb"))
        if flock is None:
            return file
        lock = os.dup(file.fileno())
        stack.callback(os.close, lock)
        with suppress(OSError):  # not every file system has locks
            flock(lock, LOCK_EX)
        if os.fstat(lock).st_nlink:
            return file  # otherwise it was taken for abandoned before it was locked


@lru_cache(maxsize=1024)
def remove_abandoned(folder: Path) -> None:
    """Remove temporary files that nobody writes any more; look once per process and folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(TEMPORARY_PREFIX) and entry.name.endswith(TEMPORARY_SUFFIX):
                with suppress(OSError):  # somebody writes it, or nobody can tell
                    _remove_unlocked(entry.path)


def _remove_unlocked(path: str) -> None:
    if flock is None:
        Path(path).unlink()
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        flock(handle, LOCK_EX | LOCK_NB)
        Path(path).unlink()
    finally:
        os.close(handle)
