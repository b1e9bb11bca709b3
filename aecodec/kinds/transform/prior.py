"""The prior of the transform kind: how probable each symbol of a latent is, given those before.

A masked network (MADE: Germain et al. 2015, "Masked autoencoder for distribution estimation")
maps all latents to the logits of every latent at once, for the encoder. Its hidden units are
sorted by how many latents they see, so that the decoder computes the same integers latent by
latent, each unit once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import (
    Arrays,
    DenseLayer,
    ExactLayer,
    Network,
    entropy,
    range_coder,
    read_network,
    take_array,
)
from aecodec.kinds.transform import ladder, rate_loops

MAX_ALPHABET = 256
FEW = 32  # images below which plain int64 is faster than BLAS with its self-checks
ROWS = 64  # images are filled up to a multiple of this: every number of rows is checked once

Latents = NDArray[np.integer[Any]]
Run = Callable[[NDArray[Any]], NDArray[Any]]


class Prior:
    """The distribution of d latents, each one of A successive integers.

    Attributes:
        network: Maps latents (N, d) to the logits of all symbols, (N, d * A).
        latents: d.
        lowest: The lowest symbol.
        alphabet: A.
        range: The lowest and the highest symbol.
        octave: How many steps of a logit halve its odds.

    Args:
        arrays: The network `prior` (see `read_layers`), whose hidden layers have one width H;
            `prior.degree` uint16 (H,), ascending: hidden unit k of any layer sees the first
            `degree[k]` latents only; `prior.symbols` int16 (2,), the lowest symbol and A;
            `prior.odds` uint16 (T,): the odds of a logit that lies t below the highest of its
            latent (T - 1 for all that lie lower).

    Raises:
        InvalidModelError: They are unsound, do not fit together, or a mask is broken.
    """

    def __init__(self, arrays: Arrays) -> None:
        degree = take_array(arrays, "prior.degree", ("uint16",), 1)
        self._table = take_array(arrays, "prior.odds", ("uint16",), 1).astype(np.int32)
        symbols = take_array(arrays, "prior.symbols", ("int16",), 1)
        if len(symbols) != 2 or not 2 <= symbols[1] <= MAX_ALPHABET or self._table[0] == 0:
            raise InvalidModelError("the prior has no symbols or no odds")
        self.lowest, self.alphabet = map(int, symbols)
        self.range = (self.lowest, self.lowest + self.alphabet - 1)
        if self.range[1] > np.iinfo(np.int16).max:
            raise InvalidModelError("the prior's latents do not fit 16 bits")
        self.network = read_network(arrays, "prior", self.range)
        if len(self.network.layers) < 2:
            raise InvalidModelError("the prior has no hidden layer")
        self.octave = int((2 * self._table > self._table[0]).sum())
        self.latents = self.network.width_in
        self._known = _known_units(self.network.layers, degree.astype(np.int64), self.alphabet)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return self.network.arithmetic

    def frequencies(self, logits: NDArray[Any]) -> NDArray[np.int64]:
        """The frequencies of all symbols from logits (N, d * A), int64 (N, d, A)."""
        return np.diff(entropy.cumulate(self.odds(logits)))

    def intervals(self, latents: Latents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First slots and frequencies of latents (N, d), each int64 (N, d): what is coded."""
        return self.intervals_of(self.network(latents), self.symbols(latents))

    def intervals_of(
        self, logits: NDArray[Any], symbols: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same from the logits (N, d * A) and the symbols (N, d)."""
        compiled = rate_loops.INTERVALS.compiled(symbols.size >> 1)
        if compiled is None:
            return entropy.intervals(self.odds(logits), symbols)
        starts, frequencies = np.empty_like(symbols), np.empty_like(symbols)
        given = logits.astype(np.int32), symbols, self._table, self.alphabet
        compiled(*given, starts, frequencies)
        return starts, frequencies

    def symbols(self, latents: NDArray[Any]) -> NDArray[np.int64]:
        """The places (N, d) of latents (N, d) in their alphabets."""
        symbols = latents.astype(np.int64)
        symbols -= self.lowest
        return symbols

    def about_all(self, logits: NDArray[Any]) -> NDArray[np.int64]:
        """The frequencies of all symbols (N, d, A), or one less or more, from logits (N, d * A).

        So much is enough for a search, and quicker than what is coded.
        """
        compiled = rate_loops.FREQUENCIES.compiled(logits.size >> 7)
        if compiled is None:
            odds = self.odds(logits)
            return self._about(odds, odds)
        found = np.empty((len(logits), self.latents, self.alphabet), np.int64)
        compiled(logits.astype(np.int32), self._table, self.alphabet, found)
        return found

    def about_rates(self, logits: NDArray[Any], symbols: NDArray[np.int64]) -> NDArray[np.int64]:
        """What rows of symbols (N, d) cost by such frequencies, as `rates`, int64 (N,)."""
        compiled = rate_loops.COSTS.compiled(symbols.size >> 2)
        if compiled is None:
            odds = self.odds(logits)
            own = np.take_along_axis(odds, symbols[..., None], 2)
            return rates_of(self._about(own, odds)[..., 0])
        found = np.empty(len(logits), np.int64)
        given = logits.astype(np.int32), symbols, self._table, self.alphabet
        compiled(*given, entropy.rate_table(), found)
        return found

    def _about(self, some: NDArray[np.int32], odds: NDArray[np.int32]) -> NDArray[np.int64]:
        total = odds.sum(-1, dtype=np.int64, keepdims=True)
        return np.asarray(some * np.int64(entropy.TOTAL - self.alphabet) // total + 1)

    def rates(self, latents: Latents) -> NDArray[np.int64]:
        """What latents (N, d) cost to code, in bits times 2^entropy.RATE_BITS, int64 (N,)."""
        return rates_of(self.intervals(latents)[1])

    def decode(self, source: range_coder.RangeDecoder, count: int) -> NDArray[np.int16]:
        """Decode latents, int16 (count, d): latent by latent, in each all images in turn.

        Raises CorruptFileError.
        """
        few = count < FEW
        rows = count if few else -(-count // ROWS) * ROWS
        steps = self._exact_steps if few else self._fast_steps
        known = np.zeros((rows, self.latents), np.int64 if few else np.float32)
        units = [np.zeros((rows, self._known[-1]), known.dtype) for _ in self.network.layers[1:]]
        for number, step in enumerate(steps):
            below = known[:, : max(number, 1)]
            for run, hidden in zip(step.hidden, units, strict=False):
                hidden[:, step.start : step.stop] = run(below)
                below = hidden[:, : max(step.stop, 1)]
            below = units[-1][:, : max(step.stop, 1)]
            known[:count, number] = self._symbols(source, step.logits(below)[:count])
            known[:count, number] += self.lowest
        return known[:count].astype(np.int16)

    def _symbols(self, source: range_coder.RangeDecoder, logits: NDArray[Any]) -> NDArray[np.int64]:
        """Decode a symbol for each row of logits (N, A), int64 (N,)."""
        compiled = ladder.DECODE.compiled(len(logits))
        if compiled is not None:
            rows = np.ascontiguousarray(logits, np.int32)
            return source.run(compiled, len(rows), rows, self._table)
        return source.symbols(entropy.cumulate(self.odds(logits)[:, 0]))

    def odds(self, logits: NDArray[Any]) -> NDArray[np.int32]:
        """The odds of all symbols from logits (N, k * A), int32 (N, k, A)."""
        alphabets = logits.shape[1] // self.alphabet
        rows = logits.astype(np.int32).reshape(len(logits), alphabets, self.alphabet)
        below = rows.max(-1, keepdims=True) - rows
        return np.asarray(self._table.take(below, mode="clip"))

    @cached_property
    def _fast_steps(self) -> "list[_Step]":
        inputs = [self.range, *(layer.output_range for layer in self.network.layers)]
        return self._steps(lambda layer, place: Network([layer], inputs[place]))

    @cached_property
    def _exact_steps(self) -> "list[_Step]":
        return self._steps(lambda layer, _: ExactLayer(layer))

    def _steps(self, build: Callable[[DenseLayer, int], Run]) -> "list[_Step]":
        *hidden, last = self.network.layers
        steps = []
        for number, (start, stop) in enumerate(pairwise([0, *self._known])):
            outputs = slice(number * self.alphabet, (number + 1) * self.alphabet)
            runs = []
            if stop > start:
                for place, layer in enumerate(hidden):
                    inputs = stop if place else number
                    runs.append(build(_part(layer, inputs, slice(start, stop)), place))
            logits = build(_part(last, stop, outputs), len(hidden))
            steps.append(_Step(start, stop, runs, logits))
        return steps


def rates_of(frequencies: NDArray[np.int64]) -> NDArray[np.int64]:
    """What symbols of frequencies (N, d) cost in all, as `Prior.rates`, int64 (N,)."""
    return np.asarray(entropy.rate_table().take(frequencies).sum(1, dtype=np.int64))


@dataclass(frozen=True)
class _Step:
    """What decoding one latent computes: hidden units start to stop of each layer, its logits."""

    start: int
    stop: int
    hidden: list[Run]
    logits: Run


def _part(layer: DenseLayer, inputs: int, outputs: slice) -> DenseLayer:
    """The first inputs (at least one) and some outputs of a layer."""
    weights = layer.weights[: max(inputs, 1), outputs]
    return DenseLayer(weights, layer.bias[outputs], layer.shift[outputs], layer.low, layer.high)


def _known_units(
    layers: Sequence[DenseLayer], degree: NDArray[np.int64], alphabet: int
) -> list[int]:
    """How many hidden units see no more than the latents before each, having checked the masks."""
    latents = len(layers[0].weights)
    if (np.diff(degree) < 0).any() or degree[-1] >= latents:
        raise InvalidModelError("prior.degree does not ascend to less than the latents")
    seen = np.arange(1, latents + 1)  # what an input reveals; what is known before an output
    inputs, outputs = [seen, *[degree] * (len(layers) - 1)], [degree] * (len(layers) - 1)
    outputs.append(np.repeat(seen - 1, alphabet))
    for number, layer in enumerate(layers):
        if layer.weights.shape != (len(inputs[number]), len(outputs[number])):
            raise InvalidModelError(f"layer {number} of the prior does not fit prior.degree")
        if layer.weights[inputs[number][:, None] > outputs[number]].any():
            raise InvalidModelError(f"layer {number} of the prior sees what is not decoded yet")
    return [int(n) for n in np.searchsorted(degree, seen - 1, side="right")]
