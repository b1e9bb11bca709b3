"""Make the test vectors, from docs/FORMAT.md alone: bytes put together by hand.

    python tests/vectors/generate.py

writes what is missing, and stops where a file is there with other bytes: vectors never change.
Pixels come from the reference decoder beside this folder, never from the package.
"""

import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgpack

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # what is beside this file and this folder

import reference as ref  # noqa: E402
import transform_models  # noqa: E402
import transform_payloads  # noqa: E402
from seeded import Numbers  # noqa: E402

MAGIC = b"\xaeZ\r\n"
MODEL_MAGIC = b"\xaeM\r\n"
STORED = bytes(8)


# ---------------------------------------------------------------------------------------- models

Arrays = dict[str, tuple[str, list[int], list[int]]]


def model_file(kind: str, arrays: Arrays) -> bytes:
    decoding = {n: a for n, a in arrays.items() if not n.startswith(("encoder.", "stats."))}
    model_id = hashlib.sha256(ref.pack_body(kind, decoding)).digest()[:8]
    return seal(MODEL_MAGIC + b"\x01" + model_id + ref.pack_body(kind, arrays))


def seal(data: bytes) -> bytes:
    return data + hashlib.sha256(data).digest()[:8]


def k2() -> bytes:
    """Two latents, float32: 2-8-784 with 16 greys; encoder 784-4-2."""
    n = Numbers(2)
    return model_file(
        "classic",
        {
            "decoder.clips": ("i4", [2, 2], [0, 255, 0, 15]),
            "decoder.0.weights": ("i1", [2, 8], n.many(16, -127, 127)),
            "decoder.0.bias": ("i4", [8], n.many(8, -9000, 25000)),
            "decoder.0.shift": ("i1", [8], n.many(8, 6, 8)),
            "decoder.1.weights": ("i1", [8, 784], n.many(8 * 784, -20, 20)),
            "decoder.1.bias": ("i4", [784], n.many(784, 0, 9000)),
            "decoder.1.shift": ("i1", [784], n.many(784, 8, 10)),
            "decoder.greys": ("u1", [16], [17 * i for i in range(16)]),
            "encoder.clips": ("i4", [2, 2], [-255, 255, 0, 255]),
            "encoder.0.weights": ("i1", [784, 4], n.many(784 * 4, -3, 3)),
            "encoder.0.bias": ("i4", [4], n.many(4, -500, 500)),
            "encoder.0.shift": ("i1", [4], [5, 5, 6, 4]),
            "encoder.1.weights": ("i1", [4, 2], n.many(8, -60, 60)),
            "encoder.1.bias": ("i4", [2], [8000, 9000]),
            "encoder.1.shift": ("i1", [2], [6, 7]),
        },
    )


def k3() -> bytes:
    """Three latents, past float32: 3-6-784 with 256 greys in no order; encoder 784-4-3."""
    n = Numbers(3)
    shifts = n.many(784, 16, 20)
    shifts[5] = 40  # the largest
    shifts[6] = 0  # none
    return model_file(
        "classic",
        {
            "decoder.clips": ("i4", [2, 2], [-32768, 32768, 0, 255]),
            "decoder.0.weights": ("i2", [3, 6], n.many(18, -32768, 32767)),
            "decoder.0.bias": ("i4", [6], n.many(6, -4000000, 4000000)),
            "decoder.0.shift": ("i1", [6], [8, 7, 0, 9, 8, 8]),
            "decoder.1.weights": ("i2", [6, 784], n.many(6 * 784, -2000, 2000)),
            "decoder.1.bias": ("i4", [784], n.many(784, 0, 2**27)),
            "decoder.1.shift": ("i1", [784], shifts),
            "decoder.greys": ("u1", [256], [(7 * i + 3) % 256 for i in range(256)]),
            "encoder.clips": ("i4", [2, 2], [-300, 300, 0, 255]),
            "encoder.0.weights": ("i1", [784, 4], n.many(784 * 4, -4, 4)),
            "encoder.0.bias": ("i4", [4], n.many(4, -500, 500)),
            "encoder.0.shift": ("i1", [4], [5, 6, 6, 5]),
            "encoder.1.weights": ("i1", [4, 3], n.many(12, -60, 60)),
            "encoder.1.bias": ("i4", [3], [8000, 9000, 7000]),
            "encoder.1.shift": ("i1", [3], [6, 7, 6]),
            "stats.misread": ("u2", [2], [2000, 50]),
            "stats.validation_sse": ("u4", [4], [1000, 2000, 3000, 4000]),
        },
    )


def k16() -> bytes:
    """16-bit codes: regions of 3 axes into 4 numbers, 4-6-784 with 32 greys; no encoder."""
    n = Numbers(16)
    return model_file(
        "code16",
        {
            "regions.points": ("i1", [256, 3], n.many(768, -127, 127)),
            "regions.axes": ("i1", [256, 3, 4], n.many(3072, -127, 127)),
            "regions.means": ("i4", [256, 4], n.many(1024, -12000, 12000)),
            "regions.shift": ("i1", [4], [8, 7, 9, 8]),
            "decoder.clips": ("i4", [2, 2], [0, 255, 0, 31]),
            "decoder.0.weights": ("i1", [4, 6], n.many(24, -127, 127)),
            "decoder.0.bias": ("i4", [6], n.many(6, -5000, 15000)),
            "decoder.0.shift": ("i1", [6], n.many(6, 6, 8)),
            "decoder.1.weights": ("i1", [6, 784], n.many(6 * 784, -20, 20)),
            "decoder.1.bias": ("i4", [784], n.many(784, 0, 9000)),
            "decoder.1.shift": ("i1", [784], n.many(784, 7, 9)),
            "decoder.greys": ("u1", [32], [(8 * i + 5) % 256 for i in range(32)]),
        },
    )


