"""The network of grey levels: of contexts that are not flat, and of pixels that differ from them.

It gives the logits of all 256 levels: free ones, kernels centred on three predictions from the
nearest pixels (what is smooth), and gates that copy grey levels of the neighbours and of the image
so far (what is drawn with few of them).
"""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import (
    FLOAT32_LIMIT,
    Arrays,
    DenseLayer,
    Network,
    entropy,
    filled,
    take_array,
    widest,
)
from aecodec.kinds.pixels import loops
from aecodec.kinds.pixels.context import Window, distances, predictions
from aecodec.kinds.pixels.context_network import CENTRE, LEVELS, ContextNetwork, Numbers
from aecodec.kinds.pixels.loops import PREDICTIONS

PALETTE_GATES = 4
# pairs of near pixels, by number, whose distances show edges and noise
DIFFERENCES = (
    *((0, 2), (1, 2), (1, 3), (0, 4), (1, 5), (0, 1)),
    *((0, 3), (2, 7), (3, 6), (2, 9), (3, 10), (4, 8)),
)
PAIRS = np.ascontiguousarray(np.array(DIFFERENCES).T)


class Contexts(NamedTuple):
    """What is known of some pixels.

    Attributes:
        near: uint8 (K, N), the windows, BLOCK at most.
        positions: The pixels' numbers in raster order, int64 (N,), or that of all.
        palette: float32 (N, H), the sums of `ValueNetwork.palette`.
        seen: int8 (N, 2, 258), 1 for each grey level that the image has shown, and for each whose
            opposite it has, between two 0.
    """

    near: NDArray[np.uint8]
    positions: Numbers | int
    palette: NDArray[np.float32]
    seen: NDArray[np.int8]


