"""The transform kind: a few dozen integer latents an image, coded under a learned prior.

A non-linear transform code (Ballé, Laparra, Simoncelli 2017, "End-to-end optimized image
compression") with an autoregressive prior: the encoder network gives a first guess, a search
refines it (`search`), and the prior's frequencies drive a range coder (`range_coder`).
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import entropy, networks, range_coder
from aecodec.kinds import COST_UNIT, DEFAULT_EFFORT
from aecodec.kinds.transform.prior import Latents, Prior

if TYPE_CHECKING:
    from aecodec.kinds.transform.search import Search

ROUNDS = {1: 1, 2: 12, 3: 160}  # of search, by effort
PART_BITS = entropy.RATE_BITS - (COST_UNIT.bit_length() - 1)


class TransformCoder:
    """A `transform` model ready to code.

    Arrays: the networks `decoder` (d to 784) and `encoder` (784 to d) as `networks.read_network`
    reads them, `decoder.greys` uint8 (T,), indexed by the decoder's clipped output, those of
    `prior.Prior` and, to encode, those of `search.Search`. Raises
    InvalidModelError when they do not fit together.
    """

    lossless = False

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._prior = Prior(arrays)
        self._decoder = networks.read_network(arrays, "decoder", self._prior.range)
        self._greys = networks.take(arrays, "decoder.greys", ("uint8",), 1)
        if (self._decoder.width_in, self._decoder.width_out) != (self._prior.latents, PIXELS):
            raise InvalidModelError("the decoder does not fit the prior or an image")
        if self._decoder.output_range != (0, len(self._greys) - 1):
            raise InvalidModelError("the decoder's output does not index its table of greys")

    @cached_property
    def _search(self) -> "Search":
        from aecodec.kinds.transform.search import Search

        return Search(self._arrays, self._prior)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `networks.Network.arithmetic`)."""
        names = {self._decoder.arithmetic, self._prior.arithmetic}
        return next(name for name in ("int64", "float64", "float32") if name in names)

    @property
    def range(self) -> networks.Range:
        """The lowest and the highest value of a latent."""
        return self._prior.range

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> NDArray[np.int16]:
        """Find latents that represent uint8 (N, 28, 28) at low cost, int16 (N, d)."""
        return self._search(images, ROUNDS[effort])

    def rebuild(self, latents: Latents) -> Images:
        """Map latents (N, d) to images, uint8 (N, 28, 28)."""
        levels = self._decoder(latents).astype(np.int32)
        return self._greys.take(levels, mode="clip").reshape(-1, SIDE, SIDE)

    def pack(self, latents: Latents) -> bytes:
        """Write latents (N, d): latent by latent, in each all images in turn."""
        starts, frequencies = self._prior.intervals(latents)
        return range_coder.encode(starts.T.reshape(-1), frequencies.T.reshape(-1))

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:
        """Code uint8 (N, 28, 28) by the latents that the search finds."""
        return self.pack(self.codes(images, effort))

    def costs(self, latents: Latents) -> NDArray[np.int64]:
        """What latents (N, d) cost, in bits times COST_UNIT, int64 (N,)."""
        return self._prior.rates(latents) + (1 << PART_BITS >> 1) >> PART_BITS

    def decode(self, payload: bytes, count: int) -> Images:
        """Rebuild uint8 (count, 28, 28). Raises CorruptFileError when the payload is unsound."""
        symbols = count * self._prior.latents
        if (
            len(payload) > 2 * symbols + symbols // 1024 + 2
        ):  # 16 bits each, and what rounding costs
            raise CorruptFileError(f"{count} images take no {len(payload)} bytes")
        source = range_coder.Decoder(payload)
        latents = self._prior.decode(source, count)
        source.finish()
        return self.rebuild(latents)
