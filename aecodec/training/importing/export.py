"""From a float auto-encoder made elsewhere to the arrays of a `classic` model.

What is found out on the training images: how the network's numbers stand for grey levels, the
range of each latent, the range of every layer. What is proved: the integer networks' bounds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer
from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, Images
from aecodec.kinds import CENTRE, PIXEL_RANGE
from aecodec.kinds.classic import CODE_RANGE, ClassicCoder
from aecodec.training.code_table import PIXEL, search_tables
from aecodec.training.importing.activations import Floats
from aecodec.training.importing.network import AutoEncoder, FloatLayer, run
from aecodec.training.importing.ramps import expand
from aecodec.training.importing.scale import (
    SOME_IMAGES,
    Ends,
    Scales,
    error,
    find_scales,
    scaled,
    spread,
    unscaled,
)
from aecodec.training.quantise import WEIGHT_LIMIT, Affine, quantise

# the highest weight, and the error of activations as a share of their range, tried in turn
PRECISIONS = ((WEIGHT_LIMIT, 1 / 100), (2047, 1 / 1000))
TOLERANCE = 0.01  # how much larger the integer codec's error may be before the next is tried
INEXACT = 0.1  # and how much larger at most
GREY_STEPS = 1024
TAILS = (0.0, 0.05, 0.5)  # percent of the latents that may lie beyond either end of the codes
CALIBRATION_IMAGES = 2000


@dataclass(frozen=True)
class Calibrated:
    """A float auto-encoder, what its numbers stand for, and the meaning of its latents' codes."""

    network: AutoEncoder
    scales: Scales
    latents: Affine

    def encode(self, images: Images) -> Floats:
        """The latents, float64 (N, K), of uint8 (N, 28, 28)."""
        return run(self.network.encoder, scaled(images, self.scales.inputs))

    def decode(self, latents: Floats) -> Floats:
        """Images in [0, 1], float64 (N, 784), from latents."""
        return unscaled(run(self.network.decoder, latents), self.scales.outputs)

    def codes(self, latents: Floats) -> NDArray[np.uint8]:
        """The nearest codes, (N, K)."""
        codes = np.rint(latents / self.latents.unit + self.latents.zero)
        return np.clip(codes, *CODE_RANGE).astype(np.uint8)

    def latents_of(self, codes: NDArray[np.uint8]) -> Floats:
        """What codes (N, K) stand for."""
        return np.asarray((codes - self.latents.zero) * self.latents.unit, np.float64)


def calibrate(
    network: AutoEncoder, images: Images, validation: Images, given: Ends | None = None
) -> Calibrated:
    """Find what a network's numbers stand for, and the range of each latent.

    Args:
        network: The float network.
        images: uint8 (N, 28, 28), training images.
        validation: uint8 (M, 28, 28), images that confirm the scales found.
        given: What black and white are to its input, if that is known.

    Raises:
        InvalidModelError: The network gives no finite numbers; the message names a layer.
    """
    scales = find_scales(network, images, validation, given)
    latents = run(network.encoder, scaled(spread(images, CALIBRATION_IMAGES), scales.inputs))
    tries = [Calibrated(network, scales, _meaning(latents, tail)) for tail in TAILS]
    few = spread(images, SOME_IMAGES)
    return min(tries, key=lambda made: _coded_error(made, few))


def _meaning(latents: Floats, tail: float) -> Affine:
    """Codes of 0 to 255 spread over the latents (N, K), save for a tail at either end."""
    low, high = np.percentile(latents, [tail, 100 - tail], axis=0)
    unit = np.maximum(high - low, 1e-6) / CODE_RANGE[1]
    return Affine(unit, -low / unit)


def _coded_error(made: Calibrated, images: Images) -> float:
    codes = made.codes(made.encode(images))
    return error(made.decode(made.latents_of(codes)), images)


