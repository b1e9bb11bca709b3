"""The tags of a TIFF image that change what its samples mean and that Pillow passes over.

Numbers and names are those of the TIFF 6.0 specification.
"""

import re
from typing import Any

from PIL import Image

from aecodec.errors import InvalidImageError

NEW_SUBFILE_TYPE, PHOTOMETRIC, BITS_PER_SAMPLE, SAMPLE_FORMAT = 254, 262, 258, 339
TILE_WIDTH, TILE_LENGTH, SUB_IFDS, INK_SET, COMPRESSION = 322, 323, 330, 332, 259
IMAGE_WIDTH, IMAGE_LENGTH, ROWS_PER_STRIP = 256, 257, 278
STRIP_OFFSETS, STRIP_BYTE_COUNTS, TILE_OFFSETS, TILE_BYTE_COUNTS = 273, 279, 324, 325
MIN_IS_WHITE = 0
MAX_TILE_PIXELS = 2**26

_PREVIEW_OR_MASK = 0b101
_FORMATS = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}
_CMYK, _OLD_JPEG = 1, 6
_HEADER = rb"II\*\0|MM\0\*"


def check_tags(image: Image.Image) -> None:
    """Refuse an image whose samples mean what nothing here can turn into greys."""
    formats = {_FORMATS.get(number, "") for number in tags(image, SAMPLE_FORMAT)} - {""}
    if formats:
        raise InvalidImageError(
            f"its samples are {formats.pop()} numbers; convert them to 8-bit or 16-bit greys first"
        )
    if max(tags(image, BITS_PER_SAMPLE), default=1) > 16:
        raise InvalidImageError("more than 16 bits a sample; convert it to 8-bit greys first")
    if not tags(image, PHOTOMETRIC) and tags(image, COMPRESSION) != (_OLD_JPEG,):
        raise InvalidImageError("does not say whether 0 is black or white; save it again")
    if any(ink != _CMYK for ink in tags(image, INK_SET)):
        raise InvalidImageError("its inks are not those of CMYK; convert it to grey first")
    if tags(image, SUB_IFDS):
        raise InvalidImageError("holds images inside images (SubIFDs); save them apart")
    area = max(tags(image, TILE_WIDTH), default=1) * max(tags(image, TILE_LENGTH), default=1)
    if area > MAX_TILE_PIXELS:
        raise InvalidImageError("its tiles are too large; save it again without tiles")
    if _lacks_rows(image):
        raise InvalidImageError("damaged or truncated image (rows of pixels are missing)")


def _lacks_rows(image: Image.Image) -> bool:
    """Whether an image has too few strips or tiles: Pillow leaves what is missing black."""
    (width,), (height,) = tags(image, IMAGE_WIDTH), tags(image, IMAGE_LENGTH)
    tiles = tags(image, TILE_OFFSETS)
    if tiles:
        (across,), (down,) = tags(image, TILE_WIDTH), tags(image, TILE_LENGTH)
        return bool(len(tiles) < -(-width // across) * -(-height // down))
    rows = min((height, *tags(image, ROWS_PER_STRIP)))
    return bool(len(tags(image, STRIP_OFFSETS)) < -(-height // rows))


def is_derived(image: Image.Image) -> bool:
    """Whether an image is only a preview or a mask of another one in the file."""
    return any(int(kind) & _PREVIEW_OR_MASK for kind in tags(image, NEW_SUBFILE_TYPE))


def strips_end(image: Image.Image) -> int:
    """The offset behind the last of an image's strips or tiles."""
    offsets = tags(image, STRIP_OFFSETS) + tags(image, TILE_OFFSETS)
    counts = tags(image, STRIP_BYTE_COUNTS) + tags(image, TILE_BYTE_COUNTS)
    return int(max(map(sum, zip(offsets, counts, strict=False)), default=0))


def holds_another(data: bytes, end: int) -> bool:
    """Whether another file was appended: a header behind all strips, followed by a directory.

    TIFF's parts may lie anywhere, so that nothing tells where a file ends.
    """
    for found in re.compile(_HEADER).finditer(data, end):
        order = "little" if found[0][:1] == b"I" else "big"
        at = found.start() + int.from_bytes(data[found.end() : found.end() + 4], order)  # type: ignore[arg-type]
        entries = int.from_bytes(data[at : at + 2], order)  # type: ignore[arg-type]
        if entries > 0 and at + 2 + 12 * entries <= len(data):
            return True
    return b"\x89PNG\r\n\x1a\n" in data[end:]


def tags(image: Image.Image, number: int) -> tuple[Any, ...]:
    """The values of a tag, none where it is absent."""
    found = image.tag_v2.get(number, ())  # type: ignore[attr-defined]  # of Pillow's TIFF images
    return found if isinstance(found, tuple) else (found,)
