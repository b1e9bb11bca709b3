"""The network of flat contexts, where the nearest pixels are equal: whether the pixel differs."""

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS
from aecodec.integer import Arrays, filled, take_array
from aecodec.kinds.pixels import loops
from aecodec.kinds.pixels.context import Window, distances
from aecodec.kinds.pixels.context_network import BLOCK, CENTRE, LEVELS, ContextNetwork, Numbers


class FlatNetwork(ContextNetwork):
    """Gives the probability that a pixel differs from those beside it.

    Attributes:
        frequencies: uint16 as int64 (2 T + 1,), of a pixel that differs, by the logit plus T.

    Args:
        arrays: The network `flat` (see `ContextNetwork`); `flat.frequencies` uint16 (2 T + 1,).
        window: What a pixel is predicted from.

    Raises:
        InvalidModelError: They are unsound, or a sum could leave 2^24.
    """

    def __init__(self, arrays: Arrays, window: Window) -> None:
        super().__init__(arrays, "flat", (0, CENTRE - 1), once=True)
        self._window = window
        self.frequencies = take_array(arrays, "flat.frequencies", ("uint16",), 1).astype(np.int64)
        self._of_one_level = np.zeros((LEVELS, PIXELS), np.int64)  # 0: not asked for yet
        if (self.width_in, self.width_out) != (2 * (len(window.offsets) - window.flat), 1):
            raise InvalidModelError("the network flat does not fit the window")
        reach = len(self.frequencies) // 2
        if len(self.frequencies) % 2 == 0 or self.output_range != (-reach, reach):
            raise InvalidModelError("flat.frequencies do not fit what the network flat gives")
        if not self.frequencies.all():
            raise InvalidModelError("flat.frequencies holds a 0")

    def differs(self, near: NDArray[np.uint8], positions: Numbers | int) -> NDArray[np.int64]:
        """The frequency, of 2^16, that a pixel differs from a flat context.

        Args:
            near: uint8 (K, N), the windows, BLOCK at most.
            positions: The pixels' numbers in raster order, int64 (N,), or that of all.

        Returns:
            int64 (N,).
        """
        x = filled(near.shape[1], self.width_in)
        level, others = near[0], near[self._window.flat :]
        compiled = loops.FLAT_INPUTS.compiled(near.shape[1] // 4)
        if compiled is not None:
            compiled(near, 0, near.shape[1], self._window.flat, x)
        else:
            apart = distances(others, level)
            x[: near.shape[1], : len(others)] = (apart >> 1).T
            x[: near.shape[1], len(others) :] = (np.minimum(apart, 1) * np.uint8(CENTRE - 1)).T
        return self._chances(x, positions, self.greys[level])

    def differs_from_level(self, levels: NDArray[np.uint8], positions: Numbers) -> Numbers:
        """The same where all the pixels of a window are of one level, (N,)."""
        found = self._of_one_level[levels, positions]
        missing = levels[found == 0]
        if not missing.size:
            return np.asarray(found)
        for level in np.unique(missing):
            # threads that come here together write the same
            for begin in range(0, PIXELS, BLOCK):
                places = np.arange(begin, min(begin + BLOCK, PIXELS))
                x = filled(len(places), self.width_in)
                greys = np.tile(self.greys[level], (len(places), 1))
                self._of_one_level[level, places] = self._chances(x, places, greys)
        return np.asarray(self._of_one_level[levels, positions])

    def _chances(
        self, x: NDArray[np.float32], positions: Numbers | int, greys: NDArray[np.float32]
    ) -> Numbers:
        logits = self(x, positions, greys)[: len(greys), 0]
        return np.asarray(self.frequencies[logits.astype(np.int64) + len(self.frequencies) // 2])
