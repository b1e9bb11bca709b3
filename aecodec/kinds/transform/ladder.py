"""The compiled loop of the prior: from the logits of symbols to the symbols themselves."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop, entropy, range_coder

TOTAL, FREQUENCY_BITS = entropy.TOTAL, entropy.FREQUENCY_BITS
LOWEST, STEP_BITS = range_coder.LOWEST, range_coder.STEP_BITS


def _decode(
    logits: NDArray[np.int32],
    table: NDArray[np.int32],
    data: NDArray[np.uint8],
    state: NDArray[np.int64],
    found: NDArray[np.int64],
) -> bool:
    """Decode one symbol for each row of logits (N, A), as `entropy.cumulate` spaces them."""
    offset, scope, read = state[0], state[1], state[2]
    count, size = logits.shape
    sums = np.empty(size + 1, np.int64)
    sums[0] = 0
    for row in range(count):
        highest = logits[row, 0]
        for number in range(1, size):
            highest = max(highest, logits[row, number])
        for number in range(size):
            below = min(highest - logits[row, number], len(table) - 1)
            sums[number + 1] = sums[number] + table[below]
        unit = scope >> FREQUENCY_BITS
        slot = offset // unit
        if slot >= TOTAL:
            return False
        # a symbol starts at its number + floor(its sum * scale / the total)
        scale, total, symbol = TOTAL - size, sums[size], 0
        while symbol < size - 1 and sums[symbol + 1] * scale < (slot - symbol) * total:
            symbol += 1
        start = sums[symbol] * scale // total + symbol
        stop = sums[symbol + 1] * scale // total + symbol + 1
        offset -= start * unit
        scope = (stop - start) * unit
        if scope < LOWEST:
            word = np.int64(0)
            for _ in range(2):
                word = word << 8
                if read < len(data):
                    word |= np.int64(data[read])
                read += 1
            offset = offset << STEP_BITS | word
            scope <<= STEP_BITS
        found[row] = symbol
    state[0], state[1], state[2] = offset, scope, read
    return True


DECODE = Loop(
    _decode,
    "(int32[:, ::1], int32[::1], Array(uint8, 1, 'C', readonly=True), int64[::1], int64[::1])",
)
