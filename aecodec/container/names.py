"""Names of images in an archive: which are safe, and how a sorted run of them is packed."""

import re
from collections.abc import Sequence

from aecodec.container.varints import read_varint, varint
from aecodec.errors import AecodecError, CorruptFileError, UnsafeNameError

MAX_NAME_BYTES = 4096
_PART = r"(?!\.{1,2}(?:/|\Z))[^/\\\x00-\x1f\x7f-\x9f]+"
_PLAIN = re.compile(rf"(?![A-Za-z]:){_PART}(?:/{_PART})*")  # no drive letter, `.` or `..`
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def check_name(name: str) -> bytes:
    """Return the UTF-8 bytes of a safe name, or raise UnsafeNameError.

    Safe is a relative POSIX path without `.`, `..` or empty parts, drive letters, backslashes
    or control characters, of at most MAX_NAME_BYTES.
    """
    try:
        data = name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnsafeNameError(f"The name {name!r} is not valid UTF-8; rename the file.") from error
    if len(data) > MAX_NAME_BYTES:
        raise UnsafeNameError(f"A name of {len(data)} bytes is too long; rename the file.")
    if not _PLAIN.fullmatch(name):
        raise UnsafeNameError(
            f"The name {name!r} is not a plain relative path; rename the file, or use --no-names."
        )
    return data


def pack_names(names: Sequence[str]) -> bytes:
    """Pack names, strictly ascending by their bytes, each as a difference from the one before.

    A name is the byte 0 when it is its predecessor with the last number one higher, else the
    lengths shared at the front (plus 1) and at the back, and what stands between.
    Raises UnsafeNameError when a name is unsafe, or not above its predecessor.
    """
    out = bytearray()
    before = b""
    for name in names:
        data = check_name(name)
        if data <= before:
            raise UnsafeNameError(f"The names are not in ascending order at {name!r}.")
        if before and _successor(before) == data:
            out.append(0)
        else:
            front = _shared(before, data)
            back = _shared(before[front:][::-1], data[front:][::-1])
            middle = data[front : len(data) - back]
            out += varint(front + 1) + varint(back) + varint(len(middle)) + middle
        before = data
    return bytes(out)


def unpack_names(data: bytes, count: int) -> tuple[str, ...]:
    """Read `count` names. Raises CorruptFileError or UnsafeNameError."""
    names = []
    position = 0
    before = b""
    for _ in range(count):
        front, position = read_varint(data, position)
        if front == 0:
            before = _successor(before)
        else:
            back, position = read_varint(data, position)
            length, position = read_varint(data, position)
            if front - 1 + back > len(before) or length > len(data) - position:
                raise CorruptFileError("a name refers past its predecessor")
            tail = before[len(before) - back :]
            before = before[: front - 1] + data[position : position + length] + tail
            position += length
        if len(before) > MAX_NAME_BYTES:
            raise CorruptFileError("a name is too long")
        names.append(before)
    try:
        texts = tuple(name.decode("utf-8") for name in names)
    except UnicodeDecodeError as error:
        raise CorruptFileError("a name is not UTF-8") from error
    if pack_names(texts) != data:
        raise CorruptFileError("the names are not in canonical form")
    return texts


def check_order(
    before: str, names: Sequence[str], error: type[AecodecError] = CorruptFileError
) -> None:
    """Check that a chunk's names go on above the last name before it.

    Strings compare by code point, which is the order of their UTF-8 bytes.
    Raises `error`.
    """
    if before and names and names[0] <= before:
        raise error(f"the name {names[0]!r} stands twice or out of order")


def _shared(a: bytes, b: bytes) -> int:
    length = min(len(a), len(b))
    return next((i for i in range(length) if a[i] != b[i]), length)


def _successor(name: bytes) -> bytes:
    """The name with its last number one higher at the same width; unchanged where it has none."""
    front = name.rstrip(_NO_DIGITS)
    head = front.rstrip(b"0123456789")
    grown = _increment(front[len(head) :])
    return name if grown is None else head + grown + name[len(front) :]


def _increment(digits: bytes) -> bytes | None:
    stripped = digits.rstrip(b"9")
    if not stripped:
        return None
    return stripped[:-1] + bytes([stripped[-1] + 1]) + b"0" * (len(digits) - len(stripped))
