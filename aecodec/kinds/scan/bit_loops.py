"""The compiled loop of the bits of originals: how often they are black, and bits decoded by it.

It does as `bits` and `networks` do, one bit after the other. It is quick because most numbers are
0: the block around a bit is cut in chunks of four bits of a column, and to the first sums only
the rows of chunks that hold a black one are added; to the second only those of outputs above 0.
Rows are added four at a time. What is added wherever a bit is, is added up once a row, and where
the extent grows. All sums are of integers below 2^24, so shifts are exact in float32.
"""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import FLOAT32_LIMIT, DenseLayer, Loop, entropy, range_coder
from aecodec.kinds.scan.window import BitWindow

CHUNK = 4  # bits
TOTAL, FREQUENCY_BITS = entropy.TOTAL, entropy.FREQUENCY_BITS
LOWEST, STEP_BITS = range_coder.LOWEST, range_coder.STEP_BITS

Words = NDArray[np.int64]
Numbers = NDArray[np.int32]
Network = tuple[
    NDArray[np.int16],
    Numbers,
    Numbers,
    NDArray[np.int16],
    Numbers,
    NDArray[np.float32],
    NDArray[np.float32],
    Numbers,
]
"""A network of bits.

It holds the sums of rows of the first layer for all patterns of all chunks, (chunks * 16, H); the
rows of place numbers (PLACES, V, H); those of the side in each order, the bias added (O * V, H);
the weights of the second layer, and a row of 0 (H + 1, H); the second biases and the last weights
(2, H); 2^-shift of the first and of the second layer (2, H), and their clips (2, 2); the last bias
and shift, and its clip.
"""


def network(
    layers: tuple[DenseLayer, DenseLayer, DenseLayer],
    places: NDArray[np.int64],
    sides: NDArray[np.int64],
    window: BitWindow,
) -> Network | None:
    """What the loop takes of a network; None where sums of it could leave the loop's integers.

    Args:
        layers: The first takes the whole block.
        places: The rows of place numbers (PLACES, V, H).
        sides: Those of the side in each order (O * V, H).
        window: What it sees.
    """
    first, second, last = layers
    chunks = _chunks(first.weights.astype(np.int64), window)
    reach = first.high, first.high + second.high
    bounds = second.bounds((0, reach[0])).max(), last.bounds((0, reach[1])).max()
    if np.abs(chunks).max() >= 1 << 15 or max(bounds) >= FLOAT32_LIMIT:
        return None
    end = last.rounded_bias()[0], min(last.shift[0], 31)  # of sums that have fewer bits
    float32 = np.dtype(np.float32)
    return (
        chunks.astype(np.int16),
        places.astype(np.int32),
        (sides + first.rounded_bias()).astype(np.int32),
        np.pad(second.weights.astype(np.int16), ((0, 1), (0, 0))),
        np.array([second.rounded_bias(), last.weights[:, 0]], np.int32),
        np.array([first.scale(float32), second.scale(float32)]),
        np.array([first.output_range, second.output_range], np.float32),
        np.array([*end, *last.output_range], np.int32),
    )


def _chunks(weights: NDArray[np.int64], window: BitWindow) -> NDArray[np.int64]:
    """The sums of rows of weights (D, H) for all patterns of all chunks, (chunks * 16, H)."""
    depth = window.above + 1
    columns = weights.reshape(-1, depth, weights.shape[1])[:, ::-1]  # from the bit's row upwards
    parts = np.pad(columns, ((0, 0), (0, -depth % CHUNK), (0, 0))).reshape(
        -1, CHUNK, 1, weights.shape[1]
    )
    digits = np.arange(1 << CHUNK) >> np.arange(CHUNK)[:, None] & 1
    return np.asarray((parts * digits[:, :, None]).sum(1).reshape(-1, weights.shape[1]))


