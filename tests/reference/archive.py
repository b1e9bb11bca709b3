"""Whole .aez files, from docs/FORMAT.md alone, with the verdicts in the order of the page."""

import struct
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from reference.data import (
    Bytes,
    UnknownModelError,
    UnsupportedError,
    WrongPixelsError,
    need,
)
from reference.models import Model, check_model, id_of, read_embedded, read_model
from reference.names import check_order, unpack_names
from reference.payloads import decode_payload
from reference.version2 import Extras, unpack_labels
from reference.version2 import Header as Header2
from reference.version2 import read_header as read_header2

STORED = bytes(8)
RESIDUALS = bytes(7) + b"\x01"
FIXED = {STORED: None, RESIDUALS: Model(RESIDUALS, "residuals", {})}


class Picture(NamedTuple):
    name: str | None
    pixels: bytes
    label: Any = None


class Header(NamedTuple):
    ids: list[bytes]
    images: int | bool
    sizes: list[int]  # of embedded models


class File(NamedTuple):
    """All that a file holds."""

    pictures: list[Picture]
    splits: list[tuple[str, int]]
    metadata: dict[str, Any]


class Coded(NamedTuple):
    """A chunk whose bytes are sound, not yet decoded."""

    check: int
    owners: list[int]  # of each image, its model's position in the header
    payloads: dict[int, bytes]  # by that position


class Archive(NamedTuple):
    """What the records hold, the images not yet decoded."""

    names: list[bytes]
    labels: list[Any]
    chunks: list[Coded]
    extras: Extras | None


def decode(data: bytes, models: Mapping[bytes, bytes]) -> list[Picture]:
    """Decode the images of an .aez file; `models` holds model files by their ids."""
    return decode_file(data, models).pictures


def decode_file(data: bytes, models: Mapping[bytes, bytes]) -> File:
    """Decode an .aez file; `models` holds model files by their ids."""
    file = Bytes(data)
    need(file.take(4) == b"\xaeZ\r\n", "magic")
    header = read_header(file) if file.peek() == 1 else read_header2(file)
    prefix = data[: file.at]
    bodies = {i: file.take(n) for i, n in zip(header.ids, header.sizes, strict=False) if n}
    for model_id, body in bodies.items():
        need(id_of(body) == model_id, "an embedded model is not that of its id")
    if isinstance(header, Header) and type(header.images) is int:
        archive = Archive([], [], [read_short(file, prefix, header)], None)
    else:
        archive = read_archive(file, prefix, header)
    coders = find_models(header.ids, bodies, models)
    images = [image for chunk in archive.chunks for image in decode_chunk(chunk, coders)]
    names: list[str | None] = [name.decode() for name in archive.names]
    none = [None] * len(images)
    columns = zip(names or none, images, archive.labels or none, strict=True)
    pictures = [Picture(*column) for column in columns]
    extras = archive.extras or Extras()
    return File(pictures, *extras.judge(len(images)))


def read_header(file: Bytes) -> Header:
    file.take(1)
    head = file.peek()
    if head in (0xDC, 0xDD):  # an array of four or more fields, or a longer form of fewer
        width = 2 if head == 0xDC else 4
        wide = Bytes(file.data[file.at + 1 :])
        if int.from_bytes(wide.take(width), "big") > 3:
            raise UnsupportedError("fields")
    elif 0x94 <= head <= 0x9F:
        raise UnsupportedError("fields")
    need(head in (0x92, 0x93), "header")
    file.take(1)
    joined = file.msgpack()
    need(isinstance(joined, bytes) and len(joined) % 8 == 0, "ids")
    ids = [joined[i : i + 8] for i in range(0, len(joined), 8)]
    need(1 <= len(ids) <= 31 and len(set(ids)) == len(ids), "ids")
    images = file.msgpack()
    need(type(images) is bool or (type(images) is int and 1 <= images <= 4096), "images")
    if head == 0x92:
        return Header(ids, images, [])
    if not (0x90 <= file.peek() < 0xA0 or file.peek() in (0xDC, 0xDD)):
        raise UnsupportedError("third field")
    sizes = file.msgpack()
    need(all(type(size) is int for size in sizes) and len(sizes) == len(ids), "sizes")
    need(0 < sum(sizes) <= 2**25, "sizes")
    return Header(ids, images, sizes)


def record_check(prefix: bytes, tag: int, number: int, body: bytes) -> int:
    return zlib.crc32(prefix + bytes([tag]) + struct.pack("<I", number) + body)


