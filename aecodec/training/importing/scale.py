"""Finds which numbers stood for black and white when a network was trained.

Grey levels are scaled before training in many ways: to 0..1, to -1..1, to zero mean and unit
deviation, inverted. A file says nothing of it. All of these are affine maps with one scale and one
offset for all pixels, so two numbers at each end of the network tell everything: what it takes for
black and white, and what it gives for them.

The usual maps are tried, then a search over all of them: a grid, and a compass search from its best
points (Hooke and Jeeves 1961), with the output's map by least squares. Of what explains the
validation images about equally well, the simplest is taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, Images
from aecodec.training.importing.activations import Floats
from aecodec.training.importing.network import AutoEncoder, run

Ends = tuple[float, float]  # the numbers for black and for white

USUAL: tuple[Ends, ...] = (
    (0.0, 1.0),
    (-1.0, 1.0),
    (0.0, 255.0),
    (-0.5, 0.5),
    (1.0, 0.0),
    (1.0, -1.0),
    (255.0, 0.0),
    (0.5, -0.5),
)
MNIST = (0.1307, 0.3081)  # the mean and deviation that many scripts state for its pixels
SPANS = (0.5, 1.0, 2.0, 3.25, 5.0, 8.0, 16.0, 64.0, 255.0)  # of the grid, with either sign
ZEROS = (-0.25, 0.0, 0.13, 0.25, 0.5, 0.75, 1.0)  # greys in [0, 1] that the grid maps to 0
FEW_IMAGES, SOME_IMAGES = 50, 250  # for the search, and to choose from what it found
STARTS = 2  # points of the grid from which to search
FINEST = 1 / 128  # step of the search, as a share of the span
SIMPLER = 0.05  # how much more error than the best a simpler map may have
UNEXPLAINED = 0.95  # the share of the mean image's error from which on nothing is explained


@dataclass(frozen=True)
class Scales:
    """What a network's numbers stand for.

    Attributes:
        inputs: What its encoder takes for black and for white.
        outputs: What its decoder gives for black and for white.
        explained: Whether it then reconstructs images clearly better than the mean image does.
    """

    inputs: Ends
    outputs: Ends
    explained: bool = True


_Rated = tuple[float, Scales]  # the mean squared error with these scales


def scaled(images: Images, ends: Ends) -> Floats:
    """Map uint8 (N, 28, 28) to what a network takes, float64 (N, 784)."""
    low, high = ends
    return np.asarray(images.reshape(-1, PIXELS) * ((high - low) / 255) + low, np.float64)


def unscaled(values: Floats, ends: Ends) -> Floats:
    """Map what a network gives to greys in [0, 1], clipped, of the same shape."""
    low, high = ends
    return np.asarray(np.clip((values - low) / (high - low), 0, 1))


def error(found: Floats, images: Images) -> float:
    """Mean squared error of (N, 784) in [0, 1] against uint8 (N, 28, 28)."""
    return float(np.mean((found - images.reshape(-1, PIXELS) / 255) ** 2))


def spread(images: Images, most: int) -> Images:
    """At most so many images, evenly spaced."""
    return images[:: -(-len(images) // most)]


def find_scales(
    network: AutoEncoder, train: Images, validation: Images, given: Ends | None = None
) -> Scales:
    """Find the scales of a network's input and output.

    Args:
        network: The float network.
        train: uint8 (N, 28, 28), images that the maps are fitted to.
        validation: uint8 (M, 28, 28), images that decide between them.
        given: What black and white are to its input, if that is known.

    Returns:
        The simplest maps of those that explain the validation images about equally well.

    Raises:
        InvalidModelError: The network gives no finite numbers; the message names a layer.
    """
    some, held = spread(train, SOME_IMAGES), spread(validation, SOME_IMAGES)
    usual = [*USUAL, *_standardised(train)]
    inputs = [given] if given else usual
    tried = _simple(network, inputs, usual, some)
    if given is None:
        tried.append(_search_all(network, inputs, train))
    errors = [error(_reconstruct(network, found, held), held) for found in tried]
    best = min(errors)
    chosen = next(
        found for found, e in zip(tried, errors, strict=True) if e <= (1 + SIMPLER) * best
    )
    mean = np.broadcast_to(train.reshape(-1, PIXELS).mean(0) / 255, (len(held), PIXELS))
    return replace(chosen, explained=best < UNEXPLAINED * error(mean, held))


def _standardised(images: Images) -> list[Ends]:
    """Black and white less the mean and over the deviation, of these images and as stated."""
    some = spread(images, 10 * SOME_IMAGES)
    measured = float(some.mean() / 255), max(float(some.std() / 255), 1e-3)
    return [((0 - m) / s, (1 - m) / s) for m, s in (measured, MNIST)]


def _reconstruct(network: AutoEncoder, scales: Scales, images: Images) -> Floats:
    values = run((*network.encoder, *network.decoder), scaled(images, scales.inputs))
    return unscaled(values, scales.outputs)


def _simple(
    network: AutoEncoder, inputs: Sequence[Ends], usual: Sequence[Ends], images: Images
) -> list[Scales]:
    """The best with one usual map for both ends, with any two, and with a fitted one at the output.

    Maps that make the network overflow are passed over, unless all do.
    """
    found: tuple[list[_Rated], ...] = ([], [], [])
    for ends in inputs:
        try:
            values = run((*network.encoder, *network.decoder), scaled(images, ends))
        except InvalidModelError:
            if ends == inputs[-1] and not found[0]:
                raise
            continue
        places = ([ends], usual, _fitted_outputs(values, images))
        for kind, outputs in zip(found, places, strict=True):
            kind += [(error(unscaled(values, o), images), Scales(ends, o)) for o in outputs]
    return [min(kind, key=_rating)[1] for kind in found if kind]


def _fitted_outputs(values: Floats, images: Images) -> list[Ends]:
    """The map from values (N, 784) to the greys of images by least squares, if there is one."""
    greys = images.reshape(-1, PIXELS) / 255
    centred = values - values.mean()
    power = float(np.mean(centred**2))
    gain = float(np.mean(centred * greys)) / power if power > 1e-12 else 0.0
    if abs(gain) < 1e-9:
        return []
    black = float(values.mean() - greys.mean() / gain)
    return [(black, black + 1 / gain)]


def _search_all(network: AutoEncoder, inputs: Sequence[Ends], train: Images) -> Scales:
    """The best map of the input at all that a search finds, with the output's fitted to it."""
    few, some = spread(train, FEW_IMAGES), spread(train, SOME_IMAGES)
    starts = sorted((_rate(network, ends, few) for ends in [*inputs, *_grid()]), key=_rating)
    found = [_compass(network, start.inputs, few, 0.25) for _, start in starts[:STARTS]]
    best = min(found, key=_rating)[1]
    return _compass(network, best.inputs, some, 4 * FINEST)[1]


