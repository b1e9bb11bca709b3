"""The coder of the pixels kind: pixel by pixel, in each all images of a chunk."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import entropy, lanes
from aecodec.kinds.coder import COST_UNIT, ExactCoder
from aecodec.kinds.pixels.context_network import Numbers
from aecodec.kinds.pixels.networks import PixelNetworks
from aecodec.kinds.pixels.survey import Surveyor
from aecodec.kinds.pixels.walk import decode

PART_BITS = entropy.RATE_BITS - (COST_UNIT.bit_length() - 1)
MOST_BYTES = 4 * PIXELS + 8  # that an image can take: two symbols of 16 bits a pixel


class PixelsCoder(ExactCoder):
    """A `pixels` model ready to code; an image is its own code.

    Args:
        arrays: Those of `PixelNetworks`.

    Raises:
        InvalidModelError: They are unsound.
    """

    code_text = "its pixels, exactly, each under a learned distribution"

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._networks = PixelNetworks(arrays)
        self._survey = Surveyor(self._networks)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return self._networks.arithmetic

    def pack(self, codes: Images) -> bytes:
        """Write images: in several lanes where there are many, each lane's length first."""
        if not len(codes):
            return b""
        passes = self.symbols(codes)
        return lanes.join_streams(lanes.encode_passes(*passes, lanes.lane_count(len(codes))))

    def symbols(self, images: Images) -> tuple[Numbers, Numbers, Numbers]:
        """The symbols of images (N, 28, 28), pass after pass.

        Returns:
            Their first slots and frequencies (M,), and how many symbols each pass has.
        """
        _, passes, *intervals = self._survey(images)
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
        streams = lanes.split_streams(payload, lanes.lane_count(count))
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
