"""PyTorch: data sets of an archive, to pick images from and to stream."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.api import open_archive
from aecodec.archive import Archive
from aecodec.images import PIXELS, Images
from aecodec.plugins.members import inside, members
from aecodec.plugins.missing import missing
from aecodec.plugins.shared import CAN_SHARE, SharedImages
from aecodec.storage import StrPath

try:
    import torch
    from torch.utils.data import Dataset, IterableDataset, get_worker_info
except ImportError as error:
    raise missing(error, "torch") from error

Transform = Callable[[Images], Any]

SHARED_BYTES = 2**30  # of decoded images: 1.3 million


def to_tensor(image: Images) -> Any:
    """A float32 tensor (1, 28, 28) from 0 to 1 of an image, uint8 (28, 28)."""
    return torch.from_numpy(image.astype(np.float32)[None] / 255)


class _Source:
    """An archive that each process opens for itself, so that it may be pickled and forked."""

    def __init__(
        self,
        path: StrPath,
        split: str | None = None,
        transform: Transform = to_tensor,
        model: str | None = None,
    ) -> None:
        self.path = Path(path).absolute()
        self.split = split
        self.transform = transform
        self.model = model
        self._opened: tuple[int, Archive] | None = None
        with open_archive(self.path, model) as archive:
            self.numbers = members(archive, split)
            ends = [archive.span(number)[1] for number in range(archive.chunks)]
            self._starts = np.array([0, *ends], np.int64)

    @property
    def archive(self) -> Archive:
        """The archive, opened by this process."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), open_archive(self.path, self.model)
        return self._opened[1]

    def close(self) -> None:
        """Close the archive; it opens again when needed."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def samples(self, numbers: NDArray[np.int64]) -> list[Any]:
        """The images of these numbers, transformed, each with its label if there are labels."""
        archive = self.archive
        images = [self.transform(image) for image in self.decoded(numbers)]
        if archive.labels is None:
            return images
        return list(zip(images, archive.labels[numbers].tolist(), strict=True))

    def decoded(self, numbers: NDArray[np.int64]) -> Images:
        """The images of these numbers, uint8 (N, 28, 28)."""
        return self.archive[numbers]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}


class AezDataset(_Source, Dataset):  # type: ignore[misc] # torch's types are not followed
    """The images of an archive by their numbers, for a `DataLoader` with any number of workers.

    A sample is an image, or an image and its label where the archive has labels. Each chunk is
    decoded once for all workers and epochs, and kept in memory that the workers share.

    Args:
        path: The .aez file.
        split: The one split to take; by default all images.
        transform: What is made of an image, uint8 (28, 28); by default `to_tensor`.
        model: A model to look at first: its name, id or file.
        share: The most bytes of decoded images that are kept so, 784 an image. Of more images, as
            on Windows, each worker decodes chunks for itself and keeps the last 64 MB.

    Raises:
        InvalidArgumentError: There is no such split.
        MissingFileError: There is no such file.
        CorruptFileError: It is damaged, or no .aez file; also on access.
    """

    def __init__(
        self,
        path: StrPath,
        split: str | None = None,
        transform: Transform = to_tensor,
        model: str | None = None,
        *,
        share: int = SHARED_BYTES,
    ) -> None:
        super().__init__(path, split, transform, model)
        fits = 0 < self._starts[-1] * PIXELS <= share
        self._shared = SharedImages(self._starts) if CAN_SHARE and fits else None

    def decoded(self, numbers: NDArray[np.int64]) -> Images:
        """The images of these numbers, uint8 (N, 28, 28); each chunk is decoded once for all."""
        if self._shared is None:
            return super().decoded(numbers)
        return self._shared.take(numbers, self.archive.chunk)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: int) -> Any:
        if not -len(self) <= number < len(self):
            raise IndexError(f"image {number} of {len(self)}")
        return self.samples(self.numbers[[number]])[0]

    def __getitems__(self, numbers: list[int]) -> list[Any]:
        """A batch, for which each chunk is decoded once; what a `DataLoader` calls."""
        return self.samples(self.numbers[numbers])


class AezIterableDataset(_Source, IterableDataset):  # type: ignore[misc] # as above
    """The images of an archive as a stream: each chunk is decoded once, whatever the order.

    Workers share out the chunks, so that no image comes twice. Samples are those of `AezDataset`.

    Args:
        path: The .aez file.
        split: The one split to take; by default all images.
        transform: What is made of an image, uint8 (28, 28); by default `to_tensor`.
        model: A model to look at first: its name, id or file.
        shuffle: How many images the shuffle buffer holds; 0 keeps the order of the archive. The
            order follows `torch.manual_seed`.

    Raises:
        InvalidArgumentError: There is no such split.
        MissingFileError: There is no such file.
        CorruptFileError: It is damaged, or no .aez file; also on access.
    """

    def __init__(
        self,
        path: StrPath,
        split: str | None = None,
        transform: Transform = to_tensor,
        model: str | None = None,
        *,
        shuffle: int = 0,
    ) -> None:
        super().__init__(path, split, transform, model)
        self.shuffle = shuffle

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        chunks = np.arange(self.archive.chunks)[first::step]
        if not self.shuffle:
            yield from self._stream(chunks)
            return
        random = np.random.default_rng(int(torch.empty((), dtype=torch.int64).random_()))
        buffer: list[Any] = []
        for sample in self._stream(random.permutation(chunks)):
            if len(buffer) < self.shuffle:
                buffer.append(sample)
                continue
            place = int(random.integers(self.shuffle))
            yield buffer[place]
            buffer[place] = sample
        random.shuffle(buffer)
        yield from buffer

    def _stream(self, chunks: NDArray[np.int64]) -> Iterator[Any]:
        for chunk in chunks.tolist():
            yield from self.samples(inside(self.archive, self.numbers, chunk))
