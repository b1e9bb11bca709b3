"""Files of version 2: labels, splits, metadata, and a header with a seal."""

from collections.abc import Iterator
from typing import Any

import reference as ref
from vectors.pieces import MIXED_CODED, TWO, flip, one_model
from vectors.sealed_pieces import (
    DIGITS,
    SPLITS,
    Record,
    chunk,
    code,
    coded,
    extra,
    fields,
    file,
    pack_counts,
    packed,
    sealed,
)
from vectors.seeded import Numbers
from vectors.tiny_models import BODY, K1, K2

D = list(range(10))
PLAIN = sealed(fields())
LABELLED = sealed(fields(DIGITS))
CHUNKS = [chunk(3, 60, coded([3, 1, 3], D)), chunk(2, 61, coded([9, 0], D))]
METADATA = {
    "a": -(2**63),
    "b": 2**64 - 1,
    "bytes": b"\x00\xff",
    "list": ["x", True, [False, [[], [-33, -129, -32769, 300]]]],
    "ä": "ß" * 200,
}
NAMES = [b"0/a08.png", b"0/a09.png", b"1/b.png"]


def good() -> Iterator[tuple[str, bytes, str]]:
    yield "v2-plain", file(PLAIN, [chunk(1, 60)]), "One chunk, and nothing that is new."
    yield "v2-empty", file(LABELLED, []), "No images, of ten classes."
    full = [*CHUNKS, extra(3, SPLITS), extra(4, {"made": "by hand"})]
    yield "v2-full", file(LABELLED, full), "Labels, splits and metadata."
    yield "v2-splits", file(PLAIN, [chunk(5, 62), extra(3, SPLITS)]), "Splits alone."
    yield "v2-metadata", file(PLAIN, [chunk(1, 60), extra(4, METADATA)]), "All types of metadata."
    returning = [["a", 1], ["b", 3], ["a", 1]]
    yield "v2-returning", file(PLAIN, [chunk(5, 62), extra(3, returning)]), "A split returns."
    skipped = [
        chunk(5, 62),
        extra(3, SPLITS),
        extra(128, b"later"),
        extra(255, b""),
        extra(128, b""),
    ]
    yield "v2-skipped", file(PLAIN, skipped), "Three records that may be skipped."
    typed: list[tuple[str, tuple[list[Any], list[Any]], str]] = [
        ("bool", ([1, 0, 0, 1], [["bool", 0, [0, 1], []]]), "Booleans."),
        ("column", ([7, 7, 1], [["u1", 1, D, []]]), "Labels of shape (N, 1)."),
        ("one-hot", ([2, 0, 2], [["f4", 3, [0, 2], ["cat", "dog"]]]), "One-hot rows of f4."),
        ("negative", ([-1, 300, -1], [["i2", 0, [-1, 0, 300], []]]), "Integers below 0."),
        ("str", (["ä", "b", ""], [["str", 0, ["", "b", "ä"], []]]), "Strings from a list."),
        ("classes", ([1, 1], [["u1", 0, [0, 1], ["T-shirt/top", "ß"]]]), "Names of classes."),
        ("u8", ([2**64 - 1, 0], [["u8", 0, [0, 2**64 - 1], []]]), "Integers of 64 bits."),
    ]
    for name, (labels, values), text in typed:
        front = sealed(fields(values[0]))
        data = file(front, [chunk(len(labels), 63, coded(labels, values[0][2]))])
        yield f"v2-{name}", data, text
    for kind, labels in (("i8", [-(2**63), 2**63 - 1, 5]), ("str", ["x" * 300, "", "ä"])):
        front = sealed(fields([kind, 0, [], []]))
        data = file(front, [chunk(3, 64, packed(labels))])
        yield f"v2-free-{kind}", data, f"Labels of type {kind} that are not from a list."
    wide = Numbers(65).many(130, 0, 299)
    front = sealed(fields(["i4", 3, [], []]))
    rows = file(front, [chunk(2, 64, packed([[7, -1, 300], [2**31 - 1, 0, 0]]))])
    yield "v2-rows", rows, "Rows of three integers."
    many = list(range(300))
    front = sealed(fields(["u2", 0, many, []]))
    yield (
        "v2-wide",
        file(front, [chunk(130, 65, coded(wide, many)), chunk(1, 66, coded([299], many))]),
        "300 classes, most of which do not occur.",
    )
    one_class = file(LABELLED, [chunk(300, 67, coded([4] * 300, D))])
    yield "v2-one-class", one_class, "A chunk of one class, whose labels take no payload."
    named = sealed(fields(DIGITS, named=True))
    names = ref.pack_names(NAMES)
    yield (
        "v2-named",
        file(named, [chunk(3, 68, coded([0, 0, 1], D), names)]),
        "Names and labels.",
    )
    titled = sealed([b"".join(TWO), False, [], ["mnist-q3", "ä" * 127], []])
    two = [Record(1, 5, ref.pack_varint(5) + MIXED_CODED)]
    yield "v2-titles", file(titled, two), "Two models with titles, and images of both in a chunk."
    embedded = sealed([K1, False, [len(BODY)], [""], []])
    image = Record(1, 1, b"\x01" + one_model(K1, 1, 50))
    yield "v2-embedded", file(embedded, [image], BODY), "An embedded model."


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    c = "CorruptFileError"
    full = file(LABELLED, [*CHUNKS, extra(3, SPLITS), extra(4, {"made": "by hand"})])
    for at, text in (
        (4, "version"),
        (5, "header's size"),
        (12, "header"),
        (len(LABELLED) - 1, "seal"),
    ):
        yield f"v2-flipped-{at}", flip(full, at), c, f"A bit of the {text} is flipped."
    yield "v2-cut-seal", full[: len(LABELLED) - 2], c, "The file ends within its seal."
    yield "v2-cut", full[:-1], c, "The last byte is missing."
    yield "v2-trailing", full + b"\0", c, "A byte behind the end."
    unsealed = full[: len(LABELLED) - 4] + full[len(LABELLED) :]
    yield "v2-unsealed", unsealed, c, "No seal."
    for name, header, text in headers():
        yield f"v2-header-{name}", file(sealed(header), []), c, f"{text}; the seal holds."
    for name, labels, text in label_types():
        yield f"v2-type-{name}", file(sealed(fields(labels)), []), c, f"{text}; the seal holds."
    for name, part, count, text in label_parts():
        data = file(LABELLED, [chunk(count, 70, part)])
        yield f"v2-labels-{name}", data, c, f"{text}; all checks hold."
    for kind, name, free, text in (
        ("i8", "one", [1], "One label of two"),
        ("i8", "str", [1, "2"], "A string among integers"),
        ("u1", "256", [1, 256], "256 as u1"),
        ("str", "1025", ["a", "b" * 1025], "A string of 1025 bytes"),
    ):
        front = sealed(fields([kind, 0, [], []]))
        data = file(front, [chunk(2, 71, packed(free))])
        yield f"v2-free-{kind}-{name}", data, c, f"{text}; all checks hold."
    for name, row, text in (
        ("short", [1, 2], "A row of two for three"),
        ("int", 1, "An integer for a row of three"),
        ("past", [0, 0, 2**31], "2^31 as i4"),
        ("deep", [0, 0, [0]], "An array in a row"),
    ):
        front = sealed(fields(["i4", 3, [], []]))
        data = file(front, [chunk(2, 71, packed([[1, 2, 3], row]))])
        yield f"v2-rows-{name}", data, c, f"{text}; all checks hold."
    front = sealed(fields(["i8", 0, [], []]))
    long_form = file(front, [chunk(1, 60, b"\x91\xd0\x05")])
    yield "v2-free-long-form", long_form, c, "5 as int 8; all checks hold."
    long_labels = Record(1, 1, b"\x01\x7f" + coded([1], D) + one_model(K2, 1, 60))
    yield "v2-labels-past", file(LABELLED, [long_labels]), c, "Labels longer than their chunk."
    for name, records, text in extras():
        yield f"v2-{name}", file(PLAIN, records), c, f"{text}; all checks hold."


