"""Encode-time search of the transform kind: the latents with the least bits + lambda * error.

From the encoder network's guess, each round predicts what every step of plus or minus one would
change, from the prior's rates and from the decoder's gradient, which is computed in integers by
running its layers backwards; then it tries the most promising steps exactly and keeps the best
if it helps. Costs are exact integers in bits times 2^COST_BITS, so every encoder takes the same
path, whatever the batch.
"""

from functools import cached_property
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, Images
from aecodec.integer import (
    BLOCK_ROWS,
    FLOAT64_LIMIT,
    Arrays,
    DenseLayer,
    Network,
    entropy,
    take_array,
)
from aecodec.kinds.image_networks import GreyDecoder, centred, read_pixel_network
from aecodec.kinds.transform.prior import Prior

COST_BITS = 28
RATE_SHIFT = COST_BITS - entropy.RATE_BITS

JUMPS = 2  # rounds that try several steps at once
TRIES = 4
BLOCK = BLOCK_ROWS // TRIES
FAR = np.int64(2**60)
FILL = 16
SLOPE_REACH = 8  # how far apart, in the table of greys, a slope is measured
SLOPE_GAIN = 6  # bits added to the first gradient, so that rounding on its way back is small
GRADIENT_LIMIT = 2**20

Int64s = NDArray[np.int64]


class LatentSearch:
    """Finds latents for images.

    Args:
        arrays: The network `encoder` (784 to d latents), `encoder.lambda` uint32 (1,), what one
            squared grey level of error weighs against bits, in bits times 2^COST_BITS, and
            `encoder.curvature` uint32 (d,), the mean squared change of the image, in grey levels,
            for a step of one in each latent.
        prior: The prior of the latents.
        decoder: Draws them.

    Raises:
        InvalidModelError: The arrays are unsound or do not fit the decoder.
    """

    def __init__(self, arrays: Arrays, prior: Prior, decoder: GreyDecoder) -> None:
        self._prior = prior
        self._decoder = decoder.network
        self._greys = decoder.greys
        self._encoder = read_pixel_network(arrays, "encoder", prior.latents)
        weight = take_array(arrays, "encoder.lambda", ("uint32",), 1)
        curvature = take_array(arrays, "encoder.curvature", ("uint32",), 1)
        if self._encoder.output_range != prior.range or len(weight) != 1:
            raise InvalidModelError("the encoder's output is no symbol or lambda no number")
        if curvature.shape != (prior.latents,):
            raise InvalidModelError("there is not one curvature for each latent")
        self._weight = int(weight[0])
        self._bend = self._weight * np.tile(curvature.astype(np.int64), 2)
        self._slopes = _slopes(self._greys)
        self._steps = np.concatenate([-np.eye(prior.latents), np.eye(prior.latents)]).astype(int)

    @cached_property
    def _image_gradient(self) -> "_Gradient":
        return _Gradient(self._decoder)

    @cached_property
    def _rate_gradient(self) -> "_Gradient":
        return _Gradient(self._prior.network)

    def __call__(self, images: Images, rounds: int) -> NDArray[np.int16]:
        """Find latents int16 (N, d) for uint8 (N, 28, 28) in some rounds of search."""
        pixels = images.reshape(-1, PIXELS)
        found = np.empty((len(pixels), self._prior.latents), np.int16)
        for start in range(0, len(pixels), BLOCK):
            block = pixels[start : start + BLOCK]
            found[start : start + BLOCK] = self._block(block, rounds)
        return found

    def guess(self, pixels: NDArray[np.uint8]) -> Int64s:
        """The latents (N, d) that the encoder network gives for pixels (N, 784)."""
        return self._encoder(centred(pixels)).astype(np.int64)

    def _block(self, pixels: NDArray[np.uint8], rounds: int) -> Int64s:
        latents = self.guess(pixels)
        best = self._cost(pixels, latents)
        change = np.empty((len(pixels), 2 * self._prior.latents), np.int64)
        tried, finished = np.zeros(change.shape, bool), np.zeros(len(pixels), bool)
        moved = np.arange(len(pixels))
        for number in range(rounds):
            if moved.size:  # where nothing moved, the prediction stays
                rows = _filled(moved, len(pixels))
                change[rows] = self._predict(pixels[rows], latents[rows])
            change[tried] = FAR
            rows = _filled(np.flatnonzero(~finished), len(pixels))
            exhausted = tried[rows].all(1)
            order = np.argsort(change[rows], axis=1, kind="stable")
            jump = number < JUMPS
            moves = self._jumps(change[rows], order) if jump else self._steps[order[:, :TRIES]]
            candidates = np.clip(latents[rows, None] + moves, *self._prior.range)
            flat = candidates.reshape(-1, self._prior.latents)
            costs = self._cost(np.repeat(pixels[rows], TRIES, 0), flat).reshape(-1, TRIES)
            winner, index = costs.argmin(1), np.arange(len(rows))
            won = costs[index, winner] < best[rows]
            tried[rows[:, None], order[:, : 1 if jump else TRIES]] = True
            moved = rows[won]
            latents[moved] = candidates[index, winner][won]
            best[moved] = costs[index, winner][won]
            tried[moved] = False
            if tried.all():
                break
            if not jump:  # it would try the same again, and nothing would come of it
                finished[rows] = exhausted & ~won
        return latents

    def _jumps(self, change: Int64s, order: Int64s) -> Int64s:
        """The most promising 1, 2, 4, 8 steps at once, as far as they promise anything."""
        most = order[:, : 1 << (TRIES - 1)]
        promising = np.take_along_axis(change, most, 1) < 0
        moves = (self._steps[most] * promising[..., None]).cumsum(1)
        return moves[:, [min(1 << i, most.shape[1]) - 1 for i in range(TRIES)]]

    def _cost(self, pixels: NDArray[np.uint8], latents: Int64s) -> Int64s:
        """Bits + lambda * squared error of latents (N, d) for pixels (N, 784), int64 (N,)."""
        levels = self._decoder(latents).astype(np.int32)
        error = self._greys.take(levels, mode="clip").astype(np.int32) - pixels
        squares = np.einsum("ij,ij->i", error, error, dtype=np.int64)
        return np.asarray((self._prior.rates(latents) << RATE_SHIFT) + self._weight * squares)

    def _predict(self, pixels: NDArray[np.uint8], latents: Int64s) -> Int64s:
        """What each step would change the cost by, int64 (N, 2 d): down, then up.

        The rate of the latent itself is exact, that of later ones to first order, the error to
        second order.
        """
        frequencies, slope = self._rate_slope(latents)
        rates = entropy.rate_table().take(frequencies).astype(np.int64) << RATE_SHIFT
        padded = np.full((*latents.shape, self._prior.alphabet + 2), FAR)
        padded[..., 1:-1] = rates
        at = (latents - self._prior.lowest)[..., None]
        down, own, up = (np.take_along_axis(padded, at + i, 2)[..., 0] for i in range(3))
        slope += self._error_slope(latents, pixels)
        return np.concatenate([down - own - slope, up - own + slope], 1) + self._bend

    def _error_slope(self, latents: Int64s, pixels: NDArray[np.uint8]) -> Int64s:
        """About the gradient of the weighed error by latents, int64 (N, d)."""
        values = self._decoder.trace(latents)
        levels = values[-1].astype(np.int32)
        error = self._greys.take(levels, mode="clip").astype(np.int64) - pixels
        slopes = self._slopes.take(levels, mode="clip")  # 2 * SLOPE_REACH times too steep
        back = self._image_gradient(values, (error * slopes) << SLOPE_GAIN)
        return _shift(back * self._weight, self._image_gradient.exponent - 3 - SLOPE_GAIN)

    def _rate_slope(self, latents: Int64s) -> tuple[Int64s, Int64s]:
        """All frequencies (N, d, A), and about the gradient of the rate by latents, (N, d)."""
        values = self._prior.network.trace(latents)
        frequencies = self._prior.frequencies(values[-1])
        excess = frequencies.copy()
        at = (latents - self._prior.lowest)[..., None]
        np.put_along_axis(excess, at, np.take_along_axis(excess, at, 2) - entropy.TOTAL, 2)
        back = self._rate_gradient(values, excess.reshape(len(latents), -1)) << RATE_SHIFT
        exponent = self._rate_gradient.exponent + entropy.RATE_BITS - entropy.FREQUENCY_BITS
        return frequencies, _shift(back, exponent) // self._prior.octave


