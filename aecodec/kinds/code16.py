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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec import nets
from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds import COST_UNIT, DEFAULT_EFFORT

BYTES = 2
SIDES = 256  # regions, and points
CODES = SIDES * SIDES
LATENT_LIMIT = 127
LATENT_RANGE = (-LATENT_LIMIT, LATENT_LIMIT)
MAX_RANK = 256
MAX_MEAN = 2**30  # with MAX_RANK and MAX_REGION_SHIFT: every sum of a region's layer fits 31 bits
MAX_REGION_SHIFT = 30
CENTRE = 128
PIXEL_RANGE = (-CENTRE, 255 - CENTRE)
BLOCK = 1024
LEAST_ROWS = 8
ROW_SCALE = 16  # the projection gives rows this many times as fine as the table of codes
ROW_LIMIT = 127 * ROW_SCALE
MAX_DIMENSIONS = 40  # so that no score leaves 2^24: 40 * (ROW_LIMIT * 128 + 8 * 128^2)

Codes = NDArray[np.int64]


class Effort(NamedTuple):
    """How far to search: regions whose points are all scored, and candidates to decode."""

    regions: int
    candidates: int


SEARCHES = {1: Effort(6, 3), 2: Effort(20, 6), 3: Effort(SIDES, 32)}


class Code16Coder:
    """A `code16` model ready to code: 16 bits an image.

    Arrays: `regions.points` int8 (256, R), `regions.axes` int8 (256, R, K), `regions.means` int32
    (256, K), `regions.shift` int8 (K,); the network `decoder` (K to 784) as `nets.read_network`
    reads it, `decoder.greys` uint8 (T,), indexed by its clipped output; to encode, those of
    `CodeSearch`. Raises InvalidModelError when they do not fit together.
    """

    lossless = False

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._regions = Regions(arrays)
        self._decoder = nets.read_network(arrays, "decoder", LATENT_RANGE)
        self._greys = nets.take(arrays, "decoder.greys", ("uint8",), 1)
        if (self._decoder.width_in, self._decoder.width_out) != (self._regions.latents, PIXELS):
            raise InvalidModelError(f"the decoder does not give {PIXELS} pixels of the latents")
        if self._decoder.output_range != (0, len(self._greys) - 1):
            raise InvalidModelError("the decoder's output does not index its table of greys")
        # Workers forked from here share the rows, and memory is used only where they are written.
        # Which rows are written each process knows for itself: all write the same bytes.
        self._rows = np.frombuffer(mmap.mmap(-1, CODES * PIXELS), np.uint8).reshape(CODES, PIXELS)
        self._written = np.zeros(CODES, bool)

    @cached_property
    def _search(self) -> "CodeSearch":
        return CodeSearch(self._arrays)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `nets.Network.arithmetic`)."""
        return self._decoder.arithmetic

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Codes:
        """Map uint8 (N, 28, 28) to the codes whose images are nearest, int64 (N,), 0 to 65,535.

        Among the candidates that the search finds, least squared error, then lowest code.
        """
        flat = images.reshape(-1, PIXELS)
        codes = np.zeros(len(flat), np.int64)
        search = SEARCHES[effort]
        step = min(BLOCK, BLOCK * 16 // search.regions)
        for start in range(0, len(flat), step):
            pixels = flat[start : start + step].astype(np.float32)
            pixels -= CENTRE
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
            self._written[block] = True

    def latents(self, codes: Codes) -> NDArray[np.int32]:
        """Map codes (N,) to the latents that the decoder draws, int32 (N, K)."""
        return self._regions(codes)

    def draw(self, latents: NDArray[np.integer[Any]]) -> Images:
        """Map latents (N, K), each within LATENT_RANGE, to images, uint8 (N, 28, 28)."""
        levels = _run(self._decoder, latents).astype(np.int32)
        return self._greys.take(levels, mode="clip").reshape(-1, SIDE, SIDE)

    def rebuild(self, codes: Codes) -> Images:
        """Map codes (N,) to images, uint8 (N, 28, 28)."""
        self._draw(codes)
        return self._rows.take(codes, 0).reshape(-1, SIDE, SIDE)

    def pack(self, codes: Codes) -> bytes:
        """Write codes (N,) as N times 2 bytes, the region's first."""
        return codes.astype(">u2").tobytes()

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:
        """Code uint8 (N, 28, 28) as N times 2 bytes, the region's first."""
        return self.pack(self.codes(images, effort))

    def costs(self, codes: Codes) -> NDArray[np.int64]:
        """What codes (N,) cost, in bits times COST_UNIT, int64 (N,)."""
        return np.full(len(codes), 8 * BYTES * COST_UNIT, np.int64)

    def decode(self, payload: bytes, count: int) -> Images:
        """Rebuild uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != BYTES * count:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} images")
        return self.rebuild(np.frombuffer(payload, ">u2").astype(np.int64))


class Regions:
    """From codes to latents: `clip(floor((points[c2] @ axes[c1] + means[c1] + r) / 2^shift))`.

    For the arrays see `Code16Coder`; r is 2^(shift - 1), or 0 where the shift is 0; the clip is
    LATENT_RANGE. Raises InvalidModelError when the arrays do not fit together.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._points = nets.take(arrays, "regions.points", ("int8",), 2)
        self._axes = nets.take(arrays, "regions.axes", ("int8",), 3)
        means = nets.take(arrays, "regions.means", ("int32",), 2)
        shift = nets.take(arrays, "regions.shift", ("int8",), 1)
        self.latents = len(shift)
        rank = self._points.shape[1]
        if (
            self._points.shape[0] != SIDES
            or self._axes.shape != (SIDES, rank, self.latents)
            or means.shape != (SIDES, self.latents)
        ):
            raise InvalidModelError("the shapes of the regions disagree")
        if rank > MAX_RANK or means.min() < -MAX_MEAN or means.max() > MAX_MEAN:
            raise InvalidModelError("the regions' sums could leave 2^31")
        if shift.min() < 0 or shift.max() > MAX_REGION_SHIFT:
            raise InvalidModelError(f"regions.shift lies outside 0 to {MAX_REGION_SHIFT}")
        self._shift = shift.astype(np.int32)
        self._means = means + (np.left_shift(np.int32(1), self._shift) >> 1)

    def __call__(self, codes: Codes) -> NDArray[np.int32]:
        """Map codes (N,) to latents (N, K)."""
        first, second = np.divmod(codes, SIDES)
        points, axes = self._points[second], self._axes[first]
        sums = np.einsum("nr,nrk->nk", points.astype(np.int32), axes.astype(np.int32))
        sums += self._means[first]
        return np.asarray(np.clip(sums >> self._shift, *LATENT_RANGE))


