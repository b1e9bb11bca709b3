"""The coder of the residuals kind: one predictor an image, and adaptive counts of its residuals.

An image is coded by a method, which is a predictor and whether residuals are counted in four
contexts, by whether those to the left and above are 0, or in one. A residual that was seen n times
among m in its context has odds of 64 n + 1 in 64 m + 256 (the estimator of Krichevsky and
Trofimov 1981, with 1/64 in the place of a half): few different ones cost nearly nothing.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import entropy, range_coder
from aecodec.kinds.coder import COST_UNIT, ExactCoder
from aecodec.kinds.residuals import loops
from aecodec.kinds.residuals.loops import CONTEXTS, LEVELS, WEIGHT
from aecodec.kinds.residuals.predictors import ABOVE, LEFT, PREDICTORS, SINGLE, Canvas

METHODS = 2 * len(PREDICTORS)
MOST_BYTES = 2 * (PIXELS + 1)  # that an image can take: symbols of 16 bits
BLOCK = 64  # images whose methods are chosen at once

Numbers = NDArray[np.int64]


class ResidualsCoder(ExactCoder):
    """Images by their residuals; an image is its own code."""

    arithmetic = None
    code_text = "its pixels, exactly, by what one predictor leaves of them"

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        pass  # there is nothing to learn

    def pack(self, codes: Images) -> bytes:
        """Code images one after the other, all in one stream."""
        if not len(codes):
            return b""
        intervals = []
        for image, method in zip(codes, self._methods(codes)[0].tolist(), strict=True):
            intervals += [_method_interval(method), _residual_intervals(image, method)]
        starts, frequencies = (np.concatenate(part) for part in zip(*intervals, strict=True))
        return range_coder.encode(starts, frequencies)

    def unpack(self, payload: bytes, count: int) -> Images:
        """Read uint8 (count, 28, 28). Raises CorruptFileError when the payload is unsound."""
        if len(payload) > count * MOST_BYTES + 8:
            raise CorruptFileError(f"{count} images take no {len(payload)} bytes")
        if count == 0:
            return np.zeros((0, SIDE, SIDE), np.uint8)
        source = range_coder.RangeDecoder(payload)
        methods, residuals = zip(*(_read(source) for _ in range(count)), strict=True)
        source.finish()
        return _drawn(np.array(methods), np.array(residuals, np.uint8))

    def costs(self, codes: Images) -> Numbers:
        """What images take, in bits times COST_UNIT, int64 (N,)."""
        return self._methods(codes)[1]

    def _methods(self, images: Images) -> tuple[Numbers, Numbers]:
        """The method of each image that seems cheapest, and its cost, int64 (N,)."""
        blocks = [images[begin : begin + BLOCK] for begin in range(0, len(images), BLOCK)]
        found = [_cheapest(block) for block in blocks] or [(np.zeros(0, np.int64),) * 2]
        methods, costs = (np.concatenate(part) for part in zip(*found, strict=True))
        return methods, costs


def _cheapest(images: Images) -> tuple[Numbers, Numbers]:
    """The cheapest method of images (N, 28, 28), the first of equals, and its cost, int64 (N,).

    Of the tiles only that of the best steps to the left and above is tried.
    """
    canvas, first = Canvas(images), len(SINGLE)
    costs = np.concatenate([_costs(canvas, number) for number in range(first + len(LEFT + ABOVE))])
    steps = costs[2 * first :].reshape(2, len(LEFT), 2, -1).min(2).argmin(1)
    tiles = first + len(LEFT + ABOVE) + steps[1] * len(LEFT) + steps[0]
    last = np.empty((2, len(images)), np.int64)
    for tile in np.unique(tiles).tolist():
        chosen = tiles == tile
        last[:, chosen] = _costs(Canvas(images[chosen]), tile)
    costs = np.concatenate([costs, last])
    best = costs.argmin(0)
    methods = np.where(best < len(costs) - 2, best, best % 2 + 2 * tiles)
    return methods, costs.min(0)


def _costs(canvas: Canvas, predictor: int) -> Numbers:
    """What images take by both methods of a predictor, int64 (2, N)."""
    residuals = canvas.residuals(PREDICTORS[predictor])
    compiled = loops.RATES.compiled(3 * len(residuals))
    if compiled is None:
        rates = _plain_rates(residuals)
    else:
        rates = np.empty((2, len(residuals)), np.int64)
        compiled(residuals.reshape(-1, PIXELS), *_rate_tables(), rates)
    method = int(entropy.rate_table()[entropy.TOTAL // METHODS])
    return np.asarray((rates + method) >> entropy.RATE_BITS - (COST_UNIT.bit_length() - 1))


def _plain_rates(residuals: Images) -> Numbers:
    """The bits, times 2^RATE_BITS, that residuals take in one context and in four, (2, N)."""
    images = np.arange(len(residuals), dtype=np.uint16)[:, None, None] * CONTEXTS
    cells = (images + _contexts(residuals)) * LEVELS + residuals  # below 2^16 for BLOCK images
    counts = np.bincount(cells.reshape(-1), minlength=len(residuals) * CONTEXTS * LEVELS)
    counts = counts.reshape(-1, CONTEXTS, LEVELS)
    return np.stack([_rates(counts.sum(1, keepdims=True)), _rates(counts)])


def _rates(counts: Numbers) -> Numbers:
    """The bits, times 2^RATE_BITS, that residuals counted in contexts take: (N, C, 256) to (N,)."""
    seen, drawn = _rate_tables()
    return np.asarray(drawn[counts.sum(2)].sum(1) - seen.take(counts).sum((1, 2)))


@cache
def _rate_tables() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Sums of log2(odds) of a residual that comes n times, and of log2(all odds) in n draws."""
    odds = WEIGHT * np.arange(PIXELS)
    logs = (entropy.FREQUENCY_BITS << entropy.RATE_BITS) - entropy.rate_table().astype(np.int64)
    sums = (np.cumsum(logs[offset + odds]) for offset in (1, LEVELS))
    seen, drawn = (np.concatenate([[0], each]).astype(np.int32) for each in sums)
    return seen, drawn


