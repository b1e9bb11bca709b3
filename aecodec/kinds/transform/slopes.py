"""Derivatives of integer networks, in integers: gradients backwards, squared changes forwards.

Both guide a search, whose path must be the same on every machine. So their numbers are integers
in floats, cut to as many bits as keep every sum exact, times a power of two of each row's own.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import (
    FLOAT32_LIMIT,
    FLOAT64_LIMIT,
    DenseLayer,
    ExactProducts,
    Network,
)
from aecodec.kinds.transform.bend_loops import BETWEEN

LEAST_BITS = 6  # of numbers in float32; where a layer's weights leave fewer, it runs in float64
GRAM_BITS = 7  # sums of 1,023 products of such numbers stay below 2^24
FILL = 32  # active units are filled up to a multiple of this, so that few shapes occur
GROUP = 8  # images whose bends are found at once: more need not fit a cache

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int32]


class Gradient:
    """Runs a gradient back through the layers of a network."""

    def __init__(self, network: Network) -> None:
        self._layers = [_Backward(layer) for layer in network.layers]

    def __call__(self, values: list[NDArray[Any]], gradient: Floats) -> tuple[Floats, Ints]:
        """Turn a gradient by the outputs (N, outputs) into one by the inputs.

        Args:
            values: Those of `Network.trace`.
            gradient: Integers below 2^24.

        Returns:
            Integers (N, inputs), and exponents (N, 1): each row is times 2^exponent.
        """
        exponents = np.zeros((len(gradient), 1), np.int32)
        for layer, result in zip(self._layers[::-1], values[:0:-1], strict=True):
            gradient, more = layer(gradient, result)
            exponents += more
        return gradient, exponents


class _Backward:
    """A layer run backwards: from the gradient by its outputs to that by its inputs."""

    def __init__(self, layer: DenseLayer) -> None:
        weights = np.ascontiguousarray(layer.weights.T)
        bits = _bits(weights, FLOAT32_LIMIT)
        self._bits = bits if bits >= LEAST_BITS else min(20, _bits(weights, FLOAT64_LIMIT))
        self._gains, self._exponent = _gains(layer)
        self._open = layer.output_range
        outputs = weights.shape[1]
        zeros = np.zeros(outputs, np.int32)
        dense = DenseLayer(weights, zeros, zeros.astype(np.int8), -FLOAT32_LIMIT, FLOAT32_LIMIT)
        self._network = Network([dense], (-(1 << self._bits), 1 << self._bits))

    def __call__(self, gradient: Floats, result: NDArray[Any]) -> tuple[Floats, Ints]:
        """Turn gradients (N, outputs), where the layer gave `result`, into those (N, inputs)."""
        low, high = self._open
        scaled = gradient * self._gains
        scaled *= (result > low) & (result < high)
        scaled, exponents = _rounded(scaled, self._bits)
        return self._network.product(scaled), exponents + self._exponent


class Curvature:
    """How the image bends with its latents: the products of its changes by every two latents.

    Twice these sums over pixels are the Gauss-Newton approximation of the second derivative of
    the squared error (Nocedal and Wright 2006, "Numerical optimization", section 10.3). Few units
    of a layer are between their clips, and only those count.

    Args:
        decoder: From latents to at most 1,023 levels.
        slopes: The slope of the table of greys at each level, integers below 2^9.
    """

    def __init__(self, decoder: Network, slopes: NDArray[np.float32]) -> None:
        self._layers = decoder.layers
        self._weights = [np.ascontiguousarray(x.weights, np.int16) for x in decoder.layers]
        self._gains, exponents = zip(*map(_gains, decoder.layers), strict=True)
        self._exponent = sum(exponents)
        self._bits = [_bits(layer.weights, FLOAT32_LIMIT) for layer in decoder.layers[1:]]
        self._slopes = slopes
        self._product = ExactProducts()

    def __call__(self, results: list[NDArray[Any]]) -> tuple[Floats, Ints]:
        """Find the sums of products for N images.

        Args:
            results: What each layer gave, each of N rows.

        Returns:
            Integers (N, d, d), and exponents (N, 1, 1): each image's are times 2^exponent.
        """
        count, latents = len(results[0]), len(self._layers[0].weights)
        grams = np.empty((count, latents, latents), np.float32)
        exponents = np.empty((count, 1, 1), np.int32)
        slopes = self._slopes.take(results[-1].astype(np.intp), mode="clip")
        are_open = [(x > y.low) & (x < y.high) for x, y in zip(results, self._layers, strict=True)]
        are_open[-1] &= slopes != 0
        slopes *= self._gains[-1]
        # images alike in how much is open, so that little is filled up
        order = np.argsort(sum(x.sum(1) for x in are_open), kind="stable")
        for rows in np.split(order, range(GROUP, count, GROUP)):
            found = self._of_images([x[rows] for x in are_open], slopes[rows])
            grams[rows], exponents[rows] = found
        return grams, exponents

    def _of_images(
        self, are_open: list[NDArray[np.bool_]], slopes: NDArray[np.float32]
    ) -> tuple[Floats, Ints]:
        count, latents = len(slopes), len(self._layers[0].weights)
        before = np.broadcast_to(np.arange(latents), (count, latents))
        changes = np.zeros((0, 0, 0), np.float32)
        exponents = np.full((count, 1, 1), self._exponent, np.int32)
        gains = [*(np.broadcast_to(x, (count, len(x))) for x in self._gains[:-1]), slopes]
        for matrix, is_open, gain, bits in zip(
            self._weights, are_open, gains, [*self._bits, GRAM_BITS], strict=True
        ):
            active, is_active = _active(is_open)
            weights = _between(matrix, before, active)
            changes = self._product(changes, weights) if changes.size else weights
            changes *= (np.take_along_axis(gain, active, 1) * is_active)[:, None]
            changes, shift = _whole_rounded(changes, bits)
            exponents += shift
            before = active
        return self._product(changes, changes.transpose(0, 2, 1).copy()), 2 * exponents


def _between(
    matrix: NDArray[np.int16], before: NDArray[np.intp], after: NDArray[np.intp]
) -> NDArray[np.float32]:
    """The weights from some units (N, K) to some others (N, M) of each image, (N, K, M)."""
    found = np.empty((*before.shape, after.shape[1]), np.float32)
    compiled = BETWEEN.compiled(found.size >> 10)
    if compiled is not None:
        compiled(matrix, before, after, found)
        return found
    for row in range(len(found)):
        found[row] = matrix.take(before[row], 0).take(after[row], 1)
    return found


def _active(is_open: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The open units of N images, filled up with unit 0, int (N, M), and where they are open."""
    numbers = is_open.sum(1)
    size = max(-(-int(numbers.max()) // FILL), 1) * FILL
    is_active = np.arange(size) < numbers[:, None]
    active = np.zeros(is_active.shape, np.intp)
    active[is_active] = np.nonzero(is_open)[1]
    return active, is_active


def _bits(weights: NDArray[Any], limit: int) -> int:
    """Of how many bits numbers may be so that no product with weights (K, N) reaches a limit."""
    heaviest = max(int(np.abs(weights.astype(np.int64)).sum(0).max()), 1)
    return ((limit - 1) // heaviest).bit_length() - 1


def _gains(layer: DenseLayer) -> tuple[NDArray[np.float32], int]:
    """2^-shift of each output, as factors (outputs,) and an exponent that all share."""
    shift = layer.shift.astype(np.int32)
    middle = int(np.sort(shift)[len(shift) // 2])
    return np.ldexp(np.float32(1), middle - shift), -middle


def _rounded(values: Floats, bits: int) -> tuple[Floats, Ints]:
    """Scale rows by powers of two to integers of at most 2^bits, in place; exponents (N, 1)."""
    top = np.maximum(values.max(1, keepdims=True), -values.min(1, keepdims=True))
    exponents = np.frexp(top)[1].astype(np.int32) - bits
    values *= np.ldexp(values.dtype.type(1), -exponents)
    return np.rint(values, out=values), exponents


def _whole_rounded(values: Floats, bits: int) -> tuple[Floats, Ints]:
    """The same for whole matrices (N, M, K); exponents (N, 1, 1)."""
    rows, exponents = _rounded(values.reshape(len(values), -1), bits)
    return rows.reshape(values.shape), exponents[..., None]