def k1() -> bytes:
    """One latent, one layer; in no model file, only embedded."""
    n = Numbers(1)
    return model_file(
        "classic",
        {
            "decoder.clips": ("i4", [1, 2], [0, 7]),
            "decoder.0.weights": ("i1", [1, 784], n.many(784, -127, 127)),
            "decoder.0.bias": ("i4", [784], n.many(784, 0, 32000)),
            "decoder.0.shift": ("i1", [784], n.many(784, 12, 14)),
            "decoder.greys": ("u1", [8], [36 * i for i in range(8)]),
        },
    )


TRANSFORMS = {"transform-t3": transform_models.t3, "transform-t2": transform_models.t2}
MODELS = {"tiny-k2": k2(), "tiny-k3": k3(), "code-k16": k16()}
MODELS |= {name: model_file("transform", make()) for name, make in TRANSFORMS.items()}
IDS = {name: data[5:13] for name, data in MODELS.items()}
BY_ID = {data[5:13]: data for data in MODELS.values()}
K2, K3, K16 = IDS["tiny-k2"], IDS["tiny-k3"], IDS["code-k16"]
T3, T2 = (ref.read_model(MODELS[name]).transform() for name in TRANSFORMS)
CODERS = {IDS[name]: coder for name, coder in zip(TRANSFORMS, (T3, T2), strict=True)}
K1, BODY = k1()[5:13], k1()[13:-8]
LATENTS = {K1: 1, K2: 2, K3: 3, K16: 2, STORED: 784}


# ----------------------------------------------------------------------------------------- pieces


def header(ids: list[bytes], images: int | bool, sizes: object = None) -> bytes:
    third = [] if sizes is None else [sizes]
    return MAGIC + b"\x01" + bytes(msgpack.packb([b"".join(ids), images, *third]))


def payload(model_id: bytes, count: int, seed: int) -> bytes:
    if model_id in CODERS:
        return transform_payloads.payload(CODERS[model_id], count, seed)
    return bytes(Numbers(seed).many(count * LATENTS[model_id], 0, 255))


def pixels(model_id: bytes, data: bytes, count: int) -> list[bytes]:
    model = None if model_id == STORED else ref.read_model(BY_ID.get(model_id) or k1())
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
    parts = b"".join(ref.varint(len(data)) + data for data in payloads.values())
    return check + b"\xff" + packed + parts


def short(ids: list[bytes], count: int, coded: bytes) -> bytes:
    prefix = header(ids, count)
    return prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded)


def embedded(model_id: bytes, body: bytes, sizes: object = None, coded: bytes = b"") -> bytes:
    """A short file of one image that brings a model along; `coded` by default one of K1's."""
    prefix = header([model_id], 1, [len(body)] if sizes is None else sizes)
    coded = coded or one_model(K1, 1, 50)
    return prefix + body + coded + crc(prefix + b"\x01" + bytes(4) + coded)


def id_of(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:8]


def record(prefix: bytes, tag: int, number: int, body: bytes) -> bytes:
    check = crc(prefix + bytes([tag]) + struct.pack("<I", number) + body)
    return bytes([tag]) + ref.varint(len(body)) + body + check


def index(prefix: bytes, places: list[tuple[int, int]], chunks: int | None = None) -> bytes:
    number = len(places) if chunks is None else chunks
    body = ref.varint(number) + b"".join(ref.varint(c) + ref.varint(n) for c, n in places)
    data = record(prefix, 2, number, body)
    return data + struct.pack("<I", len(data))


Body = tuple[int, bytes]  # images, bytes


def body(count: int, coded: bytes, names: list[str] | None = None) -> Body:
    if names is None:
        return count, ref.varint(count) + coded
    return named_body(count, ref.pack_names([name.encode() for name in names]), coded)


def named_body(count: int, packed: bytes, coded: bytes) -> Body:
    return count, ref.varint(count) + ref.varint(len(packed)) + packed + coded


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


# ------------------------------------------------------------------------------------------- good

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


