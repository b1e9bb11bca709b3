"""Dense layers of integers: their values, their bound, and how a model file holds them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError

MAX_WIDTH = 4096
MAX_LAYERS = 16
MAX_SHIFT = 40
MAX_CLIP = 2**15

Arrays = Mapping[str, NDArray[Any]]
Range = tuple[int, int]


class DenseLayer(NamedTuple):
    """One layer: `clip(floor((x @ weights + bias + 2^(shift-1)) / 2^shift), low, high)`.

    Attributes:
        weights: int8 or int16 (inputs, outputs).
        bias: int32 (outputs,).
        shift: int8 (outputs,), each 0 to MAX_SHIFT; a shift of 0 adds no rounding constant.
        low: The least output.
        high: The largest output.
    """

    weights: NDArray[np.integer[Any]]
    bias: NDArray[np.int32]
    shift: NDArray[np.int8]
    low: int
    high: int

    @property
    def output_range(self) -> Range:
        """The least and the largest output."""
        return self.low, self.high

    def rounded_bias(self) -> NDArray[np.int64]:
        """The bias with the rounding constant added, int64 (outputs,)."""
        half = np.left_shift(np.int64(1), self.shift.astype(np.int64)) >> 1
        return self.bias.astype(np.int64) + half

    def scale(self, dtype: np.dtype[Any]) -> NDArray[np.floating[Any]]:
        """2^-shift of each output, (outputs,): weights times these give sums that are as exact."""
        return np.ldexp(np.float64(1), -self.shift.astype(np.int32)).astype(dtype)

    def scaled_bias(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        """The bias with the rounding constant, times 2^-shift, (outputs,)."""
        return np.asarray(self.rounded_bias().astype(dtype) * self.scale(dtype), dtype)

    def scaled(self, dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The weights, and the bias with the rounding constant, times 2^-shift."""
        weights = self.weights.astype(dtype)
        if self.shift.any():
            weights *= self.scale(dtype)
        return weights, self.scaled_bias(dtype)

    def bounds(self, inputs: Range) -> NDArray[np.float64]:
        """The largest magnitude that any partial sum of each output can reach, (outputs,).

        It is the larger of the sums of all positive and of all negative contributions for
        inputs within the range, so it holds for every order of summation, blocked or fused.
        """
        low, high = inputs
        # 4096 weights of 16 bits sum to less than 2^31
        weights = self.weights.astype(np.int32 if self.weights.itemsize < 4 else np.int64)
        total = np.add.reduce(weights, 0, dtype=weights.dtype).astype(np.int64)
        size = np.add.reduce(np.abs(weights, out=weights), 0, dtype=weights.dtype).astype(np.int64)
        # float64: exact, since such sums are far below 2^53 at the allowed widths
        upper, lower = (size + total) / 2, (total - size) / 2  # of the positive, of the negative
        bias = self.rounded_bias()
        most = upper * max(high, 0) + lower * min(low, 0) + np.maximum(bias, 0)
        least = upper * min(low, 0) + lower * max(high, 0) + np.minimum(bias, 0)
        return np.asarray(np.maximum(most, -least))