def export(made: Calibrated, images: Images) -> dict[str, NDArray[Any]]:
    """Quantise both halves to the arrays of a `classic` model.

    Args:
        made: The float network and what its numbers stand for.
        images: uint8 (N, 28, 28), training images.

    Raises:
        InvalidModelError: Integers cannot do what the network does; the message names a layer.
    """
    images = spread(images, CALIBRATION_IMAGES)
    floats = _coded_error(made, images)
    for limit, fine in PRECISIONS:
        arrays = _quantised(made, images, limit, fine)
        coder = ClassicCoder(arrays)
        found = coder.rebuild(coder.network_codes(images))
        integers = error(found.reshape(-1, PIXELS) / 255, images)
        if integers <= (1 + TOLERANCE) * floats:
            break
    if integers > (1 + INEXACT) * floats + 1e-5:
        raise InvalidModelError(
            f"its error would grow from {floats:.5f} to {integers:.5f} in integers: "
            "some layer needs more precision than they have"
        )
    return arrays | (search_tables(coder, images) if coder.latents == 2 else {})


def _quantised(
    made: Calibrated, images: Images, weight_limit: int, fine: float
) -> dict[str, NDArray[Any]]:
    low, high = made.scales.inputs
    pixel = Affine((high - low) / 255, PIXEL.zero - 255 * low / (high - low))
    pixels = images.reshape(-1, PIXELS).astype(np.float64) - CENTRE
    x = scaled(images, made.scales.inputs)
    halves = expand(_with_plain_end(made.network.encoder), x, fine)
    encoder = quantise(
        halves.layers,
        pixels,
        PIXEL_RANGE,
        pixel,
        made.latents,
        CODE_RANGE,
        weight_limit,
        halves.ceilings,
    )
    codes = integer.Network(encoder, PIXEL_RANGE)(pixels.astype(np.float32)).astype(np.uint8)
    latents = made.latents_of(codes)
    last = made.network.decoder[-1]
    sums = run(made.network.decoder[:-1], latents) @ last.weights + last.bias
    greys, logits = _grey_table(last, made.scales.outputs, float(sums.min()), float(sums.max()))
    plain = (*made.network.decoder[:-1], FloatLayer(last.name, last.weights, last.bias))
    halves = expand(plain, latents, fine)
    decoder = quantise(
        halves.layers,
        codes.astype(np.float64),
        CODE_RANGE,
        made.latents,
        logits,
        (0, len(greys) - 1),
        weight_limit,
        halves.ceilings,
    )
    arrays = integer.dense_arrays("encoder", encoder) | integer.dense_arrays("decoder", decoder)
    return arrays | {"decoder.greys": greys}


def _with_plain_end(layers: tuple[FloatLayer, ...]) -> tuple[FloatLayer, ...]:
    """Layers that end with a sum, which the clip of the codes follows.

    That clip is a relu, since no latent of one lies below 0; other functions need a layer more.
    """
    last = layers[-1]
    if last.activation in ("linear", "relu"):
        return (*layers[:-1], FloatLayer(last.name, last.weights, last.bias))
    width = len(last.bias)
    return (*layers, FloatLayer(last.name, np.eye(width), np.zeros(width)))


def _grey_table(
    last: FloatLayer, ends: Ends, low: float, high: float
) -> tuple[NDArray[np.uint8], Affine]:
    """The output function as a table of grey levels uint8 (T,), and its index's meaning.

    low, high: the range of what it is given; where its ends are of one grey they are cut off.
    """

    def greys(sums: Floats) -> NDArray[np.uint8]:
        values = last.apply(sums[:, None])[:, 0]
        return np.rint(255 * unscaled(values, ends)).astype(np.uint8)

    for _ in range(2):
        grid = np.linspace(low, max(high, low + 1e-6), GREY_STEPS + 1)
        changes = np.flatnonzero(np.diff(greys(grid)))
        if not len(changes):
            raise InvalidModelError(f"layer {last.name!r} gives one grey for every image")
        low, high = float(grid[changes[0]]), float(grid[changes[-1] + 1])
    grid = np.linspace(low, high, GREY_STEPS + 1)
    unit = (high - low) / GREY_STEPS
    return greys(grid), Affine(unit, -low / unit)
