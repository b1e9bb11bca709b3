"""The compiled loops of the pixels kind: from windows to inputs, and from outputs to frequencies.

Sums of floats are of integers times powers of two and proved to stay below 2^24, so their order
does not matter. What is not cut to 32 bits at once, numba computes in 64, half as many at a time.
"""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop, entropy
from aecodec.kinds.pixels.context_network import CENTRE, LEVELS

PREDICTIONS = 3
ROWS = 16  # at a time: what is known of them fits the caches
TOTAL = entropy.TOTAL
HIGHEST_ODDS, ODDS_BITS = entropy.HIGHEST_ODDS, entropy.ODDS_BITS

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]
Words = NDArray[np.int64]
Greys = NDArray[np.uint8]
Rows = tuple[int, int]  # the first of some, and one past the last
Kernels = tuple[Floats, np.float32, np.float32, np.float32]
"""The kernels times 2^-shift, (R, 511); what is added to their sums before they are rounded; the
least and the largest of the rounded ones.
"""
Finish = tuple[Floats, np.float32, np.float32]
"""What is added to products before they are rounded, (256 + 3 R + gates + 4,); the least and the
largest of the rounded ones.
"""


def _inputs(
    near: Greys, first: int, end: int, count: int, pairs: Words, embedding: Floats, inputs: Floats
) -> None:
    """Fill in what the network of values takes of some windows.

    Args:
        near: The windows (K, N).
        first: The first of them.
        end: One past the last.
        count: How many pixels of a window are near.
        pairs: Near pixels whose distances are taken (2, P).
        embedding: Of grey levels (256, E).
        inputs: Its first rows are filled in, (rows, D).
    """
    width, size = embedding.shape[1], len(near)
    begin = width * count
    levels = np.empty(size, np.int32)
    for image in range(first, end):
        row = image - first
        for number in range(size):
            levels[number] = np.int32(near[number, image])
        for number in range(count):
            for part in range(width):
                inputs[row, width * number + part] = embedding[levels[number], part]
        for number in range(size):
            apart = np.int32(abs(np.int32(levels[number] - levels[0])))
            inputs[row, begin + number] = np.int32(levels[number] - np.int32(CENTRE))
            inputs[row, begin + size + number] = np.int32(apart >> np.int32(1))
        for number in range(pairs.shape[1]):
            apart = abs(levels[pairs[0, number]] - levels[pairs[1, number]])
            inputs[row, begin + 2 * size + number] = apart >> 1


def _flat_inputs(near: Greys, first: int, end: int, flat: int, inputs: Floats) -> None:
    """Fill in what the network of flat contexts takes of some windows.

    Args:
        near: The windows (K, N).
        first: The first of them.
        end: One past the last.
        flat: How many pixels of a window are equal.
        inputs: Its first rows are filled in, (rows, D).
    """
    others = len(near) - flat
    for image in range(first, end):
        level = np.int32(near[0, image])
        for number in range(others):
            apart = np.int32(abs(np.int32(np.int32(near[flat + number, image]) - level)))
            inputs[image - first, number] = np.int32(apart >> np.int32(1))
            inputs[image - first, others + number] = np.int32(CENTRE - 1) * min(apart, np.int32(1))


def _frequencies(
    products: Floats,
    finish: Finish,
    near: Greys,
    gates: int,
    kernels: Kernels,
    seen: NDArray[np.int8],
    table: Numbers,
    frequencies: Numbers,
    symbols: Words,
    starts: Words,
    chosen: Words,
) -> None:
    """Fill in what `ValueNetwork.frequencies` returns, or what `ValueNetwork.intervals` does.

    Args:
        products: Of the last layer of the network of values, (rows, 256 + 3 R + gates + 4); or
            what it gives.
        finish: How they are rounded; what it gives stays as it is.
        near: The windows (K, N).
        gates: How many of the nearest pixels are copied.
        kernels: What the outputs weigh.
        seen: What images have shown, see `Contexts`.
        table: Odds by the distance below the highest.
        frequencies: (N, 256), filled in; where there are symbols, (ROWS, 256) will do.
        symbols: (N,), or none.
        starts: The first slots of the symbols, filled in.
        chosen: Their frequencies, filled in.
    """
    outputs = np.empty((ROWS, len(finish[0])), np.float32)
    logits = np.empty((ROWS, LEVELS), np.int32)
    first, count = LEVELS + PREDICTIONS * len(kernels[0]), near.shape[1]
    for begin in range(0, count, ROWS):
        rows = begin, min(begin + ROWS, count)
        _round(products, rows, finish, outputs, logits)
        _add_kernels(outputs, near, rows, kernels, logits)
        for row in range(*rows):
            for number in range(gates):
                copied = np.int32(outputs[row - begin, first + number])
                logits[row - begin, near[number, row]] += copied
        _add_palette(outputs, first + gates, seen, rows, logits)
        _share_out(logits, table, rows, frequencies)
        if len(symbols):
            _choose(frequencies, rows, symbols, starts, chosen)