def good() -> Iterator[tuple[str, bytes, str]]:
    yield "one", ONE, "One image in the short form: 27 bytes of which 2 are payload."
    yield "several", short([K3], 5, one_model(K3, 5, 2)), "Five images in the short form."
    yield "code16", short([K16], 40, one_model(K16, 40, 17)), "Forty images by 16-bit codes."
    yield (
        "code16-mixed",
        short([K2, K16], 5, mixed([K2, K16], [1, 0, 0, 1, 1], 18)),
        "16-bit codes beside another model in one chunk.",
    )
    yield (
        "stored",
        short([STORED], 2, one_model(STORED, 2, 3)),
        "Two images as stored pixels; no model is needed.",
    )
    yield (
        "mixed-short",
        short(TWO, 5, MIXED_CODED),
        "The short form with two models in one chunk, three bits to spare.",
    )
    yield (
        "mixed-three",
        short(THREE, 6, mixed(THREE, [2, 0, 1, 2, 0, 0], 7)),
        "The short form with two models and stored pixels, two bits an image.",
    )
    yield (
        "long-count",
        short([K2], 130, one_model(K2, 130, 4)),
        "130 images, a count past one byte of msgpack's shortest integers.",
    )
    yield "archive", archive([K2], False, UNNAMED), "Three chunks without names."
    yield (
        "archive-long-count",
        archive([K2], False, [body(130, one_model(K2, 130, 13)), UNNAMED[1]]),
        "A chunk of 130 images, so count and lengths are varints of two bytes.",
    )
    yield (
        "archive-two-models",
        archive(TWO, False, MIXED),
        "Chunks of the second model, of both, and of the first.",
    )
    yield (
        "archive-unused-model",
        archive(TWO, False, [body(2, one_model(K3, 2, 30, b"\x01")), MIXED[0]]),
        "An archive may list a model that no chunk uses.",
    )
    yield (
        "named",
        archive([K2], True, NAMED),
        "Two chunks with names: successors, UTF-8, subfolders.",
    )
    yield (
        "named-one",
        archive([K2], True, [body(1, one_model(K2, 1, 22), ["a.png"])]),
        "One image with its name.",
    )
    yield (
        "named-two-models",
        archive(TWO, True, [body(3, mixed(TWO, [0, 1, 1], 35), ["7.png", "8.png", "9"])]),
        "Names and two models in one chunk; a run of one nine.",
    )
    yield (
        "named-longest",
        archive([K2], True, [body(3, one_model(K2, 3, 23), LONGEST)]),
        "Names of 4096 bytes and their successors.",
    )
    yield (
        "named-odd",
        archive(
            [K2],
            True,
            [
                body(
                    6,
                    one_model(K2, 6, 24),
                    ["...", ".x", "1:2", "a b", "a~1", "\U0001f600\u0301\ufeff"],
                )
            ],
        ),
        "Names that look odd and are safe: dots, spaces, a colon after a digit, no suffix.",
    )
    yield (
        "embedded",
        embedded(K1, BODY),
        "One image and its model, which is in no model file.",
    )
    ids = [K2, K1, STORED]
    coded = mixed(ids, [1, 0, 2, 1], 51)
    yield (
        "embedded-archive",
        archive(ids, True, [body(4, coded, ["a1", "a2", "a3", "b"])], models=[b"", BODY, b""]),
        "Names and an embedded model, between one that is not and stored pixels.",
    )
    yield "empty", archive([K2], False, []), "An archive of no images."
    yield "empty-named", archive([K2], True, []), "An archive of no images that would have names."
    yield (
        "archive-stored",
        archive(
            [K2, K3, STORED],
            False,
            [
                body(3, mixed([K2, K3, STORED], [2, 2, 1], 40)),
                body(1, one_model(STORED, 1, 41, b"\x02")),
            ],
        ),
        "Stored pixels beside models, in a mixed chunk and in one of their own.",
    )
    yield from good_transforms()


def good_transforms() -> Iterator[tuple[str, bytes, str]]:
    id3, id2 = CODERS
    for name, model, count, data, text in transform_payloads.good(T3, T2):
        model_id = id3 if model is T3 else id2
        yield f"transform-{name}", short([model_id], count, by_payload(model_id, count, data)), text
    bodies = [body(n, one_model(id3, n, 50 + n)) for n in (3, 33, 1)]
    yield "transform-archive", archive([id3], False, bodies), "Three chunks under a prior."
    bodies = [body(4, one_model(id3, 4, 60), FIRST), body(3, one_model(id3, 3, 61), SECOND)]
    yield "transform-named", archive([id3], True, bodies), "Names, and latents under a prior."
    ids = [K2, STORED, id3]
    yield (
        "transform-mixed",
        short(ids, 9, mixed(ids, [2, 2, 0, 1, 2, 0, 2, 2, 0], 62)),
        "A prior's latents, another kind and stored pixels in one chunk.",
    )
    ids = [id3, id2]
    seed = next(seed for seed in range(10**6) if payload(id3, 1, seed) == b"")
    bodies = [
        body(5, mixed(ids, [1, 0, 1, 1, 1], seed)),
        body(2, one_model(id2, 2, 63, b"\x01")),
    ]
    yield (
        "transform-two",
        archive(ids, False, bodies),
        "Two priors in one chunk, the payload of the first empty; then the second alone.",
    )


# -------------------------------------------------------------------------------------------- bad


def bad_transforms() -> Iterator[tuple[str, bytes, str, str]]:
    """Payloads that are refused, with the pixel check of the sound payload."""
    model_id = next(iter(CODERS))
    for error, payloads in (
        ("CorruptFileError", transform_payloads.bad(T3)),
        ("DecodingError", transform_payloads.other_images(T3)),
    ):
        for name, count, sound, data, text in payloads:
            check = crc(b"".join(pixels(model_id, sound, count)))
            yield f"transform-{name}", short([model_id], count, check + data), error, text


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    yield from bad_headers()
    yield from bad_short()
    yield from bad_records()
    yield from bad_names()
    yield from bad_indexes()
    yield from bad_transforms()
    yield from bad_embedded()


def bad_headers() -> Iterator[tuple[str, bytes, str, str]]:
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


