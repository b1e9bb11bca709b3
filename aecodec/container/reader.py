"""Reading an .aez file back: see `writer` for its bytes, and for what writes them."""

import hashlib
import struct
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, BinaryIO

from aecodec.container.chunk import Chunk, unpack_coded
from aecodec.container.header import HEADER_ROOM, ID_BYTES, MAX_CHUNK_IMAGES, Header, read_header
from aecodec.container.names import unpack_names
from aecodec.container.record import MAX_RECORD_BYTES, TAG_CHUNK, TAG_INDEX, record_check
from aecodec.container.varints import read_varint
from aecodec.errors import CorruptFileError, UnsupportedFileError

_RECORD_ROOM = 1 + 5
_CHUNKS_TRIED = 16
_LEAST_RECORD = 1 + 1 + 1 + 4 + 4  # a chunk's tag, length, count, pixel check and check


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk lies: its record's offset and length in bytes, and its images."""

    offset: int
    length: int
    count: int


class ContainerReader:
    """Read an .aez file from a seekable binary file, chunk by chunk, in any order.

    ids: the models' ids; models: the bytes of each that the file brings along, or empty;
    named: whether images have names; places: where the chunks are; damage: what is wrong with
    the file as a whole, or an empty string. Where the index is damaged, the chunks that can be
    reached from the front are still there.

    Raises CorruptFileError or UnsupportedFileError when not even the header can be used.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        header, end = read_header(self._read(0, min(HEADER_ROOM, self.size)))
        self._prefix = self._read(0, end)
        self.ids, images = header.ids, header.images
        self.named = images is True
        self.short = type(images) is int
        self.models, end = self._read_models(header, end)
        self.damage = self._model_damage()
        self.places: list[Place] = []
        self._header_sound = False
        if self.short:
            if self.size - end > MAX_RECORD_BYTES + 4:
                raise CorruptFileError("the file is too long for its one chunk")
            self.places = [Place(end, self.size - end, images)]
            return
        try:
            self.places = self._read_index(end)
            if len(self.places) == 1 and not self.named:
                self.damage = "one chunk without names is not in the short form"
        except CorruptFileError as error:
            self.damage = f"{error}; images behind the damage may be lost"
            self.places = self._scan(end)

    @property
    def starts(self) -> list[int]:
        """The number of the first image of each chunk, then the number of all images."""
        return list(accumulate((place.count for place in self.places), initial=0))

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(length)
        if len(data) != length:
            raise CorruptFileError("the file is truncated")
        return data

    def _read_models(self, header: Header, start: int) -> tuple[list[bytes], int]:
        """The models that the file brings along, and where they end."""
        end = start + sum(header.sizes)
        if end > self.size:
            raise CorruptFileError("the file ends within its embedded models")
        models = []
        for size in header.sizes or (0,) * len(header.ids):
            models.append(self._read(start, size))
            start += size
        return models, end

    def _model_damage(self) -> str:
        """Name an embedded model that is not what its id is the hash of, if there is one."""
        for model_id, body in zip(self.ids, self.models, strict=True):
            if body and hashlib.sha256(body).digest()[:ID_BYTES] != model_id:
                return f"the embedded model {model_id.hex()} is damaged"
        return ""

    def _read_index(self, start: int) -> list[Place]:
        """The places of all chunks by the index, which must account for every byte."""
        if self.size < start + 4:
            raise CorruptFileError("the file is truncated before its index")
        (length,) = struct.unpack("<I", self._read(self.size - 4, 4))
        offset = self.size - 4 - length
        if length > MAX_RECORD_BYTES or offset < start:
            raise CorruptFileError("the index is damaged or missing: truncated, or bytes added")
        record = self._read(offset, length)
        if record[:1] != bytes([TAG_INDEX]):
            raise CorruptFileError("the index is damaged or missing: truncated, or bytes added")
        size, position = read_varint(record, 1)
        body = record[position:-4]
        if size != len(body):
            raise CorruptFileError("the index is damaged")
        chunks, position = read_varint(body, 0)
        if 2 * chunks > len(body) or record[-4:] != record_check(
            self._prefix, TAG_INDEX, chunks, body
        ):
            raise CorruptFileError("the index is damaged")
        self._header_sound = True
        if chunks * _LEAST_RECORD > offset - start:  # before millions of places are made
            raise CorruptFileError("the index lists more chunks than the file has room for")
        places = []
        for _ in range(chunks):
            count, position = read_varint(body, position)
            bytes_, position = read_varint(body, position)
            places.append(Place(start, bytes_, count))
            start += bytes_
            sound = _LEAST_RECORD <= bytes_ <= MAX_RECORD_BYTES + _RECORD_ROOM + 4
            if not (sound and 1 <= count <= MAX_CHUNK_IMAGES):
                raise CorruptFileError("the index is malformed")
        if position != len(body) or start != offset:
            raise CorruptFileError("the index does not account for every byte of the file")
        return places

    def _scan(self, offset: int) -> list[Place]:
        """The places of the chunks that can be reached by their own lengths."""
        places: list[Place] = []
        while True:
            room = self._read(offset, max(0, min(_RECORD_ROOM + 5, self.size - offset)))
            try:
                if room[:1] != bytes([TAG_CHUNK]):
                    return places
                length, position = read_varint(room, 1)
                count, _ = read_varint(room, position)
            except CorruptFileError:
                return places
            total = position + length + 4
            whole = length <= MAX_RECORD_BYTES and _LEAST_RECORD <= total <= self.size - offset
            if not whole or not 1 <= count <= MAX_CHUNK_IMAGES:
                return places
            places.append(Place(offset, total, count))
            offset += total

    def check_header(self) -> None:
        """Raise CorruptFileError where no check that covers the header holds.

        Every check covers it: that of the index, of a short file, of a few chunks are tried.
        """
        for number in range(min(len(self.places), _CHUNKS_TRIED)):
            if self._header_sound:
                return
            with suppress(CorruptFileError):
                self._read_checked(number)
                self._header_sound = True
        if not self._header_sound:
            raise CorruptFileError("damaged or truncated: no checksum over the header matches")

    def read(self, number: int) -> Chunk:
        """Read and check one chunk.

        Raises CorruptFileError, or UnsupportedFileError for a kind of record of a later version.
        """
        tag, body = self._read_checked(number)
        if tag == TAG_INDEX:
            raise CorruptFileError("an index stands in the place of a chunk")
        if tag != TAG_CHUNK:
            raise UnsupportedFileError(f"a chunk is of kind {tag}, made by a later aecodec: update")
        return self._parse(self.places[number], body)

    def _read_checked(self, number: int) -> tuple[int, bytes]:
        """The tag and body of a record, whose check holds."""
        place = self.places[number]
        if place.length < 4:
            raise CorruptFileError("the file is truncated")
        data = self._read(place.offset, place.length)
        tag, start = TAG_CHUNK, 0
        if not self.short:
            tag = data[0]
            length, start = read_varint(data, 1)
            if start + length + 4 != len(data):
                raise CorruptFileError("the length of a chunk is damaged")
        body = data[start:-4]
        if data[-4:] != record_check(self._prefix, tag, number, body):
            raise CorruptFileError("damaged or truncated: the checksum does not match")
        return tag, body

    def _parse(self, place: Place, body: bytes) -> Chunk:
        position = 0
        names: tuple[str, ...] = ()
        if not self.short:
            count, position = read_varint(body, 0)
            if count != place.count:
                raise CorruptFileError("a chunk and the index disagree on its images")
        if self.named:
            length, position = read_varint(body, position)
            if position + length > len(body):
                raise CorruptFileError("the names are longer than their chunk")
            names = unpack_names(body[position : position + length], place.count)
            position += length
        chunk = unpack_coded(body[position:], place.count, len(self.ids), names)
        if self.short and len(set(chunk.models)) != len(self.ids):
            raise CorruptFileError("the header lists a model that is not used")
        return chunk

    def summary(self) -> dict[str, Any]:
        """What the container says of itself, for people and for `--json`."""
        return {
            "bytes": self.size,
            "images": self.starts[-1],
            "chunks": len(self.places),
            "names": self.named,
            "form": "short" if self.short else "archive",
            "models": [model_id.hex() for model_id in self.ids],
        }
