"""The compiled loop of the bits of originals: how often they are black, and bits decoded by it.

It does as `bits` and `networks` do, one bit after the other. It is quick because most numbers are
0: the block around a bit is cut in chunks of five bits of a column, and to the first sums only
the rows of chunks that hold a black one are added; to the second only those of outputs above 0.
Rows are added four or eight at a time. What is added wherever a bit is, is added up once a row,
and where the extent grows. All sums are of integers below 2^24, so products, sums and shifts are
exact in float32. Functions are given whole arrays and the number of a row: for each array that is
cut out of another, references are counted.
"""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop, entropy, range_coder
from aecodec.kinds.scan.bit_tables import CHUNK, Floats, Network, Numbers

TOTAL, FREQUENCY_BITS = entropy.TOTAL, entropy.FREQUENCY_BITS
LOWEST, STEP_BITS = range_coder.LOWEST, range_coder.STEP_BITS

Words = NDArray[np.int64]


def _walk(
    near: Numbers,
    depth: int,
    edge: Network,
    flat: Network,
    frequencies: Words,
    sizes: Words,
    orders: Words,
    bits: NDArray[np.uint8],
    ones: Numbers,
    words: Words,
    offsets: Words,
    scopes: Words,
    reads: Words,
) -> bool:
    """Walk through originals, lane by lane; tell whether all symbols were in range.

    Args:
        near: Which bits of each column of the block are the nearest; the lowest digit is the row
            of the bit itself.
        depth: How many rows the block has.
        edge: The network of contexts that are not flat.
        flat: That of flat ones.
        frequencies: By what either gives, how often of 2^16 a bit is black.
        sizes: The sides of originals, the largest first (N,).
        orders: The orders of their bits (N,).
        bits: (N, n, n) in these orders, given or, where `ones` is empty, filled in.
        ones: (N, n, n) or (0, 0, 0), filled in: how often of 2^16 bits are black.
        words: The 16-bit words of each lane (L, W).
        offsets: Where each lane stands in its scope (L,), changed in place.
        scopes: Of each lane (L,), changed in place.
        reads: How many words each lane has read (L,), changed in place.
    """
    lanes = len(words)
    for lane in range(min(lanes, len(sizes))):
        if not _walk_lane(
            near, depth, edge, flat, frequencies,
            sizes[lane::lanes], orders[lane::lanes], bits[lane::lanes], ones[lane::lanes],
            words[lane], offsets[lane:], scopes[lane:], reads[lane:],
        ):  # fmt: skip
            return False
    return True


