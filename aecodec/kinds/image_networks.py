"""Networks between pixels and latents."""

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import Arrays, Network, Range, read_network, take_array

CENTRE = 128
PIXEL_RANGE = (-CENTRE, 255 - CENTRE)  # of the inputs of an encoder network


def centred(images: Images) -> NDArray[np.float32]:
    """Turn uint8 (N, 28, 28) or (N, 784) into the inputs of an encoder, float32 (N, 784)."""
    pixels = images.reshape(-1, PIXELS).astype(np.float32)
    pixels -= CENTRE
    return pixels


def read_pixel_network(arrays: Arrays, prefix: str, outputs: int) -> Network:
    """Read a network that maps the pixels of an image to some numbers.

    Raises:
        InvalidModelError: It is unsound (see `read_network`) or of other widths.
    """
    network = read_network(arrays, prefix, PIXEL_RANGE)
    if (network.width_in, network.width_out) != (PIXELS, outputs):
        raise InvalidModelError(f"{prefix} does not map {PIXELS} pixels to {outputs} numbers")
    return network


class GreyDecoder:
    """Draws images: a network from latents to one number a pixel, and a table of greys.

    The numbers index the table, which has the place of a sigmoid.

    Attributes:
        network: The network.
        latents: How many latents an image has.
        greys: uint8 (T,): the table.

    Args:
        arrays: The network `decoder` (see `read_layers`), K to 784, and `decoder.greys` uint8
            (T,), which the last layer's clip indexes.
        inputs: The least and the largest latent.

    Raises:
        InvalidModelError: They are unsound or do not fit together.
    """

    def __init__(self, arrays: Arrays, inputs: Range) -> None:
        self.network = read_network(arrays, "decoder", inputs)
        self.greys = take_array(arrays, "decoder.greys", ("uint8",), 1)
        self.latents = self.network.width_in
        if self.network.width_out != PIXELS:
            raise InvalidModelError(f"the decoder does not give {PIXELS} pixels")
        if self.network.output_range != (0, len(self.greys) - 1):
            raise InvalidModelError("the decoder's output does not index its table of greys")

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return self.network.arithmetic

    def draw(self, levels: NDArray[np.generic]) -> Images:
        """Map what the network gives, (N, 784), to images, uint8 (N, 28, 28)."""
        return self.greys.take(levels.astype(np.int32), mode="clip").reshape(-1, SIDE, SIDE)

    def __call__(self, latents: NDArray[np.generic]) -> Images:
        """Map latents (N, K) to images, uint8 (N, 28, 28)."""
        return self.draw(self.network(latents))
