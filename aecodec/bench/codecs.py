"""How the peers' codecs are called: classic image codecs, general compressors, a dictionary.

Files are as small as their formats allow: optimised tables, no metadata, bare codestreams. Each
function imports what it needs and raises ImportError without it.
"""

import io
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image

from aecodec.bench.peers import Decode, Encode
from aecodec.images import SIDE, Images

DICTIONARY_BYTES = 112_640  # what `zstd --train` makes unless told otherwise


@dataclass(frozen=True)
class Coding:
    """How a codec at one setting encodes and decodes, and what a decoder needs besides."""

    encode: Encode
    decode: Decode
    side_bytes: int | None = None


class TooFewImagesError(Exception):
    """A codec that is fitted to images has too few of them."""


def pillow(name: str, **options: Any) -> Coding:
    """A format of Pillow's, with its options for saving."""

    def encode(images: Images) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(images[0]).save(buffer, name, **options)
        return buffer.getvalue()

    def decode(data: bytes) -> Images:
        with Image.open(io.BytesIO(data), formats=[name]) as image:
            return np.asarray(image.convert("L"))[None]

    return Coding(encode, decode)


def jpeg_2000(rate: float | None) -> Coding:
    """A bare codestream without wavelet levels, which do not pay in images this small."""
    small = {"no_jp2": True, "num_resolutions": 1, "comment": "-"}  # an empty comment is replaced
    if rate is None:
        return pillow("JPEG2000", **small)
    lossy = {"irreversible": True, "quality_mode": "rates", "quality_layers": [rate]}
    return pillow("JPEG2000", **small, **lossy)


def oxipng(*, zopfli: bool) -> Coding:
    """PNG files made smaller, their deflate stream by libdeflate or by zopfli."""
    library = import_module("oxipng")
    png = pillow("PNG")
    options = {"level": 4, "deflate": library.Deflaters.zopfli(15)} if zopfli else {"level": 6}

    def encode(images: Images) -> bytes:
        return bytes(library.optimize_from_memory(png.encode(images), **options))

    return Coding(encode, png.decode)


def imagecodecs(name: str, *, colour: bool = False, **options: Any) -> Coding:
    """A format of imagecodecs', with its options; `colour` for one that has no grey."""
    library = import_module("imagecodecs")
    pack, unpack = getattr(library, f"{name}_encode"), getattr(library, f"{name}_decode")

    def encode(images: Images) -> bytes:
        image = np.repeat(images[0][..., None], 3, axis=2) if colour else images[0]
        return bytes(pack(image, **options))

    def decode(data: bytes) -> Images:
        return np.array(unpack(data)).reshape(1, SIDE, SIDE, -1)[..., 0]

    return Coding(encode, decode)


def stream(pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> Coding:
    """A general compressor of the raw pixels."""

    def decode(data: bytes) -> Images:
        return np.frombuffer(unpack(data), np.uint8).reshape(-1, SIDE, SIDE)

    return Coding(lambda images: pack(images.tobytes()), decode)


def xz() -> Coding:
    """`xz -9e`; a window no larger than the data gives the same bytes 200 times faster."""

    def pack(data: bytes) -> bytes:
        window = min(max(len(data), 4096), 2**26)
        preset = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window}
        return lzma.compress(data, filters=[preset])

    return stream(pack, lzma.decompress)


def brotli() -> Coding:
    """`brotli -q 11 -w 24`."""
    library = import_module("imagecodecs")
    return stream(
        lambda data: bytes(library.brotli_encode(data, level=11, lgwin=24)),
        lambda data: bytes(library.brotli_decode(data)),
    )


def zstd() -> Coding:
    """`zstd --ultra -22`."""
    library = import_module("zstandard")
    return stream(library.ZstdCompressor(level=22).compress, library.ZstdDecompressor().decompress)


def zstd_with_dictionary(others: Images, level: int = 19) -> Coding:
    """A frame an image, with a dictionary trained on other images, uint8 (N, 28, 28)."""
    library = import_module("zstandard")
    samples = [image.tobytes() for image in others]
    size = min(DICTIONARY_BYTES, sum(map(len, samples)) // 4)
    try:
        trained = library.train_dictionary(size, samples)
    except library.ZstdError as error:
        raise TooFewImagesError from error
    small = {"write_content_size": False, "write_checksum": False, "write_dict_id": False}
    options = library.ZstdCompressionParameters.from_level(
        level, source_size=SIDE * SIDE, dict_size=size, **small
    )
    packer = library.ZstdCompressor(dict_data=trained, compression_params=options)
    unpacker = library.ZstdDecompressor(dict_data=trained)
    coding = stream(
        packer.compress, lambda data: unpacker.decompress(data, max_output_size=SIDE * SIDE)
    )
    return Coding(coding.encode, coding.decode, len(trained.as_bytes()))
