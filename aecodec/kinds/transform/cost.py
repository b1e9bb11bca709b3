"""What latents cost, and how that is expected to change with them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import Arrays, entropy, take_array
from aecodec.kinds.image_networks import GreyDecoder
from aecodec.kinds.transform.prior import Prior
from aecodec.kinds.transform.slopes import Curvature, Gradient
from aecodec.kinds.transform.steps import Outlook, padded

COST_BITS = 28
RATE_SHIFT = COST_BITS - entropy.RATE_BITS
FILL = 16  # rows are filled up to a multiple of this
SLOPE_BITS = 4
LEAST_SLOPE = 4  # where a grey's slope is so many times below the largest, it bends nothing
BEND_BITS = 8
SLOPE_REACH = 1 << SLOPE_BITS - 1  # how far apart, in the table of greys, a slope is measured

Int64s = NDArray[np.int64]
Pixels = NDArray[np.uint8]
Latents = NDArray[np.float32]  # integers, as networks take them


@dataclass(frozen=True)
class States:
    """Latents of N images, and what the networks gave for them. All arrays have N rows.

    Attributes:
        costs: Int64 (N,).
        drawn: What `Network.trace` gives of the decoder; the latents come first.
        thought: The same of the prior.
    """

    costs: Int64s
    drawn: list[NDArray[Any]]
    thought: list[NDArray[Any]]

    @property
    def latents(self) -> Latents:
        """Float32 (N, d)."""
        return self.drawn[0]

    def __len__(self) -> int:
        return len(self.costs)

    def __getitem__(self, rows: Int64s) -> "States":
        drawn, thought = ([x[rows] for x in part] for part in (self.drawn, self.thought))
        return States(self.costs[rows], drawn, thought)

    def put(self, rows: Int64s, others: "States", places: Int64s) -> None:
        """Replace some rows by those at some places of others."""
        for mine, theirs in zip(self._arrays(), others._arrays(), strict=True):
            mine[rows] = theirs[places]

    def _arrays(self) -> list[NDArray[Any]]:
        return [self.costs, *self.drawn, *self.thought]


class Cost:
    """Bits + lambda * squared error, in bits times 2^COST_BITS: exact integers.

    Args:
        arrays: `encoder.lambda` uint32 (1,), what one squared grey level of error weighs against
            bits, in bits times 2^COST_BITS; `encoder.curvature` uint32 (d,), the mean squared
            change of the image, in grey levels, for a step of one in each latent; and, if known,
            `encoder.bends` int16 (d, d), how the rates bend with every two latents, halved, on
            average, in bits times 2^BEND_BITS.
        prior: The prior of the latents.
        decoder: Draws them.

    Attributes:
        mean_bend: What a step of one in each latent adds to second order, on average, int64 (d,).

    Raises:
        InvalidModelError: The arrays are unsound or do not fit the prior.
    """

    def __init__(self, arrays: Arrays, prior: Prior, decoder: GreyDecoder) -> None:
        weight = take_array(arrays, "encoder.lambda", ("uint32",), 1)
        curvature = take_array(arrays, "encoder.curvature", ("uint32",), 1)
        if len(weight) != 1:
            raise InvalidModelError("lambda is no number")
        if curvature.shape != (prior.latents,):
            raise InvalidModelError("there is not one curvature for each latent")
        self._weight = int(weight[0])
        self._rate_bends = _rate_bends(arrays, prior.latents)
        self.mean_bend = self._weight * curvature.astype(np.int64) + np.diag(self._rate_bends)
        self._prior = prior
        self._decoder = decoder.network
        self._greys = decoder.greys.astype(np.int16)
        self._slopes = _slopes(decoder.greys)

    @cached_property
    def _image_gradient(self) -> Gradient:
        return Gradient(self._decoder)

    @cached_property
    def _rate_gradient(self) -> Gradient:
        return Gradient(self._prior.network)

    @cached_property
    def _curvature(self) -> Curvature:
        steep = np.abs(self._slopes) * LEAST_SLOPE >= np.abs(self._slopes).max()
        return Curvature(self._decoder, np.where(steep, self._slopes, np.float32(0)))

    def states(self, pixels: Pixels, latents: Latents) -> States:
        """Draw latents (N, d) for pixels (N, 784) and tell what they cost."""
        rows = _filled(len(pixels))
        drawn = self._decoder.trace(latents[rows])
        thought = self._prior.network.trace(drawn[0])
        rates = self._prior.about_rates(thought[-1], self._prior.symbols(drawn[0]))
        error = self._error(pixels[rows], drawn[-1])
        squares = np.einsum("ij,ij->i", error, error, dtype=np.int32).astype(np.int64)
        costs = (rates << RATE_SHIFT) + self._weight * squares
        count = len(pixels)
        return States(costs[:count], [x[:count] for x in drawn], [x[:count] for x in thought])

    def outlook(self, pixels: Pixels, states: States) -> Outlook:
        """What is expected of steps from some states."""
        count, rows = len(states), _filled(len(states))
        now = states[rows]
        rates, slope = self._rate_slope(now)
        slope += self._error_slope(pixels[rows], now)
        return Outlook(padded(rates[:count]), self._prior.symbols(states.latents), slope[:count])

    def bends(self, states: States) -> Int64s:
        """What steps in every two latents add to second order, each image's own, (N, d, d)."""
        grams, exponents = self._curvature(states.drawn[1:])
        return _scaled(grams, self._weight, exponents - 2 * SLOPE_BITS) + self._rate_bends

    def _error(self, pixels: Pixels, levels: NDArray[Any]) -> NDArray[np.int16]:
        error = self._greys.take(levels.astype(np.intp), mode="clip")
        error -= pixels
        return error

    def _error_slope(self, pixels: Pixels, states: States) -> Int64s:
        """About the gradient of the weighed error by latents, int64 (N, d)."""
        levels = states.drawn[-1]
        slopes = self._slopes.take(levels.astype(np.intp), mode="clip")
        slopes *= self._error(pixels, levels)
        back, exponents = self._image_gradient(states.drawn, slopes)
        return _scaled(back, self._weight, exponents + 1 - SLOPE_BITS)

    def _rate_slope(self, states: States) -> tuple[Int64s, Int64s]:
        """All rates (N, d, A), and about the gradient of the rate by latents, (N, d)."""
        frequencies = self._prior.about_all(states.thought[-1])
        at = self._prior.symbols(states.latents)[..., None]
        excess = frequencies.astype(np.float32)
        np.put_along_axis(excess, at, np.take_along_axis(excess, at, 2) - entropy.TOTAL, 2)
        back, exponents = self._rate_gradient(states.thought, excess.reshape(len(excess), -1))
        exponents += COST_BITS - entropy.FREQUENCY_BITS
        rates = entropy.rate_table().take(frequencies).astype(np.int64)
        rates <<= RATE_SHIFT
        return rates, _scaled(back, 1, exponents) // self._prior.octave


