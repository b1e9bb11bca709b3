"""Damaged chunks: short files, records, chunks of several models, payloads."""

from collections.abc import Iterator

import reference as ref
from vectors import pixels_payloads, residuals_payloads, scan_payloads, transform_payloads
from vectors.pieces import (
    MIXED_CODED,
    ONE,
    RESIDUALS,
    STORED,
    THREE,
    TWO,
    UNNAMED,
    archive,
    crc,
    flip,
    header,
    index,
    mixed,
    one_model,
    pixels,
    record,
    short,
)
from vectors.tiny_models import CODERS, K2, K3, P8, P8_ID, S8, S8_ID, S20, S20_ID, T3


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    yield from bad_short()
    yield from bad_records()
    yield from bad_mixed()
    yield from bad_transforms()
    yield from bad_pixels()
    yield from bad_residuals()
    yield from bad_scans()


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
        ("4097", ref.pack_varint(4097), "4097"),
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


def bad_pixels() -> Iterator[tuple[str, bytes, str, str]]:
    """Payloads that are refused, with the pixel check of the sound payload."""
    for name, count, sound, data, text in pixels_payloads.bad(P8):
        check = crc(b"".join(pixels(P8_ID, sound, count)))
        yield f"pixels-{name}", short([P8_ID], count, check + data), "CorruptFileError", text


def bad_residuals() -> Iterator[tuple[str, bytes, str, str]]:
    """Payloads that are refused, with the pixel check of the sound payload."""
    for error, payloads in (
        ("CorruptFileError", residuals_payloads.bad()),
        ("DecodingError", residuals_payloads.other_images()),
    ):
        for name, count, sound, data, text in payloads:
            check = crc(b"".join(pixels(RESIDUALS, sound, count)))
            yield f"residuals-{name}", short([RESIDUALS], count, check + data), error, text


def bad_scans() -> Iterator[tuple[str, bytes, str, str]]:
    """Payloads that are refused, with the pixel check of the sound payload."""
    for model_id, payloads in (
        (S8_ID, scan_payloads.bad(S8)),
        (S20_ID, scan_payloads.outside(S20)),
        (S8_ID, scan_payloads.cut(S8)),
    ):
        for name, count, sound, data, text in payloads:
            check = crc(b"".join(pixels(model_id, sound, count)))
            yield f"scan-{name}", short([model_id], count, check + data), "CorruptFileError", text
