"""Zarr 3: a serializer for arrays of images."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from aecodec.api import decompress
from aecodec.errors import CorruptFileError, InvalidArgumentError
from aecodec.images import SIDE
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.plugins.missing import missing
from aecodec.plugins.numcodecs import encode_images

try:
    from zarr.abc.codec import ArrayBytesCodec
except ImportError as error:
    raise missing(error, "zarr") from error

NAME = "aecodec"


@dataclass(frozen=True)
class AecodecSerializer(ArrayBytesCodec):  # type: ignore[misc] # zarr's types are not followed
    """A serializer for uint8 (N, 28, 28), found as `aecodec` by Zarr's registry.

    Chunks hold whole images. Pass `compressors=None`: what it gives is compressed.

    Args:
        level: An operating point such as `q3`. Lossless where neither it nor a model is named.
        model: A family, a model's name, or its id.
        effort: How long to search for a good code, 1 to 3.
    """

    level: str | None = None
    model: str | None = None
    effort: int = DEFAULT_EFFORT
    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Make the codec that an array's metadata describe."""
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> dict[str, Any]:
        """The codec as an array's metadata describe it."""
        settings = {"level": self.level, "model": self.model, "effort": self.effort}
        used = {name: value for name, value in settings.items() if value is not None}
        return {"name": NAME, "configuration": used}

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse an array that does not hold whole images.

        Raises:
            InvalidArgumentError: It is not uint8 (..., 28, 28), or a chunk cuts images.
        """
        found = dtype.to_native_dtype()
        if found != np.uint8 or len(shape) < 2 or shape[-2:] != (SIDE, SIDE):
            need = f"aecodec stores arrays of uint8 (N, {SIDE}, {SIDE})"
            raise InvalidArgumentError(f"{need}, not {found} {shape}")
        chunk = getattr(chunk_grid, "chunk_shape", shape)
        if tuple(chunk[-2:]) != (SIDE, SIDE):
            text = f"chunks hold whole images, (n, {SIDE}, {SIDE}), not {tuple(chunk)}"
            raise InvalidArgumentError(text)

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: Any) -> int:
        """Not known beforehand."""
        raise NotImplementedError

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        array = chunk_data.as_numpy_array()
        data = await asyncio.to_thread(encode_images, array, self.level, self.model, self.effort)
        return chunk_spec.prototype.buffer.from_bytes(data)

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        images = await asyncio.to_thread(decompress, chunk_data.to_bytes(), max_images=None)
        if images.size != np.prod(chunk_spec.shape):
            text = f"a chunk of shape {chunk_spec.shape} holds {len(images):,} images"
            raise CorruptFileError(text)
        shaped = images.reshape(chunk_spec.shape)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(shaped)
