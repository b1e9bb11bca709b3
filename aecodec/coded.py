"""Chunks of images decoded, and their codes."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.container import Chunk, Label
from aecodec.errors import DecodingError
from aecodec.images import SIDE, Images
from aecodec.kinds import Coder, Codes


def _check_pixels(images: Images, chunk: Chunk) -> None:
    if zlib.crc32(images.tobytes()) != chunk.pixel_check:
        raise DecodingError(
            "the bytes are sound but decode to other pixels than were encoded; "
            "this machine's arithmetic or the encoder's was at fault"
        )


@dataclass(frozen=True)
class Coded:
    """Images as their codes, to be put into other chunks without being encoded again.

    Attributes:
        owners: The position in the header of each image's model, int64 (N,).
        codes: By position, the codes of its images in their order.
        images: As they decode, uint8 (N, 28, 28).
        names: One for each image, or none.
        labels: One for each image, or none.
    """

    owners: NDArray[np.int64]
    codes: Mapping[int, Codes]
    images: Images
    names: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()

    @classmethod
    def of(cls, coders: Sequence[Coder], chunk: Chunk) -> "Coded":
        """Unpack and rebuild the images of a chunk.

        Args:
            coders: The coders of the file's models, in the order of its header.
            chunk: What was read.

        Raises:
            CorruptFileError: A payload is no coder's.
            DecodingError: The pixels are not those that were encoded.
        """
        owners = np.broadcast_to(np.array(chunk.models, np.int64), chunk.count)
        images = np.empty((chunk.count, SIDE, SIDE), np.uint8)
        codes = {}
        for model, payload in zip(sorted(set(owners.tolist())), chunk.payloads, strict=True):
            mine = owners == model
            codes[model] = coders[model].unpack(payload, int(mine.sum()))
            images[mine] = coders[model].rebuild(codes[model])
        _check_pixels(images, chunk)
        return cls(owners, codes, images, chunk.names, chunk.labels)

    @classmethod
    def joined(cls, parts: Sequence["Coded"]) -> "Coded":
        """The images of all parts, one behind the other."""
        owners = np.concatenate([part.owners for part in parts])
        codes = {
            model: np.concatenate([part.codes[model] for part in parts if model in part.codes])
            for model in sorted(set(owners.tolist()))
        }
        images = np.concatenate([part.images for part in parts])
        names = tuple(name for part in parts for name in part.names)
        return cls(
            owners, codes, images, names, tuple(one for part in parts for one in part.labels)
        )

    def __len__(self) -> int:
        return len(self.owners)

    def __getitem__(self, places: NDArray[np.int64] | slice) -> "Coded":
        """Some of the images, in any order."""
        chosen = np.arange(len(self))[places]
        owners = self.owners[chosen]
        codes = {}
        for model in sorted(set(owners.tolist())):
            ranks = np.cumsum(self.owners == model) - 1
            codes[model] = self.codes[model][ranks[chosen[owners == model]]]
        names = tuple(self.names[place] for place in chosen) if self.names else ()
        labels = tuple(self.labels[place] for place in chosen) if self.labels else ()
        return Coded(owners, codes, self.images[chosen], names, labels)

    def originals(self, coders: Sequence[Coder]) -> list[Images | None]:
        """The black-and-white originals that the images are coded by.

        Returns:
            For each image uint8 (n, n) of 0 and 1, 1 for black; None where it has none.
        """
        found: list[Images | None] = [None] * len(self)
        for model, codes in self.codes.items():
            mine = np.flatnonzero(self.owners == model).tolist()
            for place, original in zip(mine, coders[model].originals(codes), strict=True):
                found[place] = original
        return found

    def pack(self, coders: Sequence[Coder]) -> Chunk:
        """Write all images as one chunk, which decodes to the same pixels."""
        models = sorted(set(self.owners.tolist()))
        payloads = tuple(coders[model].pack(self.codes[model]) for model in models)
        owners = tuple(self.owners.tolist()) if len(models) > 1 else tuple(models)
        check = zlib.crc32(self.images.tobytes())
        return Chunk(len(self), owners, payloads, check, self.names, self.labels)
