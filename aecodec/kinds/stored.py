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

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:  # noqa: ARG002 - nothing to search
        """Return the pixels of uint8 (N, 28, 28) as they are."""
        return images.tobytes()

    def trial(
        self,
        images: Images,
        effort: int = DEFAULT_EFFORT,  # noqa: ARG002 - nothing to search
    ) -> tuple[Images, NDArray[np.int64]]:
        """Return the images and their cost (see `kinds.Coder.trial`)."""
        return images, np.full(len(images), 8 * PIXELS * COST_UNIT, np.int64)

    def decode(self, payload: bytes, count: int) -> Images:
        """Return uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * PIXELS:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} stored images")
        return np.frombuffer(payload, np.uint8).reshape(count, SIDE, SIDE)
