"""Good files at the bounds of the format: long lists of models, long names and numbers."""

from collections.abc import Iterator

from vectors import bound_models
from vectors.model_bytes import model_file
from vectors.pieces import (
    STORED,
    archive,
    body,
    crc,
    embedded,
    id_of,
    mixed,
    one_model,
    pixels,
    short,
)
from vectors.tiny_models import IDS, K2, MODELS

EVERY = [STORED, *(IDS[name] for name in MODELS)][:17]


def good() -> Iterator[tuple[str, bytes, str]]:
    yield from long_lists()
    for name, text in (
        ("classic-k784", "784 latents an image."),
        ("classic-deep", "A network of 16 layers and up to 4096 units."),
        ("classic-extra", "A model with arrays that its kind does not know."),
        ("classic-table", "A model with a table of 2^16 bytes."),
        ("code-r256", "Regions of 256 axes."),
        ("code-r1", "Regions of one axis, and sums at their bounds."),
    ):
        model_id = IDS[name]
        yield name, short([model_id], 5, one_model(model_id, 5, 90)), text
    extra = model_file("classic", bound_models.painted(52, 1) | {"zeta": ("u1", [2], [1, 2])})
    data = bytes([0, 77, 255])
    coded = crc(b"".join(pixels(id_of(extra[13:-8]), data, 3, extra))) + data
    yield (
        "embedded-extra",
        embedded(id_of(extra[13:-8]), extra[13:-8], coded=coded, count=3),
        "An embedded model with an array that its kind does not know.",
    )
    one = IDS["one-1"]
    yield "count-4096", short([one], 4096, one_model(one, 4096, 91)), "4096 images in one chunk."
    yield from names()


def long_lists() -> Iterator[tuple[str, bytes, str]]:
    """Chunks of several models, whose positions take more and more bits."""
    five, eight, nine = EVERY[:5], EVERY[:8], [*EVERY[:3], *EVERY[11:17]]
    owners = [4, 0, 3, 1, 2, 4, 4, 0, 3]
    yield "mixed-5", short(five, 9, mixed(five, owners, 92)), "5 models: three bits an image."
    owners = [7, 0, 6, 1, 5, 2, 4, 3]
    yield "mixed-8", short(eight, 8, mixed(eight, owners, 93)), "8 models: three bits an image."
    owners = [8, 0, 7, 1, 6, 2, 5, 3, 4, 8, 8]
    yield "mixed-9", short(nine, 11, mixed(nine, owners, 94)), "9 models: four bits an image."
    some = [16, 3, 0, 16, 9, 3, 12]
    bodies = [
        body(7, mixed(EVERY, some, 95)),
        body(2, one_model(EVERY[16], 2, 96, b"\x10")),
        body(17, mixed(EVERY, list(range(16, -1, -1)), 97)),
    ]
    yield (
        "mixed-17",
        archive(EVERY, False, bodies),
        "17 models: five bits an image; a chunk of the last of them; a chunk of all.",
    )


def names() -> Iterator[tuple[str, bytes, str]]:
    for name, these, text in (
        (
            "beside-folder",
            ["a", "a!/b", "a-b", "a.png", "b.png", "b/c/d", "b/c0", "b0/c", "c/d", "c/d.png"],
            "Names that start with another, and with its last part: none is a folder of another.",
        ),
        (
            "long-numbers",
            [
                "18446744073709551615",
                "18446744073709551616",
                "x340282366920938463463374607431768211455.png",
                "x340282366920938463463374607431768211456.png",
                "y" + "9" * 30 + "8",
                "y" + "9" * 31,
                "z0" + "9" * 199,
                "z1" + "0" * 199,
            ],
            "Successors of numbers past 64 and 128 bits.",
        ),
        (
            "other-digits",
            ["a1b", "a2b", "a\u0663b", "a\u0664b", "a\uff19", "a\U0001f6001", "a\U0001f6002"],
            "Digits are ASCII: others have no successors.",
        ),
        (
            "utf8-4",
            ["\uffee.png", "\U00010000", "\U0001f600.png", "\U0001f601.png", "\U0010ffff"],
            "Names of 4-byte UTF-8, in the order of their bytes and not of UTF-16; "
            "two share three bytes of a character.",
        ),
    ):
        coded = one_model(K2, len(these), 98)
        yield f"names-{name}", archive([K2], True, [body(len(these), coded, these)]), text
    chunks = [["a", "a!"], ["a!b", "a-"], ["a.b", "a0/b"]]
    bodies = [body(2, one_model(K2, 2, 99 + n), these) for n, these in enumerate(chunks)]
    text = "The same across chunks: no name is the folder of another."
    yield "names-beside-folder-across", archive([K2], True, bodies), text
