"""The tags of a TIFF image that change what its samples mean and that Pillow passes over.

Numbers and names are those of the TIFF 6.0 specification.
"""

from typing import Any

from PIL import Image

from aecodec.errors import InvalidImageError

NEW_SUBFILE_TYPE, PHOTOMETRIC, BITS_PER_SAMPLE, SAMPLE_FORMAT = 254, 262, 258, 339
TILE_WIDTH, TILE_LENGTH, SUB_IFDS, INK_SET, COMPRESSION = 322, 323, 330, 332, 259
MIN_IS_WHITE = 0
MAX_TILE_PIXELS = 2**26

_PREVIEW_OR_MASK = 0b101
_FORMATS = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}
_CMYK, _OLD_JPEG = 1, 6


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


def is_derived(image: Image.Image) -> bool:
    """Tell a preview or a mask of another image in the file from an image."""
    return any(int(kind) & _PREVIEW_OR_MASK for kind in tags(image, NEW_SUBFILE_TYPE))


def tags(image: Image.Image, number: int) -> tuple[Any, ...]:
    """The values of a tag, none where it is absent."""
    found = image.tag_v2.get(number, ())  # type: ignore[attr-defined]  # of Pillow's TIFF images
    return found if isinstance(found, tuple) else (found,)
