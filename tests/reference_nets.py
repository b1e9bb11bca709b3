"""Dense networks in plain Python integers, from docs/FORMAT.md alone."""

from typing import NamedTuple


class DamagedError(Exception):
    """The file is not what an encoder writes."""


def need(condition: bool, what: str) -> None:
    if not condition:
        raise DamagedError(what)


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


def check_network(layers: list[Layer], inputs: int, outputs: int) -> None:
    """Refuse layers that do not chain, or whose numbers the page forbids."""
    need(1 <= len(layers) <= 16, "layers")
    width = inputs
    for layer in layers:
        need(len(layer.weights) == width, "widths do not chain")
        width = len(layer.bias)
        need(1 <= width <= 4096 and len(layer.shift) == width, "width")
        need(all(len(row) == width for row in layer.weights), "width")
        need(all(0 <= shift <= 40 for shift in layer.shift), "shift")
        need(-32768 <= layer.low <= layer.high <= 32768, "clips")
    need(width == outputs, "outputs")