def nearest(window: BitWindow) -> Numbers:
    """Which bits of each column of the block are the nearest, as `_walk` takes them."""
    near = np.zeros(2 * window.aside + 1, np.int32)
    for row, column in window.offsets[: window.near].tolist():
        near[column + window.aside] |= 1 << -row
    return near


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
    around, aside, decodes = len(near), len(near) // 2, len(ones) == 0
    strips = np.zeros((len(sizes), sizes[0] + 2 * aside), np.int32)  # the rows of the block
    sides = sizes + edge[1].shape[1] * orders  # their rows in the tables of sides
    first, right = sizes.copy(), sizes.copy()
    width = max(edge[3].shape[1], flat[3].shape[1])
    chosen = np.zeros(around * -(-depth // CHUNK) + 3, np.int64)
    hidden, sums = np.zeros(width + 1, np.int32), np.zeros(width, np.int32)
    active = np.zeros(width + 3, np.int64)
    edges = np.zeros((len(sizes), edge[3].shape[1]), np.int32)
    flats = np.zeros((len(sizes), flat[3].shape[1]), np.int32)
    for row in range(sizes[0]):
        for number in range(len(sizes)):
            beyond = sizes[number] - 1 - row
            if beyond < 0:
                break
            known = row, beyond, sides[number], first[number], right[number]
            _add_up(edge, known, edges[number])
            _add_up(flat, known, flats[number])
        for column in range(sizes[0]):
            for number in range(len(sizes)):
                size = sizes[number]
                if size <= max(row, column):
                    break
                strip = strips[number, column : column + around]
                used, is_flat = _choose(strip, near, depth, chosen)
                place = column, size - 1 - column
                if is_flat:  # a choice of one tuple of arrays would count references for each bit
                    _first(flat, flats[number], chosen, used, place, hidden)
                    frequency = frequencies[_last(flat, hidden, active, sums)]
                else:
                    _first(edge, edges[number], chosen, used, place, hidden)
                    frequency = frequencies[_last(edge, hidden, active, sums)]
                if decodes:
                    bits[number, row, column] = _take(frequency, words, offset, scope, read)
                    if offset[0] >= scope[0]:
                        return False
                else:
                    ones[number, row, column] = frequency
                if bits[number, row, column]:
                    strip[aside] |= 1
                    if column < first[number] or size - 1 - column < right[number]:
                        first[number] = min(first[number], column)
                        right[number] = min(right[number], size - 1 - column)
                        known = row, size - 1 - row, sides[number], first[number], right[number]
                        _add_up(edge, known, edges[number])
                        _add_up(flat, known, flats[number])
        for number in range(len(sizes)):
            for column in range(strips.shape[1]):
                strips[number, column] = strips[number, column] << 1 & (1 << depth) - 1
    return True


def _choose(strip: Numbers, near: Numbers, depth: int, chosen: Words) -> tuple[int, bool]:
    """Fill in which rows of the chunks of a network a block takes; how many, and if it is flat."""
    count, white, black = 0, True, True
    parts = -(-depth // CHUNK)
    for beside in range(len(near)):
        word, nearest = strip[beside], near[beside]
        white &= word & nearest == 0
        black &= word & nearest == nearest
        if word == 0:
            continue
        for part in range(parts):
            pattern = word >> CHUNK * part & 15
            chosen[count] = (beside * parts + part) << CHUNK | pattern
            count += pattern != 0
    chosen[count : count + 3] = 0  # whose row is 0
    return count, white or black


def _add_up(network: Network, known: tuple[int, ...], added: Numbers) -> None:
    """Fill in what is added to the first sums wherever a bit of a row is (H,)."""
    places, sides = network[1], network[2]
    one, two, three = places[0, known[0]], places[1, known[1]], sides[known[2]]
    four, five = places[5, known[3]], places[6, known[4]]
    for unit in range(len(added)):
        added[unit] = one[unit] + two[unit] + three[unit] + four[unit] + five[unit]


def _first(
    network: Network,
    added: Numbers,
    chosen: Words,
    used: int,
    place: tuple[int, int],
    hidden: Numbers,
) -> None:
    """Fill in the outputs of the first layer (H,)."""
    chunks, places, _, second, _, scales, clips, _ = network
    width = second.shape[1]
    one, two = places[2, place[0]], places[3, place[1]]
    for unit in range(width):
        hidden[unit] = added[unit] + one[unit] + two[unit]
    for k in range(0, used, 4):
        a, b = chunks[chosen[k]], chunks[chosen[k + 1]]
        c, d = chunks[chosen[k + 2]], chunks[chosen[k + 3]]
        for unit in range(width):
            hidden[unit] = hidden[unit] + a[unit] + b[unit] + c[unit] + d[unit]
    low, high = clips[0]
    for unit in range(width):
        value = np.floor(np.float32(hidden[unit]) * scales[0, unit])
        hidden[unit] = np.int32(min(max(value, low), high))


def _last(network: Network, hidden: Numbers, active: Words, sums: Numbers) -> int:
    """What a network gives, less its least output, from the outputs of its first layer."""
    _, _, _, second, units, scales, clips, end = network
    width = second.shape[1]
    count = 0
    for unit in range(width):
        active[count] = unit
        count += hidden[unit] != 0
        sums[unit] = units[0, unit]
    active[count : count + 3] = width  # whose row is 0
    for k in range(0, count, 4):
        a, b, c, d = active[k], active[k + 1], active[k + 2], active[k + 3]
        one, two, three, four = hidden[a], hidden[b], hidden[c], hidden[d]
        of_a, of_b, of_c, of_d = second[a], second[b], second[c], second[d]
        for unit in range(width):
            sums[unit] += (
                one * of_a[unit] + two * of_b[unit] + three * of_c[unit] + four * of_d[unit]
            )
    low, high = clips[1]
    total = end[0]
    for unit in range(width):
        value = np.floor(np.float32(sums[unit]) * scales[1, unit])
        clipped = np.int32(min(max(value, low), high))
        # what is not cut to 32 bits at once, numba computes in 64
        total = np.int32(total + np.int32(np.int32(hidden[unit] + clipped) * units[1, unit]))
    return int(min(max(total >> end[1], end[2]), end[3]) - end[2])


def _take(frequency: int, words: Words, offset: Words, scope: Words, read: Words) -> bool:
    """Decode a bit; where it is out of range, the offset is too."""
    unit = scope[0] >> FREQUENCY_BITS
    zeros = (TOTAL - frequency) * unit
    black = bool(offset[0] >= zeros)
    if black:
        offset[0] -= zeros
        scope[0] = frequency * unit
    else:
        scope[0] = zeros
    if scope[0] < LOWEST:
        offset[0] = offset[0] << STEP_BITS | words[min(read[0], len(words) - 1)]
        scope[0] <<= STEP_BITS
        read[0] += 1
    return black


_NETWORK = (
    "Tuple((int16[:, ::1], int32[:, :, ::1], int32[:, ::1], int16[:, ::1], int32[:, ::1], "
    "float32[:, ::1], float32[:, ::1], int32[::1]))"
)
WALK = Loop(
    _walk,
    f"(int32[::1], int64, {_NETWORK}, {_NETWORK}, int64[::1], int64[::1], int64[::1], "
    "uint8[:, :, ::1], int32[:, :, ::1], int64[:, ::1], int64[::1], int64[::1], int64[::1])",
    uses=(_take, _last, _first, _add_up, _choose, _walk_lane),
)
