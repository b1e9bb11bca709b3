"""The coder of the pixels kind: pixel by pixel, in each all images of a chunk."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import entropy, lanes
from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, Coder
from aecodec.kinds.pixels.networks import PixelNetworks
from aecodec.kinds.pixels.walk import Pass, walk

PART_BITS = entropy.RATE_BITS - (COST_UNIT.bit_length() - 1)
COST_IMAGES = 512  # at a time
MOST_BYTES = 4 * PIXELS + 8  # that an image can take: two symbols of 16 bits a pixel

Numbers = NDArray[np.int64]
Take = Callable[[Numbers, Numbers, Numbers], None]


class PixelsCoder(Coder):
    """A `pixels` model ready to code; an image is its own code.

    Args:
        arrays: Those of `PixelNetworks`.

    Raises:
        InvalidModelError: They are unsound.
    """

    lossless = True
    code_text = "its pixels, exactly, each under a learned distribution"

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._networks = PixelNetworks(arrays)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return self._networks.arithmetic

    def check_encoder(self) -> None:
        """There is nothing that only encoding needs."""

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Images:  # noqa: ARG002 - nothing to search
        """Return the images, uint8 (N, 28, 28)."""
        return images

    def rebuild(self, codes: Images) -> Images:
        """Return the images, uint8 (N, 28, 28)."""
        return codes

    def pack(self, codes: Images) -> bytes:
        """Write images: in several lanes where there are many, each lane's length first."""
        if not len(codes):
            return b""
        passes: list[tuple[Numbers, Numbers]] = []
        self._encode(codes, lambda _, starts, frequencies: passes.append((starts, frequencies)))
        streams = lanes.encode_passes(passes, lanes.lane_count(len(codes)))
        return lanes.join_streams(streams)

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
        images = walk(self._networks, count, lambda asked: source.symbols(asked.starts()))
        source.finish()
        return images

    def costs(self, codes: Images) -> Numbers:
        """What images take, in bits times COST_UNIT, int64 (N,)."""
        rates = np.zeros(len(codes), np.int64)
        table = entropy.rate_table()
        for begin in range(0, len(codes), COST_IMAGES):
            part = rates[begin : begin + COST_IMAGES]
            self._encode(codes[begin : begin + COST_IMAGES], partial(_add_rates, part, table))
        return rates + (1 << PART_BITS >> 1) >> PART_BITS

    def _encode(self, images: Images, take: Take) -> None:
        """Hand over images' numbers, first slots and frequencies, pass by pass."""
        pixels = images.reshape(-1, PIXELS).astype(np.int64)

        def answer(asked: Pass) -> Numbers:
            symbols = asked.symbols_of(pixels)
            take(asked.images, *asked.intervals(symbols))
            return symbols

        walk(self._networks, len(images), answer)


def _add_rates(
    rates: Numbers, table: NDArray[np.int32], images: Numbers, _: Numbers, frequencies: Numbers
) -> None:
    rates[images] += table[frequencies]
