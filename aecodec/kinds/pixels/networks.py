"""The two networks of the pixels kind: of flat contexts, and of all others.

In a flat context, where the nearest pixels are equal, a small network gives the probability that
the pixel differs from them. Everywhere else, and where it does differ, a larger one gives the
logits of all 256 grey levels: free ones, kernels centred on three predictions from the nearest
pixels (what is smooth), and gates that copy grey levels of the neighbours and of the image so far
(what is drawn with few of them).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import SIDE
from aecodec.integer import (
    FLOAT32_LIMIT,
    Arrays,
    DenseLayer,
    Network,
    Range,
    entropy,
    read_layers,
    take_array,
    widest,
)
from aecodec.kinds.pixels.context import Window

CENTRE = 128
LEVELS = 256
PREDICTIONS = 3
PALETTE_GATES = 4
# pairs of near pixels, by number, whose distances show edges and noise
DIFFERENCES = (
    *((0, 2), (1, 2), (1, 3), (0, 4), (1, 5), (0, 1)),
    *((0, 3), (2, 7), (3, 6), (2, 9), (3, 10), (4, 8)),
)
ROWS = 64  # rows are filled up to a multiple: every number of rows is checked once
FEW = 8
RAW = 2**30  # a clip past every sum

Rows = NDArray[np.floating[Any]] | NDArray[np.int64]


def _filled(count: int) -> NDArray[np.int64]:
    """The numbers of `count` rows, filled up with the last to a multiple of ROWS, or to FEW."""
    size = FEW if count <= FEW else -(-count // ROWS) * ROWS
    return np.minimum(np.arange(size), count - 1)


class ContextNetwork:
    """Three layers on a context; the first also adds a row of each of some tables.

    The second adds its outputs to its inputs (He et al. 2016, "Deep residual learning for image
    recognition").

    Args:
        arrays: The layers `PREFIX` (see `read_layers`); `PREFIX.rows` and `PREFIX.columns` int32
            (28, H), added by position; `PREFIX.greys` int32 (256, H), of which `greys` rows at
            most are added.
        prefix: The network's name.
        inputs: The least and the largest input.
        greys: How many rows of the table of greys are added at most.

    Raises:
        InvalidModelError: They are unsound, or a sum could leave 2^24.
    """

    def __init__(self, arrays: Arrays, prefix: str, inputs: Range, *, once: bool) -> None:
        layers = read_layers(arrays, prefix)
        if len(layers) != 3 or layers[1].weights.shape[0] != layers[1].weights.shape[1]:
            raise InvalidModelError(f"{prefix} is not a network of three layers")
        first, second, last = layers
        width = first.weights.shape[1]
        tables = [
            _take_table(arrays, f"{prefix}.{name}", size, width)
            for name, size in (("rows", SIDE), ("columns", SIDE), ("greys", LEVELS))
        ]
        self._rows, self._columns, self.greys = (table.astype(np.float32) for table in tables)
        greys = np.abs(tables[2]).max(0) if once else np.abs(tables[2]).sum(0)
        added = np.abs(tables[0]).max(0) + np.abs(tables[1]).max(0) + greys
        if (first.bounds(inputs) + added).max() >= FLOAT32_LIMIT:
            raise InvalidModelError(f"the sums of the first layer of {prefix} could leave 2^24")
        raw = DenseLayer(
            first.weights, first.rounded_bias().astype(np.int32), _no_shift(first), -RAW, RAW
        )
        self._first, self._range = Network([raw], inputs), first.output_range
        self._scale = first.scale(np.dtype(np.float32))
        if self._range[0] < 0 or second.low < 0:
            raise InvalidModelError(f"the hidden layers of {prefix} give numbers below 0")
        self._second = Network([second], self._range)
        self._last = Network([last], (0, self._range[1] + second.high))
        self.width_in, self.width, self.width_out = len(first.weights), width, self._last.width_out
        self.output_range = last.output_range

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        parts = (self._first, self._second, self._last)
        return widest(*(part.arithmetic for part in parts))

    def __call__(
        self, x: NDArray[np.float32], position: int, greys: NDArray[np.float32]
    ) -> NDArray[Any]:
        """Map inputs (N, D) at a position, with greys (N, H) to add, to integers (N, outputs).

        Every number of rows is checked once: let few of them occur.
        """
        row, column = divmod(position, SIDE)
        sums = self._first(x) + greys  # integers, should the product have fallen back to int64
        sums += self._rows[row] + self._columns[column]
        sums *= self._scale
        np.floor(sums, out=sums)
        hidden = np.clip(sums, *self._range, out=sums)
        hidden = self._second(hidden) + hidden
        return self._last(hidden)


class PixelNetworks:
    """What the pixels kind knows: the distribution of a pixel, given those before it.

    Attributes:
        window: What a pixel is predicted from.
        width: How many numbers an image's palette is summed up in.

    Args:
        arrays: The window (see `Window`); the networks `value` and `flat` (see
            `ContextNetwork`); `value.embedding` int8 (256, E); `value.kernels` int8 (R, 511), and
            `value.kernel_shift` uint8 (1,); `value.odds` uint16 (T,), the odds of a logit that
            lies t below the highest; `flat.frequencies` uint16 (2 T + 1,), of a pixel that
            differs, by the logit plus T.

    Raises:
        InvalidModelError: They are unsound, or a sum could leave 2^24.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.window = Window.read(arrays)
        self._embedding = take_array(arrays, "value.embedding", ("int8",), 2).astype(np.float32)
        if len(self._embedding) != LEVELS:
            raise InvalidModelError("value.embedding does not have a row for each grey level")
        self._value = ContextNetwork(arrays, "value", (-CENTRE, CENTRE - 1), once=False)
        self._flat = ContextNetwork(arrays, "flat", (0, CENTRE - 1), once=True)
        kernels = take_array(arrays, "value.kernels", ("int8",), 2)
        shift = take_array(arrays, "value.kernel_shift", ("uint8",), 1)
        if kernels.shape[1] != 2 * LEVELS - 1 or shift.tolist() not in ([n] for n in range(16)):
            raise InvalidModelError("value.kernels do not reach from -255 to 255")
        zeros = np.zeros(kernels.shape[1], np.int32)
        layer = DenseLayer(kernels, zeros, np.full(len(zeros), shift[0], np.int8), -(2**15), 2**15)
        self._kernels = Network([layer], self._value.output_range)
        if self._kernels.arithmetic != "float32":
            raise InvalidModelError("the sums of value.kernels could leave 2^24")
        self._odds = take_array(arrays, "value.odds", ("uint16",), 1).astype(np.int32)
        self._frequencies = take_array(arrays, "flat.frequencies", ("uint16",), 1).astype(np.int64)
        self._check_widths(len(kernels))
        self.width = self._value.width

    def _check_widths(self, kernels: int) -> None:
        window, count = self.window, len(self.window.offsets)
        taken = window.near * self._embedding.shape[1] + 2 * count + len(DIFFERENCES)
        given = LEVELS + PREDICTIONS * kernels + window.near + PALETTE_GATES
        if (self._value.width_in, self._value.width_out) != (taken, given):
            raise InvalidModelError("the network value does not fit the window and the kernels")
        if (self._flat.width_in, self._flat.width_out) != (2 * (count - window.flat), 1):
            raise InvalidModelError("the network flat does not fit the window")
        reach = len(self._frequencies) // 2
        if len(self._frequencies) % 2 == 0 or self._flat.output_range != (-reach, reach):
            raise InvalidModelError("flat.frequencies do not fit what the network flat gives")
        if self._odds[0] != entropy.HIGHEST_ODDS or self._odds.max() > entropy.HIGHEST_ODDS:
            raise InvalidModelError("value.odds do not fall from 2^15")
        if not self._frequencies.all():
            raise InvalidModelError("flat.frequencies holds a 0")

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return widest(self._value.arithmetic, self._flat.arithmetic, self._kernels.arithmetic)

    def palette(self, levels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What a grey level that an image shows for the first time adds to its palette (N, H)."""
        return self._value.greys[levels]

    def is_flat(self, near: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which contexts (N, K) are flat, bool (N,)."""
        return np.asarray((near[:, 1 : self.window.flat] == near[:, :1]).all(1))

    def differs(self, near: NDArray[np.uint8], position: int) -> NDArray[np.int64]:
        """The frequency, of 2^16, that a pixel differs from a flat context (N, K), int64 (N,)."""
        count, near = len(near), near[_filled(len(near))]
        level = near[:, :1]
        apart = np.abs(near[:, self.window.flat :].astype(np.int16) - level)
        x = np.concatenate([apart >> 1, (apart > 0) * (CENTRE - 1)], 1).astype(np.float32)
        logits = self._flat(x, position, self._flat.greys[level[:, 0]])[:, 0]
        places = logits[:count].astype(np.int64) + len(self._frequencies) // 2
        return np.asarray(self._frequencies[places])

    def frequencies(
        self,
        near: NDArray[np.uint8],
        position: int,
        palette: NDArray[np.float32],
        seen: NDArray[np.float32],
    ) -> NDArray[np.int32]:
        """The frequencies of all grey levels of a pixel.

        Args:
            near: uint8 (N, K), the window.
            position: The pixel's number in raster order.
            palette: float32 (N, H), the sums of `palette`.
            seen: float32 (N, 256), 1 for each grey level that the image has shown.

        Returns:
            int32 (N, 256), each row of sum 2^16.
        """
        count, rows = len(near), _filled(len(near))
        near = near[rows]
        values = self._value(self._inputs(near), position, palette[rows])[:count]
        logits = values[:, :LEVELS].astype(np.float32)
        gates = values[:, -self.window.near - PALETTE_GATES :]
        kernels = values[:, LEVELS : -self.window.near - PALETTE_GATES]
        self._add_kernels(logits, kernels, near[:count])
        index = np.arange(count)
        for number in range(self.window.near):
            logits[index, near[:count, number]] += gates[:, number]
        _add_palette(logits, gates[:, self.window.near :], seen)
        below = logits.max(1, keepdims=True) - logits
        return entropy.scale_odds(self._odds.take(below.astype(np.int32), mode="clip"))

    def _inputs(self, near: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network of values takes, from contexts (N, K), float32 (N, D)."""
        wide = near.astype(np.int16)
        apart = np.abs(wide - wide[:, :1]) >> 1
        first, second = np.array(DIFFERENCES).T
        steps = np.abs(wide[:, first] - wide[:, second]) >> 1
        embedded = self._embedding[near[:, : self.window.near]].reshape(len(near), -1)
        return np.concatenate([embedded, wide - CENTRE, apart, steps], 1, dtype=np.float32)

    def _add_kernels(
        self, logits: NDArray[np.float32], weights: NDArray[Any], near: NDArray[np.uint8]
    ) -> None:
        """Add to logits (N, 256) the kernels (weights (N, 3 R)) centred on the predictions."""
        count = len(near)
        centres = predictions(near)
        each = weights.reshape(count * PREDICTIONS, -1)
        kernels = self._kernels(each[_filled(len(each))])
        windows = np.lib.stride_tricks.sliding_window_view(kernels, LEVELS, 1)
        index = np.arange(count) * PREDICTIONS
        for number, centre in enumerate(centres):
            logits += windows[index + number, LEVELS - 1 - centre]


def predictions(near: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """Three predictions of a pixel, int64 (N,) each: the median edge detector, left and above.

    The first is that of JPEG-LS (Weinberger, Seroussi, Sapiro 2000, "The LOCO-I lossless image
    compression algorithm").
    """
    left, above, corner = near[:, :3].T.astype(np.int64)
    low, high = np.minimum(left, above), np.maximum(left, above)
    return [np.clip(left + above - corner, low, high), left, above]


def _add_palette(
    logits: NDArray[np.float32], gates: NDArray[Any], seen: NDArray[np.float32]
) -> None:
    """Add gates (N, 4) where a level, one beside it, its opposite or one beside that was seen."""
    for number, where in ((0, seen), (2, seen[:, ::-1])):
        logits += gates[:, number : number + 1] * where
        beside = gates[:, number + 1 : number + 2] * where
        logits[:, 1:] += beside[:, :-1]
        logits[:, :-1] += beside[:, 1:]


def _no_shift(layer: DenseLayer) -> NDArray[np.int8]:
    return np.zeros_like(layer.shift)


def _take_table(arrays: Arrays, name: str, size: int, width: int) -> NDArray[np.int64]:
    table = take_array(arrays, name, ("int16", "int32"), 2).astype(np.int64)
    if table.shape != (size, width):
        raise InvalidModelError(f"{name} has shape {table.shape}, not {(size, width)}")
    return table
