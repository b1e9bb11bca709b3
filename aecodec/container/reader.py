"""Reading an .aez file: its header, its index, and its chunks in any order."""

import hashlib
import io
import os
import struct
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, BinaryIO

from aecodec.container.chunk import Chunk, unpack_coded
from aecodec.container.extras import Split, unpack_metadata, unpack_splits
from aecodec.container.header import (
    HEADER_ROOM,
    ID_BYTES,
    MAX_CHUNK_IMAGES,
    SEALED,
    Header,
    header_room,
    read_header,
)
from aecodec.container.names import NameOrder, unpack_names
from aecodec.container.record import (
    MAX_RECORD_BYTES,
    SKIPPABLE,
    TAG_CHUNK,
    TAG_INDEX,
    TAG_METADATA,
    TAG_SPLITS,
    record_check,
)
from aecodec.container.varints import read_varint
from aecodec.errors import CorruptFileError, UnsupportedFileError

_RECORD_ROOM = 1 + 5  # tag and length, at most
_CHECK_BYTES = 4
_LEAST_OTHER = 1 + 1 + 4  # the tag, length and check of a record without images
_CHUNKS_TRIED = 16
_LEAST_RECORD = 1 + 1 + 1 + 4 + 4  # a chunk's tag, length, count, pixel check and check

