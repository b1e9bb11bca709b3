"""Reading an .aez file: its header, its index, and its chunks in any order."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

from aecodec.container.archive_reader import ArchiveReader
from aecodec.container.chunk import Chunk, unpack_coded
from aecodec.container.extras import Split, unpack_metadata, unpack_splits
from aecodec.container.header import (
    HEADER_ROOM,
    ID_BYTES,
    SEALED,
    Header,
    header_room,
    read_header,
)
from aecodec.container.labels import Label
from aecodec.container.names import unpack_names
from aecodec.container.places import CHECK_BYTES, FileBytes, Place
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

_CHUNKS_TRIED = 16

_LATER = "a record is of kind {}, made by a later aecodec: update"


class ContainerReader(ArchiveReader):
    """Reads an .aez file chunk by chunk, in any order.

    Args:
        file: A seekable binary file.

    Attributes:
        short: Whether the file has the short form: one chunk without names.
        places: Where the chunks are. Where the index is damaged, the chunks that can be reached
            from the front are still there.

    Raises:
        CorruptFileError: Not even the header can be used.
        UnsupportedFileError: The file is of a later version.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._bytes = FileBytes(file)
        self.size = self._bytes.size
        room = header_room(self._bytes.read(0, min(HEADER_ROOM, self.size)))
        header, end = read_header(self._bytes.read(0, min(room, self.size)))
        self.version, self.labels = header.version, header.labels
        self.titles = header.titles or ("",) * len(header.ids)
        self._prefix = self._bytes.read(0, end)
        self.ids, images = header.ids, header.images
        self.named = images is True
        self.short = type(images) is int
        self.form = "short" if self.short else "archive"
        self.models, end = self._read_models(header, end)
        self.damage = self._model_damage()
        self.places: list[Place] = []
        self._others: list[Place] = []  # the records without images
        self._header_sound = self.version == SEALED
        if self.short:
            if self.size - end > MAX_RECORD_BYTES + CHECK_BYTES:
                raise CorruptFileError("the file is too long for its one chunk")
            self.places = [Place(end, self.size - end, images, 0)]
            return
        try:
            places = self._bytes.read_index(self._prefix, end, sealed=self.version == SEALED)
            self._header_sound = True
            self.places = [place for place in places if place.count]
            self._others = [place for place in places if not place.count]
            if self.version != SEALED and len(self.places) == 1 and not self.named:
                self.damage = "one chunk without names is not in the short form"
        except CorruptFileError as error:
            self.damage = f"{error.detail}; images behind the damage may be lost"
            self.places = self._bytes.scan(end)

    @property
    def counts(self) -> list[int]:
        """How many images each chunk has."""
        return [place.count for place in self.places]

    def check_of(self, number: int) -> str:
        """The check of a chunk's record as the file states it, as hexadecimal digits."""
        place = self.places[number]
        return self._bytes.read(place.offset + place.length - CHECK_BYTES, CHECK_BYTES).hex()

    def _read_models(self, header: Header, start: int) -> tuple[list[bytes], int]:
        """The embedded models, and where they end."""
        end = start + sum(header.sizes)
        if end > self.size:
            raise CorruptFileError("the file ends within its embedded models")
        models = []
        for size in header.sizes or (0,) * len(header.ids):
            models.append(self._bytes.read(start, size))
            start += size
        return models, end

    def _model_damage(self) -> str:
        """Name an embedded model that is not what its id is the hash of, if there is one."""
        for model_id, body in zip(self.ids, self.models, strict=True):
            if body and hashlib.sha256(body).digest()[:ID_BYTES] != model_id:
                return f"the embedded model {model_id.hex()} is damaged"
        return ""

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
        if self.version == SEALED and tag in (TAG_SPLITS, TAG_METADATA, *SKIPPABLE):
            raise CorruptFileError("a record without images stands in the place of a chunk")
        if tag != TAG_CHUNK:
            raise UnsupportedFileError(_LATER.format(tag))
        return self._parse(self.places[number], body)

    def _read_checked(self, place: Place) -> tuple[int, bytes]:
        """The tag and body of a record, whose check holds."""
        if place.length < CHECK_BYTES:
            raise CorruptFileError("the file is truncated")
        data = self._bytes.read(place.offset, place.length)
        tag, start = TAG_CHUNK, 0
        if not self.short:
            tag = data[0]
            length, start = read_varint(data, 1)
            if start + length + CHECK_BYTES != len(data):
                raise CorruptFileError("the length of a chunk is damaged")
        body = data[start:-CHECK_BYTES]
        if data[-CHECK_BYTES:] != record_check(self._prefix, tag, place.number, body):
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
        labels: tuple[Label, ...] = ()
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
