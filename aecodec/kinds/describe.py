"""What is in a model, for people: its networks layer by layer, and its tables."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import DenseLayer, dense_arrays, read_layers
from aecodec.model_file import Model

NETWORK = ".clips"  # how the name of an array ends that every network has


class ModelRow(NamedTuple):
    """One layer of a network, or one table.

    Attributes:
        name: The layer's or the array's name.
        shape: Its widths, or the array's shape.
        activation: What the sums of a layer are clipped to; `table` for an array.
        bits: The size of a weight or an entry.
        parameters: How many numbers it has.
        bytes: What they take in the file.
    """

    name: str
    shape: str
    activation: str
    bits: int
    parameters: int
    bytes: int


def describe_model(model: Model) -> list[ModelRow]:
    """The layers of a model's networks, in order, and then its other arrays.

    It takes any model: arrays that make no network are told as tables.
    """
    tables = dict(model.arrays)
    layers = []
    for name in sorted(model.arrays):
        if not name.endswith(NETWORK):
            continue
        prefix = name.removesuffix(NETWORK)
        try:
            network = read_layers(model.arrays, prefix)
        except InvalidModelError:
            continue
        for array in dense_arrays(prefix, network):
            tables.pop(array, None)
        last = len(network) - 1
        layers += [_layer(f"{prefix}.{i}", layer, i == last) for i, layer in enumerate(network)]
    return layers + [_table(name, tables[name]) for name in sorted(tables)]


def _layer(name: str, layer: DenseLayer, last: bool) -> ModelRow:
    return ModelRow(
        name,
        " -> ".join(f"{n:,}" for n in layer.weights.shape),
        f"{'relu, ' if layer.low == 0 and not last else ''}{layer.low} to {layer.high}",
        8 * layer.weights.itemsize,
        layer.weights.size + layer.bias.size,
        layer.weights.nbytes + layer.bias.nbytes + layer.shift.nbytes,
    )


def _table(name: str, array: NDArray[Any]) -> ModelRow:
    shape = "x".join(f"{n:,}" for n in array.shape)
    return ModelRow(name, shape, "table", 8 * array.itemsize, array.size, array.nbytes)
