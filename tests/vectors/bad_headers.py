"""Damaged headers."""

import struct
from collections.abc import Iterator

import msgpack
from vectors.pieces import MAGIC, ONE, archive, crc, flip, header, one_model, short
from vectors.tiny_models import K2, K3


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    c = "CorruptFileError"
    rest = ONE[len(header([K2], 1)) :]
    yield "nothing", b"", c, "No bytes at all."
    yield "magic-only", MAGIC, c, "The magic and no more."
    yield "magic-cut", MAGIC[:3], c, "Three bytes of the magic."
    yield "magic-wrong", flip(ONE, 1), c, "Another magic."
    yield "png", b"\x89PNG\r\n\x1a\n" + bytes(20), c, "A PNG file's first bytes."
    yield "text-mode", ONE.replace(b"\r\n", b"\n"), c, "CR LF became LF, as text mode does."
    yield (
        "text-mode-cr",
        ONE.replace(b"\n", b"\r\n"),
        c,
        "LF became CR LF, as text mode does elsewhere.",
    )
    yield "seven-bits", bytes(b & 127 for b in ONE), c, "The top bits are gone."
    yield "version-only", MAGIC + b"\x01", c, "The file ends behind its version."
    yield "header-cut", ONE[:10], c, "The file ends within its header."
    yield "header-only", header([K2], 1), c, "The file ends behind its header."
    yield "header-map", MAGIC + b"\x01" + msgpack.packb({b"a": 1}) + rest, c, "The header is a map."
    yield (
        "header-one-field",
        MAGIC + b"\x01" + msgpack.packb([K2]) + rest,
        c,
        "The header has one field.",
    )
    yield (
        "header-str-ids",
        MAGIC + b"\x01" + msgpack.packb(["12345678", 1]) + rest,
        c,
        "The ids are a msgpack str.",
    )
    yield (
        "header-long-bin",
        MAGIC + b"\x01\x92\xc5\x00\x08" + K2 + b"\x01" + rest,
        c,
        "The ids are a bin 16 where bin 8 is shorter.",
    )
    yield (
        "header-long-array",
        MAGIC + b"\x01\xdc\x00\x02\xc4\x08" + K2 + b"\x01" + rest,
        c,
        "The header is an array 16 where a fixarray is shorter.",
    )
    long_count = MAGIC + b"\x01\x92\xc4\x08" + K2 + b"\xcc\x01"
    coded = one_model(K2, 1, 1)
    yield (
        "header-long-count",
        long_count + coded + crc(long_count + b"\x01" + bytes(4) + coded),
        c,
        "The count is a uint 8 where a fixint is shorter; all checks hold.",
    )
    signed = MAGIC + b"\x01\x92\xc4\x08" + K2 + b"\xd0\x01"
    yield (
        "header-signed-count",
        signed + coded + crc(signed + b"\x01" + bytes(4) + coded),
        c,
        "The count is a signed int 8; all checks hold.",
    )
    for name, images, text in (
        ("zero", 0, "0"),
        ("negative", -1, "-1"),
        ("4097", 4097, "4097"),
        ("huge", 2**63, "2^63"),
        ("nil", None, "nil"),
        ("float", 1.0, "the float 1.0"),
        ("str", "1", "a str"),
    ):
        prefix = MAGIC + b"\x01" + msgpack.packb([K2, images])
        data = prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded)
        yield f"header-images-{name}", data, c, f"The header's images are {text}."
    yield "ids-none", short([], 1, coded), c, "The header names no model."
    yield "ids-cut", short([K2[:7]], 1, coded), c, "An id has 7 bytes."
    yield "ids-odd", short([K2, b"x"], 1, coded), c, "The ids have 9 bytes."
    twice = short([K2, K2], 2, one_model(K2, 2, 2, b"\x00"))
    yield "ids-twice", twice, c, "The same id twice."
    many = [struct.pack("<Q", i) for i in range(32)]
    yield "ids-32", archive(many, False, []), c, "32 ids."
    unknown = bytes.fromhex("deadbeefdeadbeef")
    yield (
        "id-unknown",
        short([unknown], 1, coded),
        "UnknownModelError",
        "A model that nobody has; all checks hold.",
    )
    yield (
        "id-other-model",
        ONE.replace(K2, K3),
        c,
        "The id of another known model put in place; the check covers it.",
    )
