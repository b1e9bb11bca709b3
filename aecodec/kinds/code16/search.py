"""Encode-time search of the 16-bit kind: the codes nearest in a projection."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import FLOAT32_LIMIT, DenseLayer, Network, take_array
from aecodec.kinds.code16.regions import SIDES, Codes
from aecodec.kinds.image_networks import read_pixel_network

ROW_SCALE = 16  # the projection gives rows this many times as fine as the table of codes
ROW_LIMIT = 127 * ROW_SCALE
FEW = 64  # searches of a region up to which networks, with their self-checks, do not pay
MAX_DIMENSIONS = 40  # so that no score leaves 2^24: 40 * (ROW_LIMIT * 128 + 8 * 128^2)


class Effort(NamedTuple):
    """How far to search.

    Attributes:
        regions: In how many regions all points are scored.
        candidates: How many codes are drawn and compared exactly.
    """

    regions: int
    candidates: int


class Code16Search:
    """Search of all codes by their distance in a projection of image space to D dimensions.

    `row . table - ROW_SCALE / 2 * |table|^2` is highest for the nearest code. What lies outside
    the projection counts on neither side: a code's detail is no evidence against it.

    Args:
        arrays: The network `encoder.project` (784 to D, clipped to plus or minus ROW_LIMIT) and
            `encoder.table` int8 (256, 256, D), the image of each code projected likewise and
            divided by ROW_SCALE.

    Raises:
        InvalidModelError: They are unsound, do not fit together, or a score could leave 2^24.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._table = take_array(arrays, "encoder.table", ("int8",), 3)
        dimensions = self._table.shape[2]
        if self._table.shape[:2] != (SIDES, SIDES) or dimensions > MAX_DIMENSIONS:
            text = f"the table of codes is not {SIDES} x {SIDES} x at most {MAX_DIMENSIONS}"
            raise InvalidModelError(text)
        self._project = read_pixel_network(arrays, "encoder.project", dimensions)
        if max(map(abs, self._project.output_range)) > ROW_LIMIT:
            raise InvalidModelError("the scores of codes could leave 2^24")
        self._networks: dict[int, Network] = {}
        middles = (self._table.sum(1, dtype=np.int32) + SIDES // 2) >> 8
        self._screen = self._scores_of(middles.astype(np.int8))

    def __call__(self, pixels: NDArray[np.float32], search: Effort) -> Codes:
        """Find the best codes (N, candidates) for centred pixels (N, 784), the best first."""
        rows = self._project.run_filled(pixels)
        regions = self._screened(rows, search.regions)
        score = self._scores_of_few if regions.size <= FEW else self._scores
        wide = score(rows, regions).reshape(len(rows), -1)
        number = np.arange(len(rows))
        found = []
        for _ in range(search.candidates):
            best = wide.argmax(1)
            wide[number, best] = -np.inf
            found.append(regions[number, best // SIDES] * SIDES + best % SIDES)
        return np.stack(found, 1)

    def _scores(self, rows: NDArray[Any], regions: Codes) -> NDArray[np.float32]:
        """The scores of all points of regions (N, R) for rows (N, D), float32 (N, R, SIDES)."""
        scores = np.empty((*regions.shape, SIDES), np.float32)
        flat = scores.reshape(-1, SIDES)
        order = np.argsort(regions, axis=None, kind="stable")
        ends = np.cumsum(np.bincount(regions.reshape(-1), minlength=SIDES))
        for region, slots in enumerate(np.split(order, ends[:-1])):
            if len(slots):
                flat[slots] = self._network(region).run_filled(rows[slots // regions.shape[1]])
        return scores

    def _scores_of_few(self, rows: NDArray[Any], regions: Codes) -> NDArray[np.float32]:
        """The same as `_scores`, in int32 and without networks."""
        tables = self._table[regions].astype(np.int32)
        products = np.einsum("nd,nrcd->nrc", rows.astype(np.int32), tables)
        squares = np.einsum("nrcd,nrcd->nrc", tables, tables)
        return np.asarray(products - (ROW_SCALE // 2) * squares, np.float32)

    def _screened(self, rows: NDArray[Any], count: int) -> Codes:
        """Pick the `count` regions whose middle is nearest to each row, (N, count), ascending."""
        if count == SIDES:
            return np.broadcast_to(np.arange(SIDES), (len(rows), SIDES))
        keys = self._screen.run_filled(rows).astype(np.int64) * SIDES
        keys += np.arange(SIDES - 1, -1, -1)  # so that all differ, and the lowest region wins
        keys.partition(SIDES - count, 1)
        return np.sort(SIDES - 1 - keys[:, SIDES - count :] % SIDES, 1)

    def _network(self, region: int) -> Network:
        """The scores of a region's points as a network, made when first needed."""
        network = self._networks.get(region)
        if network is None:  # threads may make it twice; either will do
            self._networks[region] = network = self._scores_of(self._table[region])
        return network

    def _scores_of(self, table: NDArray[np.int8]) -> Network:
        squares = np.einsum("cd,cd->c", table, table, dtype=np.int32)
        layer = DenseLayer(
            np.ascontiguousarray(table.T),
            -(ROW_SCALE // 2) * squares,
            np.zeros(len(table), np.int8),
            -FLOAT32_LIMIT,
            FLOAT32_LIMIT,
        )
        return Network([layer], self._project.output_range)