def _contexts(residuals: Images) -> NDArray[np.uint16]:
    """Whether the residuals to the left (1) and above (2) are not 0, uint16 (..., 28, 28)."""
    other = (residuals != 0).astype(np.uint16).reshape(-1, PIXELS)
    contexts = np.zeros_like(other)
    contexts[:, 1:] = other[:, :-1]
    contexts[:, ::SIDE] = 0
    contexts[:, SIDE:] += 2 * other[:, :-SIDE]
    return np.asarray(contexts.reshape(residuals.shape))


def _method_interval(method: int) -> tuple[Numbers, Numbers]:
    starts = entropy.cumulate(np.ones(METHODS, np.int64))
    return starts[method : method + 1], np.diff(starts)[method : method + 1]


def _residual_intervals(image: Images, method: int) -> tuple[Numbers, Numbers]:
    """The first slots and frequencies of an image's residuals, each int64 (784,)."""
    residuals = Canvas(image[None]).residuals(PREDICTORS[method // 2])[0]
    compiled = loops.INTERVALS.compiled(2000)
    if compiled is not None:
        starts, frequencies = np.empty((2, PIXELS), np.int64)
        compiled(residuals.reshape(-1), method % 2, starts, frequencies)
        return starts, frequencies
    contexts = (_contexts(residuals) * (method % 2)).reshape(-1)
    values = residuals.reshape(-1).astype(np.int64)
    low, odds, total = np.empty((3, PIXELS), np.int64)
    for context in range(CONTEXTS):
        mine = np.flatnonzero(contexts == context)
        rows, chosen = np.arange(len(mine)), values[mine]
        seen = np.zeros((len(mine) + 1, LEVELS), np.int32)
        seen[rows + 1, chosen] = WEIGHT
        before = np.cumsum(seen, 0)[:-1] + 1
        odds[mine] = before[rows, chosen]
        low[mine] = np.cumsum(before, 1)[rows, chosen] - odds[mine]
        total[mine] = WEIGHT * rows + LEVELS
    scale = entropy.TOTAL - LEVELS
    starts = values + low * scale // total
    return starts, values + 1 + (low + odds) * scale // total - starts


def _read(source: range_coder.RangeDecoder) -> tuple[int, list[int]]:
    """Read the method of one image, and its 784 residuals."""
    method = int(source.symbols(entropy.cumulate(np.ones((1, METHODS), np.int64)))[0])
    compiled = loops.READ.compiled(4000)
    if compiled is not None:
        return method, source.run(compiled, PIXELS, method % 2).tolist()
    # by context: the sums of the odds before each residual, and last of all
    sums = [np.arange(LEVELS + 1) for _ in range(CONTEXTS)]
    found: list[int] = []
    other = [0] * (PIXELS + SIDE)  # from the row above the image on
    for position in range(PIXELS):
        left = other[position + SIDE - 1] if position % SIDE else 0
        context = (left + 2 * other[position]) * (method % 2)
        residual = _symbol(source, sums[context].data)
        sums[context][residual + 1 :] += WEIGHT
        other[position + SIDE] = int(residual != 0)
        found.append(residual)
    return method, found


def _symbol(source: range_coder.RangeDecoder, sums: memoryview) -> int:
    """Read a symbol: it begins at a slot as `cumulate` has it, of odds that are summed up."""
    slot, scale, total = source.slot(), entropy.TOTAL - LEVELS, sums[LEVELS]
    low, high = 0, LEVELS
    while high - low > 1:
        middle = (low + high) // 2
        if sums[middle] * scale // total + middle <= slot:
            low = middle
        else:
            high = middle
    start = sums[low] * scale // total + low
    end = sums[high] * scale // total + high
    source.take(start, end - start)
    return low


def _drawn(methods: Numbers, residuals: NDArray[np.uint8]) -> Images:
    """Images (N, 28, 28) by their methods (N,) and residuals (N, 784)."""
    images = residuals.reshape(-1, SIDE, SIDE)
    for number in np.unique(methods // 2).tolist():
        mine = methods // 2 == number
        canvas = Canvas(np.zeros_like(images[mine]))
        canvas.fill(PREDICTORS[number], images[mine])
        images[mine] = canvas.images()
    return images
