"""Checks that a PNG file is complete: Pillow decodes what it can of a damaged one, silently."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
PASSES += [(0, 1, 1, 2)]  # of Adam7: first column and row, and their steps
PORTION = 2**16


class _Pixels:
    """The pixels of one frame, inflated in constant memory to see that all are there."""

    def __init__(self, header: bytes) -> None:
        self._inflater = zlib.decompressobj()
        self._expected, self._size = _row_bytes(header), 0

    def add(self, data: bytes) -> None:
        while data and self._size <= self._expected and not self._inflater.eof:
            self._size += len(self._inflater.decompress(data, PORTION))
            data = self._inflater.unconsumed_tail

    def whole(self) -> bool:
        return self._size == self._expected and self._inflater.eof


def png_problem(data: bytes) -> str:
    """Look for damage in a PNG file.

    Verifies the checksum of every chunk, and inflates the pixels of every frame in constant
    memory to see that none is missing (PNG specification, third edition, 5, 10 and 11.3.6).

    Args:
        data: The bytes of the file, which start with PNG's signature.

    Returns:
        What is wrong, or an empty string.
    """
    at, kind = len(SIGNATURE), b""
    header = b""
    pixels: _Pixels | None = None
    while kind != b"IEND":
        if len(data) < at + 12:
            return "it ends early"
        length, kind = struct.unpack_from(">I4s", data, at)
        body = memoryview(data)[at + 8 : at + 8 + length]
        at += 12 + length
        if len(data) < at:
            return "it ends early"
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(data[at - 4 : at]):
            return "a checksum does not match"
        if kind == b"IHDR":
            header = bytes(body)
        try:
            if kind in (b"IDAT", b"fdAT"):
                pixels = pixels or _Pixels(header)
                pixels.add(bytes(body[4 * (kind == b"fdAT") :]))
        except zlib.error:
            return "its pixels cannot be inflated"
        if kind == b"fcTL" and len(body) >= 12 and pixels:  # the next frame, of its own size
            if not pixels.whole():
                return "pixels are missing or too many"
            pixels = _Pixels(bytes(body[4:12]) + header[8:])
    return "" if pixels and pixels.whole() else "pixels are missing or too many"


def _row_bytes(header: bytes) -> int:
    """How many bytes the filtered rows of an image have."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">2I5B", header)
    bits = depth * CHANNELS.get(colour, 1)
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0:
            total += max(rows, 0) * (1 + (columns * bits + 7) // 8)
    return total
