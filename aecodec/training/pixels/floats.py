"""From the arrays of a `pixels` model back to networks in floats, which can be trained on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import read_layers
from aecodec.kinds.pixels import Window
from aecodec.training.arrays import Floats
from aecodec.training.pixels import network
from aecodec.training.pixels.export import EMBEDDING_LIMIT, LOGIT
from aecodec.training.quantise import CONTEXT_ACTIVATION_LIMIT

TABLES = ("rows", "columns", "greys")

Arrays = Mapping[str, NDArray[Any]]


def float_weights(arrays: Arrays) -> dict[str, Floats]:
    """The weights by name, as `network.start_weights` names them, of a model of all grey levels.

    Hidden units are in other units than when they were trained, and what was rounded stays so.
    """
    window = Window.read(arrays)
    count, embedding = len(window.offsets), arrays["value.embedding"]
    embedded = window.near * embedding.shape[1]
    inputs = len(arrays["value.0.weights"])
    sizes = (embedded, 2 * count, inputs - embedded - 2 * count)
    scales = (1 / EMBEDDING_LIMIT, network.LEVEL_SCALE, network.STEP_SCALE)
    value = _layers(arrays, "value", np.repeat(scales, sizes))
    edges = (network.STEP_SCALE, network.EDGE_SCALE)
    flat = _layers(arrays, "flat", np.repeat(edges, count - window.flat))
    shift = int(arrays["value.kernel_shift"][0])
    own = {
        "value.embedding": embedding / EMBEDDING_LIMIT,
        "value.kernels": arrays["value.kernels"] / 2.0**shift,
    }
    return {name: array.astype(np.float32) for name, array in (value | flat | own).items()}


def _layers(arrays: Arrays, name: str, units: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The layers and tables of one network; units: what an input stands for (inputs,)."""
    layers = read_layers(arrays, name)
    peak, logit = float(CONTEXT_ACTIVATION_LIMIT), float(LOGIT.unit)
    gives, made = (1 / peak, 1 / peak, logit), {}
    inner = np.full((1, 1), 1 / peak)
    takes = (units[:, None], inner, inner)
    for number, (layer, given, taken) in enumerate(zip(layers, gives, takes, strict=True)):
        scale = given / 2.0 ** layer.shift.astype(np.float64)
        made[f"{name}.{number}.weights"] = layer.weights * scale / taken
        made[f"{name}.{number}.bias"] = layer.bias * scale
        if number == 0:
            made |= {f"{name}.{t}": arrays[f"{name}.{t}"] * scale for t in TABLES}
    return made