def bad_short() -> Iterator[tuple[str, bytes, str, str]]:
    c = "CorruptFileError"
    coded = one_model(K2, 1, 1)
    end = len(header([K2], 1))
    yield "short-cut-in-pixel-check", ONE[: end + 2], c, "Ends within the pixel check."
    yield "short-cut-before-payload", ONE[: end + 4], c, "Ends before the payload."
    yield "short-cut-in-payload", ONE[: end + 5], c, "Ends within the payload."
    yield "short-cut-before-check", ONE[:-4], c, "Ends before the check."
    yield "short-cut-in-check", ONE[:-1], c, "The last byte is missing."
    yield "short-trailing-zero", ONE + b"\x00", c, "A zero byte behind the end."
    yield "short-trailing-newline", ONE + b"\n", c, "A line feed behind the end."
    yield "short-twice", ONE + ONE, c, "The same file twice."
    yield "short-check", flip(ONE, len(ONE) - 1), c, "The check has a flipped bit."
    yield "short-payload", flip(ONE, end + 5), c, "The payload has a flipped bit."
    yield "short-pixel-check-flipped", flip(ONE, end), c, "The pixel check has a flipped bit."
    wrong = short([K2], 1, flip(coded, 0))
    yield (
        "pixels-wrong",
        wrong,
        "DecodingError",
        "The pixel check is another one; the bytes are sound.",
    )
    yield "payload-short", short([K2], 1, coded[:-1]), c, "A payload of 1 byte for 2; checks hold."
    yield "payload-long", short([K2], 1, coded + b"\x00"), c, "A payload of 3 bytes for 2."
    yield "payload-none", short([K2], 1, coded[:4]), c, "No payload."
    yield "payload-and-check-none", short([K2], 1, b""), c, "No pixel check and no payload."
    yield "payload-fewer", short([K2], 3, one_model(K2, 2, 2)), c, "Two images' payload for three."
    yield "payload-more", short([K2], 2, one_model(K2, 3, 2)), c, "Three images' payload for two."
    stored = one_model(STORED, 1, 3)
    yield "stored-short", short([STORED], 1, stored[:-1]), c, "783 stored bytes."
    yield "stored-long", short([STORED], 1, stored + b"\x00"), c, "785 stored bytes."
    yield (
        "short-unused-model",
        short(TWO, 2, one_model(K2, 2, 2, b"\x00")),
        c,
        "A short file lists only the models it uses.",
    )
    other_number = header([K2], 1) + coded
    yield (
        "short-other-number",
        other_number + crc(header([K2], 1) + b"\x01\x01\x00\x00\x00" + coded),
        c,
        "The check is that of chunk 1.",
    )


def bad_records() -> Iterator[tuple[str, bytes, str, str]]:
    c = "CorruptFileError"
    sound = archive([K2], False, UNNAMED)
    prefix = header([K2], False)
    records = [record(prefix, 1, i, data) for i, (_, data) in enumerate(UNNAMED)]
    places = [(count, len(r)) for (count, _), r in zip(UNNAMED, records, strict=True)]
    start = len(prefix)

    def rebuilt(parts: list[bytes], where: list[tuple[int, int]] | None = None) -> bytes:
        lengths = where or [(c, len(p)) for (c, _), p in zip(places, parts, strict=True)]
        return prefix + b"".join(parts) + index(prefix, lengths)

    yield "archive-cut-in-chunk", sound[: start + 6], c, "Ends within the first chunk."
    yield (
        "archive-cut-behind-chunk",
        sound[: start + len(records[0])],
        c,
        "Ends behind the first chunk.",
    )
    ends = start + sum(map(len, records))
    yield "archive-cut-before-index", sound[:ends], c, "Ends before the index."
    yield "archive-cut-in-index", sound[: ends + 3], c, "Ends within the index."
    yield "archive-cut-before-footer", sound[:-4], c, "Ends before the footer."
    yield "archive-cut-in-footer", sound[:-1], c, "The last byte is missing."
    yield "archive-trailing", sound + b"\x00", c, "A byte behind the footer."
    yield "archive-trailing-footer", sound + sound[-4:], c, "The footer twice."
    yield "archive-front-gone", prefix + sound[start + 1 :], c, "A byte behind the header is gone."
    yield "chunk-check", flip(sound, start + len(records[0]) - 1), c, "A chunk's check is flipped."
    yield "chunk-payload", flip(sound, start + 8), c, "A bit of a chunk's payload is flipped."
    yield "chunk-length", flip(sound, start + 1, 1), c, "A chunk's length is flipped."
    yield "chunk-count", flip(sound, start + 2), c, "A chunk's count is flipped."
    yield "chunk-tag", flip(sound, start, 1), c, "A chunk's tag is flipped; its check covers it."
    swapped = rebuilt(
        [records[2], records[1], records[0]],
        [(2, len(records[2])), (1, len(records[1])), (3, len(records[0]))],
    )
    yield "chunks-swapped", swapped, c, "The first and the last chunk changed places, index too."
    twice = prefix + records[0] * 2 + index(prefix, [places[0]] * 2)
    yield "chunk-twice", twice, c, "The first chunk twice, index too."
    gone = prefix + b"".join(records[1:]) + index(prefix, places[1:])
    yield "chunk-gone", gone, c, "The first chunk is gone, index too."
    moved = rebuilt([records[0], records[1], record(header([K3], False), 1, 2, UNNAMED[2][1])])
    yield "chunk-foreign", moved, c, "A chunk whose check was made under another header."
    long_length = bytes([1, len(UNNAMED[1][1]) | 128, 0]) + records[1][2:]
    yield (
        "varint-long-length",
        rebuilt([records[0], long_length, records[2]]),
        c,
        "A chunk's length is a varint of two bytes where one would do.",
    )
    for name, count, text in (
        ("zero", b"\x00", "0"),
        ("4097", ref.varint(4097), "4097"),
        ("long", b"\x81\x00", "a varint of two bytes where one would do"),
        ("endless", b"\x81\x80\x80\x80\x80\x01", "a varint of six bytes"),
    ):
        data = record(prefix, 1, 1, count + one_model(K2, 1, 11))
        yield (
            f"chunk-count-{name}",
            rebuilt([records[0], data, records[2]]),
            c,
            f"A chunk's count is {text}; its check holds.",
        )
    lying = record(prefix, 1, 1, b"\x02" + one_model(K2, 2, 12))
    yield (
        "chunk-count-and-index-differ",
        rebuilt([records[0], lying, records[2]]),
        c,
        "The index says 1 image, the chunk says 2; all checks hold.",
    )
    for name, data, text in (
        ("empty", b"", "no body"),
        ("count-only", b"\x01", "a count and no more"),
        ("short", b"\x01" + one_model(K2, 1, 11)[:3], "a cut pixel check"),
        ("payload-short", b"\x01" + one_model(K2, 1, 11)[:-1], "a payload too short"),
        ("payload-long", b"\x01" + one_model(K2, 1, 11) + b"\x00", "a payload too long"),
    ):
        part = record(prefix, 1, 1, data)
        yield (
            f"chunk-{name}",
            rebuilt([records[0], part, records[2]]),
            c,
            f"A chunk has {text}; its check holds.",
        )
    part = record(prefix, 1, 1, b"\x01" + flip(one_model(K2, 1, 11), 2))
    yield (
        "chunk-pixels-wrong",
        rebuilt([records[0], part, records[2]]),
        "DecodingError",
        "A chunk's pixel check is another one; the bytes are sound.",
    )
    early = record(prefix, 2, 1, UNNAMED[1][1])
    yield (
        "chunk-tagged-index",
        rebuilt([records[0], early, records[2]]),
        c,
        "An index record in a chunk's place; its check holds.",
    )
    yield (
        "archive-form-for-one-chunk",
        archive([K2], False, [UNNAMED[0]]),
        c,
        "One chunk without names is written in the short form, and only there.",
    )
    yield from bad_mixed()


