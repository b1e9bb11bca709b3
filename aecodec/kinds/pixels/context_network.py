"""A network on the context of a pixel: its place and the grey levels of its image add to it."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE
from aecodec.integer import Arrays, Range, ResidualNetwork, take_table

LEVELS = 256
CENTRE = 128
BLOCK = 512  # contexts at a time, at most

Numbers = NDArray[np.int64]


class ContextNetwork(ResidualNetwork):
    """A `ResidualNetwork` to whose first sums a row of each of some tables is added.

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
        rows, columns, greys = (
            take_table(arrays, f"{prefix}.{name}", size, prefix)
            for name, size in (("rows", SIDE), ("columns", SIDE), ("greys", LEVELS))
        )
        most = np.abs(greys).max(0) if once else np.abs(greys).sum(0)
        super().__init__(
            arrays, prefix, inputs, np.abs(rows).max(0) + np.abs(columns).max(0) + most
        )
        places = (rows[:, None] + columns).reshape(PIXELS, -1)
        self._places = places.astype(np.float32) * self.scale + self.bias
        self.greys = greys.astype(np.float32) * self.scale

    @cached_property
    def tables(self) -> tuple[NDArray[np.float32], ...]:
        """All that it knows, as `walk_loops.Network` has it."""
        float32 = np.dtype(np.float32)
        (first, _), second, last = (layer.scaled(float32) for layer in self.layers)
        clips = np.array([layer.output_range for layer in self.layers], float32)
        return first, self._places, self.greys, *second, *last, clips

    def __call__(
        self, x: NDArray[np.float32], positions: Numbers | int, greys: NDArray[np.float32]
    ) -> NDArray[Any]:
        """Map inputs to integers (rows, outputs).

        Args:
            x: (rows, D), some of them filled up: every number of rows is checked once.
            positions: Of each row that is not filled up (N,), or of all.
            greys: The rows of the table of greys, summed up, to add (N, H), or (H,) to all.
        """
        return self.run(x, self._places[positions], greys)

    def products(
        self, x: NDArray[np.float32], positions: Numbers | int, greys: NDArray[np.float32]
    ) -> NDArray[Any]:
        """The same up to the last products, see `Network.product`."""
        return self.run_to_products(x, self._places[positions], greys)
