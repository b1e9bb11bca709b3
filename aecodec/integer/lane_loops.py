"""The compiled loops of the lanes: symbol by symbol, each in its lane."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer.compiled import Loop
from aecodec.integer.entropy import FREQUENCY_BITS, TOTAL
from aecodec.integer.range_coder import LOWEST, STEP_BITS

Words = NDArray[np.int64]


def _symbols(
    frequencies: NDArray[np.int32],
    found: Words,
    words: Words,
    offsets: Words,
    scopes: Words,
    reads: Words,
) -> bool:
    """Decode a pass of symbols by their frequencies (N, A); tell whether all were in range.

    Args:
        frequencies: They sum to TOTAL in each row.
        found: The symbols, (N,), filled in.
        words: The 16-bit words of each lane, (L, W).
        offsets: Where each lane stands in its scope, (L,), changed in place.
        scopes: Of each lane, (L,), changed in place.
        reads: How many words each lane has read, (L,), changed in place.
    """
    lanes, width = words.shape
    for number in range(len(found)):
        lane = number % lanes
        unit = scopes[lane] >> FREQUENCY_BITS
        slot = offsets[lane] // unit
        if slot >= TOTAL:
            return False
        start, symbol = np.int64(0), 0
        frequency = np.int64(frequencies[number, 0])
        while start + frequency <= slot:
            start += frequency
            symbol += 1
            frequency = np.int64(frequencies[number, symbol])
        found[number] = symbol
        offsets[lane] -= start * unit
        scopes[lane] = frequency * unit
        if scopes[lane] < LOWEST:
            word = words[lane, min(reads[lane], width - 1)]
            offsets[lane] = offsets[lane] << STEP_BITS | word
            scopes[lane] <<= STEP_BITS
            reads[lane] += 1
    return True


SYMBOLS = Loop(
    _symbols, "(int32[:, ::1], int64[::1], int64[:, ::1], int64[::1], int64[::1], int64[::1])"
)