def bad_mixed() -> Iterator[tuple[str, bytes, str, str]]:
    c = "CorruptFileError"
    yield "coders-missing", short(TWO, 1, bytes(4)), c, "Two models, and no byte of coders."
    for byte in (2, 254):
        coded = one_model(K2, 2, 2, bytes([byte]))
        yield f"coders-{byte}", short(TWO, 2, coded), c, f"Coders begin with {byte} of two models."
    yield (
        "mixed-one-model",
        short(TWO, 3, mixed(TWO, [1, 1, 1], 5)),
        c,
        "A mixed chunk in which one model occurs.",
    )
    yield (
        "mixed-one-image",
        short(TWO, 1, mixed(TWO, [1], 5)),
        c,
        "A mixed chunk of one image.",
    )
    yield (
        "mixed-spare-bits",
        short(TWO, 5, mixed(TWO, [1, 0, 0, 1, 0], 5, spare=1)),
        c,
        "A spare bit is set.",
    )
    width2 = bytearray(mixed(THREE, [2, 0, 1, 2], 7))
    width2[5] |= 0b11000000
    yield "mixed-model-3", short(THREE, 4, bytes(width2)), c, "Model 3 of three (from 0)."
    yield "mixed-list-cut", short(TWO, 5, MIXED_CODED[:5]), c, "The list of models is missing."
    yield "mixed-payload-cut", short(TWO, 5, MIXED_CODED[:-1]), c, "The last payload is cut."
    yield "mixed-payload-missing", short(TWO, 5, MIXED_CODED[:6]), c, "The payloads are missing."
    yield "mixed-trailing", short(TWO, 5, MIXED_CODED + b"\x00"), c, "A byte behind the payloads."
    lengths = bytearray(MIXED_CODED)
    lengths[6] += 1
    yield "mixed-length-lies", short(TWO, 5, bytes(lengths)), c, "A payload's length is too large."
    long_varint = MIXED_CODED[:6] + bytes([MIXED_CODED[6] | 128, 0]) + MIXED_CODED[7:]
    yield (
        "mixed-length-long",
        short(TWO, 5, long_varint),
        c,
        "A payload's length is a varint of two bytes where one would do.",
    )


def bad_names() -> Iterator[tuple[str, bytes, str, str]]:
    c, u = "CorruptFileError", "UnsafeNameError"
    either = f"{c} {u}"
    for name, text in (
        ("absolute", "/etc/passwd"),
        ("parent", "../a.png"),
        ("parent-inside", "a/../../b.png"),
        ("parent-last", "a/.."),
        ("dot", "./a.png"),
        ("dot-only", "."),
        ("empty-part", "a//b.png"),
        ("folder", "a/"),
        ("drive", "C:a.png"),
        ("drive-absolute", "c:/a.png"),
        ("backslash", "..\\a.png"),
        ("nul", "a\0.png"),
        ("newline", "a\n.png"),
        ("escape", "a\x1b[2J.png"),
        ("delete", "a\x7f.png"),
        ("c1", "a\u009b.png"),
    ):
        coded = one_model(K2, 1, 20)
        yield (
            f"name-{name}",
            archive([K2], True, [body(1, coded, [text])]),
            u,
            f"The unsafe name {text.encode('unicode_escape').decode()!r}.",
        )
    empty = named_body(1, b"\x01\x00\x00", one_model(K2, 1, 20))
    yield "name-empty", archive([K2], True, [empty]), either, "An empty name."
    long = body(1, one_model(K2, 1, 20), ["a" * 4097])
    yield "name-4097", archive([K2], True, [long]), either, "A name of 4097 bytes."
    for name, raw, text in (
        ("latin1", b"\x01\x00\x05\xfc.png", "ISO 8859-1"),
        ("surrogate", b"\x01\x00\x03\xed\xa0\x80", "a surrogate"),
        ("overlong", b"\x01\x00\x02\xc0\xae", "overlong"),
    ):
        data = named_body(1, raw, one_model(K2, 1, 20))
        yield f"name-{name}", archive([K2], True, [data]), c, f"A name is {text}, not UTF-8."
    coded = one_model(K2, 2, 21)
    for name, names, text in (
        ("order", ["b.png", "a.png"], "Two names in descending order."),
        ("twice", ["a.png", "a.png"], "The same name twice."),
    ):
        data = archive([K2], True, [body(2, coded, names)])
        yield f"names-{name}", data, either, text
    one = one_model(K2, 1, 20)
    for name, names, text in (
        ("order-across", ["b.png", "a.png"], "The second chunk's name is below the first's."),
        ("twice-across", ["a.png", "a.png"], "The same name in two chunks."),
    ):
        data = archive([K2], True, [body(1, one, [n]) for n in names])
        yield f"names-{name}", data, either, text
    first = b"\x01\x00\x05a1png"
    for name, packed, text in (
        ("successor-of-none", b"\x00" + first, "The first name is called a successor."),
        ("successor-of-nines", b"\x01\x00\x02a9\x00", "The successor of a run of nines."),
        ("successor-spelt", first + b"\x02\x03\x012", "A successor that is spelt out."),
        ("front-short", first + b"\x01\x00\x05b1png", "The shared back is not used."),
        ("front-not-longest", b"\x01\x00\x02ab\x02\x00\x02bc", "A shared front that is too short."),
        ("past-front", first + b"\x09\x00\x01x", "More shared bytes than there are."),
        ("overlap", b"\x01\x00\x02ab\x03\x01\x01z", "Shared front and back overlap."),
        ("length", first + b"\x01\x00\x7fz", "A length past the names."),
        ("cut", first + b"\x02", "The names end within a name."),
        ("one-missing", first, "One name for two images."),
        ("one-more", first + b"\x00\x00", "Three names for two images."),
        ("spare", first + b"\x00\x7f", "A byte behind the names."),
        ("long-varint", b"\x81\x00\x00\x05a1png\x00", "A varint of two bytes where one would do."),
    ):
        data = archive([K2], True, [named_body(2, packed, coded)])
        yield f"names-{name}", data, either, text
    past = 2, b"\x02\xff\x01" + coded
    yield "names-past-chunk", archive([K2], True, [past]), c, "Names longer than their chunk."


