"""tar files of image files, compressed or not, in their own order; nothing is unpacked to disk."""

import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from aecodec.datasets.image_files import Read, check_member, image_file_splits, is_image_member
from aecodec.datasets.opening import open_data
from aecodec.datasets.source import Options, Split
from aecodec.errors import InvalidImageError
from aecodec.files import MAX_FILE_BYTES

TAR_MAGIC, TAR_MAGIC_AT = b"ustar", 257


def open_tar(path: Path, options: Options) -> list[Split]:
    """Open the image files of a tar file."""
    folders: set[str] = set()
    count = 0
    for name, _ in _members(path):
        folders.add(name.rpartition("/")[0])
        count += 1
    if not count:
        raise InvalidImageError("holds no images")
    return image_file_splits(partial(_members, path), folders, count, options, root=f"{path}/")


def _members(path: Path) -> Iterator[tuple[str, Read]]:
    with open_data(path) as file, tarfile.open(fileobj=_Capped(file), mode="r:") as archive:
        for member in archive:
            archive.members = []  # type: ignore[attr-defined]  # it keeps every member, without end
            name = member.name.removeprefix("./")
            if not is_image_member(name):
                continue
            check_member(name)
            if member.isfile():
                yield name, partial(_read, archive, member)
            elif not member.isdir():
                raise InvalidImageError(f"its member {name} is a link; pack what it leads to")


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > MAX_FILE_BYTES:
        raise InvalidImageError(f"{member.size:,} bytes is too large for an image")
    file = archive.extractfile(member)
    return b"" if file is None else file.read()


class _Capped:
    """A file of which no more is read at a time than an image may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MAX_FILE_BYTES:
            raise InvalidImageError("a header of its members is too large")
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
