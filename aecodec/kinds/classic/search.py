"""Encode-time search of the classic kind: the code whose decoded image is nearest."""

from collections.abc import Mapping
from functools import cached_property
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
        if _largest_score(table, norms, reach) >= FLOAT32_LIMIT:
            raise InvalidModelError("the scores of codes could leave 2^24")
        self._tables = table, norms

    @cached_property
    def _cells(self) -> tuple[NDArray[np.int8], NDArray[np.int32], Network]:
        """The codes of each cell, their norms, and a network that scores the cells' middles."""
        codes, norms = (_by_cell(table, self.CELL) for table in self._tables)
        middle = self.CELL // 2 * (self.CELL + 1)
        coarse = DenseLayer(
            np.ascontiguousarray(codes[:, middle].T),
            -norms[:, middle, 0],
            np.zeros(len(codes), np.int8),
            -FLOAT32_LIMIT,
            FLOAT32_LIMIT,
        )
        return codes, norms[:, :, 0], Network([coarse], self._project.output_range)

    def __call__(self, pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Find codes uint8 (N, 2) for centred pixels (N, 784). Ties take the lowest code."""
        blocks = range(0, len(pixels), BLOCK_ROWS)
        found = [self._block(pixels[i : i + BLOCK_ROWS]) for i in blocks]
        return np.concatenate(found) if found else np.zeros((0, 2), np.uint8)

    def _block(self, pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
        codes, norms, coarse = self._cells
        rows = self._project(pixels).astype(np.float32)
        cell = coarse(rows).argmax(1)
        # einsum adds up without BLAS, and the bound holds for every order: exact
        scores = np.einsum("ncd,nd->nc", codes[cell].astype(np.float32), rows)
        scores -= norms[cell]
        best = scores.argmax(1)
        corner = np.stack(np.divmod(cell, SIDES // self.CELL), 1) * self.CELL
        inner = np.stack(np.divmod(best, self.CELL), 1)
        return np.asarray(corner + inner, np.uint8)


def _largest_score(table: NDArray[np.int8], norms: NDArray[np.int32], reach: int) -> int:
    """What no score of rows within plus or minus `reach` exceeds."""
    sizes = np.abs(norms.astype(np.int64))
    heaviest = max(-int(table.min()), int(table.max()))
    bound: int = heaviest * table.shape[2] * reach + int(
        sizes.max()
    )  # quick, and mostly good enough
    if bound < FLOAT32_LIMIT:
        return bound
    weights = np.einsum("abd->ab", np.abs(table, dtype=np.int32)).astype(np.int64)
    return int((weights * reach + sizes).max())


def _by_cell(table: NDArray[Any], side: int) -> NDArray[Any]:
    """Regroup (256, 256, ...) into cells of `side` x `side` codes, (cells, side * side, D)."""
    parts = SIDES // side
    grouped = table.reshape(parts, side, parts, side, -1).swapaxes(1, 2)
    return grouped.reshape(parts * parts, side * side, -1)
