"""Damaged indexes and footers."""

import struct
from collections.abc import Iterator

from vectors.pieces import UNNAMED, flip, header, index, record
from vectors.tiny_models import K2


def bad() -> Iterator[tuple[str, bytes, str, str]]:
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
