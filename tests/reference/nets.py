"""Dense networks in plain Python integers, from docs/FORMAT.md alone."""

from typing import NamedTuple

from reference.data import need


class Layer(NamedTuple):
    weights: list[list[int]]
    bias: list[int]
    shift: list[int]
    low: int
    high: int


def run_layer(layer: Layer, x: list[int]) -> list[int]:
    out = []
    for j, (bias, shift) in enumerate(zip(layer.bias, layer.shift, strict=True)):
        total = bias + (2 ** (shift - 1) if shift else 0)
        total += sum(value * row[j] for value, row in zip(x, layer.weights, strict=True))
        out.append(min(max(total // 2**shift, layer.low), layer.high))
    return out


def run_network(layers: list[Layer], x: list[int]) -> list[int]:
    for layer in layers:
        x = run_layer(layer, x)
    return x


def check_network(layers: list[Layer]) -> None:
    """Refuse layers that do not chain, or whose numbers the page forbids."""
    need(1 <= len(layers) <= 16, "layers")
    width = len(layers[0].weights)
    for layer in layers:
        need(1 <= len(layer.weights) <= 4096 and len(layer.weights) == width, "width")
        width = len(layer.bias)
        need(1 <= width <= 4096, "width")
        need(all(0 <= shift <= 40 for shift in layer.shift), "shift")
        need(-32768 <= layer.low <= layer.high <= 32768, "clips")
