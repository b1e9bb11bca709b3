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
_DAMAGED = "the header is damaged"


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Attributes:
        ids: The ids of its models, 1 to MAX_MODELS of them, ID_BYTES each.
        images: The count of images of a short file, else whether images have names.
        sizes: The bytes of each embedded model, 0 where a model is not embedded; empty where
            none is.
    """

    ids: tuple[bytes, ...]
    images: int | bool
    sizes: tuple[int, ...] = ()

    def pack(self) -> bytes:
        """Magic, version and header: what every check of the file covers."""
        fields = [b"".join(self.ids), self.images, *([list(self.sizes)] if self.sizes else [])]
        return MAGIC + bytes([VERSION]) + bytes(msgpack.packb(fields))


def read_header(data: bytes) -> tuple[Header, int]:
    """Read the header. Of several faults, the first in the file is reported.

    Args:
        data: The first HEADER_ROOM bytes of a file, or all there are.

    Returns:
        The header, and the position of the first byte behind it.

    Raises:
        CorruptFileError: The header is damaged, or this is no .aez file.
        UnsupportedFileError: The file is of a later version.
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
        header = _read_fields(unpacker, data[start:])
    except (ValueError, IndexError, msgpack.UnpackException) as error:
        raise CorruptFileError(_DAMAGED) from error
    end = start + unpacker.tell()
    if header.pack() != data[:end]:
        raise CorruptFileError("the header is not in canonical form")
    return header, end


def _read_fields(unpacker: msgpack.Unpacker, data: bytes) -> Header:
    later = UnsupportedFileError("the header has fields of a later version: update aecodec")
    fields = unpacker.read_array_header()
    if fields > 3:
        raise later
    if fields < 2:
        raise CorruptFileError(_DAMAGED)
    ids = _check_ids(unpacker.unpack())
    images = unpacker.unpack()
    if type(images) not in (int, bool):
        raise CorruptFileError(_DAMAGED)
    if type(images) is int and not 1 <= images <= MAX_CHUNK_IMAGES:
        raise CorruptFileError(f"the header states {images} images in one chunk")
    if fields == 2:
        return Header(ids, images)
    if data[unpacker.tell()] not in _ARRAYS:
        raise later
    return Header(ids, images, _check_sizes(unpacker.unpack(), len(ids)))


def _check_ids(joined: object) -> tuple[bytes, ...]:
    if not isinstance(joined, bytes) or len(joined) % ID_BYTES:
        raise CorruptFileError(_DAMAGED)
    ids = tuple(joined[i : i + ID_BYTES] for i in range(0, len(joined), ID_BYTES))
    if not 1 <= len(ids) == len(set(ids)) <= MAX_MODELS:
        raise CorruptFileError("the header's list of models is malformed")
    return ids


def _check_sizes(sizes: list[object], count: int) -> tuple[int, ...]:
    """The sizes of `count` models, at least one of which is embedded, within the cap."""
    whole = [size for size in sizes if type(size) is int and size >= 0]
    if len(whole) != len(sizes) or len(sizes) != count or not any(whole):
        raise CorruptFileError("the header's sizes of models are malformed")
    if sum(whole) > MAX_EMBEDDED_BYTES:
        raise CorruptFileError(
            f"the header states {sum(whole)} bytes of models, more than {MAX_EMBEDDED_BYTES}"
        )
    return tuple(whole)