def headers() -> Iterator[tuple[str, object, str]]:
    yield "4-fields", fields()[:4], "Four fields"
    yield "no-array", packed({"a": 1}), "A map"
    yield "none", b"", "No bytes"
    yield "spare", packed(fields()) + b"\0", "A byte behind the fields"
    yield "long-form", b"\xdc\0\5" + packed(fields())[1:], "An array 16 where a fixarray is shorter"
    yield "ids-none", fields(ids=()), "No ids"
    yield "named-1", [K2, 1, [], [""], []], "1 where a boolean belongs"
    yield "sizes-zero", [K2, False, [0], [""], []], "Sizes that are all 0"
    yield "titles-none", [K2, False, [], [], []], "No title for one id"
    yield "title-256", [K2, False, [], ["x" * 256], []], "A title of 256 bytes"
    yield "title-bytes", [K2, False, [], [b"x"], []], "A title that is bin"
    yield "labels-nil", [K2, False, [], [""], None], "nil for the labels"


def label_types() -> Iterator[tuple[str, object, str]]:
    yield "3-fields", ["u1", 0, []], "Labels of three fields"
    yield "unknown", ["c8", 0, [], []], "A type that there is not"
    yield "float", ["f4", 0, [], []], "Floats that are not one-hot"
    yield "float-rows", ["f4", 3, [], []], "Rows of floats"
    yield "str-wide", ["str", 2, [], []], "One-hot rows of strings"
    yield "width-negative", ["u1", -1, [], []], "A width of -1"
    yield "width-4097", ["u1", 4097, [], []], "A width of 4097"
    yield "width-true", ["u1", True, [], []], "A width of true"
    yield "value-256", ["u1", 0, [256], []], "256 as u1"
    yield "value-low", ["i1", 0, [-129], []], "-129 as i1"
    yield "value-width", ["f4", 3, [3], []], "A position of 3 in rows of 3"
    yield "value-true", ["bool", 0, [False, True], []], "Booleans as values"
    yield "values-fall", ["u1", 0, [1, 0], []], "Values that fall"
    yield "values-equal", ["str", 0, ["a", "a"], []], "A value twice"
    yield "values-utf-16", ["str", 0, ["\U0001f600", "\uffee"], []], "Values in the order of UTF-16"
    yield "values-4097", ["u2", 0, list(range(4097)), []], "4097 values"
    yield "classes-1", ["u1", 0, [0, 1], ["a"]], "One name for two classes"
    yield "class-int", ["u1", 0, [0], [7]], "The name of a class is an integer"


