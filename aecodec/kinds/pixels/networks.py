"""The two networks of the pixels kind: of flat contexts, and of all others.

In a flat context, where the nearest pixels are equal, a small network gives the probability that
the pixel differs from them. Everywhere else, and where it does differ, a larger one gives the
logits of all 256 grey levels.
"""

from typing import Any

from aecodec.integer import Arrays, keep_freed, widest
from aecodec.kinds.pixels.context import Window
from aecodec.kinds.pixels.flat_network import FlatNetwork
from aecodec.kinds.pixels.value_network import PAIRS, ValueNetwork


class PixelNetworks:
    """What the pixels kind knows: the distribution of a pixel, given those before it.

    Attributes:
        window: What a pixel is predicted from.
        flat: The network of flat contexts.
        value: That of all others.

    Args:
        arrays: Those of `Window`, `FlatNetwork` and `ValueNetwork`.

    Raises:
        InvalidModelError: They are unsound, or a sum could leave 2^24.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.window = Window.read(arrays)
        self.value = ValueNetwork(arrays, self.window)
        self.flat = FlatNetwork(arrays, self.window)
        keep_freed()

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return widest(self.value.arithmetic, self.flat.arithmetic)

    def knowledge(self) -> tuple[Any, ...] | None:
        """What `walk_loops` takes of the networks; None where they do not run in float32."""
        if self.arithmetic != "float32":
            return None
        return PAIRS, self.flat.tables, self.flat.frequencies, *self.value.knowledge()
