"""Files opened for reading, through whatever compresses them as a whole."""

import bz2
import gzip
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from aecodec.datasets.column import Opener
from aecodec.errors import AecodecError
from aecodec.files import open_file

_COMPRESSED: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", partial(lzma.LZMAFile, format=lzma.FORMAT_XZ)),
)
SUFFIXES = (".gz", ".bz2", ".xz")


@contextmanager
def open_data(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file, through gzip, bzip2 or xz where its content is theirs."""
    with open_file(str(path)) as file:
        head = file.read(8)
        file.seek(0)
        for magic, opened in _COMPRESSED:
            if head.startswith(magic):
                with opened(file) as inner:
                    yield inner
                return
        yield file


def is_compressed(path: Path) -> bool:
    """Whether a file can be opened, and starts as gzip, bzip2 or xz do."""
    try:
        with open_file(str(path)) as file:
            return file.read(8).startswith(tuple(magic for magic, _ in _COMPRESSED))
    except (AecodecError, OSError):
        return False


def opener(path: Path) -> Opener:
    """What opens a file again each time."""
    return partial(open_data, path)


def plain_name(name: str) -> str:
    """A file's name in lower case, without the suffix of what compresses it."""
    name = name.lower()
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name
