"""Writing an .aez file front to back, in constant memory.

    file    = magic, version, header, models, (chunk body, check | records, index record, footer)
    record  = tag, varint length of the body, body, check
    check   = CRC-32 over magic to header, tag, number of the record, body

`docs/FORMAT.md` specifies every field. A file of one chunk without names takes the short form
on the left, which is known when the second chunk comes or the file is closed.
"""

import struct
from collections.abc import Sequence
from typing import Protocol

from aecodec.container.chunk import Chunk, pack_coded
from aecodec.container.header import MAX_EMBEDDED_BYTES, Header
from aecodec.container.names import NameOrder, pack_names
from aecodec.container.record import TAG_CHUNK, TAG_INDEX, pack_record, record_check
from aecodec.container.varints import varint
from aecodec.errors import InvalidModelError, UnsafeNameError


class Sink(Protocol):
    """Where a container is written to."""

    def write(self, data: bytes, /) -> int:
        """Append bytes and return their number."""


class ContainerWriter:
    """Writes an .aez file front to back; `close` finishes it.

    Args:
        file: Where the bytes go; it is only appended to.
        ids: The ids of the models that chunks refer to by their positions.
        named: Whether every chunk has names.
        models: For each id, the model's bytes where it is to be embedded, else empty bytes; or
            nothing at all.

    Raises:
        InvalidModelError: The models to embed are larger than a file may hold.
    """

    def __init__(
        self,
        file: Sink,
        ids: Sequence[bytes],
        *,
        named: bool = False,
        models: Sequence[bytes] = (),
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
        self._prefix = _pack(self._ids, named, self._models)
        self._first: Chunk | None = None
        self._places: list[tuple[int, int]] = []
        self._order = NameOrder(UnsafeNameError)

    def write(self, chunk: Chunk) -> None:
        """Append a chunk.

        Args:
            chunk: 1 to MAX_CHUNK_IMAGES images. Names ascend within a chunk and across chunks.

        Raises:
            UnsafeNameError: A name is unsafe, out of order, or the folder of another.
            OutputError: The chunk is larger than the format allows.
        """
        if self._first is None and not self._places and not self._named:
            self._first = chunk
            return
        self._write_record(chunk)

    def _write_record(self, chunk: Chunk) -> None:
        if self._first is not None:
            first, self._first = self._first, None
            self._write_record(first)
        if not self._places:
            self._begin()
        body = varint(chunk.count)
        if self._named:
            names = pack_names(chunk.names, self._order)
            body += varint(len(names)) + names
        body += pack_coded(chunk, len(self._ids))
        self._places.append((chunk.count, self._append(TAG_CHUNK, body)))

    def _begin(self) -> None:
        self._file.write(self._prefix + b"".join(self._models))

    def _append(self, tag: int, body: bytes) -> int:
        return self._file.write(pack_record(self._prefix, tag, len(self._places), body))

    def close(self) -> None:
        """Write the short form, or the index and the footer."""
        if self._first is not None:
            self._write_short(self._first)
            return
        if not self._places:
            self._begin()
        body = varint(len(self._places)) + b"".join(varint(c) + varint(n) for c, n in self._places)
        self._file.write(struct.pack("<I", self._append(TAG_INDEX, body)))

    def _write_short(self, chunk: Chunk) -> None:
        used = sorted(set(chunk.models))
        numbers = {model: number for number, model in enumerate(used)}
        models = tuple(numbers[model] for model in chunk.models)
        chunk = Chunk(chunk.count, models, chunk.payloads, chunk.pixel_check)
        bodies = [self._models[model] for model in used]
        prefix = _pack([self._ids[model] for model in used], chunk.count, bodies)
        body = pack_coded(chunk, len(used))
        check = record_check(prefix, TAG_CHUNK, 0, body)
        self._file.write(prefix + b"".join(bodies) + body + check)


def _pack(ids: Sequence[bytes], images: int | bool, models: Sequence[bytes]) -> bytes:
    sizes = tuple(map(len, models)) if any(models) else ()
    return Header(tuple(ids), images, sizes).pack()
