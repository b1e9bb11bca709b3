"""The kind `scan` in plain Python numbers, from docs/FORMAT.md alone."""

import math
import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from reference.data import need
from reference.nets import Layer, run_layer
from reference.pixels import (
    Ints,
    Pixels,
    Take,
    check_sums,
    check_widths,
    read_pixels,
    split_lanes,
    walk,
)
from reference.range_code import RangeDecoder
from reference.residuals import slots

SIDE, PARTS = 28, 7
# turn in the pass, image or None for the sort of the payload, row and column of a bit or None for
# what is said, F[0] to F[A]
Ask = Callable[[int, int | None, tuple[int, int] | None, list[int]], int]


class PlaceNet(NamedTuple):
    """Three layers, and the tables of the first, (7, V, H) and (O, H)."""

    layers: list[Layer]
    places: Ints
    orders: Ints

    def run(self, x: list[int], places: list[int], order: int) -> int:
        first, second, last = self.layers
        added = [self.places[k, t] for k, t in enumerate(places)] + [self.orders[order]]
        bias = [int(sum(column)) for column in zip(first.bias, *added, strict=True)]
        hidden = run_layer(first._replace(bias=bias), x)
        joined = [a + b for a, b in zip(hidden, run_layer(second, hidden), strict=True)]
        return run_layer(last, joined)[0]


class Scan(NamedTuple):
    box: int  # B
    shrink: int  # Z
    rounding: int
    sorts: list[int]  # the first slots of the sorts, none where there is one
    said: list[list[int]]  # those of what is said, from sort 1 on
    sides: int  # how many there are
    offsets: list[tuple[int, int]]
    near: int  # F
    edge: PlaceNet
    flat: PlaceNet
    frequencies: list[int]
    pixels: Pixels


class Original:
    """An original as far as it is known, in the order in which its bits are coded."""

    def __init__(self, side: int, bits: list[int] | None = None, order: int = 0) -> None:
        self.side, self.order = side, order
        self.bits = bits or []
        self.least, self.most = side, -1  # columns of the black bits that were put

    def at(self, row: int, column: int) -> int:
        inside = row >= 0 and 0 <= column < self.side
        return self.bits[row * self.side + column] if inside else 0

    def places(self) -> list[int]:
        """Those of the next bit."""
        n = self.side
        row, column = divmod(len(self.bits), n)
        right = n if self.most < 0 else n - 1 - self.most
        return [row, n - 1 - row, column, n - 1 - column, n, self.least, right]

    def put(self, bit: int) -> None:
        """Add the next bit."""
        if bit:
            column = len(self.bits) % self.side
            self.least, self.most = min(self.least, column), max(self.most, column)
        self.bits.append(bit)


def read_net(take: Take, layers: list[Layer], name: str, values: int, orders: int) -> PlaceNet:
    width = check_widths(layers)
    more = orders if orders > 1 else 0
    numbers = take(f"{name}.places", "i2 i4", PARTS * values + more, width)
    table = np.array(numbers, np.int64).reshape(-1, width)
    places = table[: PARTS * values].reshape(PARTS, values, width)
    ordered = table[PARTS * values :] if more else np.zeros((1, width), np.int64)
    check_sums(layers, (0, 1), np.abs(places).max(1).sum(0) + np.abs(ordered).max(0))
    return PlaceNet(layers, places, ordered)


def read_odds(take: Take, sides: int, several: bool) -> tuple[list[int], list[list[int]], int]:
    """The odds of the sorts, if there are any, those of what is said in each, and the orders."""
    sorts = take("scan.sorts", "u2", None) if several else []
    rows = max(len(sorts) - 1, 1)
    odds = take("scan.sizes", "u2", *[rows][: len(sorts)], None)
    width = len(odds) // rows
    need(width in (sides + 1, 2 * sides + 1) and min(odds + sorts) > 0, "odds of what is said")
    return sorts, [odds[at : at + width] for at in range(0, len(odds), width)], width // sides


