"""Names of images in an archive: which are safe, in which order, and how they are packed."""

import re
from collections.abc import Iterable, Sequence

from aecodec.container.varints import read_varint, varint
from aecodec.errors import AecodecError, CorruptFileError, UnsafeNameError

MAX_NAME_BYTES = 4096
_PART = r"(?!\.{1,2}(?:/|\Z))[^/\\\x00-\x1f\x7f-\x9f]+"
_PLAIN = re.compile(rf"(?![A-Za-z]:){_PART}(?:/{_PART})*")  # no drive letter, `.` or `..`
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def check_name(name: str) -> bytes:
    r"""Check that a name is safe: a relative path that can be written on any system.

    >>> check_name("scans/0001.png")
    b'scans/0001.png'

    Args:
        name: Parts joined by `/`. Safe names have no empty part, `.` or `..`, no drive letter,
            backslash or control character, and at most MAX_NAME_BYTES bytes of UTF-8.

    Returns:
        The name's UTF-8 bytes.

    Raises:
        UnsafeNameError: The name is not safe.
    """
    try:
        data = name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnsafeNameError(f"The name {name!r} is not valid UTF-8; rename the file") from error
    if len(data) > MAX_NAME_BYTES:
        raise UnsafeNameError(f"A name of {len(data)} bytes is too long; rename the file")
    if not _PLAIN.fullmatch(name):
        raise UnsafeNameError(
            f"The name {name!r} is not a plain relative path, without backslashes, control "
            "characters or a drive letter; rename the file, or use --no-names"
        )
    return data


class NameOrder:
    """Checks the names of an archive from its first to its last, in constant memory.

    Names ascend by their UTF-8 bytes, and none is the folder of another: `a` and `a/b` cannot
    both be files. All names between `a` and `a/b` start with `a`, so it is enough to remember
    the names that the last name starts with.

    Args:
        disorder: The error for names that do not ascend.
    """

    def __init__(self, disorder: type[AecodecError] = CorruptFileError) -> None:
        self._disorder = disorder
        self._starts: list[str] = []  # each starts with the one before it; the last name is last

    def add(self, names: Iterable[str]) -> None:
        """Check the names that follow those added before.

        Args:
            names: Safe names.

        Raises:
            CorruptFileError: A name occurs twice or out of order; or the error chosen for that.
            UnsafeNameError: A name is the folder of another.
        """
        starts = self._starts
        for name in names:
            if starts and name <= starts[-1]:  # by code points, which is the order of the bytes
                raise self._disorder(f"the name {name!r} stands twice or out of order")
            while starts and not name.startswith(starts[-1]):
                starts.pop()
            if starts and name[len(starts[-1])] == "/":
                raise UnsafeNameError(
                    f"the name {starts[-1]!r} is also the folder of {name!r}; rename one of them"
                )
            starts.append(name)


def pack_names(names: Sequence[str], order: NameOrder | None = None) -> bytes:
    """Pack the names of a chunk, each as its difference from the one before.

    A name is the byte 0 when it is its predecessor with the last number one higher, else the
    lengths shared at the front (plus 1) and at the back, and what stands between.

    Args:
        names: Names, strictly ascending by their bytes.
        order: What has checked the names of the chunks before; by default there are none.

    Returns:
        The packed names.

    Raises:
        UnsafeNameError: A name is unsafe, out of order, or the folder of another.
    """
    order = order or NameOrder(UnsafeNameError)
    out = bytearray()
    before = b""
    for name in names:
        data = check_name(name)
        if before and _successor(before) == data:
            out.append(0)
        else:
            front = _shared(before, data)
            back = _shared(before[front:][::-1], data[front:][::-1])
            middle = data[front : len(data) - back]
            out += varint(front + 1) + varint(back) + varint(len(middle)) + middle
        before = data
    order.add(names)
    return bytes(out)


def unpack_names(data: bytes, count: int) -> tuple[str, ...]:
    """Unpack the names of a chunk.

    Args:
        data: The packed names, all of them.
        count: How many names there are.

    Returns:
        The names.

    Raises:
        CorruptFileError: The bytes are damaged, or not packed as `pack_names` does.
        UnsafeNameError: A name is unsafe, or the folder of another.
    """
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
    if pack_names(texts, NameOrder()) != data:
        raise CorruptFileError("the names are not in canonical form")
    return texts


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
