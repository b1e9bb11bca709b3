"""From a trained float network to the exact integer network that ships.

Post-training quantisation with a scale for each output (as in Jacob et al. 2018, "Quantization
and training of neural networks for efficient integer-arithmetic-only inference"), except that
every scale between layers is folded into the weights, so that rescaling is a shift.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer

Floats = NDArray[np.floating]
WEIGHT_LIMIT = 127
ACTIVATION_LIMIT = 255
GREY_STEPS = 64
GREY_REACH = 8
ODDS_STEPS = 32  # of a logit, for each factor of two in the odds
ODDS_BITS = 15


@dataclass(frozen=True)
class Affine:
    """What an integer means: `real = unit * (integer - zero)`, each a scalar or one a column."""

    unit: Floats | float
    zero: Floats | float


def quantise(
    layers: Sequence[tuple[Floats, Floats]],
    samples: NDArray[np.integer | np.floating],
    inputs: integer.Range,
    meaning: Affine,
    output: Affine,
    output_clip: integer.Range,
    weight_limit: int = WEIGHT_LIMIT,
    ceilings: Sequence[Floats] | None = None,
) -> list[integer.DenseLayer]:
    """Turn float layers (weights (inputs, outputs), bias (outputs,)), relu between, into integers.

    samples: integer inputs (N, inputs) that show the range of each hidden unit; inputs: their
    clip; meaning: what they stand for; output, output_clip: the same for the last layer's;
    ceilings: where the hidden units (outputs,) of each layer are clipped anyway.
    Each output gets the largest shift at which its weights fit `weight_limit` and its bound
    fits float32.
    """
    real = (samples - meaning.zero) * meaning.unit
    dense = []
    for number, (weights, bias) in enumerate(layers):
        real = real @ weights + bias
        last = number == len(layers) - 1
        if last:
            target, clip = output, output_clip
        else:
            real = np.clip(real, 0, None if ceilings is None else ceilings[number])
            peak = np.percentile(real, 99.99, axis=0)
            unit = np.where(peak > 1e-6, peak, 1) / ACTIVATION_LIMIT
            heaviest = np.abs(np.reshape(meaning.unit, (-1, 1)) * weights).max(0)
            target = Affine(np.maximum(unit, heaviest / weight_limit), 0.0)
            clip = (0, ACTIVATION_LIMIT)
        dense.append(quantise_layer(weights, bias, inputs, meaning, target, clip, weight_limit))
        inputs, meaning = clip, target
    return dense


def quantise_layer(
    weights: Floats,
    bias: Floats,
    inputs: integer.Range,
    meaning: Affine,
    target: Affine,
    clip: integer.Range,
    weight_limit: int,
    added: Floats | None = None,
    added_limit: int = integer.FLOAT32_LIMIT,
) -> integer.DenseLayer:
    """Turn one float layer into integers; see `quantise`.

    added: rows (T, outputs) that are added to the sums too, each in any order or left out;
    added_limit: the largest number that there may be in them.
    """
    unit = np.broadcast_to(np.asarray(meaning.unit, np.float64), len(weights))
    zero = np.broadcast_to(np.asarray(meaning.zero, np.float64), len(weights))
    goal = unit[:, None] * weights / target.unit
    offset = bias / target.unit + target.zero
    peak = np.maximum(np.abs(goal).max(0), 1e-12)
    shift = np.clip(np.floor(np.log2(weight_limit / peak)), 0, integer.MAX_SHIFT)
    while True:
        scaled = np.clip(np.rint(goal * 2.0**shift), -weight_limit, weight_limit)
        constant = np.rint(offset * 2.0**shift - zero @ scaled)
        dtype = np.int8 if weight_limit <= 127 else np.int16
        safe = np.clip(constant, -(2**30), 2**30).astype(np.int32)
        layer = integer.DenseLayer(scaled.astype(dtype), safe, shift.astype(np.int8), *clip)
        reach = layer.bounds(inputs)
        over = np.abs(constant) > 2**30
        if added is not None:
            rows = np.abs(np.rint(added / target.unit * 2.0**shift))
            reach = reach + rows.sum(0)
            over |= rows.max(0) > added_limit
        over |= reach >= integer.FLOAT32_LIMIT
        over &= shift > 0
        if not over.any():
            return layer
        shift = shift - over


PEAK = 99.98  # percentile of a hidden unit that its range reaches
LEAST_PEAK = 0.01  # of the largest
CONTEXT_ACTIVATION_LIMIT = 1023
CONTEXT_WEIGHT_LIMIT = 2**15 - 1


def quantise_context_layers(
    layers: Sequence[tuple[Floats, Floats]],
    inputs: integer.Range,
    units: Floats,
    samples: Iterable[Any],
    added: Floats,
    output: tuple[Affine, integer.Range],
    first_limit: int = CONTEXT_WEIGHT_LIMIT,
    added_limit: int = integer.FLOAT32_LIMIT,
) -> tuple[list[integer.DenseLayer], Floats]:
    """Quantise the three layers of an `integer.ResidualNetwork`.

    Args:
        layers: The weights (inputs, outputs) and biases of each.
        inputs: The least and the largest input.
        units: What an input stands for, (inputs,).
        samples: The outputs (N, H) of the first layer and of the second in some contexts.
        added: Rows (T, H) that are added to the first sums, each in any order or left out.
        output: What the last layer's output stands for, and its clip.
        first_limit: The largest weight of the first layer.
        added_limit: The largest number in a row that is added.

    Returns:
        The layers, and what the rows of a table that is added are multiplied by, (H,).
    """
    peaks = np.maximum(*(np.percentile(sample, PEAK, axis=0) for sample in samples))
    peaks = np.maximum(np.maximum(peaks, LEAST_PEAK * peaks.max()), 1e-6)
    unit = peaks / CONTEXT_ACTIVATION_LIMIT
    limit, clip = CONTEXT_WEIGHT_LIMIT, (0, CONTEXT_ACTIVATION_LIMIT)
    hidden = Affine(unit, 0.0)
    first = quantise_layer(
        *layers[0], inputs, Affine(units, 0.0), hidden, clip, first_limit, added, added_limit
    )
    second = quantise_layer(*layers[1], clip, hidden, hidden, clip, limit)
    both = (0, 2 * CONTEXT_ACTIVATION_LIMIT)
    last = quantise_layer(*layers[2], both, hidden, output[0], output[1], limit)
    return [first, second, last], 2.0**first.shift / unit


LOGIT = Affine(float(np.log(2)) / ODDS_STEPS, 0.0)


def odds_table(half: int = ODDS_STEPS) -> NDArray[np.uint16]:
    """Odds that halve every `half` steps, down to 0: the exponential of a softmax."""
    steps = np.arange(half * (ODDS_BITS + 2))
    return np.rint(2.0 ** (ODDS_BITS - steps / half)).astype(np.uint16)


def sigmoid_greys() -> tuple[NDArray[np.uint8], Affine]:
    """A sigmoid as a table: grey levels uint8 (T,), and what its index means to a logit."""
    half = GREY_REACH * GREY_STEPS
    logits = np.arange(-half, half + 1) / GREY_STEPS
    greys = np.rint(255 / (1 + np.exp(-logits))).astype(np.uint8)
    return greys, Affine(1 / GREY_STEPS, float(half))


def plain_greys() -> tuple[NDArray[np.uint8], Affine]:
    """Grey levels as they are, as a table like that of `sigmoid_greys`."""
    return np.arange(256, dtype=np.uint8), Affine(1 / 255, 0.0)