class ValueNetwork(ContextNetwork):
    """Gives the distribution of a pixel over all grey levels.

    Attributes:
        given: bool (256,), the grey levels that images of the model's may have: not those whose
            own logits are always the least.

    Args:
        arrays: The network `value` (see `ContextNetwork`); `value.embedding` int8 (256, E);
            `value.kernels` int8 (R, 511), and `value.kernel_shift` uint8 (1,); `value.odds`
            uint16 (T,), the odds of a logit that lies t below the highest.
        window: What a pixel is predicted from.

    Raises:
        InvalidModelError: They are unsound, or a sum could leave 2^24.
    """

    def __init__(self, arrays: Arrays, window: Window) -> None:
        super().__init__(arrays, "value", (-CENTRE, CENTRE - 1), once=False)
        self._window = window
        self._embedding = take_array(arrays, "value.embedding", ("int8",), 2).astype(np.float32)
        if len(self._embedding) != LEVELS:
            raise InvalidModelError("value.embedding does not have a row for each grey level")
        kernels = take_array(arrays, "value.kernels", ("int8",), 2)
        shift = take_array(arrays, "value.kernel_shift", ("uint8",), 1)
        if kernels.shape[1] != 2 * LEVELS - 1 or shift.tolist() not in ([n] for n in range(16)):
            raise InvalidModelError("value.kernels do not reach from -255 to 255")
        zeros = np.zeros(kernels.shape[1], np.int32)
        layer = DenseLayer(kernels, zeros, np.full(len(zeros), shift[0], np.int8), -(2**15), 2**15)
        if layer.bounds(self.output_range).max() >= FLOAT32_LIMIT:
            raise InvalidModelError("the sums of value.kernels could leave 2^24")
        self._scaled_kernels, scaled_halves = layer.scaled(np.dtype(np.float32))
        self._kernel_half = scaled_halves[0]
        # with what is added before they are rounded as one kernel more, which 1 weighs
        halves = np.concatenate([kernels, layer.rounded_bias()[None]]).astype(np.int16)
        weights = min(self.output_range[0], 1), max(self.output_range[1], 1)
        self._kernels = Network([layer._replace(weights=halves)], weights)
        # kernels weighed by less than this do not reach the clip
        self._weights_to_clip = layer.high // (np.abs(self._scaled_kernels).sum(0).max() + 1)
        self._odds = take_array(arrays, "value.odds", ("uint16",), 1).astype(np.int32)
        self._falls = int((self._odds == entropy.HIGHEST_ODDS).sum()) == 1 < len(self._odds)
        self._loops_finish = self.arithmetic == "float32"  # else its sums may be too large for them
        self._check_widths(len(kernels))
        self.given = self._given_levels()

    def _check_widths(self, kernels: int) -> None:
        window, count = self._window, len(self._window.offsets)
        taken = window.near * self._embedding.shape[1] + 2 * count + len(DIFFERENCES)
        given = LEVELS + PREDICTIONS * kernels + window.near + PALETTE_GATES
        if (self.width_in, self.width_out) != (taken, given):
            raise InvalidModelError("the network value does not fit the window and the kernels")
        if self._odds[0] != entropy.HIGHEST_ODDS or self._odds.max() > entropy.HIGHEST_ODDS:
            raise InvalidModelError("value.odds do not fall from 2^15")

    def _given_levels(self) -> NDArray[np.bool_]:
        last = self.layers[-1]
        least = last.bias[:LEVELS] >> last.shift[:LEVELS] <= self.output_range[0]
        return np.asarray(last.weights[:, :LEVELS].any(0) | ~least)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return widest(super().arithmetic, self._kernels.arithmetic)

    def knowledge(self) -> tuple[Any, ...]:
        """What `walk_loops` takes of the network, where it runs in float32."""
        return self.tables, self._embedding, self._loop_kernels, self._odds

    @cached_property
    def _loop_kernels(self) -> tuple[Any, ...]:
        clips = map(np.float32, self._kernels.output_range)
        return self._scaled_kernels, self._kernel_half, *clips

    @cached_property
    def _loop_finish(self) -> tuple[Any, ...]:
        bias = self.layers[-1].scaled_bias(np.dtype(np.float32))
        return bias * self._loops_finish, *map(np.float32, self.output_range)

    def palette(self, levels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What a grey level that an image shows for the first time adds to its palette (N, H)."""
        return self.greys[levels]

    def frequencies(self, contexts: Contexts) -> NDArray[np.int32]:
        """The frequencies of all grey levels of some pixels, int32 (N, 256), each of sum 2^16."""
        count = len(contexts.seen)
        compiled = self._compiled(count)
        if compiled is None:
            return entropy.scale_odds(*self._odds_of(contexts))
        given, nothing = np.empty((count, LEVELS), np.int32), np.empty((3, 0), np.int64)
        compiled(contexts, given, *nothing)
        return given

    def intervals(self, contexts: Contexts, symbols: Numbers) -> tuple[Numbers, Numbers]:
        """The first slots and the frequencies of the grey levels that some pixels have.

        Args:
            contexts: What is known of the pixels.
            symbols: The grey levels, int64 (N,).

        Returns:
            Each int64 (N,).
        """
        compiled = self._compiled(len(symbols))
        if compiled is None:
            return entropy.scaled_intervals(*self._odds_of(contexts), symbols)
        room = np.empty((loops.ROWS, LEVELS), np.int32)
        starts, chosen = np.empty((2, len(symbols)), np.int64)
        compiled(contexts, room, symbols, starts, chosen)
        return starts, chosen

    def _compiled(self, rows: int) -> Callable[..., None] | None:
        """What runs the network by its loops, where they pay for so many rows and can run it."""
        inputs = loops.INPUTS.compiled(2 * rows)
        frequencies = loops.FREQUENCIES.compiled(3 * rows)
        if inputs is None or frequencies is None:
            return None
        return partial(self._run_loops, inputs, frequencies)

    def _run_loops(
        self,
        inputs: Callable[..., None],
        frequencies: Callable[..., None],
        contexts: Contexts,
        *given: NDArray[np.integer[Any]],
    ) -> None:
        """Fill in what `loops.FREQUENCIES` gives: its last four arguments."""
        near, positions, palette, seen = contexts
        x, copied = filled(near.shape[1], self.width_in), self._window.near
        inputs(near, 0, near.shape[1], copied, PAIRS, self._embedding, x)
        run = self.products if self._loops_finish else self
        values = np.ascontiguousarray(run(x, positions, palette), np.float32)
        known = near, copied, self._loop_kernels, np.ascontiguousarray(seen), self._odds
        frequencies(values, self._loop_finish, *known, *given)

    def _odds_of(self, contexts: Contexts) -> tuple[NDArray[np.int32], Numbers]:
        """The odds of all grey levels, int32 (N, 256), and the first of the highest, (N,)."""
        near, positions, palette, seen = contexts
        count, copied = len(seen), self._window.near
        values = np.asarray(self(self._inputs(near), positions, palette), np.float32)
        logits, gates = self._with_kernels(values, near), values[:count, -copied - PALETTE_GATES :]
        places = np.arange(0, logits.size, LEVELS)[:, None] + near[:copied].T
        np.add.at(logits.reshape(-1), places.reshape(-1), gates[:, :copied].reshape(-1))
        self._add_palette(logits, gates[:, copied:], seen)
        top = logits.argmax(1)  # several times as fast as max
        below = np.subtract(logits[np.arange(count), top, None], logits, out=logits)
        odds = self._odds.take(below.astype(np.int32), mode="clip")
        return odds, top if self._falls else odds.argmax(1)

    def _kernel_weights(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """What weighs the kernels for each prediction, (3, rows, R + 1)."""
        count = len(self._scaled_kernels)
        weights = np.ones((PREDICTIONS, len(values), count + 1), np.float32)
        given = values[:, LEVELS : LEVELS + PREDICTIONS * count]
        weights[:, :, :-1] = given.reshape(len(values), PREDICTIONS, count).swapaxes(0, 1)
        return weights

    def _inputs(self, near: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network of values takes, from windows (K, N), float32 (rows, D)."""
        first, second = PAIRS
        size, count = near.shape
        x = filled(count, self.width_in)
        rows, begin = x[:count], self._window.near * self._embedding.shape[1]
        embedded = self._embedding.take(near[: self._window.near].T, axis=0)
        rows[:, :begin] = embedded.reshape(count, begin)
        rows[:, begin : begin + size] = (near ^ np.uint8(CENTRE)).view(np.int8).T  # less CENTRE
        rows[:, begin + size : begin + 2 * size] = (distances(near, near[0]) >> 1).T
        rows[:, begin + 2 * size :] = (distances(near[first], near[second]) >> 1).T
        return x

    def _with_kernels(
        self, values: NDArray[np.float32], near: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """The logits (N, 256) of values, and the kernels centred on the predictions added.

        Only what lies within 0 to 255 is rounded and clipped.
        """
        logits = values[: near.shape[1], :LEVELS]
        rows = np.arange(len(logits))
        each = self._kernel_weights(values)
        clips = np.abs(each).max() >= self._weights_to_clip
        for weights, centres in zip(each, predictions(near), strict=True):
            products = self._kernels.product(weights)
            step, item = products.strides
            shape, strides = (len(products), LEVELS, LEVELS), (step, item, item)
            windows = np.ndarray(shape, products.dtype, products, strides=strides)
            kernels = windows[rows, LEVELS - 1 - centres]
            np.floor(kernels, out=kernels)
            if clips:
                np.clip(kernels, *self._kernels.output_range, out=kernels)
            kernels += logits
            logits = kernels
        return logits

    def _add_palette(
        self, logits: NDArray[np.float32], gates: NDArray[np.float32], seen: NDArray[np.int8]
    ) -> None:
        """Add gates (N, 4) where a level, one beside it, its opposite or one beside was seen."""
        # the gates add up to six times the largest, as two levels lie beside one
        kind = np.int16 if 6 * np.abs(gates).max() < 2**15 else np.int32
        weighed = np.empty((len(seen), 4, LEVELS), kind)
        weighed[:, ::2] = seen[:, :, 1:-1]
        weighed[:, 1::2] = seen[:, :, :-2] + seen[:, :, 2:]
        logits += np.einsum("nk,nkl->nl", gates.astype(kind), weighed)
