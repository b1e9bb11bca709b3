"""The coder of the pixels kind: pixel by pixel, in each all images of a chunk."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import entropy, lane_streams, lanes
from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, Coder
from aecodec.kinds.pixels.context_network import Numbers
from aecodec.kinds.pixels.networks import PixelNetworks
from aecodec.kinds.pixels.survey import Surveyor
from aecodec.kinds.pixels.walk import decode

if TYPE_CHECKING:
    from aecodec.kinds.pixels.search import GreySearch

PART_BITS = entropy.RATE_BITS - (COST_UNIT.bit_length() - 1)
MOST_BYTES = 4 * PIXELS + 8  # that an image can take: two symbols of 16 bits a pixel


class PixelsCoder(Coder):
    """A `pixels` model ready to code; an image is its own code.

    A model that gives some grey levels alone keeps no image as it is: a search draws it with few
    of them, which are kept exactly.

    Args:
        arrays: Those of `PixelNetworks`; to encode, where it is not lossless, those of
            `GreySearch`.

    Raises:
        InvalidModelError: They are unsound.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._networks = PixelNetworks(arrays)
        self._survey = Surveyor(self._networks)
        self.lossless = bool(self._networks.value.given.all())

    @cached_property
    def _search(self) -> "GreySearch":
        from aecodec.kinds.pixels.search import GreySearch

        return GreySearch(self._arrays, self._networks.value.given, self.costs)

    @property
    def code_text(self) -> str:
        """What an image is coded as."""
        if self.lossless:
            return "its pixels, exactly, each under a learned distribution"
        return "its pixels in few grey levels, each under a learned distribution"

    @property
    def aim(self) -> int | None:
        """About the squared error of its images; None where it is lossless."""
        return None if self.lossless else self._search.aim

    def check_encoder(self) -> None:
        """Build the search, where there is one. Raises InvalidModelError."""
        if not self.lossless:
            _ = self._search

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Images:
        """Return the images, uint8 (N, 28, 28), in few grey levels where it is not lossless."""
        return images if self.lossless else self._search(images, effort)

    def codes_within(self, images: Images, bound: int, effort: int = DEFAULT_EFFORT) -> Images:
        """The same with squared errors up to a bound, where that can be."""
        return images if self.lossless else self._search.within(images, bound, effort)

    def rebuild(self, codes: Images) -> Images:
        """Return the codes, uint8 (N, 28, 28): they are the images as drawn."""
        return codes

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return self._networks.arithmetic

    def pack(self, codes: Images) -> bytes:
        """Write images: in several lanes where there are many, each lane's length first."""
        if not len(codes):
            return b""
        passes = self.symbols(codes)
        return lane_streams.join_streams(
            lane_streams.encode_passes(*passes, lane_streams.lane_count(len(codes)))
        )

    def symbols(self, images: Images) -> tuple[Numbers, Numbers, Numbers]:
        """The symbols of images (N, 28, 28), pass after pass, to pack them.

        Returns:
            Their first slots and frequencies (M,), and how many symbols each pass has.
        """
        _, passes, *intervals = self._survey.last(images)
        order = np.argsort(passes, kind="stable")
        starts, frequencies = (part[order].astype(np.int64) for part in intervals)
        return starts, frequencies, np.bincount(passes)

    def read(self, count: int, source: lanes.LaneDecoder) -> Images:
        """Decode images, uint8 (count, 28, 28), at least one. Raises as `unpack`."""
        return decode(self._networks, count, source)

    def unpack(self, payload: bytes, count: int) -> Images:
        """Read uint8 (count, 28, 28). Raises CorruptFileError when the payload is unsound."""
        if len(payload) > count * (MOST_BYTES + 4):
            raise CorruptFileError(f"{count} images take no {len(payload)} bytes")
        if count == 0:
            return np.zeros((0, SIDE, SIDE), np.uint8)
        streams = lane_streams.split_streams(payload, lane_streams.lane_count(count))
        if max(map(len, streams)) > -(-count // len(streams)) * MOST_BYTES:
            raise CorruptFileError("a lane is longer than its images can be")
        source = lanes.LaneDecoder(streams)
        images = self.read(count, source)
        source.finish()
        return images

    def costs(self, codes: Images) -> Numbers:
        """What images take, in bits times COST_UNIT, int64 (N,)."""
        rates = np.zeros(len(codes), np.int64)
        symbols = self._survey(codes)
        table = entropy.rate_table().astype(np.int64)
        np.add.at(rates, symbols.images, table[symbols.frequencies])
        return rates + (1 << PART_BITS >> 1) >> PART_BITS
