"""The compiled walk of the pixels kind, for few images: it does as `walk`, pixel by pixel.

The networks run on one context at a time, and pass over what is 0. Their sums are of integers
times powers of two and proved to stay below 2^24, so they are exact in float32 in any order.
"""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop, entropy, lane_loops
from aecodec.kinds.pixels import loops
from aecodec.kinds.pixels.context_network import LEVELS
from aecodec.kinds.pixels.loops import Floats, Greys, Kernels, Words

TOTAL = entropy.TOTAL

Network = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats]
"""The first weights (D, H), what is added by position (784, H) and by grey level (256, H), the
second weights and biases, the last ones, all times 2^-shift; the clips of the layers (3, 2).
"""


_symbols, _frequencies = lane_loops.SYMBOLS.function, loops.FREQUENCIES.function
_inputs, _flat_inputs = loops.INPUTS.function, loops.FLAT_INPUTS.function


def _walk(
    cells: Greys,
    places: Words,
    offsets: Words,
    sizes: tuple[int, int],
    pairs: Words,
    flat: Network,
    chances: Words,
    value: Network,
    embedding: Floats,
    kernels: Kernels,
    odds: NDArray[np.int32],
    sound: NDArray[np.bool_],
    words: Words,
    starts: Words,
    scopes: Words,
    reads: Words,
) -> bool:
    """Decode the pixels of images into their cells; tell whether all symbols were in range.

    Args:
        cells: Of a `Canvas` (C, N), filled in.
        places: Where the pixels are among them (784,).
        offsets: Of the window (K,).
        sizes: How many of its pixels are near, and how many tell whether it is flat.
        pairs: Near pixels whose distances are taken (2, P).
        flat: The network of flat contexts.
        chances: By what it gives, less its least output, how often of 2^16 a pixel differs.
        value: The network of all others.
        embedding: Of grey levels (256, E).
        kernels: What its outputs weigh.
        odds: By the distance of a logit below the highest.
        sound: (1,), false where a pixel that should differ from its flat context does not.
        words: The 16-bit words of each lane (L, W).
        starts: Where each lane stands in its scope (L,), changed in place.
        scopes: Of each lane (L,), changed in place.
        reads: How many words each lane has read (L,), changed in place.
    """
    count, size = cells.shape[1], len(offsets)
    near = np.zeros((size, count), np.uint8)
    hidden = np.zeros((2, max(flat[3].shape[0], value[3].shape[0])), np.float32)
    line = np.zeros((1, max(len(flat[0]), len(value[0]))), np.float32)
    inputs = line[0]
    chance = np.zeros(1, np.float32)
    palettes = np.zeros((count, value[3].shape[0]), np.float32)
    seen = np.zeros((count, 2, LEVELS + 2), np.int8)
    two, found = np.zeros((count, 2), np.int32), np.zeros(count, np.int64)
    owners, differing = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    flat_ones = np.zeros(count, np.bool_)
    values = np.zeros((count, value[5].shape[1]), np.float32)
    given = np.zeros((count, LEVELS), np.int32)
    full_near, full_seen = np.zeros_like(near), np.zeros_like(seen)
    finish = np.zeros(values.shape[1], np.float32), value[7][2, 0], value[7][2, 1]  # again
    none = np.zeros(0, np.int64)
    for position in range(len(places)):
        flats = 0
        for image in range(count):
            is_flat = position > 0
            for number in range(size):
                near[number, image] = cells[places[position] + offsets[number], image]
                if number < sizes[1]:
                    is_flat &= near[number, image] == near[0, image]
            flat_ones[image], differing[image] = is_flat, not is_flat
            if is_flat:
                _flat_inputs(near, image, image + 1, sizes[1], line)
                _run(flat, position, flat[2], near[0, image], inputs, hidden, chance)
                one = chances[np.int64(chance[0]) + len(chances) // 2]
                two[flats, 0], two[flats, 1] = TOTAL - one, one
                owners[flats] = image
                flats += 1
        if not _symbols(two[:flats], found[:flats], words, starts, scopes, reads):
            return False
        for number in range(flats):
            differing[owners[number]] = found[number] > 0
        rest = 0
        for image in range(count):
            if differing[image]:
                _inputs(near, image, image + 1, sizes[0], pairs, embedding, line)
                _run(value, position, palettes, image, inputs, hidden, values[rest])
                full_near[:, rest], full_seen[rest] = near[:, image], seen[image]
                owners[rest] = image
                rest += 1
        _frequencies(
            values[:rest], finish, full_near[:, :rest], sizes[0], kernels, full_seen[:rest], odds,
            given[:rest], none, none, none,
        )  # fmt: skip
        if not _symbols(given[:rest], found[:rest], words, starts, scopes, reads):
            return False
        rest = 0
        for image in range(count):
            level = np.int64(near[0, image])
            if differing[image]:
                if flat_ones[image] and found[rest] == level:
                    sound[0] = False
                    return True
                level = found[rest]
                rest += 1
            if position == 0:
                cells[:, image] = level
            cells[places[position], image] = level
            if seen[image, 0, level + 1] == 0:
                seen[image, 0, level + 1] = seen[image, 1, LEVELS - level] = 1
                for unit in range(palettes.shape[1]):
                    palettes[image, unit] += value[2][level, unit]
    return True


def _run(
    network: Network,
    position: int,
    added: Floats,
    row: int,
    inputs: Floats,
    hidden: Floats,
    outputs: Floats,
) -> None:
    """Fill in the outputs of a network, to whose first sums a row of a table is added."""
    first, places, _, second, bias, last, last_bias, clips = network
    width = second.shape[0]
    for unit in range(width):
        hidden[0, unit] = places[position, unit] + added[row, unit]
    for number in range(len(first)):
        factor = inputs[number]
        if factor != 0:
            for unit in range(width):
                hidden[0, unit] += factor * first[number, unit]
    for unit in range(width):
        hidden[0, unit] = min(max(np.floor(hidden[0, unit]), clips[0, 0]), clips[0, 1])
        hidden[1, unit] = bias[unit]
    for number in range(width):
        factor = hidden[0, number]
        if factor != 0:
            for unit in range(width):
                hidden[1, unit] += factor * second[number, unit]
    for unit in range(width):
        hidden[0, unit] += min(max(np.floor(hidden[1, unit]), clips[1, 0]), clips[1, 1])
    for unit in range(len(outputs)):
        outputs[unit] = last_bias[unit]
    for number in range(width):
        factor = hidden[0, number]
        if factor != 0:
            for unit in range(len(outputs)):
                outputs[unit] += factor * last[number, unit]
    for unit in range(len(outputs)):
        outputs[unit] = min(max(np.floor(outputs[unit]), clips[2, 0]), clips[2, 1])


_TABLE, _LINE = "float32[:, ::1]", "float32[::1]"
_TABLES = [_TABLE, _TABLE, _TABLE, _TABLE, _LINE, _TABLE, _LINE, _TABLE]
_NETWORK = f"Tuple(({', '.join(_TABLES)}))"
WALK = Loop(
    _walk,
    f"(uint8[:, ::1], int64[::1], int64[::1], UniTuple(int64, 2), int64[:, ::1], {_NETWORK}, "
    f"int64[::1], {_NETWORK}, float32[:, ::1], "
    "Tuple((float32[:, ::1], float32, float32, float32)), int32[::1], boolean[::1], "
    "int64[:, ::1], int64[::1], int64[::1], int64[::1])",
    uses=(
        *lane_loops.SYMBOLS.functions,
        *loops.FREQUENCIES.functions,
        _run,
        _inputs,
        _flat_inputs,
    ),
    fused=True,
)
