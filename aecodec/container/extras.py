"""What a file of version 2 has beside its chunks: splits and metadata."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from aecodec.container.values import is_text, pack_value, unpack_value
from aecodec.errors import CorruptFileError, InvalidArgumentError

MAX_RUNS = 65536
MAX_METADATA_BYTES = 2**16
MAX_NAME_BYTES = 255
_MOST_DEEP = 4
_INTEGERS = range(-(2**63), 2**64)


class Split(NamedTuple):
    """A run of images that belong to one split.

    Attributes:
        name: Such as `train`.
        images: How many they are.
    """

    name: str
    images: int


def pack_splits(splits: Sequence[Split]) -> bytes:
    """The body of the record of splits.

    Raises:
        InvalidArgumentError: A name or a number is not allowed.
    """
    fields = [[run.name, run.images] for run in splits]
    if fault := _splits_fault(fields):
        raise InvalidArgumentError(fault)
    return pack_value(fields)


def unpack_splits(body: bytes) -> tuple[Split, ...]:
    """Read what `pack_splits` gave.

    Raises:
        CorruptFileError: The bytes are damaged.
    """
    fields = unpack_value(body, "the splits are")
    if fault := _splits_fault(fields):
        raise CorruptFileError(fault)
    return tuple(Split(name, images) for name, images in fields)


def _splits_fault(fields: Any) -> str:
    if not isinstance(fields, list) or not 1 <= len(fields) <= MAX_RUNS:
        return f"splits are 1 to {MAX_RUNS:,} runs of images"
    for run in fields:
        if not isinstance(run, list) or len(run) != 2 or type(run[1]) is not int or run[1] < 1:
            return "a split is a name and how many images it has"
        if not is_text(run[0], MAX_NAME_BYTES, 1) or any(map(_control, run[0])):
            return "the name of a split is empty, too long, or has control characters"
    if any(a[0] == b[0] for a, b in pairwise(fields)):
        return "two splits beside each other have one name"
    return ""


def _control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def pack_metadata(metadata: Mapping[str, Any]) -> bytes:
    """The body of the record of metadata, its keys in order.

    Raises:
        InvalidArgumentError: A key or value is not allowed, or they are too large.
    """
    if fault := _metadata_fault(dict(metadata)):
        raise InvalidArgumentError(fault)
    body = pack_value({key: metadata[key] for key in sorted(metadata)})
    if len(body) > MAX_METADATA_BYTES:
        raise InvalidArgumentError(
            f"the metadata take {len(body):,} bytes, and may take {MAX_METADATA_BYTES:,}"
        )
    return body


def unpack_metadata(body: bytes) -> dict[str, Any]:
    """Read what `pack_metadata` gave.

    Raises:
        CorruptFileError: The bytes are damaged.
    """
    if len(body) > MAX_METADATA_BYTES:
        raise CorruptFileError("the metadata are too large")
    metadata = unpack_value(body, "the metadata are")
    if not isinstance(metadata, dict):
        raise CorruptFileError("the metadata are no map")
    if fault := _metadata_fault(metadata):
        raise CorruptFileError(fault)
    if list(metadata) != sorted(metadata):
        raise CorruptFileError("the keys of the metadata do not ascend")
    return metadata


def _metadata_fault(metadata: dict[Any, Any]) -> str:
    if not metadata or not all(is_text(key, MAX_NAME_BYTES, 1) for key in metadata):
        return "metadata have keys of 1 to 255 bytes, and at least one"
    if not all(_allowed(value, _MOST_DEEP) for value in metadata.values()):
        return "values of metadata are strings, bytes, booleans, integers, and lists of these"
    return ""


def _allowed(value: object, deep: int) -> bool:
    if isinstance(value, list):
        return deep > 0 and all(_allowed(item, deep - 1) for item in value)
    if type(value) is int:
        return value in _INTEGERS
    return type(value) in (bool, bytes) or is_text(value, MAX_METADATA_BYTES)