def _walk_lane(
    near: Numbers,
    depth: int,
    edge: Network,
    flat: Network,
    frequencies: Words,
    sizes: Words,
    orders: Words,
    bits: NDArray[np.uint8],
    ones: Numbers,
    words: Words,
    offset: Words,
    scope: Words,
    read: Words,
) -> bool:
    """Do as `_walk` for one lane: its originals, its words (W,) and the first of the numbers."""
    aside, decodes = len(near) // 2, len(ones) == 0
    columns = np.flatnonzero(near)
    strips = np.zeros((len(sizes), sizes[0] + 2 * aside), np.int32)  # the rows of the block
    sides = sizes + edge[1].shape[1] * orders  # their rows in the tables of sides
    first, right = sizes.copy(), sizes.copy()
    width = max(edge[3].shape[1], flat[3].shape[1])
    chosen = np.zeros(len(near) * -(-depth // CHUNK) + 3, np.int64)
    work = np.zeros(width, np.int32), np.zeros(width + 1, np.float32), np.zeros(width, np.float32)
    active = np.zeros(width + 7, np.int64)
    edges = np.zeros((len(sizes), edge[3].shape[1]), np.int32)
    flats = np.zeros((len(sizes), flat[3].shape[1]), np.int32)
    at, within, reads = offset[0], scope[0], read[0]
    for row in range(sizes[0]):
        for number in range(len(sizes)):
            beyond = sizes[number] - 1 - row
            if beyond < 0:
                break
            known = row, beyond, sides[number], first[number], right[number]
            _add_up(edge, known, edges, number)
            _add_up(flat, known, flats, number)
        for column in range(sizes[0]):
            for number in range(len(sizes)):
                size = sizes[number]
                if size <= max(row, column):
                    break
                # of what is black, in the strips
                begin, end = first[number] + aside, size - right[number] + aside
                middle, place = column + aside, (number, column, size - 1 - column)
                # a choice of one tuple of arrays would count references for each bit
                if _is_flat(strips, number, column, near, columns):
                    used = _choose(strips, number, middle, flat[7][4], begin, end, depth, chosen)
                    _first(flat, flats, place, chosen, used, work)
                    frequency = frequencies[_last(flat, work, active)]
                else:
                    used = _choose(strips, number, middle, edge[7][4], begin, end, depth, chosen)
                    _first(edge, edges, place, chosen, used, work)
                    frequency = frequencies[_last(edge, work, active)]
                if decodes:
                    black, at, within, reads = _take(frequency, words, at, within, reads)
                    bits[number, row, column] = black
                    if at >= within:
                        return False
                else:
                    ones[number, row, column] = frequency
                if bits[number, row, column]:
                    strips[number, column + aside] |= 1
                    if column < first[number] or size - 1 - column < right[number]:
                        first[number] = min(first[number], column)
                        right[number] = min(right[number], size - 1 - column)
                        known = row, size - 1 - row, sides[number], first[number], right[number]
                        _add_up(edge, known, edges, number)
                        _add_up(flat, known, flats, number)
        for number in range(len(sizes)):
            for column in range(strips.shape[1]):
                strips[number, column] = strips[number, column] << 1 & (1 << depth) - 1
    offset[0], scope[0], read[0] = at, within, reads
    return True


def _is_flat(strips: Numbers, number: int, column: int, near: Numbers, columns: Words) -> bool:
    """Tell whether the nearest bits are equal."""
    white, black = True, True
    for beside in columns:
        found = strips[number, column + beside] & near[beside]
        white &= found == 0
        black &= found == near[beside]
    return white or black


def _choose(
    strips: Numbers,
    number: int,
    middle: int,
    reach: int,
    begin: int,
    end: int,
    depth: int,
    chosen: Words,
) -> int:
    """Fill in which rows of the chunks of a network a block takes; return how many.

    Args:
        strips: The rows of the block (N, columns).
        number: Of the original.
        middle: The column of the bit.
        reach: How many columns to either side the network sees.
        begin: The first column that holds anything black.
        end: One past the last.
        depth: How many rows the block has.
        chosen: What is filled in.
    """
    count, parts = 0, -(-depth // CHUNK)
    for place in range(max(begin, middle - reach), min(end, middle + reach + 1)):
        word = strips[number, place]
        if word == 0:
            continue
        for part in range(parts):
            pattern = word >> CHUNK * part & (1 << CHUNK) - 1
            chosen[count] = ((place - middle + reach) * parts + part) << CHUNK | pattern
            count += pattern != 0
    chosen[count : count + 3] = 0  # whose row is 0
    return count


def _add_up(network: Network, known: tuple[int, ...], added: Numbers, number: int) -> None:
    """Fill in what is added to the first sums wherever a bit of a row is, a row of (N, H)."""
    places, sides = network[1], network[2]
    row, beyond, side, first, right = known
    for unit in range(added.shape[1]):
        of_place = places[0, row, unit] + places[1, beyond, unit] + sides[side, unit]
        added[number, unit] = of_place + places[5, first, unit] + places[6, right, unit]


def _first(
    network: Network,
    added: Numbers,
    place: tuple[int, int, int],
    chosen: Words,
    used: int,
    work: tuple[Numbers, Floats, Floats],
) -> None:
    """Fill in the outputs of the first layer, in integers and in floats."""
    chunks, places, _, second, tails, _, clips, _ = network
    width = second.shape[1]
    number, left, right = place
    sums, hidden, _ = work
    for unit in range(width):
        sums[unit] = added[number, unit] + places[2, left, unit] + places[3, right, unit]
    for k in range(0, used, 4):
        a, b, c, d = chosen[k], chosen[k + 1], chosen[k + 2], chosen[k + 3]
        for unit in range(width):
            sums[unit] += chunks[a, unit] + chunks[b, unit] + chunks[c, unit] + chunks[d, unit]
    low, high = clips[0, 0], clips[0, 1]
    for unit in range(width):
        value = min(max(np.floor(np.float32(sums[unit]) * tails[0, unit]), low), high)
        sums[unit], hidden[unit] = np.int32(value), value


def _last(network: Network, work: tuple[Numbers, Floats, Floats], active: Words) -> int:
    """What a network gives, less its least output, from the outputs of its first layer."""
    _, _, _, second, tails, weights, clips, end = network
    width = second.shape[1]
    outputs, hidden, sums = work
    count = 0
    for unit in range(width):
        active[count] = unit
        count += outputs[unit] != 0
    active[count : count + 7] = width  # whose row is 0
    for unit in range(width):
        sums[unit] = tails[2, unit]
    for k in range(0, count, 8):
        a, b, c, d = active[k], active[k + 1], active[k + 2], active[k + 3]
        e, f, g, h = active[k + 4], active[k + 5], active[k + 6], active[k + 7]
        one, two, three, four = hidden[a], hidden[b], hidden[c], hidden[d]
        five, six, seven, eight = hidden[e], hidden[f], hidden[g], hidden[h]
        for unit in range(width):
            some = one * second[a, unit] + two * second[b, unit]
            some += three * second[c, unit] + four * second[d, unit]
            others = five * second[e, unit] + six * second[f, unit]
            others += seven * second[g, unit] + eight * second[h, unit]
            sums[unit] += some + others
    low, high = clips[1, 0], clips[1, 1]
    total = end[0]
    for unit in range(width):
        value = np.int32(min(max(np.floor(sums[unit] * tails[1, unit]), low), high))
        # what is not cut to 32 bits at once, numba computes in 64
        total = np.int32(total + np.int32(np.int32(outputs[unit] + value) * weights[unit]))
    return int(min(max(total >> end[1], end[2]), end[3]) - end[2])


def _take(
    frequency: int, words: Words, offset: int, scope: int, reads: int
) -> tuple[bool, int, int, int]:
    """Decode a bit, and say where its lane then stands; where it is out of range, outside."""
    unit = scope >> FREQUENCY_BITS
    zeros = (TOTAL - frequency) * unit
    black = offset >= zeros
    if black:
        offset -= zeros
    scope = frequency * unit if black else zeros
    if scope < LOWEST:
        offset = offset << STEP_BITS | words[min(reads, len(words) - 1)]
        scope <<= STEP_BITS
        reads += 1
    return black, offset, scope, reads


_NETWORK = (
    "Tuple((int16[:, ::1], int32[:, :, ::1], int32[:, ::1], float32[:, ::1], float32[:, ::1], "
    "int32[::1], float32[:, ::1], int32[::1]))"
)
WALK = Loop(
    _walk,
    f"(int32[::1], int64, {_NETWORK}, {_NETWORK}, int64[::1], int64[::1], int64[::1], "
    "uint8[:, :, ::1], int32[:, :, ::1], int64[:, ::1], int64[::1], int64[::1], int64[::1])",
    uses=(_take, _last, _first, _add_up, _choose, _is_flat, _walk_lane),
    inlined=(_last, _first),
    fused=True,
)
