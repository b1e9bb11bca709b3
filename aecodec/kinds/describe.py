"""What is in a model file, for people: its networks layer by layer, and its tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.model_file import Model

NETWORK = ".clips"  # the array that every network has


@dataclass(frozen=True)
class Row:
    """One layer of a network, or one table.

    activation: of a layer, what its sums are clipped to; bits: of a weight or an entry;
    parameters: how many numbers; bytes: what they take in the file.
    """

    name: str
    shape: str
    activation: str
    bits: int
    parameters: int
    bytes: int


def rows(model: Model) -> list[Row]:
    """The layers of a model's networks, in order, and then its other arrays."""
    networks = [n.removesuffix(NETWORK) for n in sorted(model.arrays) if n.endswith(NETWORK)]
    layers = [row for prefix in networks for row in _layers(model, prefix)]
    known = {f"{row.name}.{part}" for row in layers for part in ("weights", "bias", "shift")}
    tables = (n for n in sorted(model.arrays) if n not in known and not n.endswith(NETWORK))
    return layers + [_table(name, model.arrays[name]) for name in tables]


def _layers(model: Model, prefix: str) -> Iterator[Row]:
    clips = model.arrays[prefix + NETWORK].tolist()
    for number, (low, high) in enumerate(clips):
        name = f"{prefix}.{number}"
        arrays = [model.arrays[f"{name}.{part}"] for part in ("weights", "bias", "shift")]
        weights, bias, _ = arrays
        hidden = low == 0 and number < len(clips) - 1
        yield Row(
            name,
            " -> ".join(f"{n:,}" for n in weights.shape),
            f"{'relu, ' if hidden else ''}{low} to {high}",
            8 * weights.itemsize,
            weights.size + bias.size,
            sum(array.nbytes for array in arrays),
        )


def _table(name: str, array: NDArray[Any]) -> Row:
    shape = "x".join(f"{n:,}" for n in array.shape)
    return Row(name, shape, "table", 8 * array.itemsize, array.size, array.nbytes)


def code(model: Model) -> str:
    """What an image is coded as, a phrase."""
    if model.kind == "code16":
        return "one of 65,536 trained codes, 2 bytes"
    latents = model.arrays["decoder.0.weights"].shape[0]
    if model.kind == "classic":
        return f"{latents} latents of 8 bits, {latents} bytes"
    symbols = int(np.ravel(model.arrays["prior.symbols"])[-1])
    return f"{latents} latents of {symbols} levels under a learned prior"
