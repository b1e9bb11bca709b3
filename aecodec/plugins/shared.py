"""Decoded images of an archive in memory that processes share, so that one decodes for all."""

import mmap
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import reduction
from multiprocessing.context import get_spawning_popen
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE, Images

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CAN_SHARE = fcntl is not None


class SharedImages:
    """Room for all images of an archive, filled chunk by chunk by whoever needs one first.

    Processes that are forked, or spawned with this object among their arguments, see the same
    memory; a copy that is pickled otherwise starts empty. Memory is taken up as chunks are
    decoded. A chunk is locked while it is decoded; a process that dies gives its locks back.

    Args:
        starts: The number of the first image of each chunk, and of the first behind the last.
        file: An open file of another process's object, whose memory this one uses.
    """

    def __init__(self, starts: NDArray[np.int64], file: int | None = None) -> None:
        self._starts = starts
        chunks, images = len(starts) - 1, int(starts[-1])
        self._file = _anonymous(chunks + images * PIXELS) if file is None else file
        weakref.finalize(self, os.close, self._file)
        memory = np.frombuffer(mmap.mmap(self._file, chunks + images * PIXELS), np.uint8)
        self._done = memory[:chunks]
        self._images = memory[chunks:].reshape(images, SIDE, SIDE)
        self._seen = np.zeros(chunks, bool)

    def take(self, numbers: NDArray[np.int64], decode: Callable[[int], Images]) -> Images:
        """Images by their numbers from 0, uint8 (N, 28, 28).

        Args:
            numbers: Their numbers.
            decode: Decodes a chunk that no process has decoded yet.
        """
        chunks = np.unique(np.searchsorted(self._starts, numbers, side="right") - 1)
        for wait in (False, True):  # what others are decoding comes last
            for chunk in chunks[~self._seen[chunks]].tolist():
                with self._locked(chunk, wait=wait) as locked:
                    if locked:
                        self._fill(chunk, decode)
        taken: Images = self._images[numbers]
        return taken

    def _fill(self, chunk: int, decode: Callable[[int], Images]) -> None:
        if not self._done[chunk]:
            self._images[self._starts[chunk] : self._starts[chunk + 1]] = decode(chunk)
            self._done[chunk] = 1
        self._seen[chunk] = True

    @contextmanager
    def _locked(self, chunk: int, *, wait: bool) -> Iterator[bool]:
        """Lock a chunk against other processes; says whether that worked."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, chunk)
        except (BlockingIOError, PermissionError):
            yield False
            return
        try:
            yield True
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, chunk)

    def __reduce__(self) -> tuple[Any, ...]:
        if get_spawning_popen() is None:
            return SharedImages, (self._starts,)
        return _of_parent, (self._starts, reduction.DupFd(self._file))


def _of_parent(starts: NDArray[np.int64], file: Any) -> SharedImages:
    return SharedImages(starts, file.detach())


def _anonymous(size: int) -> int:
    """A file without a name, which takes up memory as it is written."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("aecodec")
    else:
        with tempfile.TemporaryFile() as named:
            file = os.dup(named.fileno())
    os.truncate(file, size)
    return file
