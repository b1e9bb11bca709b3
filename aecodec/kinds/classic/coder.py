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
from aecodec.images import PIXELS, Images
from aecodec.integer import Network, Range
from aecodec.kinds.classic.memory import DrawnImages
from aecodec.kinds.classic.search import ClassicSearch
from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, Coder
from aecodec.kinds.image_networks import GreyDecoder, centred, read_pixel_network

CODE_RANGE = (0, 255)
MANY = 256  # codes among which some were likely drawn before


class ClassicCoder(Coder):
    """A `classic` model ready to code: K bytes an image.

    Attributes:
        latents: K.

    Args:
        arrays: Those of `GreyDecoder`; to encode, the network `encoder` (784 to K, clipped to a
            byte) and those of `ClassicSearch` or none of them.

    Raises:
        InvalidModelError: What decoding needs is unsound.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._decoder = GreyDecoder(arrays, CODE_RANGE)
        self.latents = self._decoder.latents
        if self.latents > PIXELS:
            raise InvalidModelError(f"the decoder takes more than {PIXELS} latents")

    @cached_property
    def _encoder(self) -> Network:
        encoder = read_pixel_network(self._arrays, "encoder", self.latents)
        if encoder.output_range != CODE_RANGE:
            raise InvalidModelError("the encoder's output is not clipped to a byte")
        return encoder

    @cached_property
    def _search(self) -> ClassicSearch | None:
        if "encoder.table" not in self._arrays or self.latents != 2:
            return None
        return ClassicSearch(self._arrays)

    @cached_property
    def _drawn(self) -> DrawnImages:
        network, draw = self._decoder.network, self._decoder.draw
        return DrawnImages(lambda codes: draw(network.run_filled(codes)))

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return self._decoder.arithmetic

    @property
    def code_text(self) -> str:
        """What an image is coded as."""
        return f"{self.latents} latents of 8 bits, {self.latents} bytes"

    @property
    def latent_range(self) -> Range:
        """That of a byte."""
        return CODE_RANGE

    def check_encoder(self) -> None:
        """Build the search and the encoder network. Raises InvalidModelError."""
        if self._search is None or "encoder.clips" in self._arrays:  # a search does without
            _ = self._encoder

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> NDArray[np.uint8]:  # noqa: ARG002 - one search
        """Map uint8 (N, 28, 28) to the codes that represent it best, uint8 (N, K)."""
        return self._search(centred(images)) if self._search else self.network_codes(images)

    def network_codes(self, images: Images) -> NDArray[np.uint8]:
        """Map uint8 (N, 28, 28) to codes by the encoder network alone, uint8 (N, K)."""
        return self._encoder(centred(images)).astype(np.uint8)

    def rebuild(self, codes: NDArray[np.uint8]) -> Images:
        """Map codes uint8 (N, K) to images, uint8 (N, 28, 28)."""
        many = self.latents == 2 and len(codes) >= MANY
        return self._drawn(codes) if many else self._decoder(codes)

    def pack(self, codes: NDArray[np.uint8]) -> bytes:
        """Write codes (N, K) as N times K bytes."""
        return codes.tobytes()

    def unpack(self, payload: bytes, count: int) -> NDArray[np.uint8]:
        """Read codes uint8 (count, K). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * self.latents:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} images")
        return np.frombuffer(payload, np.uint8).reshape(count, self.latents)

    def costs(self, codes: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What codes (N, K) take, in bits times COST_UNIT, int64 (N,)."""
        return np.full(len(codes), 8 * self.latents * COST_UNIT, np.int64)