def bad_indexes() -> Iterator[tuple[str, bytes, str, str]]:
    c = "CorruptFileError"
    prefix = header([K2], False)
    records = [record(prefix, 1, i, data) for i, (_, data) in enumerate(UNNAMED)]
    front = prefix + b"".join(records)
    places = [(count, len(r)) for (count, _), r in zip(UNNAMED, records, strict=True)]
    sound = index(prefix, places)
    yield "index-flipped", front + flip(sound, 3), c, "A bit of the index is flipped."
    yield "index-check", front + flip(sound, len(sound) - 5), c, "The index's check is flipped."
    yield "index-tag", front + flip(sound, 0), c, "The index's tag is flipped."
    yield "footer-flipped", front + flip(sound, len(sound) - 4), c, "The footer is flipped."
    yield "footer-huge", front + sound[:-4] + b"\xff" * 4, c, "The footer says 2^32 - 1."
    yield "footer-zero", front + sound[:-4] + bytes(4), c, "The footer says 0."
    yield "footer-chunk", front + sound[:-4] + b"\x04\0\0\0", c, "The footer points at the check."
    for name, where, text in (
        ("lengths", [(3, places[0][1] + 1), (1, places[1][1] - 1), places[2]], "Lengths shifted"),
        ("gap", [(3, places[0][1] - 1), *places[1:]], "Lengths leave a byte out"),
        ("past", [(3, places[0][1] + 1), *places[1:]], "Lengths go past the chunks"),
        ("counts", [(2, places[0][1]), (2, places[1][1]), places[2]], "Counts shifted"),
        ("zero", [(0, places[0][1]), *places[1:]], "A count of 0"),
        ("4097", [(4097, places[0][1]), *places[1:]], "A count of 4097"),
        ("one-less", places[:2], "The last chunk left out"),
        ("one-more", [*places, (1, 0)], "A chunk of 0 bytes more"),
        ("empty", [], "No chunks"),
        ("joined", [(4, places[0][1] + places[1][1]), places[2]], "Two chunks as one"),
        ("huge", [(3, 2**35 - 1), *places[1:]], "A length of 2^35 - 1"),
    ):
        yield f"index-{name}", front + index(prefix, where), c, f"{text}; the index's check holds."
    for chunks in (2, 4, 2**30):
        data = index(prefix, places, chunks)
        yield f"index-says-{chunks}", front + data, c, f"The index says {chunks} chunks of 3."
    spare = record(prefix, 2, 3, b"\x03" + b"".join(bytes(p) for p in places) + b"\x00")
    yield (
        "index-spare",
        front + spare + struct.pack("<I", len(spare)),
        c,
        "A byte behind the places; the index's check holds.",
    )
    number = record(prefix, 2, 2, b"\x03" + b"".join(bytes(p) for p in places))
    yield (
        "index-number",
        front + number + struct.pack("<I", len(number)),
        c,
        "The index's check is that of record 2.",
    )
    huge = record(prefix, 2, 3, b"\xff\xff\xff\xff\x7f" + b"".join(bytes(p) for p in places))
    yield (
        "index-says-2-35",
        front + huge + struct.pack("<I", len(huge)),
        c,
        "The index says 2^35 - 1 chunks.",
    )
    nothing = record(prefix, 2, 0, b"")
    yield (
        "index-without-body",
        prefix + nothing + struct.pack("<I", len(nothing)),
        c,
        "An index without a body.",
    )
    inside = sound[:-4]
    yield (
        "index-twice",
        front + inside + sound,
        c,
        "The index twice, before the footer.",
    )
    gap = prefix + b"\x00" + b"".join(records) + sound
    yield "index-hole", gap, c, "A byte between header and chunks."


