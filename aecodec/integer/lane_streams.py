"""The streams of lanes: symbols dealt to several `range_coder` streams, and these joined to one.

The symbols of a pass are dealt to the lanes in turn, beginning with lane 0. Each lane is a stream
of its own, the bytes that `range_coder.encode` gives for its symbols; their lengths come first.
One lane alone has no length: a single image pays for nothing.
"""

from collections.abc import Sequence

import numpy as np

from aecodec.errors import CorruptFileError
from aecodec.integer.entropy import Ints
from aecodec.integer.range_coder import encode

MAX_LANES = 64
SYMBOLS_A_LANE = 16  # symbols of a pass that each lane gets where there are enough of them


def lane_count(count: int) -> int:
    """How many lanes code passes of at most `count` symbols."""
    return min(max(count // SYMBOLS_A_LANE, 1), MAX_LANES)


def encode_passes(starts: Ints, frequencies: Ints, sizes: Ints, lanes: int) -> list[bytes]:
    """Code symbols, by first slots and frequencies (N,), pass after pass; return a stream a lane.

    Args:
        starts: The first slots (N,).
        frequencies: (N,).
        sizes: How many of the symbols each pass has.
        lanes: How many lanes there are.
    """
    begins = np.cumsum(sizes) - sizes
    lane = (np.arange(len(starts)) - np.repeat(begins, sizes)) % lanes
    order = np.argsort(lane.astype(np.uint16), kind="stable")
    ends = np.cumsum(np.bincount(lane, minlength=lanes))[:-1]
    parts = (np.split(numbers[order], ends) for numbers in (starts, frequencies))
    return [encode(first, frequency) for first, frequency in zip(*parts, strict=True)]


def join_streams(streams: Sequence[bytes]) -> bytes:
    """Join the streams of lanes: the size of a length, the lengths, the streams.

    One stream alone is joined with nothing.
    """
    if len(streams) == 1:
        return streams[0]
    longest = max(len(stream) for stream in streams)
    size = max((longest.bit_length() + 7) // 8, 1)
    lengths = [len(stream).to_bytes(size) for stream in streams]
    return b"".join([bytes([size]), *lengths, *streams])


def split_streams(data: bytes, count: int) -> list[bytes]:
    """Split what `join_streams` joined of `count` streams.

    Raises:
        CorruptFileError: It gives no such bytes.
    """
    if count == 1:
        return [data]
    size = data[0] if data else 0
    begin = 1 + size * count
    if not 1 <= size <= 4 or begin > len(data):
        raise CorruptFileError("the lengths of the lanes are cut short")
    lengths = [int.from_bytes(data[at : at + size]) for at in range(1, begin, size)]
    if begin + sum(lengths) != len(data) or max(lengths) >> (8 * (size - 1)) == 0 < size - 1:
        raise CorruptFileError("the lengths of the lanes do not fit the payload")
    streams = []
    for length in lengths:
        streams.append(data[begin : begin + length])
        begin += length
    return streams
