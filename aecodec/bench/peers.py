"""The peers: how each turns images into bytes and back, alone and all in one."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from aecodec.codec import CHUNK_IMAGES, Codec, decode_chunk, encode_chunk
from aecodec.compressing import single_file
from aecodec.container import ContainerReader, ContainerWriter
from aecodec.images import PIXELS, SIDE, Images

Encode = Callable[[Images], bytes]
Decode = Callable[[bytes], Images]


@dataclass(frozen=True)
class Peer:
    """A codec in the table.

    encode, decode: uint8 (N, 28, 28) to bytes and back. per_file: an archive of it is just its
    single files, so their mean stands for both. overhead: bytes of one file that are no payload.
    """

    name: str
    encode: Encode
    decode: Decode
    lossless: bool
    per_file: bool = False
    codec: Codec | None = None


def aecodec_peer(codec: Codec) -> Peer:
    """A model of ours, through whole .aez files."""

    def encode(images: Images) -> bytes:
        if len(images) <= CHUNK_IMAGES:
            return single_file(encode_chunk(codec.coder, images)[0], [codec.id])
        buffer = io.BytesIO()
        writer = ContainerWriter(buffer, [codec.id])
        for start in range(0, len(images), CHUNK_IMAGES):
            writer.write(encode_chunk(codec.coder, images[start : start + CHUNK_IMAGES])[0])
        writer.close()
        return buffer.getvalue()

    def decode(data: bytes) -> Images:
        reader = ContainerReader(io.BytesIO(data))
        chunks = (reader.read(i) for i in range(len(reader.places)))
        return np.concatenate([decode_chunk([codec.coder], chunk) for chunk in chunks])

    return Peer(f"aecodec {codec.name}", encode, decode, codec.coder.lossless, codec=codec)


def standard_peers() -> list[Peer]:
    """PNG, the raw bytes, and what the standard library makes of all raw pixels as one stream."""
    return [
        Peer("raw", lambda x: x.tobytes(), _from_raw, True),
        _png("png", optimise=False),
        _png("png optimised", optimise=True),
        _stream("zlib -9", lambda b: zlib.compress(b, 9), zlib.decompress),
        _stream("bz2 -9", bz2.compress, bz2.decompress),
        _stream("xz -9e", _xz, lzma.decompress),
    ]


def _from_raw(data: bytes) -> Images:
    return np.frombuffer(data, np.uint8).reshape(-1, SIDE, SIDE)


def _xz(data: bytes) -> bytes:
    return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)


def _stream(name: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> Peer:
    return Peer(name, lambda x: pack(x.tobytes()), lambda b: _from_raw(unpack(b)), True)


def _png(name: str, *, optimise: bool) -> Peer:
    def encode(images: Images) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(images[0]).save(buffer, "PNG", optimize=optimise)
        return buffer.getvalue()

    def decode(data: bytes) -> Images:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return np.asarray(image)[None]

    return Peer(name, encode, decode, lossless=True, per_file=True)


def payload_bytes(peer: Peer, data: bytes) -> int:
    """How many of a result's bytes are coded images and not container."""
    if peer.codec is None:
        return len(data)
    reader = ContainerReader(io.BytesIO(data))
    chunks = (reader.read(i) for i in range(len(reader.places)))
    return sum(len(payload) for chunk in chunks for payload in chunk.payloads)


RAW_BYTES = PIXELS