def _grid() -> Iterator[Ends]:
    for size, zero, sign in product(SPANS, ZEROS, (1, -1)):
        span = sign * size
        yield -zero * span, (1 - zero) * span


def _rate(network: AutoEncoder, inputs: Ends, images: Images) -> _Rated:
    """The error with this map of the input and the output's fitted to it."""
    try:
        values = run((*network.encoder, *network.decoder), scaled(images, inputs))
    except InvalidModelError:  # it overflows
        return np.inf, Scales(inputs, inputs)
    for outputs in _fitted_outputs(values, images):
        return error(unscaled(values, outputs), images), Scales(inputs, outputs)
    return np.inf, Scales(inputs, inputs)


def _compass(network: AutoEncoder, start: Ends, images: Images, step: float) -> _Rated:
    """Move and stretch the map of the input while that helps, in ever smaller steps."""
    best = _rate(network, start, images)
    while step > FINEST:
        low, high = best[1].inputs
        move, stretch = step * (high - low), step / 2 * (high - low)
        nearby = (
            (low + move, high + move),
            (low - move, high - move),
            (low - stretch, high + stretch),
            (low + stretch, high - stretch),
        )
        better = min((_rate(network, ends, images) for ends in nearby), key=_rating)
        if better[0] < best[0]:
            best = better
        else:
            step /= 2
    return best


def _rating(rated: _Rated) -> float:
    return rated[0]
