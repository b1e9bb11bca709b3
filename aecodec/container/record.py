"""Records: what an archive is made of behind its header, each with a check of its own."""

import struct
import zlib

from aecodec.container.varints import varint
from aecodec.errors import OutputError

MAX_RECORD_BYTES = 2**24
TAG_CHUNK = 1
TAG_INDEX = 2
TAG_SPLITS = 3
TAG_METADATA = 4
SKIPPABLE = range(0x80, 0x100)  # what a decoder that does not know them passes over


def record_check(prefix: bytes, tag: int, number: int, body: bytes) -> bytes:
    """Compute the check of a record.

    Args:
        prefix: The bytes from the magic to the end of the header.
        tag: The record's kind.
        number: How many records stand before it.
        body: The record's body.

    Returns:
        4 bytes: a CRC-32 over all of these, little-endian.
    """
    start = zlib.crc32(prefix + bytes([tag]) + struct.pack("<I", number))
    return struct.pack("<I", zlib.crc32(body, start))


def pack_record(prefix: bytes, tag: int, number: int, body: bytes) -> bytes:
    """Pack a record: tag, length, body, check. For the arguments see `record_check`.

    Raises:
        OutputError: The body is larger than a record may be.
    """
    if len(body) > MAX_RECORD_BYTES:
        raise OutputError(
            f"A record of {len(body):,} bytes is larger than the {MAX_RECORD_BYTES:,} that the "
            "format allows. Compress fewer images into one file"
        )
    return bytes([tag]) + varint(len(body)) + body + record_check(prefix, tag, number, body)
