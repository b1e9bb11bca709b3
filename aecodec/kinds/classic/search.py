"""Encode-time search of the classic kind: the code whose decoded image is nearest."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import BLOCK_ROWS, FLOAT32_LIMIT, DenseLayer, Network, take_array
from aecodec.kinds.image_networks import read_pixel_network

SIDES = 256


class ClassicSearch:
    """Search of the 256 x 256 codes in a projection of image space to D dimensions.

    First the middle of each cell of CELL x CELL codes is scored, then the codes of the best cell.

    Args:
        arrays: The network `encoder.project` (784 to D), `encoder.table` int8 (256, 256, D), the
            decoded images of all codes projected likewise, and `encoder.norms` int32 (256, 256),
            half their squared lengths, all in one integer scale, so that `row . table - norm` is
            highest for the nearest code.

    Raises:
        InvalidModelError: They are unsound, do not fit together, or a score could leave 2^24.
    """

    CELL = 4

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        table = take_array(arrays, "encoder.table", ("int8",), 3)
        norms = take_array(arrays, "encoder.norms", ("int32",), 2)
        dimensions = table.shape[2]
        if table.shape != (SIDES, SIDES, dimensions) or norms.shape != (SIDES, SIDES):
            raise InvalidModelError("the tables of codes do not fit together")
        self._project = read_pixel_network(arrays, "encoder.project", dimensions)
        reach = max(map(abs, self._project.output_range))
        weight = np.einsum("abd->ab", np.abs(table, dtype=np.int32)).astype(np.int64)
        if int((weight * reach + np.abs(norms.astype(np.int64))).max()) >= FLOAT32_LIMIT:
            raise InvalidModelError("the scores of codes could leave 2^24")
        self._cells = _by_cell(table, self.CELL)
        self._norms = _by_cell(norms[:, :, None], self.CELL)[:, :, 0]
        middle = self.CELL // 2 * (self.CELL + 1)
        coarse = DenseLayer(
            np.ascontiguousarray(self._cells[:, middle].T),
            -self._norms[:, middle],
            np.zeros(len(self._cells), np.int8),
            -FLOAT32_LIMIT,
            FLOAT32_LIMIT,
        )
        self._coarse = Network([coarse], self._project.output_range)

    def __call__(self, pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Find codes uint8 (N, 2) for centred pixels (N, 784). Ties take the lowest code."""
        blocks = range(0, len(pixels), BLOCK_ROWS)
        found = [self._block(pixels[i : i + BLOCK_ROWS]) for i in blocks]
        return np.concatenate(found) if found else np.zeros((0, 2), np.uint8)

    def _block(self, pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
        rows = self._project(pixels).astype(np.float32)
        cell = self._coarse(rows).argmax(1)
        # einsum adds up without BLAS, and the bound holds for every order: exact
        scores = np.einsum("ncd,nd->nc", self._cells[cell].astype(np.float32), rows)
        scores -= self._norms[cell]
        best = scores.argmax(1)
        corner = np.stack(np.divmod(cell, SIDES // self.CELL), 1) * self.CELL
        inner = np.stack(np.divmod(best, self.CELL), 1)
        return np.asarray(corner + inner, np.uint8)


def _by_cell(table: NDArray[Any], side: int) -> NDArray[Any]:
    """Regroup (256, 256, D) into cells of `side` x `side` codes, (cells, side * side, D)."""
    parts = SIDES // side
    grouped = table.reshape(parts, side, parts, side, -1).swapaxes(1, 2)
    return grouped.reshape(parts * parts, side * side, -1)
