"""Records: what an archive is made of behind its header, each with a check of its own."""

import struct
import zlib

MAX_RECORD_BYTES = 2**24
TAG_CHUNK = 1
TAG_INDEX = 2


def record_check(prefix: bytes, tag: int, number: int, body: bytes) -> bytes:
    """The check of a record: what it covers begins with all that stands before the records."""
    start = zlib.crc32(prefix + bytes([tag]) + struct.pack("<I", number))
    return struct.pack("<I", zlib.crc32(body, start))
