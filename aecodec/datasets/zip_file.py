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
        directory = ZipDirectory(file, is_image_member)
    if not directory.names:
        raise InvalidImageError("holds no images and no arrays")
    for name in directory.names:
        check_member(name)

    def members() -> Iterator[tuple[str, Read]]:
        with open_file(str(path)) as file, directory.opened(file) as archive:
            for number, name in enumerate(directory.names):
                yield name, partial(_read, archive, directory, number)

    folders = {name.rpartition("/")[0] for name in directory.names}
    return image_file_splits(members, folders, len(directory.names), options, root=f"{path}/")


def _read(archive: zipfile.ZipFile, directory: ZipDirectory, number: int) -> bytes:
    try:
        with archive.open(directory.info(number)) as member:
            data = member.read(MAX_FILE_BYTES + 1)
    except StorageError:
        raise
    except Exception as error:  # of a damaged member: nearly anything
        raise InvalidImageError(f"cannot be read: {said(error)}") from error
    if len(data) > MAX_FILE_BYTES:
        raise InvalidImageError(f"more than {MAX_FILE_BYTES:,} bytes is too large for an image")
    return data
