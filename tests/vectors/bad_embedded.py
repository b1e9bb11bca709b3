"""Embedded models that are damaged, or in no place of theirs."""

import struct
from collections.abc import Iterator

import msgpack
from vectors.model_bytes import Arrays, model_file, small
from vectors.pieces import MAGIC, STORED, crc, embedded, flip, header, id_of, mixed, one_model
from vectors.tiny_models import K1, K2, K3

CLIP: Arrays = {
    "decoder.clips": ("i4", [1, 2], [0, 2**20]),
    "decoder.0.weights": ("i2", [2, 3], [32767] * 6),
    "decoder.0.bias": ("i4", [3], [2**31 - 1] * 3),
    "decoder.0.shift": ("i1", [3], [0, 0, 0]),
    "decoder.greys": ("u1", [2], [0, 255]),
}


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    c = "CorruptFileError"
    tiny = small()[13:-8]
    own = id_of(tiny)
    unknown = bytes.fromhex("deadbeefdeadbeef")
    yield "embedded-other-id", embedded(unknown, tiny), c, "The id is not the hash of the model."
    yield "embedded-installed-id", embedded(K2, tiny), c, "The id is that of an installed model."
    flipped = flip(tiny, len(tiny) - 1)
    yield "embedded-flipped", embedded(own, flipped), c, "A bit of the model is flipped."
    whole = embedded(own, tiny)
    at = len(header([own], 1, [len(tiny)]))
    yield "embedded-cut", whole[: at + 9], c, "The file ends within the model."
    yield "embedded-gone", whole[:at] + whole[at + len(tiny) :], c, "The model is not there."
    for name, sizes, text in (
        ("shorter", [len(tiny) - 1], "a byte less than the model has"),
        ("longer", [len(tiny) + 1], "a byte more than the model has"),
        ("zero", [0], "0"),
        ("none", [], "none, of one model"),
        ("two", [len(tiny), 0], "two, of one model"),
        ("negative", [-len(tiny)], "negative"),
        ("float", [float(len(tiny))], "a float"),
        ("true", [True], "true"),
        ("str", [str(len(tiny))], "a str"),
        ("array", [[len(tiny)]], "an array"),
        ("nil", [None], "nil"),
        ("past-cap", [2**25 + 1], "2^25 + 1"),
        ("huge", [2**63], "2^63"),
    ):
        data = embedded(own, tiny, sizes)
        yield f"embedded-size-{name}", data, c, f"The size is {text}; the chunk's check holds."
    two = embedded_two([tiny, small({"c": ("u1", [1], [1])})[13:-8]])
    yield "embedded-swapped", two, c, "Two models changed places."
    long_form = MAGIC + b"\x01\x93\xc4\x08" + own + b"\x01\xdc\x00\x01" + bytes([len(tiny)])
    coded = one_model(K1, 1, 50)
    yield (
        "embedded-long-form",
        long_form + tiny + coded + crc(long_form + b"\x01" + bytes(4) + coded),
        c,
        "The sizes are an array 16 where a fixarray is shorter; the check holds.",
    )
    stored = one_model(STORED, 1, 3)
    yield "embedded-stored", embedded(STORED, tiny, coded=stored), c, "A model for stored pixels."
    side = small({"a": ("u1", [1], [7]), "encoder.a": ("u1", [1], [7])})
    yield "embedded-encoder", embedded(id_of(side[13:-8]), side[13:-8]), c, "An array to encode."
    yield "embedded-encoder-id", embedded(side[5:13], side[13:-8]), c, "The same, by the true id."
    table = msgpack.packb(["classic", [["a", "u1", [3]]]])
    huge = msgpack.packb(["classic", [["a", "u1", [2**24] * 4]]])
    shift = {**CLIP, "decoder.clips": ("i4", [1, 2], [0, 1])}
    shift["decoder.0.shift"] = ("i1", [3], [0, 41, 0])
    for name, data, text in (
        ("3-bytes", b"\0\0\0", "3 bytes"),
        ("no-arrays", model_file("classic", {})[13:-8], "no arrays"),
        ("table-huge", b"\xff" * 4 + table + b"\1\2\3", "a table of 2^32 - 1 bytes"),
        ("array-cut", struct.pack("<I", len(table)) + table + b"\1\2", "a cut array"),
        ("spare", struct.pack("<I", len(table)) + table + b"\1\2\3\4", "a byte behind the arrays"),
        ("shape-huge", struct.pack("<I", len(huge)) + huge + b"\1", "an array of 2^96 values"),
        ("clip", small(CLIP)[13:-8], "a clip past 32768"),
        ("shift", small(shift)[13:-8], "a shift of 41"),
        ("file", small(), "a whole model file"),
    ):
        text = f"The model has {text}; its id and the chunk's check hold."
        yield f"embedded-{name}", embedded(id_of(data), data), c, text
    unused = header([K2, own], 2, [0, len(tiny)])
    coded = one_model(K2, 2, 2, b"\x00")
    yield (
        "embedded-unused",
        unused + tiny + coded + crc(unused + b"\x01" + bytes(4) + coded),
        c,
        "A short file brings a model along that it does not use.",
    )


def embedded_two(models: list[bytes]) -> bytes:
    """A short file of two models that stand in each other's place."""
    ids = [id_of(data) for data in models]
    prefix = header(ids, 2, [len(data) for data in reversed(models)])
    coded = mixed([K2, K3], [0, 1], 5)
    check = crc(prefix + b"\x01" + bytes(4) + coded)
    return prefix + b"".join(reversed(models)) + coded + check