class ExactLayer:
    """A layer that runs in int64: it needs neither BLAS nor a self-check. Never changes."""

    arithmetic = "int64"
    dtype = np.dtype(np.int64)

    def __init__(self, layer: DenseLayer) -> None:
        self._scale = layer.scale(np.dtype(np.float64))
        self._weights = layer.weights.astype(np.int64)
        self._bias = layer.rounded_bias()
        self._shift = layer.shift
        self._range = layer.output_range

    def __call__(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Map integers (N, inputs) of any dtype to int64 (N, outputs)."""
        sums = self._sums(x)
        sums += self._bias
        sums >>= self._shift
        return np.asarray(np.clip(sums, *self._range, out=sums))

    def product(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """The product with the weights, scaled by 2^-shift: exact, as it is below 2^53."""
        return np.asarray(self._sums(x) * self._scale, np.float64)

    def _sums(self, x: NDArray[Any]) -> NDArray[np.int64]:
        # einsum is several times as fast as matmul, which has no BLAS for integers either
        return np.asarray(np.einsum("ij,jk->ik", x.astype(np.int64, copy=False), self._weights))


def dense_arrays(prefix: str, layers: Sequence[DenseLayer]) -> dict[str, NDArray[Any]]:
    """Name the arrays of a network as a model file holds them (see `read_layers`)."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, layer in enumerate(layers):
        arrays[f"{prefix}.{number}.weights"] = layer.weights
        arrays[f"{prefix}.{number}.bias"] = layer.bias
        arrays[f"{prefix}.{number}.shift"] = layer.shift
    arrays[f"{prefix}.clips"] = np.array([layer.output_range for layer in layers], np.int32)
    return arrays


def read_layers(arrays: Arrays, prefix: str) -> list[DenseLayer]:
    """Read the layers of the network that is stored under a prefix.

    Args:
        arrays: `PREFIX.clips` int32 (L, 2), the least and the largest output of each layer;
            for each layer I `PREFIX.I.weights` int8 or int16 (inputs, outputs), `PREFIX.I.bias`
            int32 (outputs,) and `PREFIX.I.shift` int8 (outputs,); others are passed over.
        prefix: The network's name.

    Raises:
        InvalidModelError: An array is missing, misshapen or past a limit, or the shapes of
            successive layers do not chain.
    """
    clips = take_array(arrays, f"{prefix}.clips", ("int32",), 2)
    if clips.shape[1] != 2 or not 1 <= len(clips) <= MAX_LAYERS:
        raise InvalidModelError(f"{prefix}.clips has shape {clips.shape}, not (layers, 2)")
    layers = [
        _read_layer(arrays, f"{prefix}.{number}", low, high)
        for number, (low, high) in enumerate(clips.tolist())
    ]
    check_chain(layers)
    return layers


def _read_layer(arrays: Arrays, name: str, low: int, high: int) -> DenseLayer:
    weights = take_array(arrays, f"{name}.weights", ("int8", "int16"), 2)
    bias = take_array(arrays, f"{name}.bias", ("int32",), 1)
    shift = take_array(arrays, f"{name}.shift", ("int8",), 1)
    if not (bias.shape == shift.shape == weights.shape[1:]):
        raise InvalidModelError(f"the shapes of {name} disagree")
    if not 1 <= min(weights.shape) <= max(weights.shape) <= MAX_WIDTH:
        raise InvalidModelError(f"{name} is not 1 to {MAX_WIDTH} wide")
    if shift.min() < 0 or shift.max() > MAX_SHIFT:
        raise InvalidModelError(f"{name}.shift lies outside 0 to {MAX_SHIFT}")
    if not -MAX_CLIP <= low <= high <= MAX_CLIP:
        raise InvalidModelError(f"the clip of {name} is no range within {MAX_CLIP}")
    return DenseLayer(weights, bias, shift, low, high)


def check_chain(layers: Sequence[DenseLayer]) -> None:
    """Raise InvalidModelError unless layers take what those before them give."""
    if not 1 <= len(layers) <= MAX_LAYERS:
        raise InvalidModelError(f"a network has 1 to {MAX_LAYERS} layers, not {len(layers)}")
    width = layers[0].weights.shape[0]
    for number, layer in enumerate(layers):
        if layer.weights.shape[0] != width:
            raise InvalidModelError(
                f"layer {number} takes {layer.weights.shape[0]} numbers but is given {width}"
            )
        width = layer.weights.shape[1]


def take_array(arrays: Arrays, name: str, dtypes: tuple[str, ...], ndim: int) -> NDArray[Any]:
    """Return one array of a model, never empty.

    Raises:
        InvalidModelError: It is missing, empty, or of another type or number of dimensions.
    """
    array = arrays.get(name)
    if array is None:
        raise InvalidModelError(f"the array {name} is missing")
    if array.dtype.name not in dtypes or array.ndim != ndim or array.size == 0:
        raise InvalidModelError(
            f"the array {name} is {array.dtype.name} {array.shape}, "
            f"not {' or '.join(dtypes)} with {ndim} dimensions"
        )
    return array
