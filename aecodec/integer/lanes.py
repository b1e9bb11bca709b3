"""A range decoder of many lanes: equal steps of several streams run as one in NumPy."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.integer import lane_loops
from aecodec.integer.entropy import FREQUENCY_BITS, TOTAL, Ints
from aecodec.integer.range_coder import (
    LOWEST,
    OUTSIDE,
    STEP_BITS,
    WINDOW_BITS,
    RangeDecoder,
    decode_bits,
)

MANY_LANES = 16  # as many are decoded faster at once than one by one
MANY_LANES_OF_BITS = 48  # the same of bits
TURNS = 4  # whose frequencies are summed up together: their sums fit the caches and 32 bits

Words = NDArray[np.int64]


class LaneDecoder:
    """Decodes passes that `lane_streams.encode_passes` coded.

    Where the bytes of a lane end it reads zeros.

    A pass may be decoded in parts, each but the last of a multiple of `count` symbols.

    Attributes:
        count: How many lanes there are.

    Args:
        streams: The bytes of each lane.

    Raises:
        CorruptFileError: By any method, for bytes that it does not give.
    """

    def __init__(self, streams: Sequence[bytes]) -> None:
        self.count = len(streams)
        self._lanes: _FewLanes | _ManyLanes = (
            _FewLanes(streams) if len(streams) < MANY_LANES else _ManyLanes(streams)
        )

    def symbols(self, frequencies: Ints) -> Words:
        """Decode a pass: one symbol for each row of frequencies (N, A) of sum TOTAL."""
        if (compiled := lane_loops.SYMBOLS.compiled(len(frequencies))) is not None:
            return self._run(compiled, frequencies)
        return self._lanes.symbols(frequencies)

    def bits(self, ones: Ints) -> Words:
        """Decode a pass of zeros and ones, by the frequencies of ones (N,)."""
        if (compiled := lane_loops.SYMBOLS.compiled(len(ones) // 4)) is not None:
            return self._run(compiled, np.stack([TOTAL - ones, ones], 1))
        return self._lanes.bits(ones)

    def _run(self, compiled: Callable[..., bool], frequencies: Ints) -> Words:
        found = np.empty(len(frequencies), np.int64)
        self.run(compiled, np.ascontiguousarray(frequencies, np.int32), found)
        return found

    def run(self, loop: Callable[..., bool], *knowledge: Any) -> None:
        """Decode by a compiled loop.

        Args:
            loop: Takes what it knows, the 16-bit words of each lane, int64 (L, W), and, each
                (L,) and changed by it, where the lane stands in its scope, the scope, and how
                many words are read. It returns whether all symbols lay in their alphabets.
            knowledge: What the loop takes first.
        """
        self._lanes = self._lanes.many()
        self._lanes.run(loop, *knowledge)

    def finish(self) -> None:
        """Check that the bytes of every lane end as they must."""
        self._lanes.finish()


class _FewLanes:
    """Decodes lane by lane, as `LaneDecoder` says."""

    def __init__(self, streams: Sequence[bytes]) -> None:
        self._lanes = [RangeDecoder(stream) for stream in streams]

    def symbols(self, frequencies: Ints) -> Words:
        starts = np.zeros((len(frequencies), frequencies.shape[1] + 1), np.int64)
        np.cumsum(frequencies, 1, out=starts[:, 1:])
        found = np.empty(len(starts), np.int64)
        step = len(self._lanes)
        for number, lane in enumerate(self._lanes[: len(starts)]):
            found[number::step] = lane.symbols(np.ascontiguousarray(starts[number::step]))
        return found

    def bits(self, ones: Ints) -> Words:
        found = np.empty(len(ones), np.int64)
        step = len(self._lanes)
        for number, lane in enumerate(self._lanes[: len(ones)]):
            found[number::step] = lane.bits(ones[number::step])
        return found

    def many(self) -> "_ManyLanes":
        """What decodes all lanes at once from where they stand."""
        lanes = _ManyLanes([lane.data for lane in self._lanes])
        for number, lane in enumerate(self._lanes):
            lanes.place(number, *lane.state)
        return lanes

    def finish(self) -> None:
        for lane in self._lanes:
            lane.finish()


class _ManyLanes:
    """Decodes all lanes at once, as `LaneDecoder` says."""

    def __init__(self, streams: Sequence[bytes]) -> None:
        self._lanes = len(streams)
        longest = max(map(len, streams)) + WINDOW_BITS // 8 + 2
        table = np.zeros((self._lanes, longest + longest % 2), np.uint8)
        for row, stream in zip(table, streams, strict=True):
            row[: len(stream)] = np.frombuffer(stream, np.uint8)
        self._streams = streams
        self._words = table.view(">u2").astype(np.int64)
        self._begins = np.arange(self._lanes) * self._words.shape[1]  # of lanes, among all words
        head = self._words[:, :3]
        self._offset = head[:, 0] << 32 | head[:, 1] << 16 | head[:, 2]
        self._scope = np.full(self._lanes, 1 << WINDOW_BITS, np.int64)
        self._next = np.full(self._lanes, 3, np.int64)

    def symbols(self, frequencies: Ints) -> Words:
        found = np.empty(len(frequencies), np.int64)
        group = TURNS * self._lanes
        for begin in range(0, len(found), group):
            part = np.asarray(frequencies[begin : begin + group], np.int32)
            self._symbols(part, found[begin : begin + group])
        return found

    def bits(self, ones: Ints) -> Words:
        found = np.zeros(len(ones), np.int64)
        if self._lanes < MANY_LANES_OF_BITS:
            for lane in range(min(self._lanes, len(ones))):
                found[lane :: self._lanes] = self._lane_bits(lane, ones[lane :: self._lanes])
            return found
        zeros = TOTAL - ones
        for begin in range(0, len(ones), self._lanes):
            turn = slice(begin, begin + self._lanes)
            self._turn_of_bits(zeros[turn], found[turn])
        self._check_inside()
        return found

    def _turn_of_bits(self, zeros: Ints, found: Words) -> None:
        """Decode a bit of each of the first lanes, by the frequencies of zeros, into `found`."""
        count = len(zeros)
        offset, scope = self._offset[:count], self._scope[:count]  # changed in place
        unit = scope >> FREQUENCY_BITS
        edge = zeros * unit
        bits = np.greater_equal(offset, edge)
        if _any(bits):
            found[:] = bits
            offset -= edge * bits
            unit <<= FREQUENCY_BITS
            unit -= edge
            np.copyto(edge, unit, where=bits)
        scope[:] = edge
        if _any(small := edge < LOWEST):
            self._check_inside()
            self._read(np.flatnonzero(small))

    def _check_inside(self) -> None:
        """Check the lanes: one that leaves its scope stays outside until it reads on."""
        if (self._offset >= self._scope).any():
            raise CorruptFileError(OUTSIDE)

    def _read(self, lanes: Words) -> None:
        """Read a word of each of some lanes."""
        at = np.minimum(self._next[lanes], self._words.shape[1] - 1)
        self._offset[lanes] = self._offset[lanes] << STEP_BITS | self._words[lanes, at]
        self._scope[lanes] <<= STEP_BITS
        self._next[lanes] += 1

    def _lane_bits(self, lane: int, ones: Ints) -> Words:
        """Decode bits of one lane."""
        read, offset, scope = (
            int(state[lane]) for state in (self._next, self._offset, self._scope)
        )
        found, *state = decode_bits(ones, self._streams[lane], 2 * read, offset, scope)
        self.place(lane, *state)
        return found

    def many(self) -> "_ManyLanes":
        return self

    def place(self, lane: int, read: int, offset: int, scope: int) -> None:
        """Let a lane stand where `read` bytes of it are read."""
        self._next[lane], self._offset[lane], self._scope[lane] = read // 2, offset, scope

    def run(self, loop: Callable[..., bool], *knowledge: Any) -> None:
        """Do as `LaneDecoder.run`."""
        if not loop(*knowledge, self._words, self._offset, self._scope, self._next):
            raise CorruptFileError(OUTSIDE)

    def _symbols(self, frequencies: NDArray[np.int32], found: Words) -> None:
        """Decode a few turns, by the frequencies (n, A), and fill in the symbols (n,).

        The slots of all their symbols are numbered on, so that one search finds those of a turn.
        """
        count, size = frequencies.shape
        flat = frequencies.reshape(-1)
        ends = np.cumsum(flat, dtype=np.int32)
        first = np.arange(0, count * TOTAL, TOTAL)
        for begin in range(0, count, self._lanes):
            turn = slice(begin, begin + self._lanes)
            unit, slots = self._slots(len(found[turn]))
            slots += first[turn]
            at = ends.searchsorted(slots.astype(np.int32), "right")
            frequency = flat.take(at)
            self._take(ends.take(at) - frequency - first[turn], frequency, unit)
            found[turn] = at
        found -= np.arange(0, count * size, size)

    def _slots(self, count: int) -> tuple[Words, Words]:
        """The unit and the slot of each of the first lanes."""
        unit = self._scope[:count] >> FREQUENCY_BITS
        slots = self._offset[:count] // unit
        if slots.max() >= TOTAL:
            raise CorruptFileError(OUTSIDE)
        return unit, slots

    def _take(self, starts: Words, frequencies: Ints, unit: Words) -> None:
        """Pass over a symbol of each of the first lanes."""
        count = len(unit)
        # changed in place
        offset, scope, reads = self._offset[:count], self._scope[:count], self._next[:count]
        offset -= starts * unit
        np.multiply(frequencies, unit, out=scope)
        small = scope < LOWEST  # some lanes nearly always: masks beat picking them out
        at = np.minimum(reads, self._words.shape[1] - 1)
        at += self._begins[:count]
        words = self._words.take(at)
        words *= small
        shift = small * STEP_BITS
        offset <<= shift
        offset |= words
        scope <<= shift
        reads += small

    def finish(self) -> None:
        for lane, stream in enumerate(self._streams):
            RangeDecoder.at_end(
                stream, 2 * int(self._next[lane]), int(self._offset[lane]), int(self._scope[lane])
            ).finish()


def _any(flags: NDArray[np.bool_]) -> bool:
    return b"\1" in flags.tobytes()  # many times as fast as any, of few
