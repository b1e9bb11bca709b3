"""Exact integer networks in NumPy: dense layers whose every sum is proved to fit its float type.

A matrix product of integers in float32 is exact in any order of summation as long as no
partial sum can leave plus or minus 2^24 (float64: 2^53), so BLAS gives the same integers on
every machine. The bound is proved when a network is built. What a proof cannot cover (a BLAS
that computes in reduced precision) is found by a known-answer test of each layer; a layer that
fails it runs in int64 from then on.

A network may be used from many threads at once.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer.layers import Arrays, DenseLayer, ExactLayer, Range, check_chain, read_layers

FLOAT32_LIMIT = 2**24
FLOAT64_LIMIT = 2**53
BLOCK_ROWS = 512
LEAST_ROWS = 8

Matmul = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]


class Network:
    """A stack of `DenseLayer`, run in blocks of at most BLOCK_ROWS rows.

    Attributes:
        layers: The layers.
        width_in: How many numbers a row of the input has.
        width_out: How many a row of the output has.
        output_range: The least and the largest output.

    Args:
        layers: 1 to MAX_LAYERS layers.
        inputs: The least and the largest input that the network will be given.
        matmul: The matrix product of floats to use.

    Raises:
        InvalidModelError: Shapes do not chain, or a sum could leave 2^53.
    """

    def __init__(
        self, layers: Sequence[DenseLayer], inputs: Range, matmul: Matmul = np.matmul
    ) -> None:
        check_chain(layers)
        self.layers = tuple(layers)
        self.width_in = layers[0].weights.shape[0]
        self.width_out = layers[-1].weights.shape[1]
        self.output_range = layers[-1].output_range
        ranges = [inputs, *(layer.output_range for layer in layers)]
        self._runners = [
            _Runner(layer, ranges[number], matmul, number) for number, layer in enumerate(layers)
        ]

    @property
    def arithmetic(self) -> str:
        """What the products run in: `float32`, `float64`, or `int64` after a failed self-check."""
        return widest(*(runner.active.arithmetic for runner in self._runners))

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Map integers (N, inputs) of any dtype to integers (N, outputs) held in floats or int64.

        The inputs must lie in the range given at construction.
        """
        blocks = [self._run(x[i : i + BLOCK_ROWS]) for i in range(0, len(x), BLOCK_ROWS)]
        if len(blocks) == 1:
            return blocks[0]
        return np.concatenate(blocks) if blocks else np.zeros((0, self.width_out), np.float32)

    def run_filled(self, x: NDArray[Any]) -> NDArray[Any]:
        """Do the same with rows filled up, so that few numbers of rows occur.

        Every number of rows is one more shape that each layer checks itself for.
        """
        tail = len(x) % BLOCK_ROWS
        size = len(x) - tail + (max(LEAST_ROWS, 1 << (tail - 1).bit_length()) if tail else 0)
        filled = x if size == len(x) else x[np.minimum(np.arange(size), len(x) - 1)]
        return self(filled)[: len(x)]

    def product(self, x: NDArray[Any]) -> NDArray[Any]:
        """The products of rows (N, inputs) with the first layer's weights, times its 2^-shift.

        Nothing is added, rounded or clipped. They are held in floats, as exact as all else.
        """
        return self._runners[0].product(x)

    def trace(self, x: NDArray[Any]) -> list[NDArray[Any]]:
        """The input (N, inputs), at most BLOCK_ROWS rows, and then what each layer gives."""
        values = [x]
        for runner in self._runners:
            values.append(runner(values[-1]))
        return values

    def _run(self, x: NDArray[Any]) -> NDArray[Any]:
        for runner in self._runners:
            x = runner(x)
        return x


def read_network(arrays: Arrays, prefix: str, inputs: Range) -> Network:
    """Build and prove the network that is stored under a prefix (see `read_layers`).

    Raises:
        InvalidModelError: An array is unsound, or a sum could leave 2^53.
    """
    return Network(read_layers(arrays, prefix), inputs)


def widest(*arithmetics: str) -> str:
    """The widest of `float32`, `float64` and `int64` among those given.

    Example:
        >>> widest("float32", "int64", "float64")
        'int64'
    """
    return max(arithmetics, key=("float32", "float64", "int64").index)


