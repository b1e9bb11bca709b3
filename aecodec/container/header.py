"""The first bytes of an .aez file: magic, version, and what the rest holds.

A header of three fields announces models: they follow it, one after the other, as the bytes that
their ids are hashes of, so that the file can be decoded where nothing is installed.
"""

import struct
import zlib
from typing import NamedTuple

import msgpack

from aecodec.container.labels import LabelType, read_label_type
from aecodec.container.values import is_text, pack_value, unpack_value
from aecodec.container.varints import read_varint, varint
from aecodec.errors import CorruptFileError, InvalidArgumentError, UnsupportedFileError

MAGIC = b"\xaeZ\r\n"
VERSION = 1
SEALED = 2  # the version whose header has a check of its own
ID_BYTES = 8
MAX_MODELS = 31
MAX_CHUNK_IMAGES = 4096
MAX_EMBEDDED_BYTES = 2**25
MAX_HEADER_BYTES = 2**20
MAX_TITLE_BYTES = 255
_SEAL_BYTES = 4
HEADER_ROOM = len(MAGIC) + 1 + 16 + ID_BYTES * MAX_MODELS + 3 + 5 * MAX_MODELS
_ARRAYS = (*range(0x90, 0xA0), 0xDC, 0xDD)  # a msgpack array's first byte
_FIELDS = 5  # of version 2
_DAMAGED = "the header is damaged"


class Header(NamedTuple):
    """What a file says of itself.

    Attributes:
        ids: The ids of its models, 1 to MAX_MODELS of them, ID_BYTES each.
        images: The count of images of a short file, else whether images have names.
        sizes: The bytes of each embedded model, 0 where a model is not embedded; empty where
            none is.
        version: 1, or 2 for what the next two are in.
        titles: What people call each model; empty in version 1.
        labels: What the labels of the images are, or None.
    """

    ids: tuple[bytes, ...]
    images: int | bool
    sizes: tuple[int, ...] = ()
    version: int = VERSION
    titles: tuple[str, ...] = ()
    labels: LabelType | None = None

    def pack(self) -> bytes:
        """Magic, version, header and its seal: what every check of the file covers."""
        if self.version == SEALED:
            return self._pack_sealed()
        fields = [b"".join(self.ids), self.images, *([list(self.sizes)] if self.sizes else [])]
        return MAGIC + bytes([VERSION]) + bytes(msgpack.packb(fields))

    def _pack_sealed(self) -> bytes:
        labels = self.labels.fields() if self.labels else []
        titles = list(self.titles or ("",) * len(self.ids))
        body = pack_value([b"".join(self.ids), self.images, list(self.sizes), titles, labels])
        if len(body) > MAX_HEADER_BYTES:
            raise InvalidArgumentError(
                f"the header would take {len(body):,} bytes, and may take {MAX_HEADER_BYTES:,}: "
                "the labels or classes are too long"
            )
        data = MAGIC + bytes([SEALED]) + varint(len(body)) + body
        return data + struct.pack("<I", zlib.crc32(data))


def header_room(data: bytes) -> int:
    """How many bytes of a file hold its header, at most, by its first HEADER_ROOM bytes."""
    if data[: len(MAGIC)] != MAGIC or data[len(MAGIC) : len(MAGIC) + 1] == bytes([VERSION]):
        return HEADER_ROOM
    try:
        size, start = read_varint(data, len(MAGIC) + 1)
    except CorruptFileError:
        return HEADER_ROOM
    return start + min(size, MAX_HEADER_BYTES) + _SEAL_BYTES


def read_header(data: bytes) -> tuple[Header, int]:
    """Read the header. Of several faults, the first in the file is reported.

    Args:
        data: As many of the first bytes of a file as `header_room` says, or all there are.

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
        return _read_sealed(data)
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


def _read_sealed(data: bytes) -> tuple[Header, int]:
    """The header of version 2, whose seal is checked before its version is believed."""
    frame = _sealed_frame(MAGIC + bytes([SEALED]) + data[len(MAGIC) + 1 :])
    version = data[len(MAGIC)]
    if version != SEALED and frame is None:
        raise UnsupportedFileError(
            f"the file has format version {version}, this aecodec reads {SEALED}: update"
        )
    if version != SEALED or frame is None:
        raise CorruptFileError(_DAMAGED)
    start, end = frame
    return _sealed_fields(data[start:end]), end + _SEAL_BYTES


def _sealed_frame(data: bytes) -> tuple[int, int] | None:
    """Where the fields of a header of version 2 are, if its seal holds."""
    try:
        size, start = read_varint(data, len(MAGIC) + 1)
    except CorruptFileError:
        return None
    end = start + size
    seal = data[end : end + _SEAL_BYTES]
    holds = size <= MAX_HEADER_BYTES and seal == struct.pack("<I", zlib.crc32(data[:end]))
    return (start, end) if holds else None


def _sealed_fields(body: bytes) -> Header:
    if _count_fields(body) > _FIELDS:
        raise UnsupportedFileError("the header has fields of a later version: update aecodec")
    fields = unpack_value(body, "the header is")
    if not isinstance(fields, list) or len(fields) != _FIELDS:
        raise CorruptFileError(_DAMAGED)
    joined, named, sizes, titles, labels = fields
    ids = _check_ids(joined)
    if type(named) is not bool or type(sizes) is not list or type(titles) is not list:
        raise CorruptFileError(_DAMAGED)
    checked = _check_sizes(sizes, len(ids)) if sizes else ()
    if len(titles) != len(ids) or not all(is_text(title, MAX_TITLE_BYTES) for title in titles):
        raise CorruptFileError("the header's titles of models are malformed")
    return Header(ids, named, checked, SEALED, tuple(titles), read_label_type(labels))


def _count_fields(body: bytes) -> int:
    """How many fields an array states, or 0 where it is none."""
    unpacker = msgpack.Unpacker(max_buffer_size=max(1, len(body)))
    unpacker.feed(body)
    try:
        return int(unpacker.read_array_header())
    except (ValueError, msgpack.UnpackException):
        return 0


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