def bad_embedded() -> Iterator[tuple[str, bytes, str, str]]:
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
    clip: Arrays = {
        "decoder.clips": ("i4", [1, 2], [0, 2**20]),
        "decoder.0.weights": ("i2", [2, 3], [32767] * 6),
        "decoder.0.bias": ("i4", [3], [2**31 - 1] * 3),
        "decoder.0.shift": ("i1", [3], [0, 0, 0]),
        "decoder.greys": ("u1", [2], [0, 255]),
    }
    shift = {**clip, "decoder.clips": ("i4", [1, 2], [0, 1])}
    shift["decoder.0.shift"] = ("i1", [3], [0, 41, 0])
    for name, data, text in (
        ("3-bytes", b"\0\0\0", "3 bytes"),
        ("no-arrays", model_file("classic", {})[13:-8], "no arrays"),
        ("table-huge", b"\xff" * 4 + table + b"\1\2\3", "a table of 2^32 - 1 bytes"),
        ("array-cut", struct.pack("<I", len(table)) + table + b"\1\2", "a cut array"),
        ("spare", struct.pack("<I", len(table)) + table + b"\1\2\3\4", "a byte behind the arrays"),
        ("shape-huge", struct.pack("<I", len(huge)) + huge + b"\1", "an array of 2^96 values"),
        ("clip", small(clip)[13:-8], "a clip past 32768"),
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


def unsupported() -> Iterator[tuple[str, bytes, str]]:
    coded = one_model(K2, 1, 1)
    for version in (0, 2, 255):
        prefix = MAGIC + bytes([version]) + header([K2], 1)[5:]
        data = prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded)
        yield f"version-{version}", data, f"Format version {version}."
    yield "version-2-other", MAGIC + b"\x02" + bytes(30), "Version 2 with all else unknown."
    prefix = MAGIC + b"\x01" + msgpack.packb([K2, 1, 7])
    yield (
        "header-3-fields",
        prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded),
        "A third field in the header.",
    )
    prefix = MAGIC + b"\x01" + msgpack.packb([K2, 1, bytes(300)])
    yield (
        "header-long-field",
        prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded),
        "A third field of 300 bytes in the header.",
    )
    prefix = header([K2], 1, [0])[:5] + msgpack.packb([K2, 1, [0], 7])
    yield (
        "header-4-fields",
        prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded),
        "A fourth field in the header.",
    )
    future = model_file("future", {"a": ("u1", [1], [7])})[13:-8]
    yield (
        "embedded-kind-future",
        embedded(id_of(future), future),
        "An embedded model of kind future.",
    )
    for tag in (0, 3, 255):
        yield (
            f"tag-{tag}",
            archive([K2], False, UNNAMED, {1: tag}),
            f"A record of kind {tag} among the chunks; its check holds.",
        )


# -------------------------------------------------------------------------------------- .aem files


def small(arrays: Arrays | None = None) -> bytes:
    return model_file("classic", arrays or {"a": ("u1", [3], [1, 2, 3]), "b": ("i2", [1], [-5])})


def raw_model(table: bytes, arrays: bytes, model_id: bytes | None = None) -> bytes:
    """A model file of any table; its checksum holds, and its id where it has no side arrays."""
    data = struct.pack("<I", len(table)) + table + arrays
    return seal(MODEL_MAGIC + b"\x01" + (model_id or hashlib.sha256(data).digest()[:8]) + data)


