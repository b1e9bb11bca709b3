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
STEPS = 1024  # symbols of all lanes that are worked out together: what is known of them is small
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
    first, factors = _columns(starts, 0), _columns(frequencies, TOTAL)
    most, lanes = factors.shape
    width = most + WINDOW_BITS // STEP_BITS  # no symbol takes more than a word
    sums = np.zeros(lanes * width, np.int64)
    places, scopes = np.arange(0, lanes * width, width), np.empty(lanes, np.int64)
    unit = np.full(lanes, 1 << WINDOW_BITS - FREQUENCY_BITS)
    for begin in range(0, most, STEPS):
        part = slice(begin, begin + STEPS)
        factor = factors[part].astype(np.int64)
        units = _units(factor, unit)
        added, scope = first[part] * units[:-1], factor * units[:-1]
        small = scope < LOWEST
        written = np.cumsum(small, 0)
        for word, shift in enumerate((2 * STEP_BITS, STEP_BITS, 0)):
            words = added >> shift & (STEP_MASK if word else -1)
            np.add.at(sums, places + word + written - small, words)
        ends = np.flatnonzero((counts > begin) & (counts <= begin + len(scope)))
        scopes[ends] = scope[counts[ends] - 1 - begin, ends]
        unit, places = units[-1], places + written[-1]
    scopes <<= np.where(scopes < LOWEST, STEP_BITS, 0)
    sizes = places - np.arange(0, lanes * width, width)
    ended = zip(sums.reshape(lanes, width), sizes.tolist(), scopes.tolist(), strict=True)
    return [_finished(row[: size + 3], scope) for row, size, scope in ended]


def _units(factors: Words, first: Words) -> Words:
    """How large a slot is as each of some symbols is coded, and then: int64 (symbols + 1, lanes).

    Args:
        factors: The frequencies, (symbols, lanes).
        first: How large it is for the first symbols (lanes,).
    """
    units = np.empty((len(factors) + 1, len(first)), np.int64)
    units[0] = first
    bits, lowest = np.full(len(first), FREQUENCY_BITS), np.full(len(first), LOWEST)
    large = np.empty(len(first), np.bool_)
    for factor, unit, following in zip(factors, units[:-1], units[1:], strict=True):
        np.multiply(factor, unit, out=following)
        np.greater_equal(following, lowest, out=large)
        np.right_shift(following, bits, out=following, where=large)
    return units


def _columns(parts: list[Words], rest: int) -> NDArray[np.int32]:
    """Lanes side by side, (most symbols, lanes), filled up by what changes nothing."""
    columns = np.full((max(map(len, parts)), len(parts)), rest, np.int32)
    for lane, part in enumerate(parts):
        columns[: len(part), lane] = part
    return columns


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