def _filled(rows: Int64s, most: int) -> Int64s:
    """Repeat the last of some rows, so that few numbers of rows occur (see `Network`)."""
    size = min(-(-len(rows) // FILL) * FILL, most)
    return rows[np.minimum(np.arange(size), len(rows) - 1)]


def _slopes(greys: NDArray[np.uint8]) -> Int64s:
    """2 * SLOPE_REACH times the slope of a table of greys, int64 (T,)."""
    steps = np.arange(len(greys))
    above = greys.take(steps + SLOPE_REACH, mode="clip").astype(np.int64)
    return above - greys.take(steps - SLOPE_REACH, mode="clip")


def _shift(values: Int64s, exponent: int) -> Int64s:
    return values << exponent if exponent > 0 else values >> -exponent


class _Gradient:
    """Runs a gradient back through the layers of a network; results stand for 2^exponent each."""

    def __init__(self, network: Network) -> None:
        self._layers = [_Backward(layer) for layer in network.layers]
        self.exponent = sum(layer.exponent for layer in self._layers)

    def __call__(self, values: list[NDArray[Any]], gradient: NDArray[Any]) -> Int64s:
        """Turn a gradient by the outputs (N, outputs) into one by the inputs (N, inputs).

        `values` are those of `Network.trace`.
        """
        for layer, result in zip(self._layers[::-1], values[:0:-1], strict=True):
            gradient = layer(gradient, result)
        return gradient.astype(np.int64)


class _Backward:
    """A layer run backwards: from the gradient by its outputs to that by its inputs, rounded.

    The results stand for 2^exponent times as much; saturating costs precision, no more.
    """

    def __init__(self, layer: DenseLayer) -> None:
        shift = layer.shift.astype(np.int64)
        weights = np.ascontiguousarray(layer.weights.T)
        squares = (weights.astype(np.int64) ** 2).sum(0)
        down = max(isqrt(int(squares.max())).bit_length() - 1, 0)
        middle = int(np.sort(shift)[len(shift) // 2])
        heaviest = int(np.abs(weights.astype(np.int64)).sum(0).max())
        self._limit = min(2**30, FLOAT64_LIMIT // (4 * max(heaviest, 1)))
        self._gains = np.ldexp(1.0, (middle - shift).astype(np.int32))
        self._open = layer.output_range
        self.exponent = down - middle
        outputs = weights.shape[1]
        dense = DenseLayer(
            weights,
            np.zeros(outputs, np.int32),
            np.full(outputs, down, np.int8),
            -GRADIENT_LIMIT,
            GRADIENT_LIMIT,
        )
        self._network = Network([dense], (-self._limit, self._limit))

    def __call__(self, gradient: NDArray[Any], result: NDArray[Any]) -> NDArray[Any]:
        """Turn gradients (N, outputs), where the layer gave `result`, into those (N, inputs)."""
        low, high = self._open
        scaled = np.floor(gradient * self._gains)  # powers of two: exact
        scaled *= (result > low) & (result < high)
        return self._network(np.clip(scaled, -self._limit, self._limit))
