"""Parts of .aez files, put together by hand, and some that many vectors share."""

import hashlib
import struct
import zlib
from functools import cache

import msgpack
import reference as ref
from vectors import transform_payloads
from vectors.seeded import Numbers
from vectors.tiny_models import BY_ID, CODERS, K1, K2, K3, PAYLOAD_BYTES, k1

MAGIC = b"\xaeZ\r\n"
STORED = ref.STORED
RESIDUALS = ref.RESIDUALS


def header(ids: list[bytes], images: int | bool, sizes: object = None) -> bytes:
    third = [] if sizes is None else [sizes]
    return MAGIC + b"\x01" + bytes(msgpack.packb([b"".join(ids), images, *third]))


def payload(model_id: bytes, count: int, seed: int) -> bytes:
    if model_id in CODERS:
        return transform_payloads.payload(CODERS[model_id], count, seed)
    return bytes(Numbers(seed).many(count * PAYLOAD_BYTES[model_id], 0, 255))


@cache  # many vectors share a payload, and the reference takes its time
def pixels(model_id: bytes, data: bytes, count: int, file: bytes = b"") -> list[bytes]:
    """The images of a payload; `file` is the model file where it is none of `models/`."""
    model = ref.FIXED.get(model_id)
    if model_id not in ref.FIXED:
        model = ref.read_model(file or BY_ID.get(model_id) or k1())
    return ref.decode_payload(model, data, count)


def crc(data: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(data))


def one_model(model_id: bytes, count: int, seed: int, coder: bytes = b"") -> bytes:
    """A chunk's `coded` where one model coded all images."""
    return by_payload(model_id, count, payload(model_id, count, seed), coder)


def by_payload(model_id: bytes, count: int, data: bytes, coder: bytes = b"") -> bytes:
    return crc(b"".join(pixels(model_id, data, count))) + coder + data


def mixed(ids: list[bytes], owners: list[int], seed: int, spare: int = 0) -> bytes:
    """A chunk's `coded` where the images have different models."""
    width = (len(ids) - 1).bit_length()
    bits = "".join(f"{owner:0{width}b}" for owner in owners)
    fill = -len(bits) % 8
    packed = int(bits + f"{spare:0{fill}b}" if fill else bits, 2).to_bytes(
        (len(bits) + fill) // 8, "big"
    )
    payloads = {i: payload(ids[i], owners.count(i), seed + i) for i in sorted(set(owners))}
    images = {i: iter(pixels(ids[i], data, owners.count(i))) for i, data in payloads.items()}
    check = crc(b"".join(next(images[owner]) for owner in owners))
    parts = b"".join(ref.pack_varint(len(data)) + data for data in payloads.values())
    return check + b"\xff" + packed + parts


def short(ids: list[bytes], count: int, coded: bytes) -> bytes:
    prefix = header(ids, count)
    return prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded)


def embedded(
    model_id: bytes, body: bytes, sizes: object = None, coded: bytes = b"", count: int = 1
) -> bytes:
    """A short file that brings a model along; `coded` by default one image of K1's."""
    prefix = header([model_id], count, [len(body)] if sizes is None else sizes)
    coded = coded or one_model(K1, 1, 50)
    return prefix + body + coded + crc(prefix + b"\x01" + bytes(4) + coded)


def embedded_many(models: list[tuple[bytes, bytes]], coded: bytes) -> bytes:
    """A short file of two images; models by id and bytes, which are empty where one is not in."""
    prefix = header([model_id for model_id, _ in models], 2, [len(data) for _, data in models])
    check = crc(prefix + b"\x01" + bytes(4) + coded)
    return prefix + b"".join(data for _, data in models) + coded + check


def id_of(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:8]


def record(prefix: bytes, tag: int, number: int, body: bytes) -> bytes:
    check = crc(prefix + bytes([tag]) + struct.pack("<I", number) + body)
    return bytes([tag]) + ref.pack_varint(len(body)) + body + check


def index(prefix: bytes, places: list[tuple[int, int]], chunks: int | None = None) -> bytes:
    number = len(places) if chunks is None else chunks
    body = ref.pack_varint(number) + b"".join(
        ref.pack_varint(c) + ref.pack_varint(n) for c, n in places
    )
    data = record(prefix, 2, number, body)
    return data + struct.pack("<I", len(data))


Body = tuple[int, bytes]  # images, bytes


def body(count: int, coded: bytes, names: list[str] | None = None) -> Body:
    if names is None:
        return count, ref.pack_varint(count) + coded
    return named_body(count, ref.pack_names([name.encode() for name in names]), coded)


def named_body(count: int, packed: bytes, coded: bytes) -> Body:
    return count, ref.pack_varint(count) + ref.pack_varint(len(packed)) + packed + coded


def archive(
    ids: list[bytes],
    named: bool,
    bodies: list[Body],
    tags: dict[int, int] | None = None,
    models: list[bytes] | None = None,
) -> bytes:
    prefix = header(ids, named, models and [len(data) for data in models])
    records = [
        record(prefix, (tags or {}).get(number, 1), number, data)
        for number, (_, data) in enumerate(bodies)
    ]
    places = [(count, len(data)) for (count, _), data in zip(bodies, records, strict=True)]
    return prefix + b"".join(models or []) + b"".join(records) + index(prefix, places)


def flip(data: bytes, at: int, bit: int = 0) -> bytes:
    out = bytearray(data)
    out[at] ^= 1 << bit
    return bytes(out)


TWO = [K2, K3]
THREE = [K2, STORED, K3]
FIRST = ["0/a08.png", "0/a09.png", "0/a10.png", "0/b.png"]
SECOND = ["0/b10.png", "1/grün/ß9.png", "1/字.png"]
UNNAMED = [
    body(3, one_model(K2, 3, 10)),
    body(1, one_model(K2, 1, 11)),
    body(2, one_model(K2, 2, 12)),
]
NAMED = [body(4, one_model(K2, 4, 20), FIRST), body(3, one_model(K2, 3, 21), SECOND)]
MIXED = [
    body(2, one_model(K3, 2, 30, b"\x01")),
    body(5, mixed(TWO, [0, 1, 1, 0, 1], 31)),
    body(3, one_model(K2, 3, 33, b"\x00")),
]
ONE = short([K2], 1, one_model(K2, 1, 1))
MIXED_CODED = mixed(TWO, [1, 0, 0, 1, 0], 5)
LONGEST = ["x/" * 2046 + "0009", "x/" * 2046 + "0010", "x/" * 2046 + "y/é"]