class CodeSearch:
    """Search of all codes by their distance in a projection of image space to D dimensions.

    Arrays: the network `encoder.project` (784 to D, clipped to plus or minus ROW_LIMIT) and
    `encoder.table` int8 (256, 256, D), the image of each code projected likewise and divided by
    ROW_SCALE. `row . table - ROW_SCALE / 2 * |table|^2` is highest for the nearest code. What
    lies outside the projection counts on neither side: a code's detail is no evidence against it.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._project = nets.read_network(arrays, "encoder.project", PIXEL_RANGE)
        self._table = nets.take(arrays, "encoder.table", ("int8",), 3)
        if self._table.shape != (SIDES, SIDES, self._project.width_out):
            raise InvalidModelError("the table of codes does not fit the projection")
        if self._project.width_in != PIXELS or self._project.width_out > MAX_DIMENSIONS:
            raise InvalidModelError(f"no projection of {PIXELS} pixels to at most {MAX_DIMENSIONS}")
        if max(map(abs, self._project.output_range)) > ROW_LIMIT:
            raise InvalidModelError("the scores of codes could leave 2^24")
        self._networks: dict[int, nets.Network] = {}
        middles = (self._table.sum(1, dtype=np.int32) + SIDES // 2) >> 8
        self._screen = self._scores_of(middles.astype(np.int8))

    def __call__(self, pixels: NDArray[np.float32], search: Effort) -> Codes:
        """Find the best codes (N, candidates) for centred pixels (N, 784), the best first."""
        rows = _run(self._project, pixels)
        regions = self._screened(rows, search.regions)
        scores = np.empty((*regions.shape, SIDES), np.float32)
        flat = scores.reshape(-1, SIDES)
        order = np.argsort(regions, axis=None, kind="stable")
        ends = np.cumsum(np.bincount(regions.reshape(-1), minlength=SIDES))
        for region, slots in enumerate(np.split(order, ends[:-1])):
            if len(slots):
                flat[slots] = _run(self._network(region), rows[slots // search.regions])
        wide = scores.reshape(len(rows), -1)
        number = np.arange(len(rows))
        found = []
        for _ in range(search.candidates):
            best = wide.argmax(1)
            wide[number, best] = -np.inf
            found.append(regions[number, best // SIDES] * SIDES + best % SIDES)
        return np.stack(found, 1)

    def _screened(self, rows: NDArray[Any], count: int) -> Codes:
        """Pick the `count` regions whose middle is nearest to each row, (N, count), ascending."""
        if count == SIDES:
            return np.broadcast_to(np.arange(SIDES), (len(rows), SIDES))
        keys = _run(self._screen, rows).astype(np.int64) * SIDES
        keys += np.arange(SIDES - 1, -1, -1)  # so that all differ, and the lowest region wins
        keys.partition(SIDES - count, 1)
        return np.sort(SIDES - 1 - keys[:, SIDES - count :] % SIDES, 1)

    def _network(self, region: int) -> nets.Network:
        """The scores of a region's points as a network, made when first needed."""
        if region not in self._networks:
            self._networks[region] = self._scores_of(self._table[region])
        return self._networks[region]

    def _scores_of(self, table: NDArray[np.int8]) -> nets.Network:
        squares = np.einsum("cd,cd->c", table, table, dtype=np.int32)
        layer = nets.Dense(
            np.ascontiguousarray(table.T),
            -(ROW_SCALE // 2) * squares,
            np.zeros(len(table), np.int8),
            -nets.FLOAT32_LIMIT,
            nets.FLOAT32_LIMIT,
        )
        return nets.Network([layer], self._project.output_range)


def _run(network: nets.Network, rows: NDArray[Any]) -> NDArray[Any]:
    """Run a network on (N, inputs), filled up so that few numbers of rows occur.

    Every number of rows is one more shape that a network checks (see `nets`).
    """
    tail = len(rows) % nets.BLOCK_ROWS
    size = len(rows) - tail + (max(LEAST_ROWS, 1 << (tail - 1).bit_length()) if tail else 0)
    filled = rows if size == len(rows) else rows[np.minimum(np.arange(size), len(rows) - 1)]
    return network(filled)[: len(rows)]
