"""Where an image ends in the bytes of its file, to find out what follows it."""

import re
import struct

_JPEG_MARKER = rb"\xff+([^\x00\xff])"
_EOI = 0xD9
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a segment: TEM, RST0 to RST7, SOI
_RLE = (1, 2)


def image_end(kind: str, data: bytes) -> int | None:
    """The offset behind the last byte of an image, or None where the format tells none.

    `kind` is a name that `image_format` gives. TIFF has no end: its parts lie anywhere.
    """
    if kind == "PNG":
        return _png_end(data)
    if kind == "JPEG":
        return _jpeg_end(data)
    if kind == "WEBP":
        size = int.from_bytes(data[4:8], "little")
        return 8 + size + size % 2
    return _bmp_end(data) if kind == "BMP" else None


def _png_end(data: bytes) -> int | None:
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        if name == b"IEND":
            return int(at)
    return None


def _jpeg_end(data: bytes) -> int | None:
    """Walk the segments; entropy-coded data is left at the next marker but a restart (B.1.1)."""
    at, search = 0, re.compile(_JPEG_MARKER).search
    while found := search(data, at):
        at = found.end()
        marker = found[1][0]
        if marker == _EOI:
            return at
        if marker not in _ALONE:
            at += int.from_bytes(data[at : at + 2])
    return None


def _bmp_end(data: bytes) -> int | None:
    """The larger of what the header says and what the pixels need: many headers say 0."""
    said, start = struct.unpack_from("<I4xI", data, 2)
    if int.from_bytes(data[14:18], "little") == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    elif len(data) < 34:
        return None
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression in _RLE:
        return int(said) or None
    stride = (width * bits + 31) // 32 * 4
    return int(max(said, start + stride * abs(height)))