def read_scan(take: Take, network: Callable[[str], list[Layer]], *, several: bool) -> Scan:
    """The model of these arrays and networks; `several` says whether payloads have sorts."""
    numbers = take("scan.resampling", "u2", None)
    need(len(numbers) in (3, 4), "resampling")
    box, shrink, rounding, largest = numbers if len(numbers) == 4 else (*numbers, 4 * numbers[0])
    need(box <= largest <= 9 * box // 2, "largest original")
    need(8 <= box <= SIDE and 500 <= shrink <= 1000 and rounding <= 2, "resampling")
    sorts, odds, orders = read_odds(take, largest - box + 1, several)
    numbers = take("bits.offsets", "i1", None, 2)
    offsets = list(zip(numbers[::2], numbers[1::2], strict=True))
    need(all(pair < (0, 0) and max(map(abs, pair)) <= 14 for pair in offsets), "reach of bits")
    (near,) = take("bits.near", "u1", 1)
    need(1 <= near <= len(offsets), "near")
    frequencies = take("bits.frequencies", "u2", None)
    reach = len(frequencies) // 2
    need(min(frequencies) > 0 and len(frequencies) % 2 == 1, "frequencies of bits")
    nets = []
    for name in ("bits.edge", "bits.flat"):
        layers = network(name)
        nets.append(read_net(take, layers, name, largest + 1, orders))
        last = layers[2]
        need(len(layers[0].weights) == len(offsets), "inputs of bits")
        need((len(last.bias), last.low, last.high) == (1, -reach, reach), "outputs of bits")
    pixels = read_pixels(take, network)
    edge, flat = nets
    return Scan(
        box,
        shrink,
        rounding,
        slots(sorts) if sorts else [],
        [slots(row) for row in odds],
        largest - box + 1,
        offsets,
        near,
        edge,
        flat,
        frequencies,
        pixels,
    )


def black(model: Scan, original: Original) -> int:
    """How often of 65536 the next bit is 1."""
    row, column = divmod(len(original.bits), original.side)
    v = [original.at(row + down, column + right) for down, right in model.offsets]
    flat = len(set(v[: model.near])) == 1
    out = (model.flat if flat else model.edge).run(v, original.places(), original.order)
    return model.frequencies[out + len(model.frequencies) // 2]


def begun(model: Scan, said: int) -> Original | None:
    """The original of an image of which this is said, without any bit."""
    order, side = divmod(said - 1, model.sides)
    return Original(side + model.box, order=order) if said else None


def walk_originals(model: Scan, count: int, ask: Ask) -> list[Original | None]:
    """Go through the first pass and those of bits; `ask` tells each symbol."""
    sort = ask(0, None, None, model.sorts) if model.sorts else 1
    said = [ask(image, image, None, model.said[sort - 1]) if sort else 0 for image in range(count)]
    found = [begun(model, symbol) for symbol in said]
    largest = max((original.side for original in found if original), default=0)
    for row in range(largest):
        for column in range(largest):
            here = [
                (-original.side, image, original)
                for image, original in enumerate(found)
                if original and original.side > max(row, column)
            ]
            for turn, (_, image, original) in enumerate(sorted(here, key=lambda one: one[:2])):
                table = [0, 65536 - black(model, original), 65536]
                original.put(ask(turn, image, (row, column), table))
    return found


def single(number: float) -> float:
    """Round to binary32.

    Sums, products and quotients of numbers of binary32 may be rounded to binary64 before: that
    changes none of them.
    """
    rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    return rounded


def shares(model: Scan, side: int, source: int) -> list[tuple[int, float]]:
    """The rows of the box that a row falls on, and its shares in them."""
    scale = single(model.box / side)
    left = max(single(model.box / 2 + single(scale * (source - side / 2))), 0.0)
    right = single(left + model.shrink / 1000 * scale)
    first = math.floor(left)
    last = min(max(math.ceil(right) - 1, first), model.box - 1)
    if first == last:
        return [(first, scale)]
    return [(first, single(first + 1 - left)), (last, single(right - last))]


def grey(rounding: int, value: float) -> int:
    if rounding == 0:
        return math.trunc(single(value - 128)) + 128
    return min(math.floor(single(value + 0.5) if rounding == 1 else value), 255)


def draw(model: Scan, original: Original) -> bytes:
    """The image of an original."""
    need(any(original.bits), "an empty original")
    bits = original.bits[::-1] if original.order else original.bits
    box = model.box
    rows = [shares(model, original.side, source) for source in range(original.side)]
    sums = [[0.0] * box for _ in range(box)]
    for at, bit in enumerate(bits):
        for row, high in rows[at // original.side] if bit else ():
            for column, wide in rows[at % original.side]:
                sums[row][column] = single(sums[row][column] + single(high * wide))
    scale = single(255 / max(map(max, sums)))
    greys = [[grey(model.rounding, single(value * scale)) for value in row] for row in sums]
    top = left = 0
    if box < SIDE:
        mass = sum(map(sum, greys))
        down = sum(sum(row) * (2 * r + 1) for r, row in enumerate(greys))
        right = sum(value * (2 * c + 1) for row in greys for c, value in enumerate(row))
        top, left = 14 - down // (2 * mass), 14 - right // (2 * mass)
    need(min(top, left) >= 0 and max(top, left) <= SIDE - box, "a box outside the image")
    image = bytearray(SIDE * SIDE)
    for r, values in enumerate(greys):
        begin = (top + r) * SIDE + left
        image[begin : begin + box] = bytes(values)
    return bytes(image)


def scan_lanes(count: int) -> int:
    return min(max(count // 64, 1), 16)


def decode_scan(model: Scan, payload: bytes, count: int) -> list[bytes]:
    coders = [RangeDecoder(stream) for stream in split_lanes(payload, scan_lanes(count))]

    def take(
        turn: int, _image: object, _place: object, table: list[int], _flat: object = None
    ) -> int:
        return coders[turn % len(coders)].decode(table)

    found = walk_originals(model, count, take)
    others = iter(walk(model.pixels, found.count(None), take))
    for coder in coders:
        coder.end()
    return [draw(model, original) if original else next(others) for original in found]
