"""Chunks: some images, coded by one model or by several, and their bytes inside a container."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aecodec.container.labels import Label
from aecodec.container.varints import read_varint, varint
from aecodec.errors import CorruptFileError

MIXED = 255


@dataclass(frozen=True)
class Chunk:
    """Some images, coded: independent of every other chunk.

    Attributes:
        count: How many images there are.
        models: The position in the header of each image's model; one entry when all share it.
        payloads: One for each model that occurs, in ascending order of their positions.
        pixel_check: CRC-32 of the decoded pixels.
        names: One for each image, or none.
        labels: One for each image, or none.
    """

    count: int
    models: tuple[int, ...]
    payloads: tuple[bytes, ...]
    pixel_check: int
    names: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()

    @property
    def owners(self) -> tuple[int, ...]:
        """The position in the header of each image's model, one for each image."""
        return self.models if len(self.models) > 1 else self.models * self.count


def moved(chunk: Chunk, positions: Sequence[int]) -> Chunk:
    """A chunk whose models have other positions in the header: `positions[old]` is the new one."""
    used = sorted(set(chunk.models))
    payloads = dict(zip((positions[model] for model in used), chunk.payloads, strict=True))
    models = tuple(positions[model] for model in chunk.models)
    return replace(chunk, models=models, payloads=tuple(payloads[key] for key in sorted(payloads)))


def pack_coded(chunk: Chunk, models: int) -> bytes:
    """Pack pixel check, models and payloads: what short files and records have in common.

    Args:
        chunk: The chunk; its names and its count are not packed.
        models: How many models the header lists.

    Returns:
        The bytes that FORMAT.md calls *coded*.
    """
    out = bytearray(struct.pack("<I", chunk.pixel_check))
    if len(chunk.models) == 1:
        if models > 1:
            out.append(chunk.models[0])
        return bytes(out + chunk.payloads[0])
    out.append(MIXED)
    width = (models - 1).bit_length()
    bits = 0
    for model in chunk.models:
        bits = bits << width | model
    size = -(-chunk.count * width // 8)
    out += (bits << (8 * size - chunk.count * width)).to_bytes(size, "big")
    for payload in chunk.payloads:
        out += varint(len(payload)) + payload
    return bytes(out)


def unpack_coded(data: bytes, count: int, models: int, names: tuple[str, ...]) -> Chunk:
    """Unpack what `pack_coded` wrote.

    Args:
        data: The bytes that FORMAT.md calls *coded*.
        count: How many images the chunk has.
        models: How many models the header lists.
        names: The names of the images, or none.

    Returns:
        The chunk, its payloads not yet decoded.

    Raises:
        CorruptFileError: The bytes are damaged.
    """
    if len(data) < 4 + (models > 1):
        raise CorruptFileError("a chunk is too short")
    (pixel_check,) = struct.unpack_from("<I", data)
    if models == 1:
        return Chunk(count, (0,), (data[4:],), pixel_check, names)
    if data[4] < models:
        return Chunk(count, (data[4],), (data[5:],), pixel_check, names)
    if data[4] != MIXED:
        raise CorruptFileError("a chunk names a model that the header does not")
    width = (models - 1).bit_length()
    end = 5 + -(-count * width // 8)
    if len(data) < end:
        raise CorruptFileError("a chunk is too short")
    spare = 8 * (end - 5) - count * width
    bits = int.from_bytes(data[5:end], "big")
    text = f"{bits >> spare:0{count * width}b}"
    used = tuple(int(text[i : i + width], 2) for i in range(0, count * width, width))
    if bits & ((1 << spare) - 1) or max(used) >= models or len(set(used)) < 2:
        raise CorruptFileError("a chunk's list of models is malformed")
    payloads = []
    for _ in set(used):
        length, start = read_varint(data, end)
        end = start + length
        if end > len(data):
            raise CorruptFileError("a payload is longer than its chunk")
        payloads.append(data[start:end])
    if end != len(data):
        raise CorruptFileError("a chunk has bytes to spare")
    return Chunk(count, used, tuple(payloads), pixel_check, names)
