"""The codec: chunks of images coded and decoded."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.container import Chunk
from aecodec.distortion import squared_errors
from aecodec.errors import DecodingError
from aecodec.images import SIDE, Images
from aecodec.kinds import DEFAULT_EFFORT, Coder, Codes

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


def cheapest(
    bound: int, coders: Sequence[Coder], images: Images, effort: int = DEFAULT_EFFORT
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Codes]]:
    """Find, for each image, the coder that costs least among those that meet the bound.

    Of equal costs the least squared error wins.

    Args:
        bound: The most that the squared error of an image may be, summed in grey levels.
        coders: Those that compete; the last is lossless, so that one always meets the bound.
        images: uint8 (N, 28, 28).
        effort: How long to search, one of `kinds.EFFORTS`.

    Returns:
        The coders' numbers, int64 (N,); their costs (see `kinds.Coder.costs`) and squared errors,
        int64 (2, N); and each coder's codes of all images.
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
    """Code each image by the cheapest coder that meets the bound (see `cheapest`).

    The bound is checked once more on the pixels decoded from the payloads that are written.

    Returns:
        As `encode_chunk`.

    Raises:
        DecodingError: An image decodes worse than on trial.
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
