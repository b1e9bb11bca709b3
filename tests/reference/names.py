"""Names, from docs/FORMAT.md alone."""

import itertools
import re

from reference.data import Bytes, DamagedError, need, pack_varint

UNSAFE = re.compile(
    r"(^|/)(\.{0,2})(/|$)"  # empty, `.` and `..` parts
    r"|\\|[\u0000-\u001f\u007f-\u009f]|^[A-Za-z]:"
)


def successor(name: bytes) -> bytes | None:
    found = re.search(rb"([0-9]+)([^0-9]*)$", name, re.DOTALL)
    if found is None or set(found[1]) == {ord("9")}:
        return None
    grown = b"%0*d" % (len(found[1]), int(found[1]) + 1)
    return name[: found.start()] + grown + found[2]


def common(a: bytes, b: bytes) -> int:
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return count


def pack_names(names: list[bytes]) -> bytes:
    """Pack names without asking whether they are safe or in order."""
    out = b""
    before = b""
    for name in names:
        if before and successor(before) == name:
            out += b"\0"
        else:
            front = common(before, name)
            back = common(before[front:][::-1], name[front:][::-1])
            middle = name[front : len(name) - back]
            out += pack_varint(front + 1) + pack_varint(back) + pack_varint(len(middle)) + middle
        before = name
    return out


def unpack_names(data: bytes, count: int) -> list[bytes]:
    """The names of a chunk, each of them safe; their order is for `check_order`."""
    file = Bytes(data)
    names: list[bytes] = []
    before = b""
    for _ in range(count):
        front = file.varint()
        if front == 0:
            grown = successor(before)
            need(grown is not None, "no successor")
            before = grown or b""
        else:
            back = file.varint()
            middle = file.take(file.varint())
            need(front - 1 + back <= len(before), "past the predecessor")
            before = before[: front - 1] + middle + before[len(before) - back :]
        need(len(before) <= 4096, "a name too long")
        try:
            text = before.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DamagedError("not UTF-8") from error
        need(not UNSAFE.search(text), "an unsafe name")
        names.append(before)
    need(file.left() == 0 and pack_names(names) == data, "names not packed as they must be")
    return names


def check_order(names: list[bytes]) -> None:
    """Refuse the names of an archive that do not ascend, or of which one is a folder."""
    need(all(a < b for a, b in itertools.pairwise(names)), "names out of order")
    there = set(names)
    for name in names:
        parts = name.split(b"/")
        for depth in range(1, len(parts)):
            need(b"/".join(parts[:depth]) not in there, "a name that is the folder of another")