def _filled(count: int) -> Int64s:
    """Rows, the last repeated, so that few numbers of rows occur (see `Network`)."""
    return np.minimum(np.arange(-(-count // FILL) * FILL), count - 1)


def _rate_bends(arrays: Arrays, latents: int) -> Int64s:
    if "encoder.bends" not in arrays:
        return np.zeros((latents, latents), np.int64)
    bends = take_array(arrays, "encoder.bends", ("int16",), 2)
    if bends.shape != (latents, latents):
        raise InvalidModelError("encoder.bends is no square of the latents")
    return bends.astype(np.int64) << COST_BITS - BEND_BITS


def _slopes(greys: NDArray[np.uint8]) -> NDArray[np.float32]:
    """2^SLOPE_BITS times the slope of a table of greys, integers below 2^9, float32 (T,)."""
    steps = np.arange(len(greys))
    above = greys.take(steps + SLOPE_REACH, mode="clip").astype(np.float32)
    return above - greys.take(steps - SLOPE_REACH, mode="clip")


def _scaled(values: NDArray[Any], factor: int, exponents: NDArray[np.int32]) -> Int64s:
    """Integers below 2^24, times a factor below 2^29, times powers of two, rounded down."""
    scaled = values.astype(np.float64)
    scaled *= factor
    scaled *= np.ldexp(1.0, exponents)
    return np.floor(scaled, out=scaled).astype(np.int64)
