"""Names that are damaged, unsafe or in no order."""

from collections.abc import Iterator

from vectors.pieces import archive, body, named_body, one_model
from vectors.tiny_models import K2


def bad() -> Iterator[tuple[str, bytes, str, str]]:
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
        ("overlong-4", b"\x01\x00\x04\xf0\x82\x82\xac", "overlong, of 4 bytes"),
        ("past-unicode", b"\x01\x00\x04\xf4\x90\x80\x80", "past U+10FFFF"),
        ("cut-4", b"\x01\x00\x03\xf0\x9f\x98", "a 4-byte character cut short"),
    ):
        misnamed = named_body(1, raw, one_model(K2, 1, 20))
        yield f"name-{name}", archive([K2], True, [misnamed]), c, f"A name is {text}, not UTF-8."
    coded = one_model(K2, 2, 21)
    for name, names, text in (
        ("order", ["b.png", "a.png"], "Two names in descending order."),
        ("twice", ["a.png", "a.png"], "The same name twice."),
        ("folder", ["a", "a/b"], "A name is the folder of the next."),
        ("folder-deep", ["a/b", "a/b/c/d"], "A name is the folder of the next one's folder."),
        ("order-utf16", ["\U0001f600", "\uffee"], "Two names in the order of UTF-16."),
    ):
        data = archive([K2], True, [body(2, coded, names)])
        yield f"names-{name}", data, either, text
    between = body(4, one_model(K2, 4, 22), ["a", "a!", "a-b/c", "a/b"])
    text = "A name is the folder of another; two names stand between."
    yield "names-folder-between", archive([K2], True, [between]), either, text
    one = one_model(K2, 1, 20)
    for name, names, text in (
        ("folder-across", ["a", "a/b"], "A name is the folder of one in the next chunk."),
        ("folder-far", ["a", "a!", "a.", "a/b"], "The same, with two chunks between."),
    ):
        data = archive([K2], True, [body(1, one, [n]) for n in names])
        yield f"names-{name}", data, either, text
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
        (
            "successor-spelt-long",
            b"\x01\x00\x1418446744073709551615\x14\x00\x016",
            "A successor past 64 bits that is spelt out.",
        ),
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
