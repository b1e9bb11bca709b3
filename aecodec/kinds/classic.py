"""The classic kind: a dense auto-encoder with a few latents, each quantised to 8 bits.

The encoder network maps the 784 pixels, centred by 128, to K integers of 0 to 255, the payload.
The decoder network maps them to 784 integers that index a table of grey levels, a sigmoid.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import nets
from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images

CENTRE = 128
PIXEL_RANGE = (-CENTRE, 255 - CENTRE)
CODE_RANGE = (0, 255)


class ClassicCoder:
    """A `classic` model ready to code.

    Arrays: the networks `encoder` (784 to K) and `decoder` (K to 784) as `nets.read_network`
    reads them, and `decoder.greys` uint8 (T,), indexed by the decoder's clipped output.
    Raises InvalidModelError when they do not fit together.
    """

    lossless = False

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._decoder = nets.read_network(arrays, "decoder", CODE_RANGE)
        self._greys = nets.take(arrays, "decoder.greys", ("uint8",), 1)
        self.latents = self._decoder.width_in
        if self._decoder.width_out != PIXELS or self.latents > PIXELS:
            raise InvalidModelError(f"the decoder does not give {PIXELS} pixels")
        if self._decoder.output_range != (0, len(self._greys) - 1):
            raise InvalidModelError("the decoder's output does not index its table of greys")

    @cached_property
    def _encoder(self) -> nets.Network:
        encoder = nets.read_network(self._arrays, "encoder", PIXEL_RANGE)
        if (encoder.width_in, encoder.width_out) != (PIXELS, self.latents):
            raise InvalidModelError("the encoder does not fit the decoder")
        if encoder.output_range != CODE_RANGE:
            raise InvalidModelError("the encoder's output is not clipped to a byte")
        return encoder

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `nets.Network.arithmetic`)."""
        return self._decoder.arithmetic

    def codes(self, images: Images) -> NDArray[np.uint8]:
        """Map uint8 (N, 28, 28) to its latents, uint8 (N, K)."""
        pixels = images.reshape(-1, PIXELS).astype(np.float32)
        pixels -= CENTRE
        return self._encoder(pixels).astype(np.uint8)

    def rebuild(self, codes: NDArray[np.uint8]) -> Images:
        """Map latents uint8 (N, K) to images, uint8 (N, 28, 28)."""
        levels = self._decoder(codes).astype(np.int32)
        return self._greys.take(levels, mode="clip").reshape(-1, SIDE, SIDE)

    def encode(self, images: Images) -> bytes:
        """Code uint8 (N, 28, 28) as N times K bytes."""
        return self.codes(images).tobytes()

    def decode(self, payload: bytes, count: int) -> Images:
        """Rebuild uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * self.latents:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} images")
        return self.rebuild(np.frombuffer(payload, np.uint8).reshape(count, self.latents))
