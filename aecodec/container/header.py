"""The first bytes of an .aez file: magic, version, and what the rest holds.

A header of three fields announces models: they follow it, one after the other, as the bytes that
their ids are hashes of, so that the file can be decoded where nothing is installed.
"""

from dataclasses import dataclass

import msgpack

from aecodec.errors import CorruptFileError, UnsupportedFileError

MAGIC = b"\xaeZ\r\n"
VERSION = 1
ID_BYTES = 8
MAX_MODELS = 31
MAX_CHUNK_IMAGES = 4096
MAX_EMBEDDED_BYTES = 2**25
HEADER_ROOM = len(MAGIC) + 1 + 16 + ID_BYTES * MAX_MODELS + 3 + 5 * MAX_MODELS
_ARRAYS = (*range(0x90, 0xA0), 0xDC, 0xDD)  # a msgpack array's first byte


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    ids: its models' ids; images: the count of a short file, else whether images have names;
    sizes: the bytes of each model that the file brings along, 0 where it does not; () for none.
    """

    ids: tuple[bytes, ...]
    images: int | bool
    sizes: tuple[int, ...] = ()

    def pack(self) -> bytes:
        """Magic, version and header: what every check of the file covers."""
        fields = [b"".join(self.ids), self.images, *([list(self.sizes)] if self.sizes else [])]
        return MAGIC + bytes([VERSION]) + bytes(msgpack.packb(fields))


def read_header(data: bytes) -> tuple[Header, int]:
    """Read the header and where it ends from the first HEADER_ROOM bytes of a file.

    Raises CorruptFileError, or UnsupportedFileError for a later version.
    """
    start = len(MAGIC) + 1
    if data[: len(MAGIC)] != MAGIC:
        raise CorruptFileError("this is not an .aez file (wrong first bytes)")
    if len(data) < start:
        raise CorruptFileError("the file ends within its header")
    if data[len(MAGIC)] != VERSION:
        raise UnsupportedFileError(
            f"the file has format version {data[len(MAGIC)]}, this aecodec reads {VERSION}: update"
        )
    unpacker = msgpack.Unpacker(max_buffer_size=HEADER_ROOM, strict_map_key=True)
    unpacker.feed(data[start:HEADER_ROOM])
    try:
        fields = unpacker.read_array_header()
        later = fields > 3
        if not later:
            joined, images = unpacker.unpack(), unpacker.unpack()
            later = fields == 3 and data[start + unpacker.tell()] not in _ARRAYS
        if later:
            raise UnsupportedFileError("the header has fields of a later version: update aecodec")
        sizes = unpacker.unpack() if fields == 3 else []
    except (ValueError, IndexError, msgpack.UnpackException) as error:
        raise CorruptFileError("the header is damaged") from error
    end = start + unpacker.tell()
    if fields < 2 or not isinstance(joined, bytes) or type(images) not in (int, bool):
        raise CorruptFileError("the header is damaged")
    ids = tuple(joined[i : i + ID_BYTES] for i in range(0, len(joined), ID_BYTES))
    header = Header(ids, images, _checked(sizes, len(ids) if fields == 3 else 0))
    sound = 1 <= len(ids) == len(set(ids)) <= MAX_MODELS and len(joined) % ID_BYTES == 0
    if not sound or header.pack() != data[:end]:
        raise CorruptFileError("the header is damaged")
    if type(images) is int and not 1 <= images <= MAX_CHUNK_IMAGES:
        raise CorruptFileError(f"the header states {images} images in one chunk")
    return header, end


def _checked(sizes: list[object], count: int) -> tuple[int, ...]:
    """The sizes of `count` models, at least one of which is there, within the cap."""
    whole = [size for size in sizes if type(size) is int and size >= 0]
    if len(whole) != len(sizes) or len(sizes) != count or (count and not any(whole)):
        raise CorruptFileError("the header's sizes of models are malformed")
    if sum(whole) > MAX_EMBEDDED_BYTES:
        raise CorruptFileError(
            f"the header states {sum(whole)} bytes of models, more than {MAX_EMBEDDED_BYTES}"
        )
    return tuple(whole)
