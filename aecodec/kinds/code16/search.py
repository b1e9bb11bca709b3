"""Encode-time search of the 16-bit kind: the codes nearest in a projection."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS
from aecodec.integer import networks
from aecodec.kinds.code16.regions import SIDES, Codes

LEAST_ROWS = 8
CENTRE = 128
PIXEL_RANGE = (-CENTRE, 255 - CENTRE)
ROW_SCALE = 16  # the projection gives rows this many times as fine as the table of codes
ROW_LIMIT = 127 * ROW_SCALE
MAX_DIMENSIONS = 40  # so that no score leaves 2^24: 40 * (ROW_LIMIT * 128 + 8 * 128^2)


class Effort(NamedTuple):
    """How far to search: regions whose points are all scored, and candidates to decode."""

    regions: int
    candidates: int


class CodeSearch:
    """Search of all codes by their distance in a projection of image space to D dimensions.

    Arrays: the network `encoder.project` (784 to D, clipped to plus or minus ROW_LIMIT) and
    `encoder.table` int8 (256, 256, D), the image of each code projected likewise and divided by
    ROW_SCALE. `row . table - ROW_SCALE / 2 * |table|^2` is highest for the nearest code. What
    lies outside the projection counts on neither side: a code's detail is no evidence against it.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._project = networks.read_network(arrays, "encoder.project", PIXEL_RANGE)
        self._table = networks.take(arrays, "encoder.table", ("int8",), 3)
        if self._table.shape != (SIDES, SIDES, self._project.width_out):
            raise InvalidModelError("the table of codes does not fit the projection")
        if self._project.width_in != PIXELS or self._project.width_out > MAX_DIMENSIONS:
            raise InvalidModelError(f"no projection of {PIXELS} pixels to at most {MAX_DIMENSIONS}")
        if max(map(abs, self._project.output_range)) > ROW_LIMIT:
            raise InvalidModelError("the scores of codes could leave 2^24")
        self._networks: dict[int, networks.Network] = {}
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

    def _network(self, region: int) -> networks.Network:
        """The scores of a region's points as a network, made when first needed."""
        if region not in self._networks:
            self._networks[region] = self._scores_of(self._table[region])
        return self._networks[region]

    def _scores_of(self, table: NDArray[np.int8]) -> networks.Network:
        squares = np.einsum("cd,cd->c", table, table, dtype=np.int32)
        layer = networks.Dense(
            np.ascontiguousarray(table.T),
            -(ROW_SCALE // 2) * squares,
            np.zeros(len(table), np.int8),
            -networks.FLOAT32_LIMIT,
            networks.FLOAT32_LIMIT,
        )
        return networks.Network([layer], self._project.output_range)


def _run(network: networks.Network, rows: NDArray[Any]) -> NDArray[Any]:
    """Run a network on (N, inputs), filled up so that few numbers of rows occur.

    Every number of rows is one more shape that a network checks (see `networks`).
    """
    tail = len(rows) % networks.BLOCK_ROWS
    size = len(rows) - tail + (max(LEAST_ROWS, 1 << (tail - 1).bit_length()) if tail else 0)
    filled = rows if size == len(rows) else rows[np.minimum(np.arange(size), len(rows) - 1)]
    return network(filled)[: len(rows)]
