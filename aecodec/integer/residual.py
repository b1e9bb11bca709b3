"""Networks of three layers whose first sums take rows of tables too."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import residual_loops
from aecodec.integer.layers import Arrays, Range, read_layers, take_array
from aecodec.integer.networks import FLOAT32_LIMIT, Network, widest

ROWS = 16  # rows are filled up to a multiple: every number of rows is checked once
FEW = 8


def filled(count: int, width: int) -> NDArray[np.float32]:
    """Zeros for `count` rows, and for more up to a multiple of ROWS, or to FEW."""
    return np.zeros((_size(count), width), np.float32)


def filled_up(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of rows (N,), and the last again up to as many as `filled` gives."""
    return rows.take(np.arange(_size(len(rows))), mode="clip")


def _size(count: int) -> int:
    return FEW if count <= FEW else -(-count // ROWS) * ROWS


class ResidualNetwork:
    """Three layers; to the first sums, numbers from tables are added.

    The second adds its outputs to its inputs (He et al. 2016, "Deep residual learning for image
    recognition").

    Args:
        arrays: The layers `PREFIX` (see `read_layers`).
        prefix: The network's name.
        inputs: The least and the largest input.
        most: The largest magnitude that is added to each first sum, float64 or int64 (H,).

    Attributes:
        scale: What a table's integers are multiplied by before they are added, float32 (H,).
        bias: The first layer's bias with its rounding constant, so multiplied, float32 (H,).
        layers: The three layers.

    Raises:
        InvalidModelError: They are unsound, or a sum could leave 2^24.
    """

    def __init__(
        self, arrays: Arrays, prefix: str, inputs: Range, most: NDArray[np.number[Any]]
    ) -> None:
        layers = read_layers(arrays, prefix)
        if len(layers) != 3 or layers[1].weights.shape[0] != layers[1].weights.shape[1]:
            raise InvalidModelError(f"{prefix} is not a network of three layers")
        self.layers = first, second, last = layers[0], layers[1], layers[2]
        if first.weights.shape[1:] != most.shape:
            raise InvalidModelError(f"the tables of {prefix} do not fit its first layer")
        if (first.bounds(inputs) + most).max() >= FLOAT32_LIMIT:
            raise InvalidModelError(f"the sums of the first layer of {prefix} could leave 2^24")
        self._first, self._range = Network([first], inputs), first.output_range
        self.scale = first.scale(np.dtype(np.float32))
        self.bias = first.scaled_bias(np.dtype(np.float32))
        if self._range[0] < 0 or second.low < 0:
            raise InvalidModelError(f"the hidden layers of {prefix} give numbers below 0")
        self._second = Network([second], self._range)
        self._second_bias = second.scaled_bias(np.dtype(np.float32))
        self._nothing = np.zeros(len(most), np.float32)
        # decided once: what falls back to int64 later gives the same numbers
        self._runs_in_float32 = self._second.arithmetic == "float32"
        self._last = Network([last], (0, self._range[1] + second.high))
        self.width_in, self.width, self.width_out = (
            len(first.weights),
            len(most),
            last.weights.shape[1],
        )
        self.output_range = last.output_range

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        parts = (self._first, self._second, self._last)
        return widest(*(part.arithmetic for part in parts))

    def run(self, x: NDArray[np.float32], *added: NDArray[np.float32]) -> NDArray[Any]:
        """Map inputs to integers (rows, outputs).

        Args:
            x: (rows, D), some of them filled up: every number of rows is checked once.
            added: What is added to the first sums of rows that are not filled up, (N, H), or of
                all rows, (H,): rows of tables, times `scale`, and `bias`.
        """
        return self._last(self._hidden(x, *added))

    def run_to_products(self, x: NDArray[np.float32], *added: NDArray[np.float32]) -> NDArray[Any]:
        """Do the same up to the last products, see `Network.product`."""
        return self._last.product(self._hidden(x, *added))

    def _hidden(self, x: NDArray[np.float32], *added: NDArray[np.float32]) -> NDArray[Any]:
        sums = self._first.product(x)  # exact, like all below: multiples of 2^-shift
        first, second = (
            loop.compiled(len(x) // 8) for loop in (residual_loops.FIRST, residual_loops.SECOND)
        )
        if first and second and self._runs_in_float32:
            hidden = np.asarray(sums, np.float32)
            one, two = (
                np.ascontiguousarray(np.atleast_2d(part)) for part in (*added, self._nothing)[:2]
            )
            first(hidden, one, two, *self._range)
            products = np.asarray(self._second.product(hidden), np.float32)
            second(hidden, products, self._second_bias, *self._second.output_range)
            return hidden
        for part in added:
            used = sums[: len(part)] if part.ndim > 1 else sums
            used += part
        np.floor(sums, out=sums)
        hidden = sums.clip(*self._range, out=sums)
        hidden += self._second(hidden)
        return hidden


def take_table(arrays: Arrays, name: str, size: int, prefix: str) -> NDArray[np.int64]:
    """A table of `size` rows for the first layer of the network `prefix`, int64 (size, H).

    Raises:
        InvalidModelError: There is no such table.
    """
    width = take_array(arrays, f"{prefix}.0.weights", ("int8", "int16"), 2).shape[1]
    table = take_array(arrays, name, ("int16", "int32"), 2).astype(np.int64)
    if table.shape != (size, width):
        raise InvalidModelError(f"{name} has shape {table.shape}, not {(size, width)}")
    return table
