"""The compiled loops of the residuals kind: what images take, and residuals coded and decoded."""

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE
from aecodec.integer import Loop, entropy, range_coder

LEVELS = 256
CONTEXTS = 4
WEIGHT = 64  # of a residual that was seen, where one that was not has 1
TOTAL, FREQUENCY_BITS = entropy.TOTAL, entropy.FREQUENCY_BITS
LOWEST, STEP_BITS = range_coder.LOWEST, range_coder.STEP_BITS
SCALE = TOTAL - LEVELS

Words = NDArray[np.int64]
Word = np.int64 | int


def _rates(
    residuals: NDArray[np.uint8],
    seen: NDArray[np.int32],
    drawn: NDArray[np.int32],
    rates: NDArray[np.int64],
) -> None:
    """Fill in the bits, times 2^RATE_BITS, that residuals take in one context and in four.

    Args:
        residuals: (N, 784).
        seen: Sums of log2(odds) of a residual that comes n times, (785,).
        drawn: Sums of log2(all odds) in n draws, (785,).
        rates: (2, N), filled in.
    """
    counts = np.empty((CONTEXTS, LEVELS), np.int32)
    for image in range(len(residuals)):
        _count(residuals, image, counts)
        in_one, in_four = drawn[PIXELS], np.int32(0)
        for level in range(LEVELS):
            a, b, c, d = counts[0, level], counts[1, level], counts[2, level], counts[3, level]
            in_one = np.int32(in_one - seen[np.int32(a + b + c + d)])
            in_four = np.int32(in_four - seen[a] - seen[b] - seen[c] - seen[d])
        for context in range(CONTEXTS):
            draws = np.int32(0)
            for level in range(LEVELS):
                draws = np.int32(draws + counts[context, level])
            in_four = np.int32(in_four + drawn[draws])
        rates[0, image], rates[1, image] = in_one, in_four


def _count(residuals: NDArray[np.uint8], image: int, counts: NDArray[np.int32]) -> None:
    """Count the residuals of an image in their contexts."""
    counts[:] = 0
    for row in range(SIDE):
        context = 0
        for place in range(row * SIDE, row * SIDE + SIDE):
            if row > 0 and residuals[image, place - SIDE] != 0:
                context += 2
            residual = residuals[image, place]
            counts[context, residual] += 1
            context = 1 if residual != 0 else 0


def _intervals(
    residuals: NDArray[np.uint8], several: int, starts: Words, frequencies: Words
) -> None:
    """Fill in the first slots and the frequencies of an image's residuals.

    Args:
        residuals: (784,).
        several: 1 where they are counted in four contexts, else 0.
        starts: (784,), filled in.
        frequencies: (784,), filled in.
    """
    sums, other = _nothing_seen(), np.zeros(PIXELS + SIDE, np.int64)
    for position in range(PIXELS):
        context = _context(other, position, several)
        residual, total = np.int64(residuals[position]), sums[context, LEVELS]
        start = sums[context, residual] * SCALE // total + residual
        end = sums[context, residual + 1] * SCALE // total + residual + 1
        starts[position], frequencies[position] = start, end - start
        _see(sums, context, other, position, residual)


def _read(several: int, data: NDArray[np.uint8], state: Words, found: Words) -> bool:
    """Decode the residuals of an image; tell whether all lay in their alphabet.

    Args:
        several: As `_intervals` has it.
        data: The bytes, behind which zeros are read.
        state: The offset, the scope and how many bytes are read (3,), changed in place.
        found: (784,), filled in.
    """
    sums, other = _nothing_seen(), np.zeros(PIXELS + SIDE, np.int64)
    offset, scope, read = state[0], state[1], state[2]
    for position in range(PIXELS):
        unit = scope >> FREQUENCY_BITS
        slot, context = offset // unit, _context(other, position, several)
        if slot >= TOTAL:
            return False
        total, low, high = sums[context, LEVELS], 0, LEVELS
        while high - low > 1:  # a residual starts at itself + floor(its sum * SCALE / total)
            middle = (low + high) // 2
            if sums[context, middle] * SCALE < (slot - middle + 1) * total:
                low = middle
            else:
                high = middle
        start = sums[context, low] * SCALE // total + low
        offset -= start * unit
        scope = (sums[context, high] * SCALE // total + high - start) * unit
        if scope < LOWEST:
            for _ in range(2):
                offset = offset << 8
                if read < len(data):
                    offset |= np.int64(data[read])
                read += 1
            scope <<= STEP_BITS
        found[position] = low
        _see(sums, context, other, position, low)
    state[0], state[1], state[2] = offset, scope, read
    return True


def _nothing_seen() -> Words:
    """The sums of the odds before each residual, and last of all, by context."""
    sums = np.empty((CONTEXTS, LEVELS + 1), np.int64)
    for level in range(LEVELS + 1):
        sums[:, level] = level
    return sums


def _context(other: Words, position: int, several: int) -> Word:
    """Whether the residuals to the left (1) and above (2) are not 0, where there are contexts."""
    left = other[position + SIDE - 1] if position % SIDE else np.int64(0)
    return np.int64((left + 2 * other[position]) * several)


def _see(sums: Words, context: Word, other: Words, position: int, residual: Word) -> None:
    for level in range(residual + 1, LEVELS + 1):
        sums[context, level] += WEIGHT
    other[position + SIDE] = 1 if residual else 0


RATES = Loop(_rates, "(uint8[:, ::1], int32[::1], int32[::1], int64[:, ::1])", uses=(_count,))
INTERVALS = Loop(
    _intervals,
    "(uint8[::1], int64, int64[::1], int64[::1])",
    uses=(_nothing_seen, _context, _see),
)
READ = Loop(
    _read,
    "(int64, Array(uint8, 1, 'C', readonly=True), int64[::1], int64[::1])",
    uses=(_nothing_seen, _context, _see),
)
