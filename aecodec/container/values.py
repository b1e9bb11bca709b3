"""MessagePack values of a header or record, in their one canonical form."""

from typing import Any

import msgpack

from aecodec.errors import CorruptFileError

_MOST_DEEP = 6
_MOST_ITEMS = 2**16


def pack_value(value: Any) -> bytes:
    """Pack arrays, maps, strings, bytes, booleans and integers, each in its shortest form."""
    return bytes(msgpack.packb(value, use_bin_type=True))


def unpack_value(data: bytes, what: str) -> Any:
    """Unpack one value that takes all of `data`.

    Args:
        data: At most as many bytes as the caller allows; no more memory than a small multiple of
            them is taken.
        what: What messages call the value.

    Returns:
        Lists, dicts with string keys, str, bytes, bool and int.

    Raises:
        CorruptFileError: The bytes are no such value, or not its canonical form.
    """
    try:
        value = msgpack.unpackb(data, strict_map_key=False, max_array_len=_MOST_ITEMS)
        canonical = pack_value(value) == data and _plain(value)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        raise CorruptFileError(f"{what} damaged") from error
    if not canonical:
        raise CorruptFileError(f"{what} not in canonical form")
    return value


def _plain(value: object, depth: int = 0) -> bool:
    """Whether a value is of the types that the format has, and not too deep."""
    if depth > _MOST_DEEP:
        return False
    if isinstance(value, dict):
        keys = all(type(key) is str for key in value)
        return keys and all(_plain(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return all(_plain(item, depth + 1) for item in value)
    return type(value) in (str, bytes, bool, int)


def is_text(value: object, most: int, least: int = 0) -> bool:
    """Whether a value is a string of `least` to `most` bytes of UTF-8."""
    try:
        return isinstance(value, str) and least <= len(value.encode()) <= most
    except UnicodeEncodeError:
        return False
