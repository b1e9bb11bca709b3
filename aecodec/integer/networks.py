"""Exact integer networks in NumPy: dense layers whose every sum is proved to fit its float type.

A matrix product of integers in float32 is exact in any order of summation as long as no
partial sum can leave plus or minus 2^24 (float64: 2^53), so BLAS gives the same integers on
every machine. The bound is proved when a network is built; what a proof cannot cover (a BLAS
that computes in reduced precision) is found by asking each layer a question whose answer is
known, and answered by falling back to int64.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError

FLOAT32_LIMIT = 2**24
FLOAT64_LIMIT = 2**53
BLOCK_ROWS = 512
MAX_WIDTH = 4096
MAX_LAYERS = 16
MAX_SHIFT = 40
MAX_CLIP = 2**15

Matmul = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
Range = tuple[int, int]


@dataclass(frozen=True)
class Dense:
    """One layer: `clip(floor((x @ weights + bias + 2^(shift-1)) / 2^shift), low, high)`.

    weights: int8 or int16 (inputs, outputs); bias: int32 (outputs,); shift: int8 (outputs,),
    each 0 to MAX_SHIFT, where a shift of 0 adds no rounding constant; low, high: the clip.
    """

    weights: NDArray[np.integer[Any]]
    bias: NDArray[np.int32]
    shift: NDArray[np.int8]
    low: int
    high: int

    def rounded_bias(self) -> NDArray[np.int64]:
        """The bias with the rounding constant added, int64 (outputs,)."""
        half = np.left_shift(np.int64(1), self.shift.astype(np.int64)) >> 1
        return self.bias.astype(np.int64) + half

    def scale(self, dtype: np.dtype[Any]) -> NDArray[np.floating[Any]]:
        """2^-shift of each output, (outputs,): weights times these give sums that are as exact."""
        return np.ldexp(np.float64(1), -self.shift.astype(np.int32)).astype(dtype)

    def bounds(self, inputs: Range) -> NDArray[np.float64]:
        """The largest magnitude that any partial sum of each output can reach, (outputs,).

        It is the larger of the sums of all positive and of all negative contributions for
        inputs within the range, so it holds for every order of summation, blocked or fused.
        """
        low, high = inputs
        weights = self.weights.astype(np.int64)
        total, size = weights.sum(0), np.abs(weights, out=weights).sum(0)
        # float64: exact, since such sums are far below 2^53 at the allowed widths
        upper, lower = (size + total) / 2, (total - size) / 2  # of the positive, of the negative
        bias = self.rounded_bias()
        most = upper * max(high, 0) + lower * min(low, 0) + np.maximum(bias, 0)
        least = upper * min(low, 0) + lower * max(high, 0) + np.minimum(bias, 0)
        return np.asarray(np.maximum(most, -least))


class Network:
    """A stack of `Dense` layers, run in blocks of at most BLOCK_ROWS rows.

    Raises InvalidModelError when shapes do not chain or a layer could leave 2^53.
    """

    def __init__(self, layers: Sequence[Dense], inputs: Range, matmul: Matmul = np.matmul) -> None:
        if not 1 <= len(layers) <= MAX_LAYERS:
            raise InvalidModelError(f"a network has 1 to {MAX_LAYERS} layers, not {len(layers)}")
        self.width_in = layers[0].weights.shape[0]
        self.width_out = layers[-1].weights.shape[1]
        self.output_range = (layers[-1].low, layers[-1].high)
        self._layers = []
        width = self.width_in
        for number, layer in enumerate(layers):
            if layer.weights.shape[0] != width:
                raise InvalidModelError(
                    f"layer {number} takes {layer.weights.shape[0]} numbers but is given {width}"
                )
            self._layers.append(_Runner(layer, inputs, matmul, number))
            inputs, width = (layer.low, layer.high), layer.weights.shape[1]

    @property
    def arithmetic(self) -> str:
        """What the products run in: `float32`, `float64`, or `int64` after a failed self-check."""
        kinds = {runner.dtype.name for runner in self._layers}
        return next(name for name in ("int64", "float64", "float32") if name in kinds)

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Map integers (N, inputs) of any dtype to integers (N, outputs) held in floats or int64.

        The inputs must lie in the range given at construction.
        """
        blocks = [self._run(x[i : i + BLOCK_ROWS]) for i in range(0, len(x), BLOCK_ROWS)]
        if len(blocks) == 1:
            return blocks[0]
        return np.concatenate(blocks) if blocks else np.zeros((0, self.width_out), np.float32)

    def _run(self, x: NDArray[Any]) -> NDArray[Any]:
        for runner in self._layers:
            x = runner(x)
        return x


