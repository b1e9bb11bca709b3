"""Any activation as a sum of ramps, which is what the exact integer layers compute.

A unit of an integer layer rises from 0 and is clipped, a ramp. A smooth function is as many units
as it has straight pieces, their slopes folded into the next layer's weights:

    f(z) ~ f(t[0]) + sum over k of slope[k] * clip(z - t[k], 0, t[k + 1] - t[k])

so that a relu takes one ramp, a leaky one two, a tanh about ten. The pieces are found by cutting
at the point of greatest error, again and again (Ramer 1972; Douglas and Peucker 1973).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecodec.errors import InvalidModelError
from aecodec.integer import MAX_WIDTH
from aecodec.training.importing.activations import Floats, Function
from aecodec.training.importing.network import FloatLayer

GRID = 4096  # points at which a function is looked at
COARSE = 1 / 64  # the error, as a share of the function's range, that is too much
MOST_PIECES = 24


@dataclass(frozen=True)
class Ramps:
    """A function as pieces: starts, widths and slopes, float64 (pieces,), and its first value."""

    starts: Floats
    widths: Floats
    slopes: Floats
    first: float
    error: float

    def __call__(self, z: Floats) -> Floats:
        """The sum of the ramps, any shape."""
        rises = np.clip(z[..., None] - self.starts, 0, self.widths)
        return np.asarray(self.first + rises @ self.slopes)


def fit(function: Function, low: float, high: float, fine: float, most: int) -> Ramps:
    """Approximate a function over [low, high] by at most so many pieces.

    fine, and the result's `error`: the largest error, as a share of the function's range.
    """
    high = max(high, low + 1e-6)
    grid = np.unique(np.append(np.linspace(low, high, GRID), np.clip([0.0], low, high)))
    values = function(grid[:, None])[:, 0]
    span = max(float(np.ptp(values)), 1e-9)
    cuts = [0, len(grid) - 1]
    for _ in range(most):
        errors = np.abs(np.interp(grid, grid[cuts], values[cuts]) - values)
        if len(cuts) > most or errors.max() <= fine * span:
            break
        cuts = sorted([*cuts, int(errors.argmax())])
    knots, heights = grid[cuts], values[cuts]
    slopes = np.diff(heights) / np.diff(knots)
    rising = np.abs(slopes) > 1e-9
    return Ramps(
        knots[:-1][rising],
        np.diff(knots)[rising],
        slopes[rising],
        float(heights[0]),
        float(errors.max()) / span,
    )


@dataclass(frozen=True)
class Expanded:
    """Float layers (weights, bias), and where the units of each but the last are clipped."""

    layers: list[tuple[Floats, Floats]]
    ceilings: list[Floats]


def expand(layers: Sequence[FloatLayer], x: Floats, fine: float) -> Expanded:
    """Turn layers into ramps, and a last one without a function.

    x: float64 (N, inputs), which show the range of every layer; fine: as `fit` takes it. Raises
    InvalidModelError, naming the layer, where that would take too many units.
    """
    found = Expanded([], [])
    spread, constant = None, None  # what the units before stand for
    for layer in layers:
        weights, bias = layer.weights, layer.bias
        sums = x @ weights + bias
        x = layer(x)
        if spread is not None and constant is not None:
            bias = bias + constant @ weights
            weights = spread @ weights
        if layer is layers[-1]:
            found.layers.append((weights, bias))
            break
        ramps = _fit_layer(layer, float(sums.min()), float(sums.max()), fine)
        width, pieces = len(bias), len(ramps.slopes)
        found.layers.append(
            (np.tile(weights, pieces), np.tile(bias, pieces) - np.repeat(ramps.starts, width))
        )
        found.ceilings.append(np.repeat(ramps.widths, width))
        spread = np.repeat(ramps.slopes, width)[:, None] * np.tile(np.eye(width), (pieces, 1))
        constant = np.full(width, ramps.first)
    return found


def _fit_layer(layer: FloatLayer, low: float, high: float, fine: float) -> Ramps:
    width = len(layer.bias)
    ramps = fit(layer.apply, low, high, fine, min(MOST_PIECES, MAX_WIDTH // width))
    if ramps.error > COARSE:
        raise InvalidModelError(
            f"layer {layer.name!r}: {width:,} units of {layer.activation} cannot be made exact; "
            "fewer can, and any number of relu"
        )
    if not len(ramps.slopes):
        raise InvalidModelError(f"layer {layer.name!r} gives the same numbers for every image")
    return ramps
