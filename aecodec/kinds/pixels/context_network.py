"""A network on the context of a pixel: its place and the grey levels of its image add to it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, SIDE
from aecodec.integer import FLOAT32_LIMIT, Arrays, Network, Range, read_layers, take_array, widest

LEVELS = 256
ROWS = 64  # rows are filled up to a multiple: every number of rows is checked once
FEW = 8

Numbers = NDArray[np.int64]


def filled(count: int, width: int) -> NDArray[np.float32]:
    """Zeros for `count` rows, and for more up to a multiple of ROWS, or to FEW."""
    size = FEW if count <= FEW else -(-count // ROWS) * ROWS
    return np.zeros((size, width), np.float32)


class ContextNetwork:
    """Three layers on a context; the first also adds a row of each of some tables.

    The second adds its outputs to its inputs (He et al. 2016, "Deep residual learning for image
    recognition").

    Args:
        arrays: The layers `PREFIX` (see `read_layers`); `PREFIX.rows` and `PREFIX.columns` int32
            (28, H), added by position; `PREFIX.greys` int32 (256, H), of which one row is
            added, or some.
        prefix: The network's name.
        inputs: The least and the largest input.
        once: Whether at most one row of the table of greys is added, not each once.

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
        greys = np.abs(tables[2]).max(0) if once else np.abs(tables[2]).sum(0)
        added = np.abs(tables[0]).max(0) + np.abs(tables[1]).max(0) + greys
        if (first.bounds(inputs) + added).max() >= FLOAT32_LIMIT:
            raise InvalidModelError(f"the sums of the first layer of {prefix} could leave 2^24")
        self._first, self._range = Network([first], inputs), first.output_range
        scale = first.scale(np.dtype(np.float32))
        places = tables[0][:, None] + tables[1] + first.rounded_bias()
        self._places = places.reshape(PIXELS, width).astype(np.float32) * scale
        self.greys = tables[2].astype(np.float32) * scale
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
        self, x: NDArray[np.float32], positions: Numbers | int, greys: NDArray[np.float32]
    ) -> NDArray[Any]:
        """Map inputs to integers (rows, outputs).

        Args:
            x: (rows, D), some of them filled up: every number of rows is checked once.
            positions: Of each row that is not filled up (N,), or of all.
            greys: The rows of the table of greys, summed up, to add (N, H), or (H,) to all.
        """
        sums = self._first.product(x)  # exact, like all below: multiples of 2^-shift
        used = sums[: len(greys)] if greys.ndim > 1 else sums
        used += self._places[positions]
        used += greys
        np.floor(sums, out=sums)
        hidden = np.clip(sums, *self._range, out=sums)
        hidden += self._second(hidden)
        return self._last(hidden)


def _take_table(arrays: Arrays, name: str, size: int, width: int) -> NDArray[np.int64]:
    table = take_array(arrays, name, ("int16", "int32"), 2).astype(np.int64)
    if table.shape != (size, width):
        raise InvalidModelError(f"{name} has shape {table.shape}, not {(size, width)}")
    return table
