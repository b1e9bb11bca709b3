"""A peer: how a codec turns images into bytes and back; our models as peers, through .aez files."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from aecodec import compress, decompress
from aecodec.container import ContainerReader
from aecodec.images import Images
from aecodec.library import Codec

Encode = Callable[[Images], bytes]
Decode = Callable[[bytes], Images]

OURS, LOSSLESS, ARCHIVE, LOSSY = "aecodec", "lossless", "archive", "lossy"


@dataclass(frozen=True)
class Peer:
    """One codec at one setting: a row of the table.

    encode, decode: uint8 (N, 28, 28) to bytes and back; N = 1 where per_file says that a file
    holds one image, so that an archive of it is its files. kind: OURS, LOSSLESS, ARCHIVE (all
    raw pixels as one stream) or LOSSY. codec, setting: what rows of one codec share, and what
    tells them apart. step: it is measured on every step-th image. side_bytes: what a decoder needs
    besides the files, a model or a dictionary.
    """

    name: str
    encode: Encode
    decode: Decode
    kind: str
    codec: str = ""
    setting: str = ""
    per_file: bool = False
    step: int = 1
    side_bytes: int | None = None
    model: Codec | None = None

    @property
    def lossless(self) -> bool:
        """Whether every image comes back exactly."""
        return self.model.coder.lossless if self.model else self.kind != LOSSY


def aecodec_peer(model: Codec) -> Peer:
    """A model of ours, through whole .aez files."""
    path = str(model.path)
    family, _, level = model.name.rpartition("-")
    return Peer(
        f"aecodec {model.name}",
        lambda images: compress(images, model=path),
        lambda data: decompress(data, model=path),
        OURS,
        codec=f"aecodec {family or model.name}",
        setting=level,
        side_bytes=model.path.stat().st_size,
        model=model,
    )


def payload_bytes(peer: Peer, data: bytes) -> int:
    """How many of a result's bytes are coded images and not container."""
    if peer.model is None:
        return len(data)
    reader = ContainerReader(io.BytesIO(data))
    chunks = (reader.read(i) for i in range(len(reader.places)))
    return sum(len(payload) for chunk in chunks for payload in chunk.payloads)
