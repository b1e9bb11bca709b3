"""Arrays in, arrays out, for Python: images into the bytes of an .aez file, and back."""

import io
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive
from aecodec.arguments import check_arguments
from aecodec.codec import CHUNK_IMAGES
from aecodec.errors import CorruptFileError
from aecodec.images import SIDE, Images, check_images
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.plans import choose, make_plans, sample, squared_error_bound


def compress(
    images: NDArray[Any],
    level: str | None = None,
    model: str | None = None,
    *,
    effort: int = DEFAULT_EFFORT,
    max_mse: float | None = None,
    embed_model: bool = False,
) -> bytes:
    """Compress uint8 (28, 28) or (N, 28, 28) into the bytes of an .aez file.

    level: an operating point such as `classic`; model: a family, a name, an id or a path, or by
    default `auto`, the family that ships and fits best (see `plans.choose`); effort: 1 to 3, how
    long to search; max_mse: for each image the cheapest level of the family that stays within
    it, on [0, 1], or stored pixels; embed_model: put into the bytes what decoding needs.
    Raises InvalidArgumentError, InvalidImageError, UnknownModelError or InvalidModelError.
    """
    check_arguments(effort, max_mse)
    array = check_images(images)
    plans = make_plans(level, model, effort, squared_error_bound(max_mse), embed=embed_model)
    plan, _ = choose(plans, array[sample(len(array))])
    buffer = io.BytesIO()
    writer = plan.writer(buffer)
    for start in range(0, len(array), CHUNK_IMAGES):
        writer.write(plan.encode(array[start : start + CHUNK_IMAGES])[0])
    writer.close()
    return buffer.getvalue()


def decompress(data: bytes, model: str | None = None) -> Images:
    """Decompress the bytes of an .aez file into uint8 (N, 28, 28).

    model: a model file to use besides the installed ones. Raises CorruptFileError,
    UnsupportedFileError, UnknownModelError or DecodingError; never returns a part.
    """
    with Archive(io.BytesIO(data), model) as archive:
        if archive.damage:
            raise CorruptFileError(archive.damage)
        if archive.named:
            deque(archive.names(), maxlen=0)  # raises where a name stands twice or out of order
        parts = [archive.chunk(number) for number in range(archive.chunks)]
    return np.concatenate(parts) if parts else np.zeros((0, SIDE, SIDE), np.uint8)
