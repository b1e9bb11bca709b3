"""Stored pixels: the coder that needs no model, for images that must come back exactly."""

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds import COST_UNIT, DEFAULT_EFFORT

STORED_ID = bytes(8)


class StoredCoder:
    """Each image as its 784 raw bytes."""

    lossless = True
    arithmetic = "none"

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Images:  # noqa: ARG002 - nothing to search
        """Images uint8 (N, 28, 28) are their own codes."""
        return images

    def costs(self, codes: Images) -> NDArray[np.int64]:
        """What images cost, in bits times COST_UNIT, int64 (N,)."""
        return np.full(len(codes), 8 * PIXELS * COST_UNIT, np.int64)

    def rebuild(self, codes: Images) -> Images:
        """Return the images, uint8 (N, 28, 28)."""
        return codes

    def pack(self, codes: Images) -> bytes:
        """Return the pixels as they are."""
        return codes.tobytes()

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:  # noqa: ARG002 - nothing to search
        """Return the pixels of uint8 (N, 28, 28) as they are."""
        return self.pack(images)

    def decode(self, payload: bytes, count: int) -> Images:
        """Return uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * PIXELS:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} stored images")
        return np.frombuffer(payload, np.uint8).reshape(count, SIDE, SIDE)
