"""The stored kind: pixels as they are, for images that must come back exactly."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds.coder import COST_UNIT, ExactCoder


class StoredCoder(ExactCoder):
    """Each image as its 784 raw bytes; an image is its own code."""

    arithmetic = None
    code_text = f"its pixels as they are, {PIXELS} bytes"

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        pass  # there is nothing to learn

    def pack(self, codes: Images) -> bytes:
        """Return the pixels."""
        return codes.tobytes()

    def unpack(self, payload: bytes, count: int) -> Images:
        """Return uint8 (count, 28, 28). Raises CorruptFileError when the length is wrong."""
        if len(payload) != count * PIXELS:
            raise CorruptFileError(f"{len(payload)} bytes cannot hold {count} stored images")
        return np.frombuffer(payload, np.uint8).reshape(count, SIDE, SIDE)

    def costs(self, codes: Images) -> NDArray[np.int64]:
        """What images take, in bits times COST_UNIT, int64 (N,)."""
        return np.full(len(codes), 8 * PIXELS * COST_UNIT, np.int64)
