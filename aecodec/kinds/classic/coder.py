"""The classic kind: a dense auto-encoder with a few latents, each quantised to 8 bits.

The encoder network maps the 784 pixels, centred by 128, to K integers of 0 to 255, the payload.
The decoder network maps them to 784 integers that index a table of grey levels, a sigmoid.
With two latents a model may bring a table of all 256 x 256 codes, in which the encoder searches
for the code whose decoded image is nearest; a network alone finds it only roughly.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import networks
from aecodec.kinds import COST_UNIT, DEFAULT_EFFORT
from aecodec.kinds.classic.search import CENTRE, PIXEL_RANGE, CodeSearch

CODE_RANGE = (0, 255)


class ClassicCoder:
    """A `classic` model ready to code.

    Arrays: the networks `encoder` (784 to K) and `decoder` (K to 784) as `networks.read_network`
    reads them, `decoder.greys` uint8 (T,), indexed by the decoder's clipped output, and those of
    `CodeSearch` or none of them. Raises InvalidModelError when they do not fit together.
    """

    lossless = False

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._decoder = networks.read_network(arrays, "decoder", CODE_RANGE)
        self._greys = networks.take(arrays, "decoder.greys", ("uint8",), 1)
        self.latents = self._decoder.width_in
        if self._decoder.width_out != PIXELS or self.latents > PIXELS:
            raise InvalidModelError(f"the decoder does not give {PIXELS} pixels")
        if self._decoder.output_range != (0, len(self._greys) - 1):
            raise InvalidModelError("the decoder's output does not index its table of greys")

    @cached_property
    def _encoder(self) -> networks.Network:
        encoder = networks.read_network(self._arrays, "encoder", PIXEL_RANGE)
        if (encoder.width_in, encoder.width_out) != (PIXELS, self.latents):
            raise InvalidModelError("the encoder does not fit the decoder")
        if encoder.output_range != CODE_RANGE:
            raise InvalidModelError("the encoder's output is not clipped to a byte")
        return encoder

    @cached_property
    def _search(self) -> "CodeSearch | None":
        if "encoder.table" not in self._arrays or self.latents != 2:
            return None
        return CodeSearch(self._arrays)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `networks.Network.arithmetic`)."""
        return self._decoder.arithmetic

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> NDArray[np.uint8]:  # noqa: ARG002 - one search
        """Map uint8 (N, 28, 28) to the codes that represent it best, uint8 (N, K)."""
        return self._search(_centred(images)) if self._search else self.network_codes(images)

    def network_codes(self, images: Images) -> NDArray[np.uint8]:
        """Map uint8 (N, 28, 28) to codes by the encoder network alone, uint8 (N, K)."""
        return self._encoder(_centred(images)).astype(np.uint8)

    def rebuild(self, codes: NDArray[np.uint8]) -> Images:
        """Map codes uint8 (N, K) to images, uint8 (N, 28, 28)."""
        levels = self._decoder(codes).astype(np.int32)
        return self._greys.take(levels, mode="clip").reshape(-1, SIDE, SIDE)

    def pack(self, codes: NDArray[np.uint8]) -> bytes:
        """Write codes (N, K) as N times K bytes."""
        return codes.tobytes()

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:  # noqa: ARG002 - one search
        """Code uint8 (N, 28, 28) as N times K bytes."""
        return self.pack(self.codes(images))

    def costs(self, codes: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What codes (N, K) cost, in bits times COST_UNIT, int64 (N,)."""
        return np.full(len(codes), 8 * self.latents * COST_UNIT, np.int64)

    def decode(self, payload: bytes, count: int) -> Images:
        """Rebuild uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * self.latents:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} images")
        return self.rebuild(np.frombuffer(payload, np.uint8).reshape(count, self.latents))


def _centred(images: Images) -> NDArray[np.float32]:
    pixels = images.reshape(-1, PIXELS).astype(np.float32)
    pixels -= CENTRE
    return pixels
