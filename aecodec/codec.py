"""The codec: chunks of images coded and decoded."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.container import Chunk, Label
from aecodec.distortion import squared_errors
from aecodec.errors import DecodingError
from aecodec.images import SIDE, Images
from aecodec.kinds import COST_UNIT, DEFAULT_EFFORT, Coder, Codes

CHUNK_IMAGES = 1024


def encode_chunk(
    coder: Coder, images: Images, names: Sequence[str] = (), effort: int = DEFAULT_EFFORT
) -> tuple[Chunk, Images]:
    """Code images as one chunk.

    Args:
        coder: Codes them.
        images: uint8 (N, 28, 28).
        names: One an image, or none.
        effort: How long to search, one of `kinds.EFFORTS`.

    Returns:
        The chunk, and the images as they will decode.
    """
    payload = coder.encode(images, effort)
    decoded = images if coder.lossless else coder.decode(payload, len(images))
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), (0,), (payload,), check, tuple(names)), decoded


class Choice:
    """Which coder codes each of some images, and the codes.

    Args:
        count: How many images there are.

    Attributes:
        coders: The number of each image's coder, int64 (N,).
        codes: By coder, the codes of its images in their order.
    """

    def __init__(self, count: int) -> None:
        self.coders = np.full(count, -1, np.int64)
        self.codes: dict[int, Codes] = {}

    @property
    def used(self) -> list[int]:
        """The numbers of the coders that code any image, ascending; the first where none is."""
        return [int(number) for number in np.unique(self.coders)] or [0]

    def take(self, coder: int, images: NDArray[np.int64], codes: Codes) -> None:
        """Give images, by their ascending numbers, to a coder; what it had before comes along."""
        had = np.flatnonzero(self.coders == coder)
        self.coders[images] = coder
        if len(had):
            order = np.argsort(np.concatenate([had, images]), kind="stable")
            codes = np.concatenate([self.codes[coder], codes])[order]
        if len(images) or not len(self.coders):
            self.codes[coder] = codes


def cheapest(
    bound: int, coders: Sequence[Coder], images: Images, effort: int = DEFAULT_EFFORT
) -> Choice:
    """Find, for each image, the coder that costs least among those that meet the bound.

    Of equal costs the least squared error wins, then the first coder. A lossless coder is slow:
    it tries only images that no coder before it has met, or that it may code in fewer bits.

    Args:
        bound: The most that the squared error of an image may be, summed in grey levels.
        coders: Those that compete; the last is lossless, so that one always meets the bound.
        images: uint8 (N, 28, 28).
        effort: How long to search, one of `kinds.EFFORTS`.
    """
    least = np.full((2, len(images)), np.iinfo(np.int64).max)
    owners = np.full(len(images), len(coders) - 1)
    trials: list[tuple[NDArray[np.bool_], Codes]] = []
    floor = _least_lossless(images)
    for number, coder in enumerate(coders):
        tried = least[0] > floor if coder.lossless else np.ones(len(images), bool)
        codes = coder.codes(images[tried], effort)
        costs = np.full((2, len(images)), np.iinfo(np.int64).max)
        errors = squared_errors(images[tried], coder.rebuild(codes))
        met = np.flatnonzero(tried)[errors <= bound]
        costs[:, met] = np.stack([coder.costs(codes), errors])[:, errors <= bound]
        better = (costs[0] < least[0]) | ((costs[0] == least[0]) & (costs[1] < least[1]))
        owners[better], least[:, better] = number, costs[:, better]
        trials.append((tried, codes))
    choice = Choice(len(images))
    for number, (tried, codes) in enumerate(trials):
        mine = owners == number
        if mine.any() or (not len(images) and number == 0):
            choice.take(number, np.flatnonzero(mine), codes[mine[tried]])
    return choice


def _least_lossless(images: Images) -> NDArray[np.int64]:
    """Costs below which no lossless coder is expected to come, int64 (N,).

    A pixel unlike the one before it takes a bit or more.
    """
    changes = (images[:, :, 1:] != images[:, :, :-1]).sum((1, 2))
    return np.asarray(changes, np.int64) * COST_UNIT


def encode_choice(
    choice: Choice,
    coders: Mapping[int, Coder],
    images: Images,
    names: Sequence[str] = (),
    bound: int | None = None,
) -> tuple[Chunk, Images]:
    """Code each image by the coder that was chosen for it.

    Args:
        choice: The coders and codes of the images.
        coders: The coders that are used, by number.
        images: uint8 (N, 28, 28).
        names: One an image, or none.
        bound: Checked once more on the pixels decoded from the payloads that are written.

    Returns:
        As `encode_chunk`.

    Raises:
        DecodingError: An image decodes worse than on trial.
    """
    decoded = np.empty_like(images)
    payloads = []
    for number in choice.used:
        chosen = choice.coders == number
        payload = coders[number].pack(choice.codes[number])
        decoded[chosen] = coders[number].decode(payload, int(chosen.sum()))
        payloads.append(payload)
    if bound is not None and (squared_errors(images, decoded) > bound).any():
        raise DecodingError("An image decodes worse than it did on trial; please report this.")
    models = tuple(choice.coders.tolist()) if len(payloads) > 1 else (choice.used[0],)
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), models, tuple(payloads), check, tuple(names)), decoded


def decode_chunk(coders: Sequence[Coder], chunk: Chunk) -> Images:
    """Rebuild the images of a chunk.

    Args:
        coders: The coders of the file's models, in the order of its header.
        chunk: What was read.

    Returns:
        uint8 (N, 28, 28).

    Raises:
        CorruptFileError: A payload is no coder's.
        DecodingError: The pixels are not those that were encoded.
    """
    return Coded.of(coders, chunk).images


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
        """Unpack a chunk. Raises as `decode_chunk`."""
        owners = np.broadcast_to(np.array(chunk.models, np.int64), chunk.count)
        images = np.empty((chunk.count, SIDE, SIDE), np.uint8)
        codes = {}
        for model, payload in zip(np.unique(owners).tolist(), chunk.payloads, strict=True):
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
            for model in np.unique(owners).tolist()
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
        for model in np.unique(owners).tolist():
            ranks = np.cumsum(self.owners == model) - 1
            codes[model] = self.codes[model][ranks[chosen[owners == model]]]
        names = tuple(self.names[place] for place in chosen) if self.names else ()
        labels = tuple(self.labels[place] for place in chosen) if self.labels else ()
        return Coded(owners, codes, self.images[chosen], names, labels)

    def pack(self, coders: Sequence[Coder]) -> Chunk:
        """Write all images as one chunk, which decodes to the same pixels."""
        models = np.unique(self.owners).tolist()
        payloads = tuple(coders[model].pack(self.codes[model]) for model in models)
        owners = tuple(self.owners.tolist()) if len(models) > 1 else tuple(models)
        check = zlib.crc32(self.images.tobytes())
        return Chunk(len(self), owners, payloads, check, self.names, self.labels)
