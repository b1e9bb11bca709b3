"""A range coder of many lanes: equal steps of several `range_coder` streams run as one in NumPy.

The symbols of a pass are dealt to the lanes in turn, beginning with lane 0. Each lane is a stream
of its own, the bytes that `range_coder.encode` gives for its symbols; their lengths come first.
One lane alone has no length: a single image pays for nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.integer.entropy import FREQUENCY_BITS, Ints
from aecodec.integer.range_coder import (
    LOWEST,
    STEP_BITS,
    WINDOW_BITS,
    RangeDecoder,
    encode,
)

MAX_LANES = 64
SYMBOLS_A_LANE = 16  # symbols of a pass that each lane gets where there are enough of them

Words = NDArray[np.int64]


def lane_count(count: int) -> int:
    """How many lanes code passes of at most `count` symbols."""
    return min(max(count // SYMBOLS_A_LANE, 1), MAX_LANES)


def encode_passes(passes: Sequence[tuple[Ints, Ints]], lanes: int) -> list[bytes]:
    """Code passes of symbols, each by first slots and frequencies (N,); return a stream a lane."""
    starts = [[first[lane::lanes] for first, _ in passes] for lane in range(lanes)]
    sizes = [[frequency[lane::lanes] for _, frequency in passes] for lane in range(lanes)]
    return [
        encode(np.concatenate(first), np.concatenate(frequency))
        for first, frequency in zip(starts, sizes, strict=True)
    ]


class LaneDecoder:
    """Decodes passes that `encode_passes` coded, all lanes at once.

    Where the bytes of a lane end it reads zeros.

    Args:
        streams: The bytes of each lane.

    Raises:
        CorruptFileError: By any method, for bytes that `encode_passes` does not give.
    """

    def __init__(self, streams: Sequence[bytes]) -> None:
        self._lanes = len(streams)
        self._ends = np.array([len(stream) for stream in streams], np.int64)
        longest = int(self._ends.max(initial=0)) + WINDOW_BITS // 8 + 2
        table = np.zeros((self._lanes, longest + longest % 2), np.uint8)
        for row, stream in zip(table, streams, strict=True):
            row[: len(stream)] = np.frombuffer(stream, np.uint8)
        self._streams = streams
        self._words = table.view(">u2").astype(np.int64)
        head = self._words[:, :3]
        self._offset = head[:, 0] << 32 | head[:, 1] << 16 | head[:, 2]
        self._scope = np.full(self._lanes, 1 << WINDOW_BITS, np.int64)
        self._next = np.full(self._lanes, 3, np.int64)

    def symbols(self, starts: Ints) -> NDArray[np.int64]:
        """Decode a pass: one symbol for each row of cumulative frequencies (N, A + 1)."""
        found = np.empty(len(starts), np.int64)
        for begin in range(0, len(starts), self._lanes):
            rows = starts[begin : begin + self._lanes]
            found[begin : begin + self._lanes] = self._turn(rows)
        return found

    def _turn(self, rows: Ints) -> NDArray[np.int64]:
        """Decode one symbol of each of the first lanes."""
        lanes = slice(0, len(rows))
        offset, scope = self._offset[lanes], self._scope[lanes]  # views: lanes change in place
        unit = scope >> FREQUENCY_BITS
        slots = offset // unit
        if (slots >= rows[:, -1]).any():
            raise CorruptFileError("a coded symbol lies outside its alphabet")
        at = np.add.reduce(rows[:, 1:] <= slots.astype(np.int32)[:, None], 1, dtype=np.int64)
        index = np.arange(len(rows))
        low = rows[index, at].astype(np.int64)
        offset -= low * unit
        scope[:] = (rows[index, at + 1] - low) * unit
        small = np.flatnonzero(scope < LOWEST)
        if small.size:
            reads = np.minimum(self._next[small], self._words.shape[1] - 1)
            offset[small] = offset[small] << STEP_BITS | self._words[small, reads]
            scope[small] <<= STEP_BITS
            self._next[small] += 1
        return np.asarray(at)

    def finish(self) -> None:
        """Check that the bytes of every lane end as they must."""
        for lane, stream in enumerate(self._streams):
            RangeDecoder.at_end(
                stream, 2 * int(self._next[lane]), int(self._offset[lane]), int(self._scope[lane])
            ).finish()


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
