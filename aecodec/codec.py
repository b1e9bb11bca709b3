"""The codec: images and a model into .aez bytes, and back."""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import models
from aecodec.chunks import Chunk
from aecodec.container import ContainerWriter
from aecodec.errors import DecodingError
from aecodec.images import PIXELS, SIDE, Images, check_images
from aecodec.kinds import DEFAULT_EFFORT, Coder, load_coder
from aecodec.kinds.stored import STORED_ID, StoredCoder

CHUNK_IMAGES = 1024
DEFAULT_FAMILY = "mnist"
LEVELS = ("x392", "classic", "q3", "q2", "q4", "q1", "q5")  # the default: the first there is


class Codec:
    """A model ready to code: its id, its coder and what its validation set showed.

    path: the model file; name: its name without suffix; validation: sums of squared errors of
    the validation images in grey levels, at the 50th, 99th, 99.9th percentile and the maximum,
    or None where the model does not say; misread: the shares of validation images that a
    classifier misreads once decoded and as they were, or None.
    """

    def __init__(self, path: Path) -> None:
        model = models.read_model(path)
        self.path = path
        self.name = path.stem
        self.kind = model.kind
        self.id = model.id
        self.coder: Coder = load_coder(model)
        sse = model.arrays.get("stats.validation_sse")
        self.validation = None if sse is None or sse.shape != (4,) else [int(v) for v in sse]
        misread = model.arrays.get("stats.misread")
        self.misread = None if misread is None or misread.shape != (2,) else misread / 10_000

    def misread_note(self) -> str:
        """What lossy coding does to what an image says, as measured on validation images."""
        if self.misread is None:
            return ""
        return (
            f"Lossy: a classifier misreads {self.misread[0]:.1%} of {self.name}'s validation "
            f"images once decoded, {self.misread[1]:.1%} of the originals."
        )

    def is_unusual(self, squared_error: int) -> bool:
        """Tell an image whose error lies above 99.9 % of the model's validation images."""
        return self.validation is not None and squared_error > self.validation[2]


def find_codec(level: str | None = None, model: str | None = None) -> Codec:
    """Load a codec by level (`classic`) and model (a family, a full name, an id or a path).

    Raises UnknownModelError, InvalidModelError or UnsupportedFileError.
    """
    family = model or DEFAULT_FAMILY
    if level is None:
        installed = models.installed()
        level = next((level for level in LEVELS if f"{family}-{level}" in installed), None)
    return load_codec(models.find_path(f"{family}-{level}" if level else family))


def load_codec(path: Path) -> Codec:
    """Load a model file, or return it from the cache of this process."""
    state = path.stat()
    return _cached(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _cached(path: Path, mtime: int, size: int) -> Codec:  # noqa: ARG001 - keys of the cache
    return Codec(path)


def codec_by_id(model_id: bytes, extra: str | None = None) -> Codec:
    """The codec that a file names by `model_id`; `extra` names a model to look at first.

    Raises UnknownModelError, InvalidModelError or UnsupportedFileError.
    """
    if extra is not None and (codec := load_codec(models.find_path(extra))).id == model_id:
        return codec
    return load_codec(models.find_id(model_id))


def coder_by_id(model_id: bytes, extra: str | None = None) -> Coder:
    """The coder that a file names by `model_id`. Raises as `codec_by_id`."""
    return StoredCoder() if model_id == STORED_ID else codec_by_id(model_id, extra).coder


@dataclass(frozen=True)
class Plan:
    """How images are to be coded: small enough to hand to a worker process.

    models: one model file, or with a bound those that compete; bound: the most that an image's
    squared error may be, summed in grey levels, or None; effort: see `kinds.EFFORTS`.
    """

    models: tuple[Path, ...]
    bound: int | None = None
    effort: int = DEFAULT_EFFORT

    def codecs(self) -> list[Codec]:
        """Load the models, in order."""
        return [load_codec(path) for path in self.models]

    def ids(self) -> list[bytes]:
        """What a header lists; with a bound, stored pixels are the last resort."""
        ids = [codec.id for codec in self.codecs()]
        return ids if self.bound is None else [*ids, STORED_ID]

    def encode(self, images: Images, names: Sequence[str] = ()) -> tuple[Chunk, Images]:
        """Code uint8 (N, 28, 28) as one chunk; return it and the images as they will decode."""
        coders = [codec.coder for codec in self.codecs()]
        if self.bound is None:
            return encode_chunk(coders[0], images, names, self.effort)
        return _encode_within(self.bound, [*coders, StoredCoder()], images, names, self.effort)


def encode_chunk(
    coder: Coder, images: Images, names: Sequence[str] = (), effort: int = DEFAULT_EFFORT
) -> tuple[Chunk, Images]:
    """Code uint8 (N, 28, 28) as one chunk; return it and the images as they will decode."""
    payload = coder.encode(images, effort)
    decoded = images if coder.lossless else coder.decode(payload, len(images))
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), (0,), (payload,), check, tuple(names)), decoded