def read_short(file: Bytes, prefix: bytes, header: Header) -> Coded:
    need(4 <= file.left() <= 2**24 + 4, "size")
    coded = file.take(file.left() - 4)
    need(record_check(prefix, 1, 0, coded) == file.u32(), "check")
    chunk = read_coded(coded, header.images, len(header.ids))
    need(len(chunk.payloads) == len(header.ids), "a model that is not used")
    return chunk


def read_archive(file: Bytes, prefix: bytes, header: Header | Header2) -> Archive:
    names: list[bytes] = []
    labels: list[Any] = []
    extras = Extras() if isinstance(header, Header2) else None
    behind: list[int] = []  # the records that must stand behind all that have images
    chunks: list[Coded] = []
    later = False
    places: list[tuple[int | None, int]] = []
    while True:
        start = file.at
        tag = file.take(1)[0]
        length = file.varint()
        need(length <= 2**24, "a record too long")
        body = Bytes(file.take(length))
        need(record_check(prefix, tag, len(places), body.data) == file.u32(), "check")
        if tag == 2:
            break
        if tag != 1:
            if extras is None or (tag < 0x80 and tag not in (3, 4)):
                later = True
            elif extras.add(tag, body.data):
                behind.append(len(places))
            places.append((0 if behind[-1:] == [len(places)] else None, file.at - start))
            continue
        count = body.varint()
        need(1 <= count <= 4096, "count")
        if header.images:
            names += unpack_names(body.take(body.varint()), count)
        if isinstance(header, Header2) and header.labels:
            labels += unpack_labels(header.labels, body.take(body.varint()), count)
        chunks.append(read_coded(body.take(body.left()), count, len(header.ids)))
        places.append((count, file.at - start))
    need(body.varint() == len(places), "chunks of the index")
    last = -1  # of the records with images
    total = 0
    for number, (images, length) in enumerate(places):
        stated = body.varint()
        least = 1 if extras is None else 0
        need(least <= stated <= 4096 and images in (None, stated), "images in the index")
        last = number if stated else last
        total += stated
        need(length >= (11 if stated else 6) and body.varint() == length, "a length in the index")
    need(body.left() == 0, "bytes to spare in the index")
    need(file.u32() == file.at - 4 - start and file.left() == 0, "footer")
    need(all(number > last for number in behind), "a record before the last chunk")
    if extras:
        extras.judge(total)
    need(
        extras is not None or bool(header.images) or len(places) != 1,
        "one chunk without names is a short file",
    )
    check_order(names)
    if later:
        raise UnsupportedError("tag")
    return Archive(names, labels, chunks, extras)


def read_coded(data: bytes, count: int, models: int) -> Coded:
    file = Bytes(data)
    check = file.u32()
    if models == 1:
        return Coded(check, [0] * count, {0: file.take(file.left())})
    first = file.take(1)[0]
    if first < models:
        return Coded(check, [first] * count, {first: file.take(file.left())})
    need(first == 255, "coders")
    width = (models - 1).bit_length()
    bits = "".join(f"{byte:08b}" for byte in file.take((count * width + 7) // 8))
    need("1" not in bits[count * width :], "spare bits")
    owners = [int(bits[i * width : (i + 1) * width], 2) for i in range(count)]
    need(max(owners) < models and len(set(owners)) > 1, "list of models")
    payloads = {owner: file.take(file.varint()) for owner in sorted(set(owners))}
    need(file.left() == 0, "bytes to spare in a chunk")
    return Coded(check, owners, payloads)


def find_models(
    ids: list[bytes], bodies: Mapping[bytes, bytes], models: Mapping[bytes, bytes]
) -> list[Model | None]:
    """The model of each id, None for stored pixels; what is unknown is told first."""
    for model_id in ids:
        if model_id not in (*FIXED, *bodies, *models):
            raise UnknownModelError(model_id.hex())
    found: list[Model | None] = []
    for model_id in ids:
        model = FIXED.get(model_id)
        if model_id not in FIXED:
            body = bodies.get(model_id)
            model = read_embedded(model_id, body) if body else read_model(models[model_id])
            check_model(model)
        found.append(model)
    return found


def decode_chunk(chunk: Coded, models: list[Model | None]) -> list[bytes]:
    parts = {
        owner: iter(decode_payload(models[owner], payload, chunk.owners.count(owner)))
        for owner, payload in chunk.payloads.items()
    }
    images = [next(parts[owner]) for owner in chunk.owners]
    if zlib.crc32(b"".join(images)) != chunk.check:
        raise WrongPixelsError
    return images
