"""The codec: images and a model into .aez bytes, and back."""

import io
import os
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec import models
from aecodec.container import Chunk, ContainerReader, ContainerWriter
from aecodec.errors import CorruptFileError, DecodingError, UnsupportedFileError
from aecodec.images import PIXELS, SIDE, Images, check_images
from aecodec.kinds import Coder, load_coder
from aecodec.kinds.stored import STORED_ID, StoredCoder
from aecodec.names import check_order

CHUNK_IMAGES = 1024
DEFAULT_FAMILY = "mnist"
DEFAULT_LEVEL = "classic"


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
    if level is None and family not in {n.rpartition("-")[0] for n in models.installed()}:
        return load_codec(models.find_path(family))
    return load_codec(models.find_path(f"{family}-{level or DEFAULT_LEVEL}"))


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


def encode_chunk(coder: Coder, images: Images, names: Sequence[str] = ()) -> tuple[Chunk, Images]:
    """Code uint8 (N, 28, 28) as one chunk; return it and the images as they will decode."""
    payload = coder.encode(images)
    decoded = images if coder.lossless else coder.decode(payload, len(images))
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), (0,), (payload,), check, tuple(names)), decoded


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


def compress(images: NDArray[Any], level: str | None = None, model: str | None = None) -> bytes:
    """Compress uint8 (28, 28) or (N, 28, 28) into the bytes of an .aez file.

    level: an operating point such as `classic`; model: a family, a name, an id or a path.
    Raises InvalidImageError, UnknownModelError or InvalidModelError.
    """
    array = check_images(images)
    codec = find_codec(level, model)
    buffer = io.BytesIO()
    writer = ContainerWriter(buffer, [codec.id])
    for start in range(0, len(array), CHUNK_IMAGES):
        writer.write(encode_chunk(codec.coder, array[start : start + CHUNK_IMAGES])[0])
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


class Archive:
    """Random access to the images of an .aez file: `archive[i]`, `len(archive)`, iteration.

    A chunk is read and decoded when one of its images is asked for, and kept until another is.
    damage: what is wrong with the file as a whole, or an empty string.
    """

    def __init__(self, file: BinaryIO, model: str | None = None) -> None:
        self._file = file
        self._reader = ContainerReader(file)
        self._extra = model
        self._starts = self._reader.starts
        self._coders: list[Coder] = []
        self._kept: tuple[int, Images] | None = None
        self.damage = self._reader.damage
        self.named = self._reader.named
        self.chunks = len(self._reader.places)

    @property
    def coders(self) -> list[Coder]:
        """The coders of the file's models, in the header's order; found when first needed."""
        if not self._coders:
            self._coders = [coder_by_id(i, self._extra) for i in self._reader.ids]
        return self._coders

    def summary(self) -> dict[str, Any]:
        """What the container says of itself (see `ContainerReader.summary`)."""
        return self._reader.summary()

    def starts(self) -> list[int]:
        """The number of the first image of each chunk, then the number of all images."""
        return list(self._starts)

    def chunk_names(self, number: int) -> tuple[str, ...]:
        """The names of a chunk's images, empty where the archive has none."""
        return self._reader.read(number).names

    def chunk(self, number: int) -> Images:
        """Decode one chunk, uint8 (N, 28, 28)."""
        return self.named_chunk(number)[1]

    def named_chunk(self, number: int) -> tuple[tuple[str, ...], Images]:
        """Read one chunk: its names and its images."""
        chunk = self._reader.read(number)
        return chunk.names, decode_chunk(self.coders, chunk)

    def names(self) -> Iterator[str]:
        """Go through the names of all images. Raises CorruptFileError where order is broken."""
        before = ""
        for number in range(self.chunks):
            names = self.chunk_names(number)
            check_order(before, names)
            yield from names
            before = names[-1] if names else ""

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, number: int) -> Images:
        """Decode image `number`, uint8 (28, 28); negative numbers count from the end."""
        index = number + len(self) if number < 0 else number
        if not 0 <= index < len(self):
            raise IndexError(f"image {number} of {len(self)}")
        chunk = int(np.searchsorted(self._starts, index, side="right")) - 1
        if self._kept is None or self._kept[0] != chunk:
            self._kept = (chunk, self.chunk(chunk))
        return np.array(self._kept[1][index - self._starts[chunk]])

    def __iter__(self) -> Iterator[Images]:
        for number in range(self.chunks):
            yield from self.chunk(number)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_archive(path: str | os.PathLike[str], model: str | None = None) -> Archive:
    """Open an .aez file for random access.

    Raises as `decompress`, naming the file; CorruptFileError also where it cannot be read.
    """
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - the archive closes it
    except OSError as error:
        raise CorruptFileError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        return Archive(file, model)
    except (CorruptFileError, UnsupportedFileError) as error:
        file.close()
        raise type(error)(f"{path}: {error}.") from error
    except BaseException:
        file.close()
        raise