class _BlasLayer:
    """A layer that runs in float32 or float64, as exact as its matrix product. Never changes."""

    def __init__(self, layer: DenseLayer, dtype: np.dtype[Any], bound: int, matmul: Matmul) -> None:
        self.dtype = dtype
        self.arithmetic = dtype.name
        self._matmul = matmul
        self._range = layer.output_range
        self._clips = not layer.low <= -bound <= bound <= layer.high
        self._shifts = bool(layer.shift.any())
        self._adds = bool(layer.rounded_bias().any())
        self._layer = layer

    @cached_property
    def _scaled(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Weights and bias times 2^-shift; made when first needed, which many a network is not."""
        return self._layer.scaled(self.dtype)

    def product(self, x: NDArray[Any]) -> NDArray[Any]:
        """The product with the weights, scaled by 2^-shift."""
        # some kernels raise floating-point flags in lanes they throw away; the result is exact
        with np.errstate(all="ignore"):
            return self._matmul(x, self._scaled[0])

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        sums = self.product(x.astype(self.dtype, copy=False))
        if self._adds:
            sums += self._scaled[1]
        if self._shifts:
            np.floor(sums, out=sums)
        if self._clips:
            sums.clip(*self._range, out=sums)  # not `np.clip`, which calls this and takes as long
        return sums


class _Runner:
    """A layer ready to run, with its self-check.

    Every number of rows that occurs is checked once, before its first use: BLAS picks its kernel
    by shape, so a kernel that was never asked is never trusted. `active` is what the layer runs
    as. It never changes itself and is replaced by one assignment, so a thread that has read it
    finishes with what it has checked, whatever the others find meanwhile.
    """

    def __init__(self, layer: DenseLayer, inputs: Range, matmul: Matmul, number: int) -> None:
        bound = int(layer.bounds(inputs).max())
        if bound >= FLOAT64_LIMIT:
            raise InvalidModelError(f"layer {number} could reach {bound}, past 2^53")
        dtype = np.dtype(np.float32 if bound < FLOAT32_LIMIT else np.float64)
        self.active: _BlasLayer | ExactLayer = _BlasLayer(layer, dtype, bound, matmul)
        self._layer = layer
        self._inputs = inputs
        self._checked: set[int] = set()
        self._question: tuple[NDArray[Any], NDArray[Any]] | None = None

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        return self._checked_for(len(x))(x)

    def product(self, x: NDArray[Any]) -> NDArray[Any]:
        active = self._checked_for(len(x))
        return active.product(x.astype(active.dtype, copy=False))

    def _checked_for(self, rows: int) -> _BlasLayer | ExactLayer:
        active = self.active
        if isinstance(active, _BlasLayer) and rows not in self._checked:
            return self._check(active, rows)
        return active

    def _check(self, active: _BlasLayer, rows: int) -> _BlasLayer | ExactLayer:
        # threads that come here together ask the same question and get the same answer
        question = self._question or _known_question(self._layer, self._inputs, active.dtype)
        self._question = question
        x, answer = question
        for start in range(0, len(x), rows):
            order = (start + np.arange(rows)) % len(x)
            if not np.array_equal(active.product(x[order]), answer[order]):
                return self.fall_back()
        self._checked.add(rows)
        return active

    def fall_back(self) -> ExactLayer:
        """Run in int64 from now on."""
        exact = ExactLayer(self._layer)
        self.active = exact
        return exact


def _known_question(
    layer: DenseLayer, inputs: Range, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows (8, inputs) near the bound, and their exact products (8, outputs) scaled, in `dtype`.

    Most drive the heaviest output towards its positive or its negative extreme, with steps of
    one off it here and there, so that low bits are set and rounding shows; the last is mixed.
    """
    low, high = inputs
    sizes = np.add.reduce(np.abs(layer.weights, dtype=np.int32), 0, dtype=np.int32)
    heavy = layer.weights[:, sizes.argmax()] > 0
    steps = np.arange(len(heavy), dtype=np.int64)
    step = min(1, high - low)
    third, fifth, odd = (step * (steps % 3 == 0), step * (steps % 5 == 0), step * (steps % 2))
    x = np.stack(
        [
            np.where(heavy, high, low),
            np.where(heavy, high - third, low + third),
            np.where(heavy, high - odd, low + odd),
            np.where(heavy, high - fifth, low),
            np.where(heavy, low, high),
            np.where(heavy, low + third, high - third),
            np.where(steps % 2 == 0, high - third, low + fifth),
            low + (steps * 7919 + 104_729) % (high - low + 1),
        ]
    )
    # where sums fit float32 they fit int32, in which einsum is several times as fast
    exact = np.int32 if dtype == np.float32 else np.int64
    answer = np.einsum("ij,jk->ik", x.astype(exact), layer.weights.astype(exact))
    return x.astype(dtype), answer.astype(dtype) * layer.scale(dtype)
