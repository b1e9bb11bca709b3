"""The images in a file, one after the other, opened by Pillow and not yet decoded."""

import io
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from PIL import ImageFile

from aecodec import pillow
from aecodec.errors import InvalidImageError
from aecodec.images.array import SIDE
from aecodec.images.endings import image_end
from aecodec.images.formats import image_format
from aecodec.images.netpbm import raster, text_end
from aecodec.images.png_check import png_problem
from aecodec.images.samples import check_size
from aecodec.images.tiff_tags import check_tags, holds_another, is_derived, strips_end

MAX_FIT_PIXELS = 2**26
MAX_FRAMES = 2**16

# The plugins themselves: `Image.open` tries all formats, and warns of large images by a global
# limit, where the format is known already and the limit is ours.
_PLUGINS = {
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "WEBP": ("WebPImagePlugin", "WebPImageFile"),
    "JPEG": ("JpegImagePlugin", "jpeg_factory"),
    "PPM": ("PpmImagePlugin", "PpmImageFile"),
}
_GAIN_MAP = b'hdrgm:Version="'  # says that what follows a JPEG is not another image
_PADDING = b"\0\r\n\t \x1a"


def frames(data: bytes, *, fit: bool) -> Iterator[ImageFile.ImageFile]:
    """Open the images in the bytes of a file: a Pillow image each, valid until the next.

    Args:
        data: The bytes of the file.
        fit: Whether any size will do; if not, a file of another one is refused at once.

    Raises:
        InvalidImageError: The file is no image that aecodec reads, is damaged, or holds something
            besides its images.
    """
    kind = image_format(data)
    if kind is None:
        raise InvalidImageError(
            "not an image that aecodec reads (PNG, BMP, TIFF, WebP, JPEG, PGM and its kin)"
            if data
            else "is an empty file, not an image"
        )
    if kind == "WEBP":
        _check_size(*_webp_size(data))
    opened = _netpbm(data) if kind == "PPM" else _seekable(kind, data, fit)
    pixels = 0
    for number, frame in enumerate(opened):
        if number == MAX_FRAMES:
            raise InvalidImageError(f"holds more than {MAX_FRAMES:,} images; split it")
        pixels += frame.width * frame.height
        if number and pixels > 4 * MAX_FIT_PIXELS:
            raise InvalidImageError("holds too many large images; split it")
        yield frame


@cache
def _opener(kind: str) -> Callable[[Any], ImageFile.ImageFile]:
    module, name = _PLUGINS[kind]
    pillow.hush_log()
    opener: Callable[[Any], ImageFile.ImageFile] = getattr(import_module(f"PIL.{module}"), name)
    return opener


def _open(kind: str, file: io.BytesIO) -> ImageFile.ImageFile:
    image = _opener(kind)(file)
    _check_size(*image.size)
    return image


def _check_size(width: int, height: int) -> None:
    """Refuse an image of too many pixels before any is decoded."""
    if width * height > MAX_FIT_PIXELS:
        found = f"found {width}x{height}, far more pixels than {SIDE}x{SIDE}"
        raise InvalidImageError(f"{found}; make it smaller first")


def _seekable(kind: str, data: bytes, fit: bool) -> Iterator[ImageFile.ImageFile]:
    """The frames that Pillow counts, of which those that only stand for others are left out."""
    image = _open(kind, io.BytesIO(data))
    if not fit and kind != "TIFF":  # which may start with a preview
        check_size(image)
    if kind == "PNG" and (damage := png_problem(data)):
        raise InvalidImageError(f"damaged or truncated image ({damage})")
    linked = image.format == "MPO" or (kind == "JPEG" and _GAIN_MAP in data)
    if not linked:
        _check_rest(data, image_end(kind, data))
    number = taken = end = 0
    while True:
        if kind == "TIFF":
            check_tags(image)
            end = max(end, strips_end(image))
        derived = kind == "TIFF" and is_derived(image)
        if not derived:
            taken += 1
            yield image
        number += 1
        try:
            image.seek(number)
        except EOFError:
            break
        _check_size(*image.size)
    if kind == "TIFF" and holds_another(data, end):
        raise InvalidImageError("another image file follows the image; save them apart")
    if not taken:
        raise InvalidImageError("holds nothing but previews or masks of other images")


def _netpbm(data: bytes) -> Iterator[ImageFile.ImageFile]:
    """The images of a Netpbm file, which may be several files joined."""
    at = 0
    while at < len(data):
        file = io.BytesIO(data)
        file.seek(at)
        image = _open("PPM", file)
        magic, (start, size) = data[at : at + 2], raster(image, data[at : at + 2])
        yield image
        text = magic in (b"P1", b"P2", b"P3")
        end = text_end(data, magic, start, size) if text else start + size
        rest = data[end : end + 64].lstrip()
        if not rest or image_format(rest) != "PPM":
            _check_rest(data, end)
            return
        at = data.index(rest[:1], end)


def _check_rest(data: bytes, end: int | None) -> None:
    """Refuse a file with something behind its image: it may be another image."""
    if end is not None and (rest := data[end:].strip(_PADDING)):
        raise InvalidImageError(
            f"{len(rest):,} bytes follow the image, maybe another image; save them apart"
        )


def _webp_size(data: bytes) -> tuple[int, int]:
    """The canvas, which libwebp allocates on opening a file (RFC 9649, 2.5 to 2.7)."""
    number = int.from_bytes
    if data[12:16] == b"VP8X":
        return number(data[24:27], "little") + 1, number(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = number(data[21:25], "little")
        return bits % 2**14 + 1, (bits >> 14) % 2**14 + 1
    return number(data[26:28], "little") % 2**14, number(data[28:30], "little") % 2**14
