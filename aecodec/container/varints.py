"""Unsigned integers of variable length (LEB128), in their one canonical form."""

from aecodec.errors import CorruptFileError

MAX_BYTES = 5


def varint(value: int) -> bytes:
    r"""Write an integer, seven bits a byte, the low bits first.

    >>> varint(300)
    b'\xac\x02'

    Args:
        value: 0 to 2^35 - 1.

    Returns:
        1 to MAX_BYTES bytes.
    """
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    r"""Read one integer.

    >>> read_varint(b"\xac\x02rest", 0)
    (300, 2)

    Args:
        data: Bytes that hold it.
        position: Where it starts.

    Returns:
        The integer, and the position behind it.

    Raises:
        CorruptFileError: It is cut off, longer than MAX_BYTES, or not in its shortest form.
    """
    value = 0
    for number in range(MAX_BYTES):
        if position + number >= len(data):
            break
        byte = data[position + number]
        value |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            if byte == 0 and number > 0:
                break
            return value, position + number + 1
    raise CorruptFileError("a length is malformed")
