"""Integer entropy coding: frequencies from integer odds, their cost, and a range coder.

The range coder (Martin 1979, "Range encoding: an algorithm for removing redundancy from a
digitised message") is made for tiny streams: its end costs less than a byte, since it writes
the shortest bytes that lie in the final interval. It runs in plain integers on a window of 48
bits, which a decoder in doubles has exactly too. Equal symbols give equal bytes, and the
decoder refuses any other bytes for them.
"""

from bisect import bisect_right
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError

FREQUENCY_BITS = 16
TOTAL = 1 << FREQUENCY_BITS  # what the frequencies of one symbol's alphabet sum to
RATE_BITS = 12  # rates are in bits times 2^12
WINDOW_BITS = 48
STEP_BITS = 16
STEP_MASK = (1 << STEP_BITS) - 1
LOWEST = 1 << (WINDOW_BITS - STEP_BITS)  # the range never stays below it

Ints = NDArray[np.integer[Any]]


def cumulate(odds: Ints) -> NDArray[np.int64]:
    """Turn odds (..., A) into cumulative frequencies, int64 (..., A + 1), from 0 to TOTAL.

    odds: integers of at least 0 whose sum along the last axis is 1 to 2^40. Entry k is
    k + floor((sum of the first k odds) * (TOTAL - A) / (sum of all odds)): every symbol has a
    frequency of at least 1, and no remainder is left to give away.
    """
    count = odds.shape[-1]
    starts = np.zeros((*odds.shape[:-1], count + 1), np.int64)
    sums = starts[..., 1:]
    np.cumsum(odds, axis=-1, dtype=np.int64, out=sums)
    total = sums[..., -1:].copy()
    sums *= TOTAL - count
    sums //= total
    sums += np.arange(1, count + 1)
    return starts


def intervals(odds: Ints, symbols: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first slots and the frequencies of symbols (...), each int64 (...), as in `cumulate`."""
    sums = np.cumsum(odds, axis=-1, dtype=np.int64)
    chosen = symbols[..., None]
    high = np.take_along_axis(sums, chosen, -1)[..., 0]
    low = high - np.take_along_axis(odds, chosen, -1)[..., 0]
    scale, total = TOTAL - odds.shape[-1], sums[..., -1]
    starts = low * scale // total + symbols
    return starts, high * scale // total + symbols + 1 - starts


@cache
def rate_table() -> NDArray[np.int32]:
    """What a frequency of 1 to TOTAL costs: the bits times 2^RATE_BITS, int32 (TOTAL + 1,).

    The logarithm to base 2 is taken by repeated squaring, in integers. Entry 0 has no meaning.
    """
    mantissa = np.arange(TOTAL + 1, dtype=np.uint64) << np.uint64(15)
    mantissa[0] = 1 << 31
    whole = np.zeros(TOTAL + 1, np.int32)
    for _ in range(FREQUENCY_BITS):
        small = mantissa < 1 << 31
        mantissa[small] <<= np.uint64(1)
        whole += small
    fraction = np.zeros(TOTAL + 1, np.int32)
    for bit in range(RATE_BITS, -1, -1):  # one more than is kept, to round by
        mantissa = mantissa * mantissa >> np.uint64(31)
        large = mantissa >> np.uint64(32) > 0
        mantissa[large] >>= np.uint64(1)
        fraction += large.astype(np.int32) << bit
    return np.asarray(((whole << (RATE_BITS + 1)) - fraction) >> 1, np.int32)


def encode(starts: Ints, frequencies: Ints) -> bytes:
    """Code symbols by their first slot and their frequency, each (N,), within TOTAL."""
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
    value = _shortest(low, scope)
    words += [value >> 32, value >> 16 & STEP_MASK, value & STEP_MASK]
    for i in range(len(words) - 1, 0, -1):
        words[i - 1] += words[i] >> STEP_BITS
        words[i] &= STEP_MASK
    return np.array(words, ">u2").tobytes().rstrip(b"\0")


def _shortest(low: int, scope: int) -> int:
    """The least of the numbers in [low, low + scope) that end with the most zero bytes."""
    for size in range(WINDOW_BITS, 0, -8):
        value = -(-low >> size) << size
        if value < low + scope:
            return value
    return low


class Decoder:
    """Decodes the symbols that `encode` coded, some at a time.

    Where the bytes end it reads zeros. Raises CorruptFileError for bytes that `encode` does not
    give.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._read = WINDOW_BITS // 8
        self._scope = 1 << WINDOW_BITS
        self._offset = int.from_bytes(data[: self._read].ljust(self._read, b"\0"))

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
                word = self._data[self._read : self._read + 2]
                self._read += 2
                offset = offset << STEP_BITS | int.from_bytes(word.ljust(2, b"\0"))
                scope <<= STEP_BITS
        if offset >= scope:  # where it once is, it stays
            raise CorruptFileError("a coded symbol lies outside its alphabet")
        self._offset, self._scope = offset, scope
        return np.array(found, np.int64) - np.arange(0, len(slots), width)

    def finish(self) -> None:
        """Check that the bytes end as `encode` ends them."""
        size = 8 * min(self._read - len(self._data), WINDOW_BITS // 8)
        canonical = size >= 0 and self._offset < 1 << size and self._data[-1:] != b"\0"
        if canonical and size < WINDOW_BITS:  # no number with more zero bytes was in the interval
            last = self._data[-1] << size
            canonical = self._offset < last and self._offset - last + (256 << size) >= self._scope
        if not canonical:
            raise CorruptFileError("the coded symbols do not end as they must")
