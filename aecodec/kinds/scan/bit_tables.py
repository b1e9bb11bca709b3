"""What the compiled loop of bits takes of the networks: tables that it adds rows of."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aecodec.integer import FLOAT32_LIMIT, DenseLayer
from aecodec.kinds.scan.window import BitWindow

CHUNK = 5  # bits of a column
LINE = 64  # bytes of a line of the processor's caches

Numbers = NDArray[np.int32]
Floats = NDArray[np.float32]
Network = tuple[NDArray[np.int16], Numbers, Numbers, Floats, Floats, Numbers, Floats, Numbers]
"""A network of bits.

It holds the sums of rows of the first layer for all patterns of all chunks, (chunks * 32, H); the
rows of place numbers (PLACES, V, H); those of the side in each order, the bias added (O * V, H);
the weights of the second layer, and a row of 0 (H + 1, H); 2^-shift of the first and of the second
layer and the second biases (3, H); the last weights (H,); the clips of the first two layers
(2, 2); the last bias and shift, its clip, and how many columns to either side it sees.
"""


def network(
    layers: tuple[DenseLayer, DenseLayer, DenseLayer],
    places: NDArray[np.int64],
    sides: NDArray[np.int64],
    above: int,
    reach: int,
) -> Network | None:
    """What the loop takes of a network; None where sums of it could leave the loop's integers.

    Args:
        layers: The first takes the columns of the block within `reach`.
        places: The rows of place numbers (PLACES, V, H).
        sides: Those of the side in each order (O * V, H).
        above: How many rows of the block are above that of the bit.
        reach: How many columns to either side it sees.
    """
    first, second, last = layers
    chunks = _chunks(first.weights.astype(np.int64), above + 1)
    most = first.high, first.high + second.high
    bounds = second.bounds((0, most[0])).max(), last.bounds((0, most[1])).max()
    if np.abs(chunks).max() >= 1 << 15 or max(bounds) >= FLOAT32_LIMIT:
        return None
    end = last.rounded_bias()[0], min(last.shift[0], 31)  # of sums that have fewer bits
    float32 = np.dtype(np.float32)
    tails = [first.scale(float32), second.scale(float32), second.rounded_bias()]
    return (
        _aligned(chunks, np.int16),
        _aligned(places, np.int32),
        _aligned(sides + first.rounded_bias(), np.int32),
        _aligned(np.pad(second.weights, ((0, 1), (0, 0))), np.float32),
        _aligned(tails, np.float32),
        _aligned(last.weights[:, 0], np.int32),
        _aligned([first.output_range, second.output_range], np.float32),
        _aligned([*end, *last.output_range, reach], np.int32),
    )


def _chunks(weights: NDArray[np.int64], depth: int) -> NDArray[np.int64]:
    """The sums of rows of weights (D, H) for all patterns of all chunks, (chunks * 32, H).

    Columns of `depth` rows lie one after the other.
    """
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


def _aligned(numbers: ArrayLike, dtype: type[np.generic]) -> NDArray[Any]:
    """An array that begins where a line does: no part that is loaded at once lies in two."""
    table = np.asarray(numbers, dtype)
    raw = np.empty(table.nbytes + LINE, np.uint8)
    begin = -raw.ctypes.data % LINE
    aligned = raw[begin : begin + table.nbytes].view(dtype).reshape(table.shape)
    aligned[...] = table
    return aligned
