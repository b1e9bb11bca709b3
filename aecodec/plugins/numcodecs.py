"""numcodecs: arrays of images into the bytes of an .aez file, and back."""

from typing import Any

import numpy as np

from aecodec.api import compress, decompress
from aecodec.errors import InvalidImageError
from aecodec.images import SIDE, Images
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.plugins.missing import missing

try:
    from numcodecs.abc import Codec
    from numcodecs.compat import ensure_bytes, ndarray_copy
except ImportError as error:
    raise missing(error, "zarr") from error


def encode_images(array: Any, level: str | None, model: str | None, effort: int) -> bytes:
    """Compress uint8 (..., 28, 28); lossless, by `any-lossless`, where nothing is named.

    Raises:
        InvalidImageError: The array has another shape or type.
        UnknownModelError: There is no such model or level.
    """
    images = np.asarray(array)
    if images.dtype != np.uint8 or images.shape[-2:] != (SIDE, SIDE):
        found = f"{images.dtype} {images.shape}"
        raise InvalidImageError(f"chunks must be uint8 (N, {SIDE}, {SIDE}), not {found}")
    if level is None and model is None:
        level, model = "lossless", "any"
    return compress(images.reshape(-1, SIDE, SIDE), level, model, effort=effort)


class AecodecCodec(Codec):  # type: ignore[misc] # numcodecs has no complete types
    """A codec of numcodecs for uint8 (N, 28, 28), found as `aecodec` by its registry.

    >>> import numcodecs
    >>> codec = numcodecs.get_codec({"id": "aecodec"})
    >>> np.array_equal(codec.decode(codec.encode(images)), images)
    True

    Args:
        level: An operating point such as `q3`. Lossless where neither it nor a model is named.
        model: A family, a model's name, its id or its file.
        effort: How long to search for a good code, 1 to 3.
    """

    codec_id = "aecodec"

    def __init__(
        self, level: str | None = None, model: str | None = None, effort: int = DEFAULT_EFFORT
    ) -> None:
        self.level = level
        self.model = model
        self.effort = effort

    def encode(self, buf: Any) -> bytes:
        """Compress uint8 (..., 28, 28). Raises as `encode_images`."""
        return encode_images(buf, self.level, self.model, self.effort)

    def decode(self, buf: Any, out: Any = None) -> Images:
        """Decompress what `encode` gave: uint8 (N, 28, 28), also written to `out` if given.

        Raises:
            CorruptFileError: The bytes are damaged, or no .aez file.
            UnknownModelError: Their model is not installed.
        """
        images = decompress(ensure_bytes(buf), max_images=None)
        copied: Images = ndarray_copy(images, out)
        return copied
