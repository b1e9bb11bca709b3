"""Writing an .aez file front to back, in constant memory.

    file    = magic, version, header, models, (chunk body, check | records, index record, footer)
    record  = tag, varint length of the body, body, check
    check   = CRC-32 over magic to header, tag, number of the record, body

`docs/FORMAT.md` specifies every field. A file of one chunk without names takes the short form
on the left, whose header lists only the models that it uses. Any other file of one chunk lists
these and the last model that could have been used: from it `append` learns whether images may be
kept exactly. Whether there is one chunk is known when the second comes or the file is closed.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from aecodec.container.chunk import Chunk, pack_coded
from aecodec.container.extras import Split, pack_metadata, pack_splits
from aecodec.container.header import MAX_EMBEDDED_BYTES, SEALED, Header
from aecodec.container.labels import LabelType
from aecodec.container.names import NameOrder, pack_names
from aecodec.container.record import (
    TAG_CHUNK,
    TAG_INDEX,
    TAG_METADATA,
    TAG_SPLITS,
    pack_record,
    record_check,
)
from aecodec.container.varints import varint
from aecodec.errors import InvalidArgumentError, InvalidModelError, UnsafeNameError


class Sink(Protocol):
    """Where a container is written to."""

    def write(self, data: bytes, /) -> int:
        """Append bytes and return their number."""


class Extras(NamedTuple):
    """What only a file of version 2 has.

    Attributes:
        labels: What the labels of the images are, or None.
        titles: What people call each model, or nothing.
    """

    labels: LabelType | None = None
    titles: tuple[str, ...] = ()


class ContainerWriter:
    """Writes an .aez file front to back; `close` finishes it.

    Args:
        file: Where the bytes go; it is only appended to.
        ids: The ids of the models that chunks refer to by their positions.
        named: Whether every chunk has names.
        models: For each id, the model's bytes where it is to be embedded, else empty bytes; or
            nothing at all.
        extras: What makes it a file of version 2: labels, splits and metadata have no place in
            version 1, which is written without.

    Raises:
        InvalidModelError: The models to embed are larger than a file may hold.
        InvalidArgumentError: The labels are none that the format has.
    """

    def __init__(
        self,
        file: Sink,
        ids: Sequence[bytes],
        *,
        named: bool = False,
        models: Sequence[bytes] = (),
        extras: Extras | None = None,
    ) -> None:
        self._file = file
        self._ids = tuple(ids)
        self._named = named
        self._models = tuple(models) if any(models) else (b"",) * len(self._ids)
        if (total := sum(map(len, self._models))) > MAX_EMBEDDED_BYTES:
            raise InvalidModelError(
                f"The models to embed have {total:,} bytes, and a file holds at most "
                f"{MAX_EMBEDDED_BYTES:,} of them: keep the model files instead"
            )
        self._labels = extras.labels if extras else None
        if self._labels and (fault := self._labels.fault()):
            raise InvalidArgumentError(fault)
        self._sealed = extras is not None
        self._titles = extras.titles if extras else ()
        self._prefix = self._pack_header()
        self._first: tuple[Chunk, bytes] | None = None  # and what stands before it is coded
        self._places: list[tuple[int, int]] = []
        self._order = NameOrder(UnsafeNameError)

    def write(self, chunk: Chunk) -> None:
        """Append a chunk.

        Args:
            chunk: 1 to MAX_CHUNK_IMAGES images. Names ascend within a chunk and across chunks.

        Raises:
            UnsafeNameError: A name is unsafe, out of order, or the folder of another.
            InvalidArgumentError: The labels are not as many as the images, or of another type.
            OutputError: The chunk is larger than the format allows.
        """
        if len(chunk.labels) != (chunk.count if self._labels else 0):
            raise InvalidArgumentError("labels are one for each image, or none in the whole file")
        front = self._front(chunk)
        if self._first is None and not self._places:
            self._first = chunk, front
            return
        if self._first is not None:
            self._write_record(*self._first)
            self._first = None
        self._write_record(chunk, front)

    def _front(self, chunk: Chunk) -> bytes:
        """The count, names and labels of a chunk, checked."""
        body = varint(chunk.count)
        if self._named:
            names = pack_names(chunk.names, self._order)
            body += varint(len(names)) + names
        if self._labels:
            labels = self._labels.pack(chunk.labels)
            body += varint(len(labels)) + labels
        return body

    def _write_record(self, chunk: Chunk, front: bytes) -> None:
        if not self._places:
            self._begin()
        body = front + pack_coded(chunk, len(self._ids))
        self._places.append((chunk.count, self._append(TAG_CHUNK, body)))

    def _pack_header(self) -> bytes:
        header = _header(self._ids, self._named, self._models)
        if self._sealed:
            header = header._replace(version=SEALED, titles=self._titles, labels=self._labels)
        return header.pack()

    def _begin(self) -> None:
        self._file.write(self._prefix + b"".join(self._models))

    def _append(self, tag: int, body: bytes) -> int:
        return self._file.write(pack_record(self._prefix, tag, len(self._places), body))

    def close(
        self, splits: Sequence[Split] = (), metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Write the short form, or splits, metadata, the index and the footer.

        Args:
            splits: Runs of images that together are all of them, in their order.
            metadata: See `pack_metadata`.

        Raises:
            InvalidArgumentError: The splits have not as many images as the file, the metadata are
                not of the types allowed, or the file is of version 1.
        """
        if (splits or metadata) and not self._sealed:
            raise InvalidArgumentError("splits and metadata need a file of version 2")
        if self._first is not None:
            chunk, front = self._first
            short = not self._named and not self._sealed
            chunk = self._keep_used(chunk, last=not short and not self._models[-1])
            if short:
                self._write_short(chunk)
                return
            self._write_record(chunk, front)
        if not self._places:
            self._begin()
        if splits:
            body = pack_splits(splits)
            if sum(run.images for run in splits) != sum(count for count, _ in self._places):
                raise InvalidArgumentError("the splits have not as many images as the file")
            self._places.append((0, self._append(TAG_SPLITS, body)))
        if metadata:
            self._places.append((0, self._append(TAG_METADATA, pack_metadata(metadata))))
        body = varint(len(self._places)) + b"".join(varint(c) + varint(n) for c, n in self._places)
        self._file.write(struct.pack("<I", self._append(TAG_INDEX, body)))

    def _keep_used(self, chunk: Chunk, *, last: bool) -> Chunk:
        """Leave out of the header what the only chunk does not use; return the chunk for that."""
        used = sorted({*chunk.models, len(self._ids) - 1} if last else set(chunk.models))
        self._ids = tuple(self._ids[model] for model in used)
        self._models = tuple(self._models[model] for model in used)
        self._titles = tuple(self._titles[model] for model in used) if self._titles else ()
        self._prefix = self._pack_header()
        return replace(chunk, models=tuple(used.index(model) for model in chunk.models))

    def _write_short(self, chunk: Chunk) -> None:
        prefix = _header(self._ids, chunk.count, self._models).pack()
        body = pack_coded(chunk, len(self._ids))
        check = record_check(prefix, TAG_CHUNK, 0, body)
        self._file.write(prefix + b"".join(self._models) + body + check)


def _header(ids: Sequence[bytes], images: int | bool, models: Sequence[bytes]) -> Header:
    sizes = tuple(map(len, models)) if any(models) else ()
    return Header(tuple(ids), images, sizes)
