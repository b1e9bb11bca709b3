"""Stored pixels: the coder that needs no model, for images that must come back exactly."""

import numpy as np

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, SIDE, Images

STORED_ID = bytes(8)


class StoredCoder:
    """Each image as its 784 raw bytes."""

    lossless = True
    arithmetic = "none"

    def encode(self, images: Images) -> bytes:
        """Return the pixels of uint8 (N, 28, 28) as they are."""
        return images.tobytes()

    def decode(self, payload: bytes, count: int) -> Images:
        """Return uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * PIXELS:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} stored images")
        return np.frombuffer(payload, np.uint8).reshape(count, SIDE, SIDE)
