"""From the trained float networks to the arrays of a `scan` model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import integer
from aecodec.integer import entropy
from aecodec.kinds.scan import CHUNK, PLACES, BitWindow, Resampling
from aecodec.training.arrays import Floats
from aecodec.training.quantise import Affine, quantise_context_layers
from aecodec.training.scan import network
from aecodec.training.scan.contexts import BitContexts, Bits

CALIBRATION_ORIGINALS = 5000
CALIBRATION_BITS = 20_000
LOGIT_STEPS = 32  # in each factor of two in the odds
LOGIT_REACH = 16 * LOGIT_STEPS
INT16_MOST = 2**15 - 1
LEAST_SHARE = 1 / 4096  # of a side of an original, of all images
SHARES_OF_SORTS = (0.51, 0.48, 0.01)  # payloads without originals: they take less than a bit more
FEW = 0.05  # images with an original, in payloads where few have one

Arrays = dict[str, NDArray[Any]]


def export_bits(
    trained: Mapping[str, Floats], originals: Sequence[Bits], window: BitWindow, orders: int
) -> Arrays:
    """Quantise the networks of bits.

    Args:
        trained: Weights by name, as `network.start_weights` names them.
        originals: Some that show the range of every hidden unit.
        window: What a bit is predicted from.
        orders: The orders in which bits can be coded.
    """
    contexts = BitContexts(originals[: CALIBRATION_ORIGINALS // orders], window, orders)
    rng = np.random.default_rng(0)
    logit = Affine(float(np.log(2)) / LOGIT_STEPS, 0.0)
    arrays: Arrays = {
        "bits.offsets": window.offsets.astype(np.int8),
        "bits.near": np.array([window.near], np.uint8),
        "bits.frequencies": _frequencies(),
    }
    for name, numbers in zip(network.NAMES, (contexts.full, contexts.flat), strict=True):
        batch = contexts.batch(rng.choice(numbers, CALIBRATION_BITS))
        layers = [(trained[f"{name}.{i}.weights"], trained[f"{name}.{i}.bias"]) for i in range(3)]
        places = trained[f"{name}.places"].astype(np.float64)
        made, scale = quantise_context_layers(
            [(w.astype(np.float64), b.astype(np.float64)) for w, b in layers],
            (0, 1),
            np.ones(len(window.offsets)),
            network.hidden(trained, name, batch),
            _largest(np.abs(places)),
            (logit, (-LOGIT_REACH, LOGIT_REACH)),
            first_limit=INT16_MOST // CHUNK,  # the compiled loop adds up a chunk's in 16 bits
            added_limit=INT16_MOST,
        )
        arrays |= integer.dense_arrays(name, made)
        arrays[f"{name}.places"] = np.rint(places * scale).astype(np.int16)
    return arrays


def _largest(places: Floats) -> Floats:
    """The largest of each part of a table of places, and of the rows of orders behind them."""
    rows, orders = divmod(len(places), PLACES)
    parts = places[: PLACES * rows].reshape(PLACES, rows, places.shape[1]).max(1)
    return np.concatenate([parts, places[-orders:].max(0, keepdims=True)]) if orders else parts


def export_sizes(sides: Sequence[int], resampling: Resampling, orders: int) -> Arrays:
    """The odds of what is said of images, in payloads where most have an original or few.

    Args:
        sides: The sides of originals, 0 for images without; most have one.
        resampling: What gives the sides that there can be.
        orders: The orders in which bits can be coded.
    """
    said = [side - resampling.box + 1 if side else 0 for side in sides]
    counts = np.bincount(said, minlength=len(resampling.sizes) + 1)
    most = np.maximum(counts / max(len(said), 1), LEAST_SHARE)
    few = np.concatenate([[1 - FEW], most[1:] * FEW])
    rows = np.stack(
        [np.concatenate([row[:1], *[row[1:] / orders] * orders]) for row in (most, few)]
    )
    odds = np.maximum(np.rint(rows * 2**15), 1)
    return {
        "scan.sorts": np.rint(np.array(SHARES_OF_SORTS) * 2**15).astype(np.uint16),
        "scan.sizes": odds.astype(np.uint16),
    }


def export_resampling(resampling: Resampling) -> Arrays:
    """A resampling as a model file holds it."""
    numbers = resampling.box, resampling.shrink, resampling.rounding, resampling.largest
    return {"scan.resampling": np.array(numbers, np.uint16)}


def _frequencies() -> NDArray[np.uint16]:
    """A sigmoid as a table: how often of 2^16 a bit is black, by its logit."""
    logits = np.arange(-LOGIT_REACH, LOGIT_REACH + 1) * np.log(2) / LOGIT_STEPS
    rounded = np.rint(entropy.TOTAL / (1 + np.exp(-logits)))
    return np.asarray(np.clip(rounded, 1, entropy.TOTAL - 1), np.uint16)