def label_parts() -> Iterator[tuple[str, bytes, int, str]]:
    sound = coded([3, 1, 3], D)
    yield "spare", sound + b"\1", 3, "A byte behind the labels"
    yield "zero", sound + b"\0", 3, "A zero byte behind the labels"
    yield "none", b"", 3, "No bytes"
    yield "counts-past", pack_counts([0, 2, 0, 2, 0, 0, 0, 0, 0, 0]), 3, "Counts of four for three"
    yield "counts-run", b"\0\0\1\0\1\2", 3, "A run of one where two values have 0"
    yield "counts-run-past", b"\0\x09", 3, "A run that leaves no value"
    yield "counts-run-split", b"\0\0\0\0\3", 3, "Two runs beside each other"
    yield "counts-cut", b"\0", 3, "Counts that end within a run"
    counts = [0, 1, 0, 2, 0, 0, 0, 0, 0, 0]
    other = pack_counts(counts) + code([1, 1, 3], counts)
    yield "counts-other", other, 3, "Labels that have other counts"
    yield "payload", pack_counts([0] * 4 + [3] + [0] * 5) + b"\1", 3, "A payload of one class"


def extras() -> Iterator[tuple[str, list[Record], str]]:
    one = chunk(5, 62)
    for name, runs, text in (
        ("sum", [["a", 4]], "Splits of four images of five"),
        ("none", [], "No splits"),
        ("neighbours", [["a", 2], ["a", 3]], "Neighbours of one name"),
        ("zero", [["a", 0], ["b", 5]], "A split of no images"),
        ("negative", [["a", -1], ["b", 6]], "A split of -1 images"),
        ("nameless", [["", 5]], "A split without a name"),
        ("control", [["a\x85", 5]], "A control character in a split's name"),
        ("256", [["x" * 256, 5]], "A split's name of 256 bytes"),
        ("3-fields", [["a", 5, 0]], "A split of three fields"),
        ("map", {"a": 5}, "Splits as a map"),
        ("long-form", b"\xdc\0\1" + packed(["a", 5]), "An array 16 where a fixarray is shorter"),
    ):
        yield f"splits-{name}", [one, extra(3, runs)], text
    for name, metadata, text in (
        ("empty", {}, "An empty map"),
        ("array", [1], "An array"),
        ("float", {"a": 1.5}, "A float"),
        ("nil", {"a": None}, "nil"),
        ("map", {"a": {"b": 1}}, "A map in the map"),
        ("deep", {"a": [[[[[1]]]]]}, "Arrays five deep"),
        ("key-int", {1: 1}, "A key that is an integer"),
        ("key-empty", {"": 1}, "An empty key"),
        ("key-256", {"x" * 256: 1}, "A key of 256 bytes"),
        ("fall", {"b": 1, "a": 1}, "Keys that fall"),
        ("twice", b"\x82\xa1a\x01\xa1a\x01", "A key twice"),
        ("large", {"a": b"x" * 2**16}, "More than 2^16 bytes"),
        ("long-form", b"\xde\0\1\xa1a\x01", "A map 16 where a fixmap is shorter"),
        ("spare", packed({"a": 1}) + b"\0", "A byte behind the map"),
    ):
        yield f"metadata-{name}", [one, extra(4, metadata)], text
    splits, entries = extra(3, [["a", 5]]), extra(4, {"a": 1})
    yield "order-splits-last", [one, entries, splits], "Metadata, then splits"
    yield "order-splits-twice", [one, splits, splits], "Splits twice"
    yield "order-first", [splits, one], "Splits before the images"
    yield "order-skipped", [one, extra(128, b""), splits], "Splits behind what may be skipped"
    yield "order-skipped-first", [extra(128, b""), one], "What may be skipped before the images"
    yield "index-0-chunk", [Record(1, 0, one.body)], "The index gives a chunk no images"
    yield "index-5-splits", [one, Record(3, 5, splits.body)], "The index gives splits five images"
    damaged = [one, Record(5, 0, b"later"), extra(3, [])]
    yield "later-and-damaged", damaged, "A record of kind 5, and behind it no splits"


def unsupported() -> Iterator[tuple[str, bytes, str]]:
    for version in (0, 3, 255):
        yield (
            f"sealed-{version}",
            sealed(b"anything", version),
            f"Version {version}, sealed.",
        )
    yield "v2-6-fields", file(sealed([*fields(), 7]), []), "A sixth field; the seal holds."
    yield (
        "v2-16-fields",
        sealed(b"\xdc\0\x10"),
        "A header of 16 fields, and no more; the seal holds.",
    )
    for tag in (0, 5, 127):
        records = [chunk(1, 60), extra(tag, b"later")]
        yield f"v2-tag-{tag}", file(PLAIN, records), f"A record of kind {tag}; its check holds."
    splits = extra(3, [["train", 9], ["test", 5]])
    among = [Record(5, 9, b"later images"), chunk(5, 62), splits]
    yield (
        "v2-tag-5-images",
        file(PLAIN, among),
        "A record of kind 5 whose images the splits count.",
    )
