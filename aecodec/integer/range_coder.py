"""A range coder in plain integers.

The range coder (Martin 1979, "Range encoding: an algorithm for removing redundancy from a
digitised message") is made for tiny streams: its end costs less than a byte, since it writes
the shortest bytes that lie in the final interval. It runs in plain integers on a window of 48
bits, which JavaScript's 64-bit floats hold exactly too. Equal symbols give equal bytes, and the
decoder refuses any other bytes for them.
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.integer.compiled import Loop
from aecodec.integer.entropy import FREQUENCY_BITS, TOTAL, Ints

WINDOW_BITS = 48
STEP_BITS = 16
STEP_MASK = (1 << STEP_BITS) - 1
OUTSIDE = "a coded symbol lies outside its alphabet"
LOWEST = 1 << (WINDOW_BITS - STEP_BITS)  # the range never stays below it


def encode(starts: Ints, frequencies: Ints) -> bytes:
    """Code symbols by their first slot and their frequency, each (N,), within TOTAL."""
    compiled = ENCODE.compiled(len(starts) // 3)
    if compiled is not None:
        words = np.empty(len(starts) + 3, np.int64)
        intervals = (np.ascontiguousarray(part, np.int64) for part in (starts, frequencies))
        return words[: compiled(*intervals, words)].astype(">u2").tobytes().rstrip(b"\0")
    return _plain_encode(starts, frequencies)


def _plain_encode(starts: Ints, frequencies: Ints) -> bytes:
    low, scope = 0, 1 << WINDOW_BITS
    words = []
    for start, frequency in zip(starts.tolist(), frequencies.tolist(), strict=True):
        unit = scope >> FREQUENCY_BITS
        low += start * unit
        scope = frequency * unit
        if scope < LOWEST:
            words.append(low >> (WINDOW_BITS - STEP_BITS))  # a carry may be on top, see below
            low = (low << STEP_BITS) & ((1 << WINDOW_BITS) - 1)
            scope <<= STEP_BITS
    value = shortest(low, scope)
    words += [value >> 32, value >> 16 & STEP_MASK, value & STEP_MASK]
    for i in range(len(words) - 1, 0, -1):
        words[i - 1] += words[i] >> STEP_BITS
        words[i] &= STEP_MASK
    return np.array(words, ">u2").tobytes().rstrip(b"\0")


def shortest(low: int, scope: int) -> int:
    """The least of the numbers in [low, low + scope) that end with the most zero bytes."""
    for size in range(WINDOW_BITS, 0, -8):
        value = -(-low >> size) << size
        if value < low + scope:
            return value
    return low


def _encode_loop(
    starts: NDArray[np.int64], frequencies: NDArray[np.int64], words: NDArray[np.int64]
) -> int:
    """Write the words of 16 bits that code symbols, and return how many they are."""
    low, scope, count = 0, 1 << WINDOW_BITS, 0
    for number in range(len(starts)):
        unit = scope >> FREQUENCY_BITS
        low += starts[number] * unit
        scope = frequencies[number] * unit
        if scope < LOWEST:
            words[count] = low >> (WINDOW_BITS - STEP_BITS)
            count += 1
            low = (low & (LOWEST - 1)) << STEP_BITS
            scope <<= STEP_BITS
    value, size = low, WINDOW_BITS
    while size > 0:
        value = -(-low >> size) << size
        if value < low + scope:
            break
        size -= 8
    if size == 0:
        value = low
    for place in range(3):
        words[count + place] = value >> (2 - place) * STEP_BITS
        if place > 0:
            words[count + place] &= STEP_MASK
    count += 3
    for place in range(count - 1, 0, -1):
        words[place - 1] += words[place] >> STEP_BITS
        words[place] &= STEP_MASK
    return count


ENCODE = Loop(_encode_loop, "(int64[::1], int64[::1], int64[::1])")


class RangeDecoder:
    """Decodes the symbols that `encode` coded, some at a time.

    Where the bytes end it reads zeros. Raises CorruptFileError for bytes that `encode` does not
    give.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._read = WINDOW_BITS // 8
        self._scope = 1 << WINDOW_BITS
        self._offset = int.from_bytes(data[: self._read].ljust(self._read, b"\0"))

    @classmethod
    def at_end(cls, data: bytes, read: int, offset: int, scope: int) -> "RangeDecoder":
        """The decoder that has read `read` bytes and stands at an offset within a scope."""
        decoder = cls(data)
        decoder._read, decoder._offset, decoder._scope = read, offset, scope
        return decoder

    @property
    def data(self) -> bytes:
        """All bytes."""
        return self._data

    @property
    def state(self) -> tuple[int, int, int]:
        """How many bytes are read; where it stands within the scope; the scope."""
        return self._read, self._offset, self._scope

    @cached_property
    def _bytes(self) -> NDArray[np.uint8]:
        return np.frombuffer(self._data, np.uint8)

    def run(self, loop: Callable[..., bool], count: int, *knowledge: Any) -> NDArray[np.int64]:
        """Decode symbols by a compiled loop, int64 (count,).

        Args:
            loop: Takes what it knows of the symbols, the bytes, uint8; the offset, the scope and
                how many bytes are read, int64 (3,), which it changes; and the symbols to fill in.
                It returns whether all of them lay in their alphabets.
            count: How many.
            knowledge: What the loop takes first.
        """
        state = np.array([self._offset, self._scope, self._read])
        found = np.empty(count, np.int64)
        if not loop(*knowledge, self._bytes, state, found):
            raise CorruptFileError(OUTSIDE)
        self._offset, self._scope, self._read = state.tolist()
        return found

    def symbols(self, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Decode one symbol for each row of cumulative frequencies (N, A + 1), int64 (N,)."""
        slots, width = starts.reshape(-1).data, starts.shape[1]
        found = []
        offset, scope = self._offset, self._scope
        for row in range(0, len(slots), width):
            unit = scope >> FREQUENCY_BITS
            at = bisect_right(slots, offset // unit, row, row + width - 1) - 1
            found.append(at)
            low = slots[at]
            offset -= low * unit
            scope = (slots[at + 1] - low) * unit
            if scope < LOWEST:
                offset = offset << STEP_BITS | _word(self._data, self._read)
                scope <<= STEP_BITS
                self._read += 2
        _check_inside(offset, scope)
        self._offset, self._scope = offset, scope
        return np.array(found, np.int64) - np.arange(0, len(slots), width)

    def slot(self) -> int:
        """The slot that the next symbol holds."""
        slot = self._offset // (self._scope >> FREQUENCY_BITS)
        if slot >= TOTAL:
            raise CorruptFileError(OUTSIDE)
        return slot

    def take(self, start: int, frequency: int) -> None:
        """Pass over a symbol that begins at a slot."""
        unit = self._scope >> FREQUENCY_BITS
        self._offset -= start * unit
        self._scope = frequency * unit
        if self._scope < LOWEST:
            self._offset = self._offset << STEP_BITS | _word(self._data, self._read)
            self._scope <<= STEP_BITS
            self._read += 2

    def bits(self, ones: Ints) -> NDArray[np.int64]:
        """Decode zeros and ones by the frequencies of ones (N,), int64 (N,)."""
        state = self._read, self._offset, self._scope
        found, self._read, self._offset, self._scope = decode_bits(ones, self._data, *state)
        return found

    def finish(self) -> None:
        """Check that the bytes end as `encode` ends them."""
        size = 8 * min(self._read - len(self._data), WINDOW_BITS // 8)
        canonical = size >= 0 and self._offset < 1 << size and self._data[-1:] != b"\0"
        if canonical and size < WINDOW_BITS:  # no number with more zero bytes was in the interval
            last = self._data[-1] << size
            canonical = self._offset < last and self._offset - last + (256 << size) >= self._scope
        if not canonical:
            raise CorruptFileError("the coded symbols do not end as they must")


def decode_bits(
    ones: Ints, data: bytes, read: int, offset: int, scope: int
) -> tuple[NDArray[np.int64], int, int, int]:
    """Decode zeros and ones from where a decoder stands.

    Args:
        ones: The frequencies of ones (N,).
        data: The bytes.
        read: How many of them are read.
        offset: Where the decoder stands within the scope.
        scope: See there.

    Returns:
        The bits, int64 (N,), and the last three as they are then.

    Raises:
        CorruptFileError: `encode` does not give such bytes.
    """
    found = []
    for one in ones.tolist():
        unit = scope >> FREQUENCY_BITS
        zeros = (TOTAL - one) * unit
        bit = offset >= zeros
        found.append(bit)
        if bit:
            offset -= zeros
            scope = one * unit
        else:
            scope = zeros
        if scope < LOWEST:
            offset = offset << STEP_BITS | _word(data, read)
            scope <<= STEP_BITS
            read += 2
    _check_inside(offset, scope)
    return np.array(found, np.int64), read, offset, scope


def _word(data: bytes, read: int) -> int:
    return int.from_bytes(data[read : read + 2].ljust(2, b"\0"))


def _check_inside(offset: int, scope: int) -> None:
    """Raise CorruptFileError if a symbol lay outside: where one does, all that follow do."""
    if offset >= scope:
        raise CorruptFileError(OUTSIDE)