def _encode_within(
    bound: int, coders: Sequence[Coder], images: Images, names: Sequence[str], effort: int
) -> tuple[Chunk, Images]:
    """Code each image by the coder that costs least among those that meet the bound.

    The last coder is lossless, so one always does. What is decided by trial is checked on the
    decoded pixels of the very payloads that will be written.
    """
    choice = np.full(len(images), len(coders) - 1)
    least = np.full(len(images), np.iinfo(np.int64).max)
    for number, coder in enumerate(coders):
        decoded, costs = coder.trial(images, effort)
        better = (squared_errors(images, decoded) <= bound) & (costs < least)
        choice[better], least[better] = number, costs[better]
    decoded = np.empty_like(images)
    payloads = []
    for number in np.unique(choice).tolist():
        chosen = choice == number
        payload = coders[number].encode(images[chosen], effort)
        decoded[chosen] = coders[number].decode(payload, int(chosen.sum()))
        payloads.append(payload)
    if (squared_errors(images, decoded) > bound).any():
        raise DecodingError("An image decodes worse than it did on trial; please report this.")
    models = tuple(choice.tolist()) if len(payloads) > 1 else (int(choice[0]),)
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), models, tuple(payloads), check, tuple(names)), decoded


def squared_error_bound(max_mse: float | None = None, min_psnr: float | None = None) -> int | None:
    """The bound of a `Plan` for a mean squared error on [0, 1], a PSNR in dB, or both."""
    if max_mse is None and min_psnr is None:
        return None
    from decimal import Decimal  # slow to import, and few commands state a bound

    bounds = [Decimal(1)]
    if max_mse is not None:
        bounds.append(Decimal(str(max_mse)))
    if min_psnr is not None:
        bounds.append(Decimal(10) ** (Decimal(str(min_psnr)) / -10))
    return int(min(bounds) * PIXELS * 255**2)


def make_plan(
    level: str | None = None,
    model: str | None = None,
    effort: int = DEFAULT_EFFORT,
    bound: int | None = None,
) -> Plan:
    """Find the models for a level and a model (see `find_codec`); with a bound all of a family.

    Raises UnknownModelError, InvalidModelError or UnsupportedFileError.
    """
    family = model or DEFAULT_FAMILY
    if bound is None or level is not None:
        return Plan((find_codec(level, model).path,), bound, effort)
    members = [path for name, path in models.installed().items() if _family(name) == family]
    return Plan(tuple(members) or (find_codec(None, model).path,), bound, effort)


def _family(name: str) -> str:
    return name.rpartition("-")[0]


def decode_chunk(coders: Sequence[Coder], chunk: Chunk) -> Images:
    """Rebuild the images of a chunk, uint8 (N, 28, 28).

    Raises CorruptFileError, or DecodingError when the pixels are not those that were encoded.
    """
    owners = np.array(chunk.models)
    if len(owners) == 1:
        images = coders[chunk.models[0]].decode(chunk.payloads[0], chunk.count)
    else:
        images = np.empty((chunk.count, SIDE, SIDE), np.uint8)
        for model, payload in zip(np.unique(owners), chunk.payloads, strict=True):
            chosen = owners == model
            images[chosen] = coders[model].decode(payload, int(chosen.sum()))
    if zlib.crc32(images.tobytes()) != chunk.pixel_check:
        raise DecodingError(
            "the bytes are sound but decode to other pixels than were encoded; "
            "this machine's arithmetic or the encoder's was at fault"
        )
    return images


def squared_errors(images: Images, decoded: Images) -> NDArray[np.int64]:
    """Sums of squared differences of uint8 (N, 28, 28), in grey levels, int64 (N,)."""
    difference = images.astype(np.int32) - decoded
    flat = difference.reshape(len(images), PIXELS)
    return np.asarray(np.einsum("ij,ij->i", flat, flat, dtype=np.int64))


def compress(
    images: NDArray[Any],
    level: str | None = None,
    model: str | None = None,
    *,
    effort: int = DEFAULT_EFFORT,
    max_mse: float | None = None,
) -> bytes:
    """Compress uint8 (28, 28) or (N, 28, 28) into the bytes of an .aez file.

    level: an operating point such as `classic`; model: a family, a name, an id or a path;
    effort: 1 to 3, how long to search; max_mse: for each image the cheapest level of the family
    that stays within it, on [0, 1], or stored pixels.
    Raises InvalidImageError, UnknownModelError or InvalidModelError.
    """
    array = check_images(images)
    plan = make_plan(level, model, effort, squared_error_bound(max_mse))
    buffer = io.BytesIO()
    writer = ContainerWriter(buffer, plan.ids())
    for start in range(0, len(array), CHUNK_IMAGES):
        writer.write(plan.encode(array[start : start + CHUNK_IMAGES])[0])
    writer.close()
    return buffer.getvalue()
