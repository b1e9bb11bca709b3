"""The codec: a model ready to code, how it is found, and chunks of images coded and decoded."""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec import models
from aecodec.chunks import Chunk
from aecodec.errors import CorruptFileError, DecodingError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds import DEFAULT_EFFORT, Coder, Codes, load_coder
from aecodec.kinds.stored import STORED_ID, StoredCoder

CHUNK_IMAGES = 1024
DEFAULT_FAMILY = "mnist"
LEVELS = ("x392", "classic", "q3", "q2", "q4", "q1", "q5")  # the default: the first there is


class Codec:
    """A model ready to code: its id, its coder and what its validation set showed.

    model: what the file holds; path: the model file; name: its name without suffix; validation:
    sums of squared errors of the validation images in grey levels, at the 50th, 99th, 99.9th
    percentile and the maximum, or None where the model does not say; misread: the shares of
    validation images that a classifier misreads once decoded and as they were, or None.
    """

    def __init__(self, path: Path) -> None:
        model = models.read_model(path)
        self.model = model
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
    level = level or default_level(family)
    return load_codec(models.find_path(f"{family}-{level}" if level else family))


def default_level(family: str) -> str | None:
    """The level that a family has unasked: the first of LEVELS that is installed."""
    installed = models.installed()
    return next((level for level in LEVELS if f"{family}-{level}" in installed), None)


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


def family_of(name: str) -> str:
    """The family of a model's name: `mnist` of `mnist-classic`."""
    return name.rpartition("-")[0]


def coder_by_id(model_id: bytes, extra: str | None = None) -> Coder:
    """The coder that a file names by `model_id`. Raises as `codec_by_id`."""
    return StoredCoder() if model_id == STORED_ID else codec_by_id(model_id, extra).coder


@lru_cache(maxsize=1)
def embedded_coders(bodies: tuple[tuple[bytes, bytes], ...]) -> list[Coder]:
    """The coders of models that an .aez file brings along, given as pairs of id and bytes.

    A stranger made them, so they are proved like any model, and serve no other file: what is
    kept is kept for the next chunk of this one. Raises CorruptFileError, UnsupportedFileError.
    """
    coders = []
    for model_id, body in bodies:
        try:
            model = models.Model.from_decoding_body(body)
            if model.id != model_id:
                raise InvalidModelError("it is damaged")
            coders.append(load_coder(model))
        except InvalidModelError as error:
            text = f"the embedded model {model_id.hex()} cannot be used: {error}"
            raise CorruptFileError(text) from error
    return coders


def encode_chunk(
    coder: Coder, images: Images, names: Sequence[str] = (), effort: int = DEFAULT_EFFORT
) -> tuple[Chunk, Images]:
    """Code uint8 (N, 28, 28) as one chunk; return it and the images as they will decode."""
    payload = coder.encode(images, effort)
    decoded = images if coder.lossless else coder.decode(payload, len(images))
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), (0,), (payload,), check, tuple(names)), decoded


def cheapest(
    bound: int, coders: Sequence[Coder], images: Images, effort: int = DEFAULT_EFFORT
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Codes]]:
    """Find, for each image, the coder that costs least among those that meet the bound.

    Of equal costs the least squared error wins. Returns the coders' numbers, int64 (N,), the
    costs (see `kinds.Coder.costs`) and the errors, int64 (2, N), and each coder's codes of all
    images. The last coder is lossless, so one always does.
    """
    choice = np.full(len(images), len(coders) - 1)
    least = np.full((2, len(images)), np.iinfo(np.int64).max)
    found = [coder.codes(images, effort) for coder in coders]
    for number, (coder, codes) in enumerate(zip(coders, found, strict=True)):
        costs, errors = coder.costs(codes), squared_errors(images, coder.rebuild(codes))
        cheaper = (costs < least[0]) | ((costs == least[0]) & (errors < least[1]))
        better = (errors <= bound) & cheaper
        choice[better] = number
        least[:, better] = costs[better], errors[better]
    return choice, least, found


def encode_within(
    bound: int,
    coders: Sequence[Coder],
    images: Images,
    names: Sequence[str] = (),
    effort: int = DEFAULT_EFFORT,
) -> tuple[Chunk, Images]:
    """Code each image by the cheapest coder that meets the bound, as `encode_chunk` does.

    What is decided by trial is checked on the decoded pixels of the very payloads that will be
    written.
    """
    choice, _, codes = cheapest(bound, coders, images, effort)
    decoded = np.empty_like(images)
    payloads = []
    for number in np.unique(choice).tolist():
        chosen = choice == number
        payload = coders[number].pack(codes[number][chosen])
        decoded[chosen] = coders[number].decode(payload, int(chosen.sum()))
        payloads.append(payload)
    if (squared_errors(images, decoded) > bound).any():
        raise DecodingError("An image decodes worse than it did on trial; please report this.")
    models = tuple(choice.tolist()) if len(payloads) > 1 else (int(choice[0]),)
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), models, tuple(payloads), check, tuple(names)), decoded


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