_LATER = "a record is of kind {}, made by a later aecodec: update"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: its offset and length in bytes, its images, and its number."""

    offset: int
    length: int
    count: int
    number: int


class ContainerReader:
    """Reads an .aez file chunk by chunk, in any order.

    Args:
        file: A seekable binary file.

    Attributes:
        size: The bytes of the file.
        ids: The ids of its models, 8 bytes each.
        models: For each id, the bytes of the embedded model, or empty bytes.
        named: Whether images have names.
        short: Whether the file has the short form: one chunk without names.
        version: Of the format, 1 or 2.
        titles: What people call each model; empty strings where the file does not say.
        labels: What the labels of the images are, or None.
        places: Where the chunks are. Where the index is damaged, the chunks that can be reached
            from the front are still there.
        damage: What is wrong with the file as a whole, or an empty string.

    Raises:
        CorruptFileError: Not even the header can be used.
        UnsupportedFileError: The file is of a later version.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        room = header_room(self._read(0, min(HEADER_ROOM, self.size)))
        header, end = read_header(self._read(0, min(room, self.size)))
        self.version, self.labels = header.version, header.labels
        self.titles = header.titles or ("",) * len(header.ids)
        self._prefix = self._read(0, end)
        self.ids, images = header.ids, header.images
        self.named = images is True
        self.short = type(images) is int
        self.models, end = self._read_models(header, end)
        self.damage = self._model_damage()
        self.places: list[Place] = []
        self._others: list[Place] = []  # the records without images
        self._header_sound = self.version == SEALED
        if self.short:
            if self.size - end > MAX_RECORD_BYTES + _CHECK_BYTES:
                raise CorruptFileError("the file is too long for its one chunk")
            self.places = [Place(end, self.size - end, images, 0)]
            return
        try:
            places = self._read_index(end)
            self.places = [place for place in places if place.count]
            self._others = [place for place in places if not place.count]
            if self.version != SEALED and len(self.places) == 1 and not self.named:
                self.damage = "one chunk without names is not in the short form"
        except CorruptFileError as error:
            self.damage = f"{error.detail}; images behind the damage may be lost"
            self.places = self._scan(end)

    @property
    def starts(self) -> list[int]:
        """The number of the first image of each chunk, then the number of all images."""
        return list(accumulate((place.count for place in self.places), initial=0))

    def _read(self, offset: int, length: int) -> bytes:
        data = _read_at(self._file, offset, length)
        if len(data) != length:
            raise CorruptFileError("the file is truncated")
        return data

    def _read_models(self, header: Header, start: int) -> tuple[list[bytes], int]:
        """The embedded models, and where they end."""
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
        if length > _RECORD_ROOM + MAX_RECORD_BYTES + _CHECK_BYTES or offset < start:
            raise CorruptFileError("the index is damaged or missing: truncated, or bytes added")
        record = self._read(offset, length)
        if record[:1] != bytes([TAG_INDEX]):
            raise CorruptFileError("the index is damaged or missing: truncated, or bytes added")
        size, position = read_varint(record, 1)
        body = record[position:-_CHECK_BYTES]
        if size != len(body) or size > MAX_RECORD_BYTES:
            raise CorruptFileError("the index is damaged")
        chunks, position = read_varint(body, 0)
        check = record[-_CHECK_BYTES:]
        if 2 * chunks > len(body) or check != record_check(self._prefix, TAG_INDEX, chunks, body):
            raise CorruptFileError("the index is damaged")
        self._header_sound = True
        sealed = self.version == SEALED
        if (
            chunks * (_LEAST_OTHER if sealed else _LEAST_RECORD) > offset - start
        ):  # before millions of places are made
            raise CorruptFileError("the index lists more chunks than the file has room for")
        places = []
        for number in range(chunks):
            count, position = read_varint(body, position)
            bytes_, position = read_varint(body, position)
            places.append(Place(start, bytes_, count, number))
            start += bytes_
            least = _LEAST_OTHER if sealed and not count else _LEAST_RECORD
            sound = least <= bytes_ <= _RECORD_ROOM + MAX_RECORD_BYTES + _CHECK_BYTES
            if not (sound and (0 if sealed else 1) <= count <= MAX_CHUNK_IMAGES):
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
            total = position + length + _CHECK_BYTES
            whole = length <= MAX_RECORD_BYTES and _LEAST_RECORD <= total <= self.size - offset
            if not whole or not 1 <= count <= MAX_CHUNK_IMAGES:
                return places
            places.append(Place(offset, total, count, len(places)))
            offset += total

    def check(self) -> None:
        """Check all that can be checked without a model: every byte, and the order of the names.

        Raises:
            CorruptFileError: The file is damaged.
            UnsafeNameError: A name is unsafe, or the folder of another.
            UnsupportedFileError: It is not damaged, but has records of a later version.
        """
        if self.damage:
            raise CorruptFileError(self.damage)
        order = NameOrder()
        later: UnsupportedFileError | None = None
        for number in range(len(self.places)):
            try:
                order.add(self.read(number).names)
            except UnsupportedFileError as error:
                later = later or error
        try:
            self.read_extras()
        except UnsupportedFileError as error:
            later = later or error
        if later is not None:
            raise later

    def read_extras(self) -> tuple[tuple[Split, ...], dict[str, Any]]:
        """Read the splits and the metadata.

        Returns:
            Runs of images, and the metadata; either may be empty.

        Raises:
            CorruptFileError: A record without images is damaged or out of place.
            UnsupportedFileError: There is one of a later version that may not be skipped.
        """
        splits: tuple[Split, ...] = ()
        metadata: dict[str, Any] = {}
        later: UnsupportedFileError | None = None
        rank = 0
        last_chunk = max((place.number for place in self.places), default=-1)
        for place in self._others:
            tag, body = self._read_checked(place)
            if tag == TAG_SPLITS:
                splits = unpack_splits(body)
                if sum(run.images for run in splits) != self.starts[-1]:
                    raise CorruptFileError("the splits have not as many images as the file")
            elif tag == TAG_METADATA:
                metadata = unpack_metadata(body)
            elif tag in (TAG_CHUNK, TAG_INDEX):
                raise CorruptFileError("a record stands in the place of another kind")
            elif tag not in SKIPPABLE:
                later = later or UnsupportedFileError(_LATER.format(tag))
                continue
            known = tag in (TAG_SPLITS, TAG_METADATA)
            if place.number < last_chunk or (known and tag <= rank):
                raise CorruptFileError("splits and metadata are out of order")
            rank = tag if known else SKIPPABLE.start
        if later is not None:
            raise later
        return splits, metadata

    def check_header(self) -> None:
        """Check that the header is not damaged, before its ids are taken for missing models.

        Every check of the file covers the header: those of the index, of a short file and of a
        few chunks are tried.

        Raises:
            CorruptFileError: None of these checks holds.
        """
        for number in range(min(len(self.places), _CHUNKS_TRIED)):
            if self._header_sound:
                return
            with suppress(CorruptFileError):
                self._read_checked(self.places[number])
                self._header_sound = True
        if not self._header_sound:
            raise CorruptFileError("damaged or truncated: no checksum over the header matches")

    def read(self, number: int) -> Chunk:
        """Read and check one chunk.

        Args:
            number: Its place in `places`.

        Returns:
            The chunk, its payloads not yet decoded.

        Raises:
            CorruptFileError: The chunk is damaged.
            UnsafeNameError: A name in it is unsafe, or the folder of another.
            UnsupportedFileError: It is a record of a later version.
        """
        tag, body = self._read_checked(self.places[number])
        if tag == TAG_INDEX:
            raise CorruptFileError("an index stands in the place of a chunk")
        if tag != TAG_CHUNK and self.version == SEALED:
            if tag in (TAG_SPLITS, TAG_METADATA, *SKIPPABLE):
                raise CorruptFileError("a record without images stands in the place of a chunk")
        if tag != TAG_CHUNK:
            raise UnsupportedFileError(_LATER.format(tag))
        return self._parse(self.places[number], body)

    def _read_checked(self, place: Place) -> tuple[int, bytes]:
        """The tag and body of a record, whose check holds."""
        if place.length < _CHECK_BYTES:
            raise CorruptFileError("the file is truncated")
        data = self._read(place.offset, place.length)
        tag, start = TAG_CHUNK, 0
        if not self.short:
            tag = data[0]
            length, start = read_varint(data, 1)
            if start + length + _CHECK_BYTES != len(data):
                raise CorruptFileError("the length of a chunk is damaged")
        body = data[start:-_CHECK_BYTES]
        if data[-_CHECK_BYTES:] != record_check(self._prefix, tag, place.number, body):
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
        labels: tuple[int | str, ...] = ()
        if self.labels:
            length, position = read_varint(body, position)
            if position + length > len(body):
                raise CorruptFileError("the labels are longer than their chunk")
            labels = self.labels.unpack(body[position : position + length], place.count)
            position += length
        chunk = unpack_coded(body[position:], place.count, len(self.ids), names)
        if labels:
            chunk = replace(chunk, labels=labels)
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
            "version": self.version,
            "models": [model_id.hex() for model_id in self.ids],
        }


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    """Read from a place in a file, where possible without its position.

    Processes share that with those that were forked from them, as the workers of data loaders are.
    """
    plain = isinstance(file, io.BufferedReader) and isinstance(file.raw, io.FileIO)
    if plain and hasattr(os, "pread"):
        return os.pread(file.fileno(), length, offset)
    file.seek(offset)
    return file.read(length)
