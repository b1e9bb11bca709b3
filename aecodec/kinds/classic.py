"""The classic kind: a dense auto-encoder with a few latents, each quantised to 8 bits.

The encoder network maps the 784 pixels, centred by 128, to K integers of 0 to 255, the payload.
The decoder network maps them to 784 integers that index a table of grey levels, a sigmoid.
With two latents a model may bring a table of all 256 x 256 codes, in which the encoder searches
for the code whose decoded image is nearest; a network alone finds it only roughly.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import nets
from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds import COST_UNIT, DEFAULT_EFFORT

CENTRE = 128
PIXEL_RANGE = (-CENTRE, 255 - CENTRE)
CODE_RANGE = (0, 255)
SIDES = 256
LIMIT = nets.FLOAT32_LIMIT


class ClassicCoder:
    """A `classic` model ready to code.

    Arrays: the networks `encoder` (784 to K) and `decoder` (K to 784) as `nets.read_network`
    reads them, `decoder.greys` uint8 (T,), indexed by the decoder's clipped output, and those of
    `CodeSearch` or none of them. Raises InvalidModelError when they do not fit together.
    """

    lossless = False

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._decoder = nets.read_network(arrays, "decoder", CODE_RANGE)
        self._greys = nets.take(arrays, "decoder.greys", ("uint8",), 1)
        self.latents = self._decoder.width_in
        if self._decoder.width_out != PIXELS or self.latents > PIXELS:
            raise InvalidModelError(f"the decoder does not give {PIXELS} pixels")
        if self._decoder.output_range != (0, len(self._greys) - 1):
            raise InvalidModelError("the decoder's output does not index its table of greys")

    @cached_property
    def _encoder(self) -> nets.Network:
        encoder = nets.read_network(self._arrays, "encoder", PIXEL_RANGE)
        if (encoder.width_in, encoder.width_out) != (PIXELS, self.latents):
            raise InvalidModelError("the encoder does not fit the decoder")
        if encoder.output_range != CODE_RANGE:
            raise InvalidModelError("the encoder's output is not clipped to a byte")
        return encoder

    @cached_property
    def _search(self) -> "CodeSearch | None":
        if "encoder.table" not in self._arrays or self.latents != 2:
            return None
        return CodeSearch(self._arrays)

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `nets.Network.arithmetic`)."""
        return self._decoder.arithmetic

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> NDArray[np.uint8]:  # noqa: ARG002 - one search
        """Map uint8 (N, 28, 28) to the codes that represent it best, uint8 (N, K)."""
        return self._search(_centred(images)) if self._search else self.network_codes(images)

    def network_codes(self, images: Images) -> NDArray[np.uint8]:
        """Map uint8 (N, 28, 28) to codes by the encoder network alone, uint8 (N, K)."""
        return self._encoder(_centred(images)).astype(np.uint8)

    def rebuild(self, codes: NDArray[np.uint8]) -> Images:
        """Map codes uint8 (N, K) to images, uint8 (N, 28, 28)."""
        levels = self._decoder(codes).astype(np.int32)
        return self._greys.take(levels, mode="clip").reshape(-1, SIDE, SIDE)

    def pack(self, codes: NDArray[np.uint8]) -> bytes:
        """Write codes (N, K) as N times K bytes."""
        return codes.tobytes()

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:  # noqa: ARG002 - one search
        """Code uint8 (N, 28, 28) as N times K bytes."""
        return self.pack(self.codes(images))

    def costs(self, codes: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What codes (N, K) cost, in bits times COST_UNIT, int64 (N,)."""
        return np.full(len(codes), 8 * self.latents * COST_UNIT, np.int64)

    def decode(self, payload: bytes, count: int) -> Images:
        """Rebuild uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * self.latents:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} images")
        return self.rebuild(np.frombuffer(payload, np.uint8).reshape(count, self.latents))


def _centred(images: Images) -> NDArray[np.float32]:
    pixels = images.reshape(-1, PIXELS).astype(np.float32)
    pixels -= CENTRE
    return pixels


class CodeSearch:
    """Search of the 256 x 256 codes in a projection of image space to D dimensions.

    Arrays: the network `encoder.project` (784 to D), `encoder.table` int8 (256, 256, D), the
    decoded images of all codes projected likewise, and `encoder.norms` int32 (256, 256), half
    their squared lengths, all in one integer scale, so that `row . table - norm` is highest for
    the nearest. First the middle of each cell of CELL x CELL codes is scored, then the codes of
    the best cell.
    """

    CELL = 4

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._project = nets.read_network(arrays, "encoder.project", PIXEL_RANGE)
        table = nets.take(arrays, "encoder.table", ("int8",), 3)
        norms = nets.take(arrays, "encoder.norms", ("int32",), 2)
        dimensions = table.shape[2]
        if table.shape != (SIDES, SIDES, dimensions) or norms.shape != (SIDES, SIDES):
            raise InvalidModelError("the tables of codes do not fit together")
        if self._project.width_in != PIXELS or self._project.width_out != dimensions:
            raise InvalidModelError("the projection does not fit the table of codes")
        reach = max(map(abs, self._project.output_range))
        weight = np.einsum("abd->ab", np.abs(table, dtype=np.int32)).astype(np.int64)
        if int((weight * reach + np.abs(norms.astype(np.int64))).max()) >= LIMIT:
            raise InvalidModelError("the scores of codes could leave 2^24")
        self._cells = _by_cell(table, self.CELL)
        self._norms = _by_cell(norms[:, :, None], self.CELL)[:, :, 0]
        middle = self.CELL // 2 * (self.CELL + 1)
        coarse = nets.Dense(
            np.ascontiguousarray(self._cells[:, middle].T),
            -self._norms[:, middle],
            np.zeros(len(self._cells), np.int8),
            -LIMIT,
            LIMIT,
        )
        self._coarse = nets.Network([coarse], self._project.output_range)

    def __call__(self, pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Find codes uint8 (N, 2) for centred pixels (N, 784). Ties take the lowest code."""
        blocks = range(0, len(pixels), nets.BLOCK_ROWS)
        found = [self._block(pixels[i : i + nets.BLOCK_ROWS]) for i in blocks]
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
