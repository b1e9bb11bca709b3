"""Files with more than one fault: the verdicts have an order."""

import struct
from collections.abc import Iterator

import msgpack
from vectors.bad_embedded import CLIP
from vectors.model_bytes import model_file, small
from vectors.pieces import (
    MAGIC,
    UNNAMED,
    archive,
    body,
    crc,
    embedded_many,
    flip,
    header,
    id_of,
    index,
    one_model,
    record,
)
from vectors.tiny_models import BODY, K1, K2

UNKNOWN = bytes.fromhex("deadbeefdeadbeef")
DAMAGED, MISSING, WRONG = "CorruptFileError", "UnknownModelError", "DecodingError"
FUTURE = model_file("future", {"a": ("u1", [1], [7])})[13:-8]


def with_records(ids: list[bytes], records: list[bytes], counts: list[int]) -> bytes:
    """An archive without names of records that are given as they are."""
    prefix = header(ids, False)
    places = [(count, len(data)) for count, data in zip(counts, records, strict=True)]
    return prefix + b"".join(records) + index(prefix, places)


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    yield from unknown_models()
    yield from foreign_tags()
    yield from chunks_in_order()
    for name, fields, text in (
        ("ids", [None, 1, 7], "The ids are nil, and the third field is no array."),
        ("images", [K2, 0, 7], "The images are 0, and the third field is no array."),
    ):
        prefix = MAGIC + b"\x01" + msgpack.packb(fields)
        coded = one_model(K2, 1, 1)
        data = prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded)
        yield f"order-header-{name}", data, DAMAGED, text


def unknown_models() -> Iterator[tuple[str, bytes, str, str]]:
    counts = [count for count, _ in UNNAMED]
    ids = [UNKNOWN]
    prefix = header(ids, False)
    sound = [record(prefix, 1, n, data) for n, (_, data) in enumerate(UNNAMED)]
    whole = with_records(ids, sound, counts)
    yield "unknown-archive", whole, MISSING, "An unknown model; all checks hold."
    for place in (0, 2):
        records = [
            flip(data, len(data) - 6) if n == place else data for n, data in enumerate(sound)
        ]
        text = f"An unknown model, and chunk {place} is damaged."
        yield f"unknown-chunk-{place}", with_records(ids, records, counts), DAMAGED, text
    yield "unknown-index", flip(whole, len(whole) - 9), DAMAGED, "The same; the index is damaged."
    ids = [K2, UNKNOWN]
    chunks = [body(count, one_model(K2, count, 10 + n, b"\0")) for n, count in enumerate(counts)]
    text = "An unknown model that no chunk uses."
    yield "unknown-unused", archive(ids, False, chunks), MISSING, text
    yield "unknown-empty", archive([UNKNOWN], False, []), MISSING, "No images, of a model unknown."
    short_payload = body(1, one_model(K2, 1, 11, b"\0")[:-1])
    text = "An unknown model, and a payload of the known one that is too short."
    yield "unknown-payload", archive(ids, False, [*chunks, short_payload]), MISSING, text
    for name, model, text in (
        ("clip", small(CLIP)[13:-8], "has a clip past 32768"),
        ("kind", FUTURE, "is of kind future"),
    ):
        data = embedded_many([(id_of(model), model), (UNKNOWN, b"")], two_models())
        text = f"An embedded model {text}, and an unknown model."
        yield f"unknown-embedded-{name}", data, MISSING, text
    names = [["b.png"], ["a.png"]]
    chunks = [body(1, one_model(K2, 1, 20), these) for these in names]
    text = "An unknown model, and names out of order."
    either = f"{DAMAGED} UnsafeNameError"
    yield "unknown-names", archive([UNKNOWN], True, chunks), either, text


def foreign_tags() -> Iterator[tuple[str, bytes, str, str]]:
    counts = [count for count, _ in UNNAMED]
    prefix = header([K2], False)
    tagged = [record(prefix, 3 if n == 1 else 1, n, data) for n, (_, data) in enumerate(UNNAMED)]
    failing = [data if n != 1 else flip(data, len(data) - 1) for n, data in enumerate(tagged)]
    text = "A record of kind 3 whose check fails."
    yield "tag-3-check", with_records([K2], failing, counts), DAMAGED, text
    for place in (0, 2):
        records = [flip(d, len(d) - 6) if n == place else d for n, d in enumerate(tagged)]
        text = f"A sound record of kind 3, and chunk {place} is damaged."
        yield f"tag-3-chunk-{place}", with_records([K2], records, counts), DAMAGED, text
    sound = with_records([K2], tagged, counts)
    text = "A sound record of kind 3, and the index is damaged."
    yield "tag-3-index", flip(sound, len(sound) - 9), DAMAGED, text


def chunks_in_order() -> Iterator[tuple[str, bytes, str, str]]:
    """Faults that only decoding finds: the first chunk with one decides."""
    wrong = body(1, flip(one_model(K2, 1, 11), 2))
    long = body(1, one_model(K2, 1, 12) + b"\0")
    text = "Pixels of another check, and behind them a payload too long."
    yield "order-wrong-long", archive([K2], False, [wrong, long]), WRONG, text
    text = "A payload too long, and behind it pixels of another check."
    yield "order-long-wrong", archive([K2], False, [long, wrong]), DAMAGED, text
    yield from embedded_in_order()


def embedded_in_order() -> Iterator[tuple[str, bytes, str, str]]:
    clip = small(CLIP)[13:-8]
    pairs = [(id_of(clip), clip), (id_of(FUTURE), FUTURE)]
    text = "An embedded model has a clip past 32768, the next is of kind future."
    yield "embedded-clip-kind", embedded_many(pairs, two_models()), DAMAGED, text
    pairs = [(K1, BODY), (id_of(clip), flip(clip, 9))]
    text = "The second embedded model is not that of its id."
    yield "embedded-second", embedded_many(pairs, two_models()), DAMAGED, text


def two_models() -> bytes:
    """A chunk's `coded` of two images, each of a model of its own; nobody gets to its pixels."""
    return bytes(4) + b"\xff\x40\x01\x07\x01\x07"


def unsupported() -> Iterator[tuple[str, bytes, str]]:
    counts = [count for count, _ in UNNAMED]
    prefix = header([UNKNOWN], False)
    tagged = [record(prefix, 3 if n == 1 else 1, n, data) for n, (_, data) in enumerate(UNNAMED)]
    yield (
        "tag-3-unknown",
        with_records([UNKNOWN], tagged, counts),
        "A record of kind 3, and a model that nobody has.",
    )
    wrong = body(1, flip(one_model(K2, 1, 11), 2))
    data = archive([K2], False, [wrong, UNNAMED[1], UNNAMED[2]], {1: 3})
    yield "tag-3-wrong-pixels", data, "A record of kind 3 behind pixels of another check."
    clip = small(CLIP)[13:-8]
    pairs = [(id_of(FUTURE), FUTURE), (id_of(clip), clip)]
    yield (
        "embedded-kind-clip",
        embedded_many(pairs, two_models()),
        "An embedded model is of kind future, the next has a clip past 32768.",
    )
    fields = MAGIC + b"\x01" + b"\xdc" + struct.pack(">H", 16) + bytes(16)
    yield "header-16-fields", fields, "A header of 16 fields, and no more."
    yield (
        "header-4-other",
        MAGIC + b"\x01\x94" + bytes(20),
        "4 fields, none of them as in version 1.",
    )
