"""Model files that are damaged, or of a later version."""

from collections.abc import Iterator

import msgpack
from vectors import bound_models, pixels_models, scan_models, transform_models
from vectors.model_bytes import MODEL_MAGIC, Arrays, model_file, raw_model, seal, small
from vectors.pieces import ONE, flip

# of 20 kilobytes each; the tests of the kind have them all
FAULTY_PIXELS = ("ahead", "near-10", "odds-first", "frequency-zero", "sums")


def bad() -> Iterator[tuple[str, bytes, str, str]]:
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
    huge = bytearray(raw_model(table, values))
    huge[13:17] = b"\xff" * 4
    yield "table-huge", seal(bytes(huge[:-8])), i, "A table of 2^32 - 1 bytes."
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
    for name, faulty, text in pixels_models.bad_models():
        if name in FAULTY_PIXELS:
            yield f"pixels-{name}", model_file("pixels", faulty), i, text
    for name, faulty, text in scan_models.bad_models():
        if name == "sums":  # 8 kilobytes: the tests of the kind have them all
            yield f"scan-{name}", model_file("scan", faulty), i, text
    yield from bound_models.bad()


def unsupported() -> Iterator[tuple[str, bytes, str]]:
    sound = small()
    yield "version-2", seal(sound[:4] + b"\x02" + sound[5:-8]), "Model file version 2."
    arrays: Arrays = {"a": ("u1", [1], [7])}
    yield "kind-future", model_file("future", arrays), "A model of a kind called future."