def bad_models() -> Iterator[tuple[str, bytes, str, str]]:
    i = "InvalidModelError"
    sound = small()
    values = b"\x01\x02\x03"
    yield "nothing", b"", i, "No bytes at all."
    yield "magic", flip(sound, 1), i, "Another magic."
    yield "text-mode", sound.replace(b"\r\n", b"\n"), i, "CR LF became LF."
    yield "aez", ONE, i, "An .aez file."
    yield "magic-only", MODEL_MAGIC, i, "The magic and no more."
    yield "cut", sound[:-1], i, "The last byte is missing."
    yield "cut-half", sound[: len(sound) // 2], i, "The second half is missing."
    yield "trailing", sound + b"\x00", i, "A byte behind the end."
    yield "checksum", flip(sound, len(sound) - 1), i, "The checksum is flipped."
    yield "array-flipped", flip(sound, len(sound) - 9), i, "A value is flipped."
    yield "id-flipped", seal(flip(sound, 5)[:-8]), i, "The id is another's; the checksum holds."
    table = msgpack.packb(["classic", [["a", "u1", [3]]]])
    yield "spare", raw_model(table, values + b"\x00"), i, "A byte behind the arrays."
    yield "array-short", raw_model(table, values[:2]), i, "An array is cut; the checksum holds."
    for name, value, data, text in (
        ("duplicate", ["classic", [["a", "u1", [1]], ["a", "u1", [1]]]], b"\x01\x02", "Two a's"),
        ("order", ["classic", [["b", "u1", [1]], ["a", "u1", [1]]]], b"\x01\x02", "Names fall"),
        ("name-int", ["classic", [[1, "u1", [3]]]], values, "A name is an integer"),
        ("name-bytes", ["classic", [[b"a", "u1", [3]]]], values, "A name is bytes"),
        ("name-nil", ["classic", [[None, "u1", [3]]]], values, "A name is nil"),
        ("kind-int", [1, [["a", "u1", [3]]]], values, "The kind is an integer"),
        ("kind-bytes", [b"classic", [["a", "u1", [3]]]], values, "The kind is bytes"),
        ("type", ["classic", [["a", "f4", [1]]]], bytes(4), "An array of floats"),
        ("type-u8", ["classic", [["a", "u8", [1]]]], bytes(8), "An array of u8"),
        ("type-int", ["classic", [["a", 1, [3]]]], values, "A type is an integer"),
        ("type-list", ["classic", [["a", ["u1"], [3]]]], values, "A type is an array"),
        ("shape-negative", ["classic", [["a", "u1", [-3]]]], values, "A size of -3"),
        ("shape-float", ["classic", [["a", "u1", [3.0]]]], values, "A size of 3.0"),
        ("shape-true", ["classic", [["a", "u1", [True]]]], b"\x01", "A size of true"),
        ("shape-int", ["classic", [["a", "u1", 3]]], values, "A shape that is no array"),
        ("shape-str", ["classic", [["a", "u1", "3"]]], values, "A shape that is a str"),
        ("shape-five", ["classic", [["a", "u1", [1, 1, 1, 1, 3]]]], values, "Five sizes"),
        ("shape-huge", ["classic", [["a", "u1", [2**24] * 4]]], values, "2^96 values"),
        ("row-short", ["classic", [["a", "u1"]]], b"", "A row of two"),
        ("row-long", ["classic", [["a", "u1", [3], 0]]], values, "A row of four"),
        ("row-int", ["classic", [7]], b"", "A row that is an integer"),
        ("table-map", {"classic": []}, b"", "A table that is a map"),
        ("table-int", 7, b"", "A table that is an integer"),
        ("table-one", ["classic"], b"", "A table without arrays"),
        ("table-three", ["classic", [], 0], b"", "A table of three fields"),
        ("table-rows-map", ["classic", {"a": ["u1", [3]]}], values, "Rows that are a map"),
    ):
        yield name, raw_model(msgpack.packb(value), data), i, f"{text}; the checksum holds."
    yield "table-no-msgpack", raw_model(b"\xc1", b""), i, "A table that is no msgpack."
    yield "table-cut", raw_model(table[:-1], values), i, "A table that ends early."
    yield "table-deep", raw_model(b"\x91" * 2000 + b"\xc0", b""), i, "A table 2000 arrays deep."
    long_form = b"\xdc\x00\x02" + table[1:]
    yield "table-long-form", raw_model(long_form, values), i, "A table not in the shortest form."
    wide = msgpack.packb(["classic", []]) + b"\xc0"
    yield "table-spare", raw_model(wide, b""), i, "A value behind the table."
    data = bytearray(raw_model(table, values))
    data[13:17] = b"\xff" * 4
    yield "table-huge", seal(bytes(data[:-8])), i, "A table of 2^32 - 1 bytes."
    yield "classic-empty", model_file("classic", {}), i, "A classic model without arrays."
    yield (
        "classic-no-greys",
        small({"decoder.clips": ("i4", [1, 2], [0, 1])}),
        i,
        "A classic model without layers and greys.",
    )
    layer: Arrays = {
        "decoder.clips": ("i4", [1, 2], [0, 1]),
        "decoder.0.weights": ("i1", [2, 3], [1, 2, 3, 4, 5, 6]),
        "decoder.0.bias": ("i4", [3], [0, 0, 0]),
        "decoder.0.shift": ("i1", [3], [0, 0, 0]),
        "decoder.greys": ("u1", [2], [0, 255]),
    }
    yield "classic-3-pixels", small(layer), i, "A classic model of 3 pixels."
    for name, faulty, text in transform_models.bad_models():
        yield f"transform-{name}", model_file("transform", faulty), i, text


def unsupported_models() -> Iterator[tuple[str, bytes, str]]:
    sound = small()
    yield "version-2", seal(sound[:4] + b"\x02" + sound[5:-8]), "Model file version 2."
    arrays: Arrays = {"a": ("u1", [1], [7])}
    yield "kind-future", model_file("future", arrays), "A model of a kind called future."


# ------------------------------------------------------------------------------------------- files


@cache
def files() -> dict[str, tuple[bytes, str, object]]:
    """All files: bytes, sentence and what is expected (pixels' hash and names, or the error)."""
    out: dict[str, tuple[bytes, str, object]] = {}
    for name, data in MODELS.items():
        text = {"tiny-k2": k2, "tiny-k3": k3, "code-k16": k16, **TRANSFORMS}[name].__doc__ or ""
        out[f"models/{name}.aem"] = data, text, {"id": data[5:13].hex()}
    for name, data, text in good():
        pictures = ref.decode(data, BY_ID)
        joined = b"".join(picture.pixels for picture in pictures)
        expected: dict[str, object] = {
            "images": len(pictures),
            "sha256": hashlib.sha256(joined).hexdigest(),
        }
        if any(picture.name for picture in pictures):
            expected["names"] = [picture.name for picture in pictures]
        out[f"good/{name}.aez"] = data, text, expected
    for name, data, error, text in bad():
        out[f"bad/{name}.aez"] = data, text, error
    for name, data, error, text in bad_models():
        out[f"bad/{name}.aem"] = data, text, error
    for name, data, text in unsupported():
        out[f"unsupported/{name}.aez"] = data, text, "UnsupportedFileError"
    for name, data, text in unsupported_models():
        out[f"unsupported/{name}.aem"] = data, text, "UnsupportedFileError"
    return out


def readme(made: dict[str, tuple[bytes, str, object]]) -> str:
    lines = [
        "# Vectors",
        "",
        "Files of format version 1 that never change, made by `generate.py` from",
        "`docs/FORMAT.md` alone. A decoder must give the pixels of `good/` (their SHA-256 and the",
        "names are in `expected.json`), call `bad/` damaged and `unsupported/` unsupported.",
        "`models/` has what they are coded with.",
    ]
    folder = ""
    for name, (_, text, _) in made.items():
        if name.partition("/")[0] != folder:
            folder = name.partition("/")[0]
            lines += ["", f"## {folder}", "", "| file | |", "| --- | --- |"]
        lines.append(f"| {name.partition('/')[2]} | {text.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    made = files()
    changed = [
        name
        for name, (data, _, _) in made.items()
        if (HERE / name).exists() and (HERE / name).read_bytes() != data
    ]
    if changed:
        sys.exit(f"vectors never change, but these would: {', '.join(changed)}")
    for name, (data, _, _) in made.items():
        if not (HERE / name).exists():
            (HERE / name).parent.mkdir(exist_ok=True)
            (HERE / name).write_bytes(data)
            print("wrote", name)
    expected = {name: what for name, (_, _, what) in made.items()}
    (HERE / "expected.json").write_text(
        json.dumps(expected, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (HERE / "README.md").write_text(readme(made), encoding="utf-8")


if __name__ == "__main__":
    main()