def _round(products: Floats, rows: Rows, finish: Finish, outputs: Floats, logits: Numbers) -> None:
    """Fill in the outputs of some rows of products, and the first of them as logits."""
    bias, low, high = finish
    for row in range(*rows):
        at = row - rows[0]
        for unit in range(len(bias)):
            outputs[at, unit] = min(max(np.floor(products[row, unit] + bias[unit]), low), high)
        for level in range(LEVELS):
            logits[at, level] = np.int32(outputs[at, level])


def _add_kernels(
    outputs: Floats, near: Greys, rows: Rows, kernels: Kernels, logits: Numbers
) -> None:
    """Add to logits the kernels centred on the predictions."""
    shapes, half, low, high = kernels
    sums, count = np.empty(LEVELS, np.float32), len(shapes)
    for row in range(*rows):
        at, place = row - rows[0], LEVELS
        left, above = np.int64(near[0, row]), np.int64(near[1, row])
        median = left + above - np.int64(near[2, row])
        for centre in (min(max(median, min(left, above)), max(left, above)), left, above):
            begin, end = LEVELS - 1 - centre, 2 * LEVELS - 1 - centre
            sums[:] = half
            for number in range(0, count - 1, 2):
                one, two = outputs[at, place + number], outputs[at, place + number + 1]
                shape, other = shapes[number, begin:end], shapes[number + 1, begin:end]
                for level in range(LEVELS):
                    sums[level] += one * shape[level] + two * other[level]
            place += count
            if count % 2:
                one, shape = outputs[at, place - 1], shapes[count - 1, begin:end]
                for level in range(LEVELS):
                    sums[level] += one * shape[level]
            for level in range(LEVELS):
                logits[at, level] += np.int32(min(max(np.floor(sums[level]), low), high))


def _add_palette(
    outputs: Floats, first: int, seen: NDArray[np.int8], rows: Rows, logits: Numbers
) -> None:
    """Add gates, the outputs from the first on, to logits as `seen` tells."""
    for row in range(*rows):
        at = row - rows[0]
        one, two = np.int32(outputs[at, first]), np.int32(outputs[at, first + 1])
        three, four = np.int32(outputs[at, first + 2]), np.int32(outputs[at, first + 3])
        shown, mirror = seen[row, 0], seen[row, 1]
        for level in range(LEVELS):
            beside = np.int32(np.int32(shown[level]) + np.int32(shown[level + 2]))
            opposite = np.int32(np.int32(mirror[level]) + np.int32(mirror[level + 2]))
            added = np.int32(np.int32(one * np.int32(shown[level + 1])) + np.int32(two * beside))
            added = np.int32(added + np.int32(three * np.int32(mirror[level + 1])))
            added = np.int32(added + np.int32(four * opposite))
            logits[at, level] = np.int32(logits[at, level] + added)


def _share_out(logits: Numbers, table: Numbers, rows: Rows, frequencies: Numbers) -> None:
    """Fill in frequencies by the odds of logits, as `entropy.scale_odds` does."""
    odds, last = np.empty(LEVELS, np.int32), np.int32(len(table) - 1)
    for row in range(*rows):
        at, highest, total = row - rows[0], logits[row - rows[0], 0], np.int32(0)
        for level in range(LEVELS):
            highest = max(highest, logits[at, level])
        for level in range(LEVELS):
            odds[level] = table[min(np.int32(highest - logits[at, level]), last)]
        for level in range(LEVELS):
            total = np.int32(total + odds[level])
        top = 0
        while odds[top] < HIGHEST_ODDS:
            top += 1
        share = np.int32(((TOTAL - LEVELS) << ODDS_BITS) // np.int64(total))
        rest, at = np.int32(TOTAL - LEVELS), row % len(frequencies)
        for level in range(LEVELS):
            given = np.int32(np.int32(odds[level] * share) >> np.int32(ODDS_BITS))
            frequencies[at, level] = np.int32(given + np.int32(1))
            rest = np.int32(rest - given)
        frequencies[at, top] += rest


def _choose(frequencies: Numbers, rows: Rows, symbols: Words, starts: Words, chosen: Words) -> None:
    """Fill in the first slots and the frequencies of symbols."""
    for row in range(*rows):
        at, symbol, start = row % len(frequencies), symbols[row], np.int32(0)
        for level in range(symbol):
            start = np.int32(start + frequencies[at, level])
        starts[row], chosen[row] = start, frequencies[at, symbol]


INPUTS = Loop(
    _inputs,
    "(uint8[:, :], int64, int64, int64, int64[:, ::1], float32[:, ::1], float32[:, ::1])",
)
FLAT_INPUTS = Loop(_flat_inputs, "(uint8[:, :], int64, int64, int64, float32[:, ::1])")
FREQUENCIES = Loop(
    _frequencies,
    "(float32[:, ::1], Tuple((float32[::1], float32, float32)), uint8[:, :], int64, "
    "Tuple((float32[:, ::1], float32, float32, float32)), int8[:, :, ::1], int32[::1], "
    "int32[:, ::1], int64[::1], int64[::1], int64[::1])",
    uses=(_round, _add_kernels, _add_palette, _share_out, _choose),
    fused=True,
)
