"""Parts of files of version 2, put together by hand."""

from typing import Any, NamedTuple

import msgpack
import reference as ref
from vectors.pieces import MAGIC, crc, index, one_model, record
from vectors.tiny_models import K2

DIGITS = ["u1", 0, list(range(10)), []]
SPLITS: list[Any] = [["train", 3], ["test", 2]]


class Record(NamedTuple):
    """A record as the index has it: its tag, its images, its body."""

    tag: int
    images: int
    body: bytes


def sealed(fields: object, version: int = 2) -> bytes:
    """From magic to the end of the seal; `fields` may be the header's very bytes."""
    header = fields if isinstance(fields, bytes) else bytes(msgpack.packb(fields))
    front = MAGIC + bytes([version]) + ref.pack_varint(len(header)) + header
    return front + crc(front)


def fields(labels: object = (), ids: tuple[bytes, ...] = (K2,), named: bool = False) -> list[Any]:
    """The fields of a header without embedded models and titles."""
    return [b"".join(ids), named, [], [""] * len(ids), labels]


def packed(value: object) -> bytes:
    return bytes(msgpack.packb(value))


def file(front: bytes, records: list[Record], models: bytes = b"") -> bytes:
    made = [record(front, one.tag, number, one.body) for number, one in enumerate(records)]
    places = [(one.images, len(data)) for one, data in zip(records, made, strict=True)]
    return front + models + b"".join(made) + index(front, places)


def chunk(count: int, seed: int, labels: bytes | None = None, names: bytes | None = None) -> Record:
    """A chunk of K2's; labels and names are packed already."""
    columns = [part for part in (names, labels) if part is not None]
    extras = b"".join(ref.pack_varint(len(part)) + part for part in columns)
    return Record(1, count, ref.pack_varint(count) + extras + one_model(K2, count, seed))


def extra(tag: int, value: object) -> Record:
    """A record without images; `value` may be its very body."""
    return Record(tag, 0, value if isinstance(value, bytes) else packed(value))


def coded(labels: list[Any], values: list[Any]) -> bytes:
    """The packed labels of a chunk: counts, and a range code of the positions."""
    counts = [labels.count(value) for value in values]
    return pack_counts(counts) + code([values.index(label) for label in labels], counts)


def pack_counts(counts: list[int]) -> bytes:
    out = b""
    at = 0
    while at < len(counts) - 1 and any(counts[at:]):
        out += ref.pack_varint(counts[at])
        at += 1
        if counts[at - 1] == 0:
            run = 0
            while counts[at + run] == 0:
                run += 1
            out += ref.pack_varint(run)
            at += run
    return out


def code(symbols: list[int], counts: list[int]) -> bytes:
    """A range code of positions among values that have these counts."""
    used = [position for position, count in enumerate(counts) if count]
    odds = [counts[position] for position in used]
    slots = [k + sum(odds[:k]) * (65536 - len(odds)) // sum(odds) for k in range(len(odds) + 1)]
    encoder = ref.RangeEncoder()
    for symbol in symbols:
        at = used.index(symbol)
        encoder.encode(slots[at], slots[at + 1])
    return encoder.end()
