"""Which files are images: by their first bytes, whatever their names."""

import os
import re

from aecodec.files import is_unreadable, read_head

FORMATS = ("PNG", "BMP", "TIFF", "WEBP", "JPEG", "PPM")
_NETPBM_SUFFIXES = (".pgm", ".ppm", ".pbm", ".pnm")
_JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")
SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".webp", *_JPEG_SUFFIXES, *_NETPBM_SUFFIXES)
HEAD_BYTES = 32

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_NETPBM = rb"P[1-6](?:\s+|\s*#)[\d#]|P[1-6]\s*#"


def image_format(head: bytes) -> str | None:
    """Name the format of an image that aecodec opens.

    Args:
        head: The first `HEAD_BYTES` bytes of a file, or the whole file.

    Returns:
        `PNG`, `BMP`, `TIFF`, `WEBP`, `JPEG`, `PPM` (all of Netpbm), or None for anything else.

    Example:
        >>> image_format(b"P5 28 28 255 ")
        'PPM'
        >>> image_format(b"PK") is None
        True
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(_TIFF):
        return "TIFF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    return "PPM" if re.match(_NETPBM, head) else None


def is_image_path(path: str | os.PathLike[str]) -> bool:
    """Whether a file is meant to be an image, by its suffix."""
    return os.path.splitext(path)[1].lower() in SUFFIXES  # noqa: PTH122 - hot for a million names


def is_image_file(path: str) -> bool:
    """Tell whether a file in a folder is to be taken for an image: by its suffix or its content.

    A file with an image's suffix counts even if it is damaged, and any file that may not be read
    may be one: neither is left out in silence. A file whose name starts with `._` (a Mac stores
    one beside each file on a foreign disk, with the same suffix) counts by its content only.
    """
    name = path.rpartition("/")[2]
    if is_image_path(name) and not name.startswith("._"):
        return True
    head = read_head(path, HEAD_BYTES)
    return image_format(head) is not None or (not head and is_unreadable(path))
