"""The kind `pixels` in int64, from docs/FORMAT.md alone: slow, and whole passes at a time."""

from collections.abc import Callable
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference.data import need
from reference.nets import Layer
from reference.range_code import RangeDecoder

Ints = NDArray[np.int64]
Take = Callable[..., list[int]]
# turn in the pass, image, position, F[0] to F[A], what the context is filled with or None
Read = Callable[[int, int, int, list[int], int | None], int]
PAIRS = (
    *((0, 2), (1, 2), (1, 3), (0, 4), (1, 5), (0, 1)),
    *((0, 3), (2, 7), (3, 6), (2, 9), (3, 10), (4, 8)),
)
SIDE, PIXELS, LIMIT = 28, 784, 2**24


class Net(NamedTuple):
    """Three layers, and the tables of the first."""

    weights: list[Ints]
    layers: list[Layer]
    rows: Ints
    columns: Ints
    greys: Ints

    def run(self, x: Ints, position: int, greys: Ints) -> Ints:
        """Inputs (N, D) and rows of `greys` (N, H) to outputs."""
        added = greys + self.rows[position // SIDE] + self.columns[position % SIDE]
        hidden = self.layer(0, x, added)
        return self.layer(2, hidden + self.layer(1, hidden))

    def layer(self, number: int, x: Ints, added: Any = 0) -> Ints:
        layer = self.layers[number]
        shift = np.array(layer.shift)
        total = x @ self.weights[number] + np.array(layer.bias) + (1 << shift >> 1) + added
        return np.asarray(np.clip(total >> shift, layer.low, layer.high), np.int64)


class Pixels(NamedTuple):
    offsets: list[tuple[int, int]]
    flat: int  # F
    near: int  # M
    value: Net
    flats: Net
    embedding: Ints
    kernels: Ints
    shift: int
    odds: Ints
    frequencies: list[int]


def bound(weights: Ints, bias: Ints, low: int, high: int) -> Ints:
    """The most that the positive, or the negative, parts of each sum can come to."""
    up, down = np.maximum(weights, 0).sum(0), np.minimum(weights, 0).sum(0)
    low, high = min(low, 0), max(high, 0)
    most = up * high + down * low + np.maximum(bias, 0)
    least = up * low + down * high + np.minimum(bias, 0)
    return np.asarray(np.maximum(most, -least), np.int64)


def check_widths(layers: list[Layer]) -> int:
    """The width of the hidden layers."""
    need(len(layers) == 3, "three layers")
    need(len(layers[1].bias) == len(layers[0].bias), "widths")
    need(layers[0].low >= 0 and layers[1].low >= 0, "clips of hidden layers")
    return len(layers[0].bias)


def check_sums(layers: list[Layer], inputs: tuple[int, int], added: Ints) -> None:
    """Refuse first sums that could reach 2^24, where tables add up to `added` (H,)."""
    weights, shift = np.array(layers[0].weights, np.int64), np.array(layers[0].shift)
    bias = np.array(layers[0].bias) + (1 << shift >> 1)
    need((bound(weights, bias, *inputs) + added).max() < LIMIT, "sums")


def read_net(
    take: Take, layers: list[Layer], name: str, inputs: tuple[int, int], *, once: bool
) -> Net:
    width = check_widths(layers)
    rows, columns, greys = (
        np.array(take(f"{name}.{part}", "i2 i4", size, width), np.int64).reshape(size, width)
        for part, size in (("rows", 28), ("columns", 28), ("greys", 256))
    )
    weights = [np.array(layer.weights, np.int64) for layer in layers]
    added = np.abs(rows).max(0) + np.abs(columns).max(0)
    added += np.abs(greys).max(0) if once else np.abs(greys).sum(0)
    check_sums(layers, inputs, added)
    return Net(weights, layers, rows, columns, greys)


def read_offsets(take: Take) -> tuple[list[tuple[int, int]], int, int]:
    numbers = take("window.offsets", "i1", None, 2)
    offsets = list(zip(numbers[::2], numbers[1::2], strict=True))
    flat, near = take("window.sizes", "u1", 2)
    need(all(pair < (0, 0) and max(map(abs, pair)) <= 14 for pair in offsets), "reach")
    need(offsets[:3] == [(0, -1), (-1, 0), (-1, -1)], "the first three")
    need(11 <= near <= len(offsets) and 1 <= flat < len(offsets), "sizes")
    return offsets, flat, near


def read_pixels(take: Take, network: Callable[[str], list[Layer]]) -> Pixels:
    """The model of these arrays and networks."""
    offsets, flat, near = read_offsets(take)
    value = read_net(take, network("value"), "value", (-128, 127), once=False)
    flats = read_net(take, network("flat"), "flat", (0, 127), once=True)
    embedding = np.array(take("value.embedding", "i1", 256, None), np.int64).reshape(256, -1)
    kernels = np.array(take("value.kernels", "i1", None, 511), np.int64).reshape(-1, 511)
    (shift,) = take("value.kernel_shift", "u1", 1)
    need(shift <= 15, "kernel_shift")
    last = value.layers[2]
    half = np.full(511, 1 << shift >> 1)
    need(bound(kernels, half, last.low, last.high).max() < LIMIT, "sums of kernels")
    count = len(offsets)
    need(len(value.weights[0]) == near * embedding.shape[1] + 2 * count + 12, "inputs of value")
    need(len(last.bias) == 256 + 3 * len(kernels) + near + 4, "outputs of value")
    need(len(flats.weights[0]) == 2 * (count - flat), "inputs of flat")
    odds = take("value.odds", "u2", None)
    frequencies = take("flat.frequencies", "u2", None)
    reach = len(frequencies) // 2
    need(odds[0] == max(odds) == 2**15, "odds")
    need(min(frequencies) > 0 and len(frequencies) % 2 == 1, "frequencies")
    end = flats.layers[2]
    need((len(end.bias), end.low, end.high) == (1, -reach, reach), "outputs of flat")
    return Pixels(
        offsets, flat, near, value, flats, embedding, kernels, shift, np.array(odds), frequencies
    )


def context(model: Pixels, images: Ints, position: int) -> Ints:
    """What the window shows of images (N, 784), (N, K)."""
    shown = np.zeros((len(images), len(model.offsets)), np.int64)
    for k, (down, right) in enumerate(model.offsets):
        row, column = position // SIDE + down, position % SIDE + right
        if position > 0:
            inside = row >= 0 and 0 <= column < SIDE
            shown[:, k] = images[:, row * SIDE + column if inside else 0]
    return shown


def differs(model: Pixels, near: Ints, position: int) -> list[int]:
    """f of flat contexts."""
    apart = np.abs(near[:, model.flat :] - near[:, :1])
    x = np.concatenate([apart // 2, 127 * (apart > 0)], 1)
    logits = model.flats.run(x, position, model.flats.greys[near[:, 0]])[:, 0]
    return [model.frequencies[t + len(model.frequencies) // 2] for t in logits.tolist()]


def tables(model: Pixels, near: Ints, position: int, seen: Ints) -> list[list[int]]:
    """F[0] to F[256] of contexts; `seen` (N, 256) tells the image's grey levels so far."""
    count, rank = model.near, len(model.kernels)
    steps = np.stack([np.abs(near[:, a] - near[:, b]) // 2 for a, b in PAIRS], 1)
    embedded = model.embedding[near[:, :count]].reshape(len(near), -1)
    apart = np.abs(near - near[:, :1]) // 2
    x = np.concatenate([embedded, near - 128, apart, steps], 1)
    out = model.value.run(x, position, seen @ model.value.greys)
    logits = out[:, :256].copy()
    for i in range(len(near)):
        left, above, corner = near[i, :3].tolist()
        middle = min(max(left + above - corner, min(left, above)), max(left, above))
        for number, centre in enumerate((middle, left, above)):
            weights = out[i, 256 + number * rank : 256 + (number + 1) * rank]
            sums = (weights @ model.kernels + (1 << model.shift >> 1)) >> model.shift
            logits[i] += np.clip(sums, -32768, 32768)[255 - centre : 511 - centre]
        for k in range(count):
            logits[i, near[i, k]] += out[i, 256 + 3 * rank + k]
    beside = np.pad(seen, ((0, 0), (1, 1)))
    beside = beside[:, 2:] + beside[:, :-2]
    for number, where in enumerate((seen, beside, seen[:, ::-1], beside[:, ::-1])):
        logits += out[:, 256 + 3 * rank + count + number, None] * where
    below = np.minimum(logits.max(1)[:, None] - logits, len(model.odds) - 1)
    return [frequencies(odds) for odds in model.odds[below].tolist()]


def frequencies(odds: list[int]) -> list[int]:
    """F[0] to F[256]."""
    share = 65280 * 2**15 // sum(odds)
    parts = [1 + o * share // 2**15 for o in odds]
    parts[odds.index(2**15)] += 65536 - sum(parts)
    return [0, *accumulate(parts)]


def walk(model: Pixels, count: int, read: Read) -> list[bytes]:
    """Go through the passes; `read` tells each symbol."""
    images = np.zeros((count, PIXELS), np.int64)
    seen = np.zeros((count, 256), np.int64)
    every = np.arange(count)
    for position in range(PIXELS):
        near = context(model, images, position)
        flat = (near[:, : model.flat] == near[:, :1]).all(1) & (position > 0)
        rest = ~flat
        images[:, position] = near[:, 0]
        if flat.any():
            found = differs(model, near[flat], position)
            for turn, (i, f) in enumerate(zip(every[flat].tolist(), found, strict=True)):
                level = int(near[i, 0])
                rest[i] = read(turn, i, position, [0, 65536 - f, 65536], level) == 1
        if rest.any():
            starts = tables(model, near[rest], position, seen[rest])
            for turn, (i, table) in enumerate(zip(every[rest].tolist(), starts, strict=True)):
                images[i, position] = read(turn, i, position, table, None)
                need(not flat[i] or images[i, position] != near[i, 0], "no difference")
        seen[every, images[:, position]] = 1
    return [bytes(image) for image in images.tolist()]


def lane_count(count: int) -> int:
    return min(max(count // 16, 1), 64)


def split_lanes(payload: bytes, lanes: int) -> list[bytes]:
    if lanes == 1:
        return [payload]
    need(len(payload) > 0, "no lengths")
    size, at = payload[0], 1 + payload[0] * lanes
    need(1 <= size <= 4 and at <= len(payload), "lengths cut short")
    lengths = [int.from_bytes(payload[k : k + size]) for k in range(1, at, size)]
    need(at + sum(lengths) == len(payload), "lengths")
    need(size == 1 or max(lengths) >= 256 ** (size - 1), "lengths longer than need be")
    streams = []
    for length in lengths:
        streams.append(payload[at : at + length])
        at += length
    return streams


def decode_pixels(model: Pixels, payload: bytes, count: int) -> list[bytes]:
    coders = [RangeDecoder(stream) for stream in split_lanes(payload, lane_count(count))]
    images = walk(
        model, count, lambda turn, _, __, table, ___: coders[turn % len(coders)].decode(table)
    )
    for coder in coders:
        coder.end()
    return images
