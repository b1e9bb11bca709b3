"""Verdicts, and the first section of the page: integers, varints, msgpack."""

from typing import Any

DEPTH = 5  # arrays within arrays: no header and no table has more


class RefusedError(Exception):
    """A file that is not good."""


class DamagedError(RefusedError):
    """The file is not what an encoder writes."""


class UnsupportedError(RefusedError):
    """The file is of a later version."""


class UnknownModelError(RefusedError):
    """The file names a model that is not here."""


class WrongPixelsError(RefusedError):
    """The bytes are sound, the decoded pixels are not those that were encoded."""


def need(condition: bool, what: str) -> None:
    if not condition:
        raise DamagedError(what)


class Bytes:
    """Bytes that are taken from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        need(count <= self.left(), "cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def peek(self) -> int:
        need(self.left() > 0, "cut off")
        return self.data[self.at]

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def varint(self) -> int:
        value = 0
        for number in range(5):
            byte = self.take(1)[0]
            value += (byte & 127) << (7 * number)
            if byte < 128:
                need(byte > 0 or number == 0, "a varint longer than it need be")
                return value
        raise DamagedError("a varint of more than 5 bytes")

    def _longer(self, width: int, least: int) -> int:
        """An unsigned integer, highest byte first, that no shorter form can write."""
        value = int.from_bytes(self.take(width), "big")
        need(value >= least, "not the shortest msgpack")
        return value

    def msgpack(self, depth: int = DEPTH) -> Any:
        """A value of one of the five types that the page uses."""
        need(depth > 0, "arrays too deep")
        tag = self.take(1)[0]
        if tag < 0x80:
            return tag
        if tag in (0xC2, 0xC3):
            return tag == 0xC3
        if 0x90 <= tag < 0xA0 or tag in (0xDC, 0xDD):
            count = {0xDC: (2, 16), 0xDD: (4, 2**16)}.get(tag)
            length = self._longer(*count) if count else tag - 0x90
            return [self.msgpack(depth - 1) for _ in range(length)]
        if 0xA0 <= tag < 0xC0 or tag in (0xD9, 0xDA, 0xDB):
            size = {0xD9: (1, 32), 0xDA: (2, 2**8), 0xDB: (4, 2**16)}.get(tag)
            raw = self.take(self._longer(*size) if size else tag - 0xA0)
            try:
                return raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DamagedError("not UTF-8") from error
        if tag in (0xC4, 0xC5, 0xC6):
            size = {0xC4: (1, 0), 0xC5: (2, 2**8), 0xC6: (4, 2**16)}[tag]
            return self.take(self._longer(*size))
        if 0xCC <= tag <= 0xCF:
            return self._longer(2 ** (tag - 0xCC), (2**7, 2**8, 2**16, 2**32)[tag - 0xCC])
        raise DamagedError("a msgpack value of another type")


def pack_varint(value: int) -> bytes:
    out = []
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def pack_msgpack(value: Any) -> bytes:
    """The shortest form of a value of the types that tables have."""
    if isinstance(value, int):
        size = next(n for n in range(5) if value < (2**7, 2**8, 2**16, 2**32, 2**64)[n])
        head = bytes([0xCB + size]) if size else b""
        return head + value.to_bytes(2 ** max(size - 1, 0), "big")
    if isinstance(value, str):
        raw = value.encode()
        return _head(len(raw), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + raw
    return _head(len(value), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(map(pack_msgpack, value))


def _head(length: int, fix: int, fixed: int, tags: tuple[int | None, int, int]) -> bytes:
    if length < fixed:
        return bytes([fix + length])
    if tags[0] is not None and length < 2**8:
        return bytes([tags[0], length])
    if length < 2**16:
        return bytes([tags[1]]) + length.to_bytes(2, "big")
    return bytes([tags[2]]) + length.to_bytes(4, "big")
