"""The streams of lanes: symbols dealt to several `range_coder` streams, and these joined to one.

The symbols of a pass are dealt to the lanes in turn, beginning with lane 0. Each lane is a stream
of its own, the bytes that `range_coder.encode` gives for its symbols; their lengths come first.
One lane alone has no length: a single image pays for nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.integer.entropy import FREQUENCY_BITS, TOTAL, Ints
from aecodec.integer.range_coder import (
    ENCODE,
    LOWEST,
    STEP_BITS,
    STEP_MASK,
    WINDOW_BITS,
    encode,
    shortest,
)

MAX_LANES = 64
MANY_LANES = 16  # as many are encoded faster at once than one by one
SYMBOLS_A_LANE = 16  # symbols of a pass that each lane gets where there are enough of them

Words = NDArray[np.int64]


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
    counts = np.bincount(lane, minlength=lanes)
    parts = [
        np.split(np.asarray(numbers[order], np.int64), np.cumsum(counts)[:-1])
        for numbers in (starts, frequencies)
    ]
    if lanes < MANY_LANES or counts.min() == 0 or ENCODE.compiled(len(starts) // 8) is not None:
        return [encode(first, frequency) for first, frequency in zip(*parts, strict=True)]
    return _encode_together(*parts)


def _encode_together(starts: list[Words], frequencies: list[Words]) -> list[bytes]:
    """Code the symbols of lanes, at least one each, all lanes at once.

    What narrows a lane does not depend on where its symbols start, so that only this is done step
    by step; what their starts add up to is a sum of numbers shifted by whole words.
    """
    counts = np.array([len(part) for part in starts])
    rows = _rows(frequencies, TOTAL)
    units = _units(np.ascontiguousarray(rows.T)).T
    scopes = rows * units
    added = _rows(starts, 0) * units
    small = scopes < LOWEST
    written = np.cumsum(small, 1)  # words, once a symbol is coded
    ends = np.arange(len(counts)), counts - 1
    sizes, last = written[ends], scopes[ends] << np.where(small[ends], STEP_BITS, 0)
    width = sizes.max() + WINDOW_BITS // STEP_BITS
    places = written - small + np.arange(0, len(counts) * width, width)[:, None]
    sums = np.zeros(len(counts) * width, np.int64)
    for word, shift in enumerate((2 * STEP_BITS, STEP_BITS, 0)):
        part = added >> shift & (STEP_MASK if word else -1)
        np.add.at(sums, (places + word).reshape(-1), part.reshape(-1))
    ended = zip(sums.reshape(len(counts), width), sizes.tolist(), last.tolist(), strict=True)
    return [_finished(row[: size + 3], scope) for row, size, scope in ended]


def _units(frequencies: Words) -> Words:
    """How large a slot is as each symbol is coded; both are int64 (most symbols, lanes)."""
    count, lanes = frequencies.shape
    units = np.empty((count + 1, lanes), np.int64)
    units[0] = 1 << WINDOW_BITS - FREQUENCY_BITS
    bits, lowest = np.full(lanes, FREQUENCY_BITS), np.full(lanes, LOWEST)
    large = np.empty(lanes, np.bool_)
    for frequency, unit, following in zip(frequencies, units[:-1], units[1:], strict=True):
        np.multiply(frequency, unit, out=following)
        np.greater_equal(following, lowest, out=large)
        np.right_shift(following, bits, out=following, where=large)
    return units[:-1]


def _rows(parts: list[Words], rest: int) -> Words:
    """Lanes one below the other, (lanes, most symbols), filled up by what changes nothing."""
    rows = np.full((len(parts), max(map(len, parts))), rest, np.int64)
    for row, part in zip(rows, parts, strict=True):
        row[: len(part)] = part
    return rows


def _finished(words: Words, scope: int) -> bytes:
    """The bytes of a lane, from sums that still carry into the words before them."""
    low = 0
    for shift in range(0, 64, STEP_BITS):
        part = (words >> shift & STEP_MASK).astype(">u2")
        low += int.from_bytes(part.tobytes()) << shift
    end = low & (1 << WINDOW_BITS) - 1
    return (low - end + shortest(end, scope)).to_bytes(2 * len(words)).rstrip(b"\0")


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
