"""Random access to the images of an .aez file."""

import operator
import stat
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO, Self, SupportsIndex, cast, overload

import numpy as np
from numpy.typing import NDArray

from aecodec.archive_coders import find_coders
from aecodec.archive_extras import ArchiveExtras
from aecodec.coded import Coded
from aecodec.container import ArchiveReader, Chunk, ContainerReader, NameOrder, PartsReader
from aecodec.errors import (
    AecodecError,
    CorruptFileError,
    MissingFileError,
    located,
)
from aecodec.images import SIDE, Images
from aecodec.kinds import LazyCoders
from aecodec.recent import Recent
from aecodec.storage import StrPath, to_path

KEPT_BYTES = 2**26  # of decoded images: all 70,000 of MNIST
_KEPT_NAMES = 2**22  # bytes of names, of which each takes more in memory

Numbers = slice | range | list[int] | list[bool] | NDArray[np.integer[Any] | np.bool_]


class Archive(ArchiveExtras):
    """The images of an .aez file, decoded when they are asked for. Made by `aecodec.open`.

    Chunks are decoded on demand, and the last are kept, up to 64 MiB of images: so images may be
    read in any order, each chunk of a smaller archive being decoded once. One archive may be used
    from many threads at once.

    >>> data = aecodec.compress(np.zeros((10, 28, 28), np.uint8))
    >>> with aecodec.open(data) as archive:
    ...     len(archive), archive[0].shape, archive[3:6].shape, archive[[1, 2]].shape
    (10, (28, 28), (3, 28, 28), (2, 28, 28))

    Attributes:
        path: What messages call the file, or None for bytes.
        named: Whether the images have names.
        in_parts: Whether it is a folder of parts, not one file.
        chunks: How many chunks there are.
        label_type: What the labels of the images are, or None.
        models: The id of each model that the file uses, and the model's bytes where they are
            embedded (else empty bytes).
        damage: What is wrong with the file as a whole, or an empty string. The images that can
            still be reached are there.

    Raises:
        CorruptFileError: Not even the header can be used; or, on access, a chunk is damaged.
        UnsupportedFileError: The file was made by a later aecodec.
        UnknownModelError: On access: the file's model is neither installed nor embedded.
        DecodingError: On access: the pixels differ from those that were encoded.
    """

    def __init__(
        self,
        source: BinaryIO | Path,
        model: str | None = None,
        path: str | None = None,
        *,
        owned: bool = False,
    ) -> None:
        with nullcontext() if path is None else located(path):
            reader = PartsReader(source) if isinstance(source, Path) else ContainerReader(source)
        super().__init__(reader, path)
        self._owned = None if isinstance(source, Path) or not owned else source
        self._extra = model
        self.models = list(zip(self._reader.ids, self._reader.models, strict=True))
        self.damage = self._reader.damage
        self.named = self._reader.named
        self.in_parts = isinstance(source, Path)
        self._starts = np.array(self._reader.starts, np.int64)
        self._kept = Recent[Images](KEPT_BYTES)
        self._names = Recent[tuple[str, ...]](_KEPT_NAMES)
        self._first_names: dict[int, str] = {}

    @cached_property
    def coders(self) -> LazyCoders:
        """The coders of the file's models, in the header's order.

        All models are found here, so that one that is missing is told at once; each is loaded
        when an image first needs it.
        """
        with self._lock, self._located():
            told = partial(_told, self._reader, self._lock)  # without the archive: no cycle
            return find_coders(self.models, self._extra, told)

    def summary(self) -> dict[str, Any]:
        """What the container says of itself (see `ContainerReader.summary`)."""
        return self._reader.summary()

    def span(self, number: int) -> tuple[int, int]:
        """The numbers of a chunk's first image and of the first behind it."""
        return int(self._starts[number]), int(self._starts[number + 1])

    def coded(self, chunk: Chunk) -> Coded:
        """Decode a chunk of this file, and keep the codes of its images."""
        with self._located():
            return Coded.of(self.coders, chunk)

    def decode(self, chunk: Chunk) -> Images:
        """Decode a chunk of this file, uint8 (N, 28, 28)."""
        return self.coded(chunk).images

    def chunk(self, number: int) -> Images:
        """Read and decode one chunk, uint8 (N, 28, 28)."""
        return self.decode(self.read_chunk(number))

    def originals(self) -> Iterator[Images | None]:
        """Go through the black-and-white originals of all images (see `Coded.originals`)."""
        for number in range(self.chunks):
            yield from self.coded(self.read_chunk(number)).originals(self.coders)

    def chunk_names(self, number: int) -> tuple[str, ...]:
        """The names of a chunk's images, empty where the archive has none."""
        return self.read_chunk(number).names

    def check(self) -> None:
        """Check all that needs no model: every byte of the file, and the order of the names.

        Raises:
            CorruptFileError: The file is damaged.
            UnsafeNameError: A name is unsafe, or the folder of another.
            UnsupportedFileError: It is not damaged, but has records of a later version.
        """
        with self._lock, self._located():
            self._reader.check()

    def iter_names(self) -> Iterator[str]:
        """Go through the names of all images, holding those of one chunk at a time.

        Raises:
            CorruptFileError: A chunk is damaged, or names are out of order.
            UnsafeNameError: A name is unsafe, or the folder of another.
        """
        order = NameOrder()
        for number in range(self.chunks if self.named else 0):
            names = self.chunk_names(number)
            with self._located():
                order.add(names)
            yield from names

    @cached_property
    def names(self) -> Sequence[str]:
        """The names of all images in their order, ascending; empty where they have none.

        Raises:
            CorruptFileError: A chunk is damaged, or names are out of order.
        """
        return tuple(self.iter_names())

    def __len__(self) -> int:
        return int(self._starts[-1])

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> Images: ...

    @overload
    def __getitem__(self, key: Numbers) -> Images: ...

    def __getitem__(self, key: SupportsIndex | str | Numbers) -> Images:
        """Decode one image or several. Each chunk that is needed is decoded once.

        Args:
            key: A number (negative ones count from the end) or a name gives one image; a slice,
                a list or array of numbers, or a boolean mask gives several.

        Returns:
            uint8 (28, 28) for one image, uint8 (N, 28, 28) for several; a copy.

        Raises:
            IndexError: There is no image of that number, or the mask has another length.
            KeyError: There is no image of that name.
        """
        if isinstance(key, str):
            return self._one(self._find(key))
        if isinstance(key, slice):
            return self._take(np.array(range(len(self))[key], np.int64))
        if isinstance(key, list | range | np.ndarray) and np.ndim(key):
            return self._take(self._numbers(np.asarray(key)))
        try:
            number = operator.index(cast("SupportsIndex", key))  # what is no number raises
        except TypeError as error:
            raise TypeError(
                "an image is chosen by a number, a name, a slice, or a list or array of numbers, "
                f"not by {type(key).__name__}"
            ) from error
        return self._one(number)

    def _one(self, number: int) -> Images:
        self._check(number)
        images: Images = self._take(np.array([number % len(self)]))[0]
        return images

    def _check(self, number: int) -> None:
        if not -len(self) <= number < len(self):
            raise IndexError(f"image {number} of {len(self)}")

    def _numbers(self, key: NDArray[Any]) -> NDArray[np.int64]:
        """Numbers from 0 for an array of numbers or a mask."""
        if key.dtype == bool:
            if key.shape != (len(self),):
                raise IndexError(f"a mask of shape {key.shape} for {len(self)} images")
            return np.flatnonzero(key)
        if not key.size and key.ndim == 1:
            return np.zeros(0, np.int64)
        if key.ndim != 1 or key.dtype.kind not in "iu":
            raise IndexError(f"numbers of images are integers (N,), not {key.dtype} {key.shape}")
        self._check(int(key.min()))
        self._check(int(key.max()))
        numbers = key.astype(np.int64)
        return np.where(numbers < 0, numbers + len(self), numbers)

    def _take(self, numbers: NDArray[np.int64]) -> Images:
        """Decode images by their numbers from 0, in any order."""
        out = np.empty((len(numbers), SIDE, SIDE), np.uint8)
        chunks = np.searchsorted(self._starts, numbers, side="right") - 1
        order = np.argsort(chunks, kind="stable")
        ends = np.flatnonzero(np.diff(chunks[order])) + 1
        for group in np.split(order, ends) if len(order) else ():
            chunk = int(chunks[group[0]])
            out[group] = self._decoded(chunk)[numbers[group] - self._starts[chunk]]
        return out

    def _decoded(self, number: int) -> Images:
        """Decode a chunk, or take it from those that are kept. Threads may decode it twice."""
        images = self._kept.get(number)
        if images is None:
            images = self.chunk(number)
            self._kept.put(number, images, images.nbytes)
        return images

    def _find(self, name: str) -> int:
        """The number of the image of this name: names ascend, so few chunks are read."""
        if self.named:
            chunk = bisect_right(range(self.chunks), name, key=self._first_name) - 1
            names = self._kept_names(chunk) if chunk >= 0 else ()
            place = bisect_left(names, name)
            if names[place : place + 1] == (name,):
                return self.span(chunk)[0] + place
        raise KeyError(f"there is no image named {name!r}")

    def _first_name(self, number: int) -> str:
        if number not in self._first_names:
            self._first_names[number] = self._kept_names(number)[0]
        return self._first_names[number]

    def _kept_names(self, number: int) -> tuple[str, ...]:
        names = self._names.get(number)
        if names is None:
            names = self.chunk_names(number)
            self._names.put(number, names, sum(map(len, names)))
        return names

    def __iter__(self) -> Iterator[Images]:
        for number in range(self.chunks):
            yield from np.array(self._decoded(number))

    def __repr__(self) -> str:
        where = "" if self.path is None else f" {self.path}:"
        return f"<aecodec.Archive{where} {len(self):,} images in {self.chunks:,} chunks>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless it was opened by the caller."""
        if self._owned is not None:
            self._owned.close()


def _told(
    reader: ArchiveReader, lock: AbstractContextManager[Any], error: AecodecError, model_id: bytes
) -> AecodecError:
    """What to say of a model that cannot be used: also what the file calls it."""
    with lock:
        reader.check_header()  # a damaged id is no model to install
    title = reader.titles[reader.ids.index(model_id)]
    return error.followed_by(f"The file calls it {title!r}") if title else error


def open_path(path: StrPath, model: str | None = None, name: str | None = None) -> Archive:
    """Open the .aez file or the folder of parts at a path, which messages call `name`.

    Raises as `aecodec.open`.
    """
    path = to_path(path)
    name = name or str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return Archive(path, model, name)
        if not stat.S_ISREG(mode):
            raise CorruptFileError("is not a regular file; '-' reads standard input", name)
        file = path.open("rb")
    except AecodecError:
        raise
    except FileNotFoundError as error:
        raise MissingFileError("there is no such file", name) from error
    except OSError as error:
        raise CorruptFileError(f"cannot be read: {error.strerror}", name) from error
    try:
        return Archive(file, model, name, owned=True)
    except BaseException:
        file.close()
        raise
