"""zip files of image files, read in their own order; nothing is unpacked to disk."""

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from aecodec.datasets.image_files import Read, check_member, image_file_splits, is_image_member
from aecodec.datasets.source import Options, Split
from aecodec.datasets.zip_directory import ZipDirectory
from aecodec.errors import InvalidImageError, StorageError, said
from aecodec.files import MAX_FILE_BYTES, open_file

ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")


def open_zip(path: Path, options: Options) -> list[Split]:
    """Open the image files of a zip file."""
    with open_file(str(path)) as file:
        directory = ZipDirectory(file, _is_image)
    if not directory.count:
        raise InvalidImageError("holds no images and no arrays")

    def members() -> Iterator[tuple[str, Read]]:
        with (
            open_file(str(path)) as listed,
            open_file(str(path)) as file,
            directory.opened(file) as archive,
        ):
            for name, info in directory.members(listed):
                yield name, partial(_read, archive, info)

    return image_file_splits(members, directory.folders, directory.count, options, root=f"{path}/")


def _is_image(name: str) -> bool:
    if not is_image_member(name):
        return False
    check_member(name)
    return True


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as member:
            data = member.read(MAX_FILE_BYTES + 1)
    except StorageError:
        raise
    except Exception as error:  # of a damaged member: nearly anything
        raise InvalidImageError(f"cannot be read: {said(error)}") from error
    if len(data) > MAX_FILE_BYTES:
        raise InvalidImageError(f"more than {MAX_FILE_BYTES:,} bytes is too large for an image")
    return data
