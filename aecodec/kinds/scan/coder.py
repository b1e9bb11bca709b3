"""The coder of the scan kind: originals where images have them, else their pixels."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import SIDE, Images
from aecodec.integer import entropy, lanes, widest
from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, Coder
from aecodec.kinds.pixels import MOST_BYTES, PixelsCoder
from aecodec.kinds.scan import bits
from aecodec.kinds.scan.networks import BitNetworks, Bits, Numbers, size_starts
from aecodec.kinds.scan.originals import Codes, to_codes, to_images, to_originals
from aecodec.kinds.scan.resampling import Resampling
from aecodec.kinds.scan.search import SEVERAL, OriginalSearch

PATTERNS = "encoder.patterns"
IMAGES_A_LANE = 64  # where there are enough of them: a lane costs three bytes
MAX_LANES = 16
PART_BITS = entropy.RATE_BITS - (COST_UNIT.bit_length() - 1)


class ScanCoder(Coder):
    """A `scan` model ready to code; what a code is, `originals` says.

    Args:
        arrays: Those of `Resampling`, `size_starts`, `BitNetworks` and `PixelsCoder`; to encode
            also `encoder.patterns`, see `OriginalSearch`.

    Raises:
        InvalidModelError: They are unsound.
    """

    lossless = True
    has_originals = True
    code_text = "the black-and-white original that it was reduced from, or its pixels, exactly"

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.resampling = Resampling.read(arrays)
        self._starts = size_starts(arrays, self.resampling)
        self._networks = BitNetworks(arrays, self.resampling)
        self._pixels = PixelsCoder(arrays)
        self._arrays = arrays

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `Network.arithmetic`)."""
        return widest(self._networks.arithmetic, self._pixels.arithmetic)

    def check_encoder(self) -> None:
        """Check what only the search for originals needs, if it is there."""
        self._find(np.zeros((0, SIDE, SIDE), np.uint8), DEFAULT_EFFORT)

    def _find(self, images: Images, effort: int) -> list[list[Bits]]:
        """The originals of images; none without what the search needs."""
        if PATTERNS not in self._arrays:
            return [[] for _ in images]
        search = OriginalSearch.read(self._arrays, self.resampling)
        return search.find_several(images, effort, SEVERAL[effort])

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Codes:
        """Find the originals of images, and take the cheapest where it takes less than the pixels.

        Returns:
            uint8 (N, W), see `originals`.
        """
        found = self._find(images, effort)
        owner = np.repeat(np.arange(len(images)), [len(several) for several in found])
        tried = to_codes(images[owner], list(chain(*found)), self.resampling)
        costs = self.costs(tried)
        order = np.lexsort((costs, owner))
        scans, first = np.unique(owner[order], return_index=True)
        cheapest = order[first]
        codes = to_codes(images, [None] * len(images), self.resampling)
        pays = costs[cheapest] < self.costs(codes[scans])
        codes[scans[pays]] = tried[cheapest[pays]]
        return codes

    def rebuild(self, codes: Codes) -> Images:
        """Reduce originals as it was once done, uint8 (N, 28, 28)."""
        return to_images(codes, self.resampling)

    def originals(self, codes: Codes) -> list[Bits | None]:
        """The originals that codes hold."""
        return to_originals(codes)

    def costs(self, codes: Codes) -> Numbers:
        """What codes take, in bits times COST_UNIT, int64 (N,)."""
        table = entropy.rate_table().astype(np.int64)
        rates = table[np.diff(self._starts)[self._said(codes)]]
        scans = np.flatnonzero(codes[:, 0])
        found = _all(to_originals(codes[scans]))
        for number, of_bits in zip(scans, self._bit_rates(found), strict=True):
            rates[number] += of_bits.sum()
        costs = rates + (1 << PART_BITS >> 1) >> PART_BITS
        others = np.flatnonzero(codes[:, 0] == 0)
        costs[others] += self._pixels.costs(to_images(codes[others], self.resampling))
        return np.asarray(costs)

    def _bit_rates(self, originals: list[Bits]) -> Iterator[NDArray[np.int64]]:
        """What the bits of originals take, each (n, n), in bits times 2^RATE_BITS."""
        table = entropy.rate_table().astype(np.int64)
        for original, black in zip(originals, bits.survey(self._networks, originals), strict=True):
            ones = black.reshape(original.shape)
            yield table[np.where(original > 0, ones, entropy.TOTAL - ones)]

    def sources(self, codes: Codes) -> dict[str, float]:
        """What the bits of codes are spent on, by source.

        `sides`: whether there is an original, and its side; bits of originals whose nearest bits
        are not equal (`outlines`), all white (`white`), all black (`black`); `pixels` of images
        without an original.
        """
        rates = entropy.rate_table()[np.diff(self._starts)[self._said(codes)]]
        spent = {"sides": int(rates.sum()), "outlines": 0, "white": 0, "black": 0}
        found = _all(to_originals(codes))
        for original, of_bits in zip(found, self._bit_rates(found), strict=True):
            near = self._networks.window.share_near(original)
            spent["white"] += int(of_bits[near == 0].sum())
            spent["black"] += int(of_bits[near == 1].sum())
            spent["outlines"] += int(of_bits[(near > 0) & (near < 1)].sum())
        others = to_images(codes[codes[:, 0] == 0], self.resampling)
        in_bits = {name: rate / (1 << entropy.RATE_BITS) for name, rate in spent.items()}
        return in_bits | {"pixels": int(self._pixels.costs(others).sum()) / COST_UNIT}

    def pack(self, codes: Codes) -> bytes:
        """Write codes: what is said of each image, the bits of originals, other images' pixels."""
        if not len(codes):
            return b""
        said = self._said(codes)
        passes = [(self._starts[said], np.diff(self._starts)[said], np.array([len(said)]))]
        if found := _all(to_originals(codes)):
            passes.append(bits.symbols(bits.survey(self._networks, found), found))
        if (others := codes[codes[:, 0] == 0]).size:
            passes.append(self._pixels.symbols(to_images(others, self.resampling)))
        starts, frequencies, sizes = (np.concatenate(part) for part in zip(*passes, strict=True))
        return lanes.join_streams(
            lanes.encode_passes(starts, frequencies, sizes, _lane_count(len(codes)))
        )

    def unpack(self, payload: bytes, count: int) -> Codes:
        """Read codes uint8 (count, W). Raises CorruptFileError when the payload is unsound."""
        source = self._source(payload, count)
        if count == 0:
            return to_codes(np.zeros((0, SIDE, SIDE), np.uint8), [], self.resampling)
        said = self._read_said(source, count)
        scans, others = np.flatnonzero(said), np.flatnonzero(said == 0)
        originals: list[Bits | None] = [None] * count
        sides = said[scans] + self.resampling.box - 1
        for number, original in zip(
            scans.tolist(), bits.decode(self._networks, sides, source), strict=True
        ):
            originals[number] = original
        images = np.zeros((count, SIDE, SIDE), np.uint8)
        if others.size:
            images[others] = self._pixels.read(len(others), source)
        source.finish()
        codes = to_codes(images, originals, self.resampling)
        self._check(codes[scans])
        return codes

    def count_originals(self, payload: bytes, count: int) -> int:
        """Count what is said of images; none of their bits is read."""
        source = self._source(payload, count)
        return int(np.count_nonzero(self._read_said(source, count))) if count else 0

    def _source(self, payload: bytes, count: int) -> lanes.LaneDecoder:
        """What decodes a payload. Raises CorruptFileError where it has no such length."""
        most = max(MOST_BYTES, 2 * self.resampling.largest**2) + 4
        if len(payload) > count * most:
            raise CorruptFileError(f"{count} images take no {len(payload)} bytes")
        streams = lanes.split_streams(payload, _lane_count(count))
        # a lane has the first of each pass, so one more of originals and one more of other images
        if max(map(len, streams)) > (-(-count // len(streams)) + 1) * most:
            raise CorruptFileError("a lane is longer than its images can be")
        return lanes.LaneDecoder(streams)

    def _read_said(self, source: lanes.LaneDecoder, count: int) -> Numbers:
        frequencies = np.broadcast_to(np.diff(self._starts), (count, len(self._starts) - 1))
        return source.symbols(frequencies)

    def _said(self, codes: Codes) -> Numbers:
        """What is said of images: 0 where they have no original, else the number of its side."""
        sides = codes[:, 0].astype(np.int64)
        return np.asarray(np.where(sides > 0, sides - self.resampling.box + 1, 0))

    def _check(self, codes: Codes) -> None:
        """Refuse originals that are empty or that do not lie in the image."""
        for side in np.unique(codes[:, 0]):
            found = _all(to_originals(codes[codes[:, 0] == side]))
            if not self.resampling.render(np.stack(found))[1].all():
                raise CorruptFileError("an original is empty or does not lie in its image")


def _all(originals: list[Bits | None]) -> list[Bits]:
    return [original for original in originals if original is not None]


def _lane_count(count: int) -> int:
    return min(max(count // IMAGES_A_LANE, 1), MAX_LANES)