class _Runner:
    """One layer ready to run, with its self-check.

    Every row count that occurs is checked once, before its first use: BLAS picks its kernel by
    shape, so a kernel that was never asked is never trusted.
    """

    def __init__(self, layer: Dense, inputs: Range, matmul: Matmul, number: int) -> None:
        bound = int(layer.bounds(inputs).max())
        if bound >= FLOAT64_LIMIT:
            raise InvalidModelError(f"layer {number} could reach {bound}, past 2^53")
        single = bound < FLOAT32_LIMIT
        self._shifts = bool(layer.shift.any())
        self._clips = not layer.low <= -bound <= bound <= layer.high
        self._layer = layer
        self._inputs = inputs
        self._matmul = matmul
        self._checked: set[int] = set()
        self._question: tuple[NDArray[Any], NDArray[Any]] | None = None
        self._use(np.dtype(np.float32 if single else np.float64))

    def _use(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._weights = self._layer.weights.astype(dtype)
        self._bias = self._layer.rounded_bias().astype(dtype)
        if self._shifts and dtype != np.int64:
            scale = self._layer.scale(dtype)
            self._weights *= scale
            self._bias *= scale

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        if self.dtype != np.int64 and len(x) not in self._checked:
            self._check(len(x))
        if self.dtype == np.int64:
            sums = np.einsum("ij,jk->ik", x.astype(np.int64), self._weights) + self._bias
            return np.asarray(np.clip(sums >> self._layer.shift, self._layer.low, self._layer.high))
        sums = self._product(x.astype(self.dtype, copy=False))
        sums += self._bias
        if self._shifts:
            np.floor(sums, out=sums)
        if self._clips:
            np.clip(sums, self._layer.low, self._layer.high, out=sums)
        return sums

    def _product(self, x: NDArray[Any]) -> NDArray[Any]:
        # some kernels raise floating-point flags in lanes they throw away; the result is exact
        with np.errstate(all="ignore"):
            return self._matmul(x, self._weights)

    def _check(self, rows: int) -> None:
        if self._question is None:
            self._question = _known_question(self._layer, self._inputs, self.dtype)
        x, answer = self._question
        for start in range(0, len(x), rows):
            order = (start + np.arange(rows)) % len(x)
            if not np.array_equal(self._product(x[order]), answer[order]):
                return self._use(np.dtype(np.int64))
        self._checked.add(rows)
        return None


def _known_question(
    layer: Dense, inputs: Range, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows (8, inputs) near the bound, and their exact products (8, outputs) scaled, in `dtype`.

    Most drive the heaviest output towards its positive or its negative extreme, with steps of
    one off it here and there, so that low bits are set and rounding shows; the last is mixed.
    """
    low, high = inputs
    heavy = layer.weights[:, np.abs(layer.weights, dtype=np.int64).sum(0).argmax()] > 0
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


def dense_arrays(prefix: str, layers: Sequence[Dense]) -> dict[str, NDArray[Any]]:
    """Name the arrays of a network as a model file holds them (see `read_network`)."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, layer in enumerate(layers):
        arrays[f"{prefix}.{number}.weights"] = layer.weights
        arrays[f"{prefix}.{number}.bias"] = layer.bias
        arrays[f"{prefix}.{number}.shift"] = layer.shift
    arrays[f"{prefix}.clips"] = np.array([(la.low, la.high) for la in layers], np.int32)
    return arrays


def read_network(arrays: Mapping[str, NDArray[Any]], prefix: str, inputs: Range) -> Network:
    """Build and prove the network stored under `prefix`.

    `PREFIX.clips` int32 (L, 2) holds low and high of each layer, `PREFIX.I.weights` int8 or
    int16 (inputs, outputs), `PREFIX.I.bias` int32 (outputs,), `PREFIX.I.shift` int8 (outputs,).

    Raises InvalidModelError when an array is missing, misshapen or past a limit.
    """
    clips = take(arrays, f"{prefix}.clips", ("int32",), 2)
    if clips.shape[1] != 2 or not 1 <= len(clips) <= MAX_LAYERS:
        raise InvalidModelError(f"{prefix}.clips has shape {clips.shape}, not (layers, 2)")
    layers = []
    for number, (low, high) in enumerate(clips.tolist()):
        weights = take(arrays, f"{prefix}.{number}.weights", ("int8", "int16"), 2)
        bias = take(arrays, f"{prefix}.{number}.bias", ("int32",), 1)
        shift = take(arrays, f"{prefix}.{number}.shift", ("int8",), 1)
        if not (bias.shape == shift.shape == weights.shape[1:]):
            raise InvalidModelError(f"the shapes of {prefix}.{number} disagree")
        if not 1 <= min(weights.shape) <= max(weights.shape) <= MAX_WIDTH:
            raise InvalidModelError(f"{prefix}.{number} is not 1 to {MAX_WIDTH} wide")
        if shift.min() < 0 or shift.max() > MAX_SHIFT:
            raise InvalidModelError(f"{prefix}.{number}.shift lies outside 0 to {MAX_SHIFT}")
        if not -MAX_CLIP <= low <= high <= MAX_CLIP:
            raise InvalidModelError(f"{prefix}.clips[{number}] is no range within {MAX_CLIP}")
        layers.append(Dense(weights, bias, shift, low, high))
    return Network(layers, inputs)


def take(
    arrays: Mapping[str, NDArray[Any]], name: str, dtypes: tuple[str, ...], ndim: int
) -> NDArray[Any]:
    """Return one array of a model, or raise InvalidModelError when it is not as its kind needs."""
    array = arrays.get(name)
    if array is None:
        raise InvalidModelError(f"the array {name} is missing")
    if array.dtype.name not in dtypes or array.ndim != ndim or array.size == 0:
        raise InvalidModelError(
            f"the array {name} is {array.dtype.name} {array.shape}, "
            f"not {' or '.join(dtypes)} with {ndim} dimensions"
        )
    return array
