"""The coder of the scan kind: originals where images have them, else their pixels."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import SIDE, Images
from aecodec.integer import entropy, lane_streams, lanes, widest
from aecodec.kinds.coder import COST_UNIT, DEFAULT_EFFORT, Coder
from aecodec.kinds.pixels import MOST_BYTES, PixelsCoder
from aecodec.kinds.scan.bits import decode, survey, symbols
from aecodec.kinds.scan.networks import BitNetworks, Bits, Numbers
from aecodec.kinds.scan.originals import Codes, to_codes, to_images, to_originals
from aecodec.kinds.scan.polish import Priced, polish
from aecodec.kinds.scan.resampling import Resampling
from aecodec.kinds.scan.said import Said, in_order, rates
from aecodec.kinds.scan.search import SEVERAL, OriginalSearch

PATTERNS = "encoder.patterns"
IMAGES_A_LANE = 64  # where there are enough of them: a lane costs three bytes
MAX_LANES = 16
PART_BITS = entropy.RATE_BITS - (COST_UNIT.bit_length() - 1)


class Ordered(NamedTuple):
    """An original in the order in which its bits are coded.

    Attributes:
        order: Of those that the model has.
        bits: uint8 (n, n), in this order.
        black: How often of 2^16 each is black, int64 (n * n,).
        rates: What each takes, in bits times 2^RATE_BITS, int64 (n, n).
        total: What all take, and what is said of the image.
    """

    order: int
    bits: Bits
    black: Numbers
    rates: Numbers
    total: int


class ScanCoder(Coder):
    """A `scan` model ready to code; what a code is, `originals` says.

    Args:
        arrays: Those of `Resampling`, `Said`, `BitNetworks` and `PixelsCoder`; to encode
            also `encoder.patterns`, see `OriginalSearch`.

    Raises:
        InvalidModelError: They are unsound.
    """

    lossless = True
    has_originals = True
    code_text = "the black-and-white original that it was reduced from, or its pixels, exactly"

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.resampling = Resampling.read(arrays)
        self._said = Said.read(arrays, self.resampling)
        self._networks = BitNetworks(arrays, self.resampling, self._said.orders)
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

        Beyond effort 1 it is made cheaper still, see `polish`.

        Returns:
            uint8 (N, W), see `originals`.
        """
        found = self._find(images, effort)
        scans = np.array([number for number, some in enumerate(found) if some], np.int64)
        cheapest = [self._cheapest(found[number], effort) for number in scans]
        costs = _units(np.array([one.total for one in cheapest], np.int64))
        codes = to_codes(images, [None] * len(images), self.resampling)
        for number in np.flatnonzero(costs < self.costs(codes[scans])):
            scan = scans[number, None]
            codes[scan] = to_codes(images[scan], [cheapest[number].bits], self.resampling)
        return codes

    def _cheapest(self, originals: list[Bits], effort: int) -> Priced:
        """The cheapest of the originals of an image, polished in the order that is best then."""
        best = min(self._ordered(originals), key=lambda one: one.total)

        def price(several: Sequence[Bits]) -> Iterator[Priced]:
            return map(_priced, self._in_order(several, best.order))

        return polish(_priced(best), self.resampling, price, effort)

    def rebuild(self, codes: Codes) -> Images:
        """Reduce originals as it was once done, uint8 (N, 28, 28)."""
        return to_images(codes, self.resampling)

    def originals(self, codes: Codes) -> list[Bits | None]:
        """The originals that codes hold."""
        return to_originals(codes)

    def costs(self, codes: Codes) -> Numbers:
        """What codes take, in bits times COST_UNIT, int64 (N,)."""
        taken = self._said.rates(np.zeros(len(codes), np.int64))
        taken[codes[:, 0] > 0] = [one.total for one in self._ordered(_some(codes))]
        costs = _units(taken)
        others = np.flatnonzero(codes[:, 0] == 0)
        costs[others] += self._pixels.costs(to_images(codes[others], self.resampling))
        return np.asarray(costs)

    def _ordered(self, originals: Sequence[Bits]) -> Iterator[Ordered]:
        """Originals, each in the order in which it takes least."""
        several = [self._in_order(originals, order) for order in range(self._said.orders)]
        for same in zip(*several, strict=True):
            yield min(same, key=lambda one: one.total)

    def _in_order(self, originals: Sequence[Bits], order: int) -> Iterator[Ordered]:
        """The same originals, all in one order."""
        turned = [in_order(bits, order) for bits in originals]
        sides = np.array([len(bits) for bits in originals], np.int64)
        said = self._said.rates(self._said.symbols(sides, np.array(order)))
        surveyed = survey(self._networks, turned, order)
        for bits, black, rate in zip(turned, surveyed, said.tolist(), strict=True):
            ones = black.reshape(bits.shape)
            taken = rates(np.where(bits > 0, ones, entropy.TOTAL - ones))
            yield Ordered(order, bits, black, taken, rate + int(taken.sum()))

    def _symbols(self, codes: Codes, ordered: list[Ordered]) -> Numbers:
        """What is said of images, whose originals are coded in some orders."""
        sides = codes[:, 0].astype(np.int64)
        orders = np.zeros(len(codes), np.int64)
        orders[sides > 0] = [one.order for one in ordered]
        return self._said.symbols(sides, orders)

    def sources(self, codes: Codes) -> dict[str, float]:
        """What the bits of codes are spent on, by source.

        `sides`: whether there is an original, its side and the order of its bits; bits of
        originals whose nearest bits are not equal (`outlines`), all white (`white`), all black
        (`black`); `pixels` of images without an original.
        """
        ordered = list(self._ordered(_some(codes)))
        _, frequencies, _ = self._said.coded(self._symbols(codes, ordered))
        spent = {"sides": int(rates(frequencies).sum()), "outlines": 0, "white": 0, "black": 0}
        for one in ordered:
            near = self._networks.window.share_near(one.bits)
            spent["white"] += int(one.rates[near == 0].sum())
            spent["black"] += int(one.rates[near == 1].sum())
            spent["outlines"] += int(one.rates[(near > 0) & (near < 1)].sum())
        others = to_images(codes[codes[:, 0] == 0], self.resampling)
        in_bits = {name: rate / (1 << entropy.RATE_BITS) for name, rate in spent.items()}
        return in_bits | {"pixels": int(self._pixels.costs(others).sum()) / COST_UNIT}

    def pack(self, codes: Codes) -> bytes:
        """Write codes: what is said of each image, the bits of originals, other images' pixels."""
        if not len(codes):
            return b""
        ordered = list(self._ordered(_some(codes)))
        passes = [self._said.coded(self._symbols(codes, ordered))]
        if ordered:
            passes.append(symbols([one.black for one in ordered], [one.bits for one in ordered]))
        if (others := codes[codes[:, 0] == 0]).size:
            passes.append(self._pixels.symbols(to_images(others, self.resampling)))
        starts, frequencies, sizes = (np.concatenate(part) for part in zip(*passes, strict=True))
        return lane_streams.join_streams(
            lane_streams.encode_passes(starts, frequencies, sizes, _lane_count(len(codes)))
        )

    def unpack(self, payload: bytes, count: int) -> Codes:
        """Read codes uint8 (count, W). Raises CorruptFileError when the payload is unsound."""
        source = self._source(payload, count)
        if count == 0:
            return to_codes(np.zeros((0, SIDE, SIDE), np.uint8), [], self.resampling)
        said = self._said.decode(count, source)
        scans, others = np.flatnonzero(said), np.flatnonzero(said == 0)
        originals: list[Bits | None] = [None] * count
        sides, orders = self._said.sides_and_orders(said[scans])
        found = decode(self._networks, sides, orders, source)
        for number, order, bits in zip(scans.tolist(), orders.tolist(), found, strict=True):
            originals[number] = in_order(bits, order)
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
        return int(np.count_nonzero(self._said.decode(count, source))) if count else 0

    def _source(self, payload: bytes, count: int) -> lanes.LaneDecoder:
        """What decodes a payload. Raises CorruptFileError where it has no such length."""
        most = max(MOST_BYTES, 2 * self.resampling.largest**2) + 4
        if len(payload) > count * most:
            raise CorruptFileError(f"{count} images take no {len(payload)} bytes")
        streams = lane_streams.split_streams(payload, _lane_count(count))
        # a lane has the first of each pass, so one more of originals and one more of other images
        if max(map(len, streams)) > (-(-count // len(streams)) + 1) * most:
            raise CorruptFileError("a lane is longer than its images can be")
        return lanes.LaneDecoder(streams)

    def _check(self, codes: Codes) -> None:
        """Refuse originals that are empty or that do not lie in the image."""
        for side in np.unique(codes[:, 0]):
            found = _some(codes[codes[:, 0] == side])
            if not self.resampling.render(np.stack(found))[1].all():
                raise CorruptFileError("an original is empty or does not lie in its image")


def _priced(one: Ordered) -> Priced:
    """An original as it is, and what it and its bits take."""
    ones = one.black.reshape(one.bits.shape)
    more = rates(np.where(one.bits > 0, entropy.TOTAL - ones, ones)) - one.rates
    return Priced(in_order(one.bits, one.order), one.total, in_order(more, one.order))


def _units(rates: Numbers) -> Numbers:
    """Rates as costs."""
    return np.asarray(rates + (1 << PART_BITS >> 1) >> PART_BITS)


def _some(codes: Codes) -> list[Bits]:
    """The originals of the codes that hold one."""
    return [original for original in to_originals(codes) if original is not None]


def _lane_count(count: int) -> int:
    return min(max(count // IMAGES_A_LANE, 1), MAX_LANES)
