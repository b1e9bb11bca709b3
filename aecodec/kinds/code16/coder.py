"""The 16-bit kind: an image is one of 65,536 that a network draws, two bytes exactly.

The first byte names a region of image space, the second a point of one codebook that all regions
share. A region is a dense layer of its own, which maps the point to K latents: its mean, plus its
own axes times the point (local linear coordinates, as in Kambhatla and Leen 1997, "Dimension
reduction by local principal component analysis"). The decoder network maps the latents to 784
integers that index a table of grey levels, a sigmoid.

Encoding is a search. All codes are known in a projection to a few dimensions; the nearest there
are decoded, and the one with the least squared error over all pixels is the code. Each code runs
through the network at most once in a process, so large batches decode from a table.
"""

import mmap
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import Range
from aecodec.kinds.code16.regions import LATENT_RANGE, SIDES, Codes, Regions
from aecodec.kinds.code16.search import Code16Search, Effort
from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, Coder
from aecodec.kinds.image_networks import CENTRE, GreyDecoder, centred

BYTES = 2
CODES = SIDES * SIDES
BLOCK = 1024
SEARCHES = {1: Effort(6, 3), 2: Effort(20, 6), 3: Effort(SIDES, 32)}


class Code16Coder(Coder):
    """A `code16` model ready to code: 16 bits an image.

    Args:
        arrays: Those of `Regions` and of `GreyDecoder`; to encode, those of `Code16Search`.

    Raises:
        InvalidModelError: What decoding needs is unsound.
    """

    code_text = f"one of {CODES:,} trained codes, {BYTES} bytes"

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._regions = Regions(arrays)
        self._decoder = GreyDecoder(arrays, LATENT_RANGE)
        if self._decoder.latents != self._regions.latents:
            raise InvalidModelError("the decoder does not take the latents of the regions")
        # Workers forked from here share the rows, and memory is used only where they are written.
        # Which are written each process knows for itself. All threads and processes write the
        # same bytes; `_written` never changes and is replaced once rows are whole.
        self._rows = np.frombuffer(mmap.mmap(-1, CODES * PIXELS), np.uint8).reshape(CODES, PIXELS)
        self._written = np.zeros(CODES, bool)

    @cached_property
    def _search(self) -> Code16Search:
        return Code16Search(self._arrays)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return self._decoder.arithmetic

    def check_encoder(self) -> None:
        """Build the search. Raises InvalidModelError."""
        _ = self._search

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Codes:
        """Map uint8 (N, 28, 28) to the codes whose images are nearest, int64 (N,), 0 to 65,535.

        Among the candidates that the search finds, least squared error, then lowest code.
        """
        flat = images.reshape(-1, PIXELS)
        codes = np.zeros(len(flat), np.int64)
        search = SEARCHES[effort]
        step = min(BLOCK, BLOCK * 16 // search.regions)
        for start in range(0, len(flat), step):
            pixels = centred(flat[start : start + step])
            candidates = np.sort(self._search(pixels, search), 1)
            self._draw(candidates)
            scores = np.stack([self._closeness(pixels, column) for column in candidates.T], 1)
            codes[start : start + step] = candidates[np.arange(len(pixels)), scores.argmax(1)]
        return codes

    def _closeness(self, pixels: NDArray[np.float32], codes: Codes) -> NDArray[np.float64]:
        """`|pixels|^2` minus the squared error of each row as drawn for its code, (N,).

        Centred by 128 no sum of products leaves 2^24 and einsum only adds them up: exact.
        """
        drawn = self._rows.take(codes, 0).astype(np.float32)
        drawn -= CENTRE
        product = np.einsum("np,np->n", pixels, drawn).astype(np.float64)
        return np.asarray(2 * product - np.einsum("np,np->n", drawn, drawn))

    def _draw(self, codes: Codes) -> None:
        """Run codes, of any shape, through the network where that was not done yet."""
        wanted = np.zeros(CODES, bool)
        wanted[codes] = True
        new = np.flatnonzero(wanted & ~self._written)
        for start in range(0, len(new), BLOCK):
            block = new[start : start + BLOCK]
            self._rows[block] = self.draw(self._regions(block)).reshape(-1, PIXELS)
        if len(new):
            # one assignment: a thread that draws others at the same time may hide these again,
            # which costs drawing them twice
            self._written = self._written | wanted

    @property
    def latent_range(self) -> Range:
        """What the latents of the regions are clipped to."""
        return LATENT_RANGE

    def to_latents(self, codes: Codes) -> NDArray[np.int16]:
        """Map codes (N,) to the latents that the decoder draws, int16 (N, K)."""
        return self._regions(codes).astype(np.int16)

    def draw(self, latents: NDArray[np.integer[Any]]) -> Images:
        """Map latents (N, K), each within LATENT_RANGE, to images, uint8 (N, 28, 28)."""
        return self._decoder.draw(self._decoder.network.run_filled(latents))

    def rebuild(self, codes: Codes) -> Images:
        """Map codes (N,) to images, uint8 (N, 28, 28)."""
        self._draw(codes)
        return self._rows.take(codes, 0).reshape(-1, SIDE, SIDE)

    def pack(self, codes: Codes) -> bytes:
        """Write codes (N,) as N times 2 bytes, the region's first."""
        return codes.astype(">u2").tobytes()

    def unpack(self, payload: bytes, count: int) -> Codes:
        """Read codes int64 (count,). Raises CorruptFileError when the length is wrong."""
        if len(payload) != BYTES * count:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} images")
        return np.frombuffer(payload, ">u2").astype(np.int64)

    def costs(self, codes: Codes) -> NDArray[np.int64]:
        """What codes (N,) take, in bits times COST_UNIT, int64 (N,)."""
        return np.full(len(codes), 8 * BYTES * COST_UNIT, np.int64)
