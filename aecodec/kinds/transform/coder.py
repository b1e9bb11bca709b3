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
from aecodec.images import Images
from aecodec.integer import Range, entropy, range_coder, widest
from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, Coder
from aecodec.kinds.image_networks import GreyDecoder
from aecodec.kinds.transform.prior import Latents, Prior, rates_of

if TYPE_CHECKING:
    from aecodec.kinds.transform.search import Found, LatentSearch

KEPT = 1024  # images that the search has found and that are kept at most: some 2 MB
PART_BITS = entropy.RATE_BITS - (COST_UNIT.bit_length() - 1)


class TransformCoder(Coder):
    """A `transform` model ready to code.

    What the search found last is kept until it is drawn: images are packed before.

    Args:
        arrays: Those of `Prior` and of `GreyDecoder`; to encode, those of `LatentSearch`.

    Raises:
        InvalidModelError: What decoding needs is unsound.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._prior = Prior(arrays)
        self._decoder = GreyDecoder(arrays, self._prior.range)
        self._last: Found | None = None
        if self._decoder.latents != self._prior.latents:
            raise InvalidModelError("the decoder does not take the latents of the prior")

    @cached_property
    def _search(self) -> "LatentSearch":
        from aecodec.kinds.transform.search import LatentSearch

        return LatentSearch(self._arrays, self._prior, self._decoder)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return widest(self._decoder.arithmetic, self._prior.arithmetic)

    @property
    def code_text(self) -> str:
        """What an image is coded as."""
        return (
            f"{self._prior.latents} latents of {self._prior.alphabet} levels under a learned prior"
        )

    def check_encoder(self) -> None:
        """Build the search. Raises InvalidModelError."""
        _ = self._search

    @property
    def latent_range(self) -> Range:
        """The lowest and the highest symbol of the prior."""
        return self._prior.range

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> NDArray[np.int16]:
        """Find latents that represent uint8 (N, 28, 28) at low cost, int16 (N, d)."""
        found = self._search(images, effort)
        self._last = found if len(images) <= KEPT else None
        return found.latents.copy()

    def _found(self, latents: Latents) -> "Found | None":
        """What the search found last, if it was these latents; many threads may ask."""
        last = self._last
        return last if last is not None and np.array_equal(last.latents, latents) else None

    def rebuild(self, latents: Latents) -> Images:
        """Map latents (N, d) to images, uint8 (N, 28, 28)."""
        found = self._found(latents)
        if found is None:
            return self._decoder(latents)
        self._last = None
        return found.images

    def pack(self, latents: Latents) -> bytes:
        """Write latents (N, d): latent by latent, in each all images in turn."""
        starts, frequencies = self._intervals(latents)
        return range_coder.encode(starts.T.reshape(-1), frequencies.T.reshape(-1))

    def unpack(self, payload: bytes, count: int) -> NDArray[np.int16]:
        """Read latents int16 (count, d). Raises CorruptFileError when the payload is unsound."""
        symbols = count * self._prior.latents
        most = 2 * symbols + symbols // 1024 + 2  # 16 bits each, and what rounding costs
        if len(payload) > most:
            raise CorruptFileError(f"{count} images take no {len(payload)} bytes")
        source = range_coder.RangeDecoder(payload)
        latents = self._prior.decode(source, count)
        source.finish()
        return latents

    def costs(self, latents: Latents) -> NDArray[np.int64]:
        """What latents (N, d) take, in bits times COST_UNIT, int64 (N,)."""
        rates = rates_of(self._intervals(latents)[1])
        return rates + (1 << PART_BITS >> 1) >> PART_BITS

    def _intervals(self, latents: Latents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found = self._found(latents)
        return (
            self._prior.intervals(latents) if found is None else (found.starts, found.frequencies)
        )
