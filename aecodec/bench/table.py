"""The table of peers: classic codecs and archivers, each at the settings that suit it best.

Files are as small as their formats allow: optimised tables, no metadata, bare codestreams. The
standard library and Pillow carry half of them; the `[bench]` extra brings the others.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image

from aecodec.bench.pca import pca_peers
from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, Decode, Encode, Peer
from aecodec.images import SIDE, Images

DICTIONARY_BYTES = 112_640  # what `zstd --train` makes unless told otherwise
Bytes = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Entry:
    """A codec of the table.

    needs: the package that brings it. make: from a setting to how it encodes and decodes.
    settings: by label; a codec without settings has one, of no label. most: measured on at most
    so many images, evenly spread, because it is slow.
    """

    codec: str
    kind: str
    needs: str
    make: Callable[[Any], tuple[Encode, Decode]]
    label: str = ""
    settings: tuple[Any, ...] = (None,)
    most: int | None = None

    def peers(self, count: int) -> Iterator[Peer]:
        """One peer a setting, to be measured on `count` images."""
        step = -(-count // self.most) if self.most else 1
        for value in self.settings:
            setting = self.label.format(value)
            yield Peer(
                f"{self.codec} {setting}".strip(),
                *self.make(value),
                self.kind,
                codec=self.codec,
                setting=setting,
                per_file=self.kind != ARCHIVE,
                step=step,
            )


@dataclass(frozen=True)
class Skipped:
    """A codec that cannot be measured here: its name, the package it needs, and why."""

    codec: str
    package: str
    reason: str


def find_peers(images: Images) -> tuple[list[Peer], list[Skipped]]:
    """All peers that work here, tried on one image, and the codecs that do not."""
    peers: list[Peer] = []
    skipped = []
    for entry in ENTRIES:
        try:
            found = list(entry.peers(len(images)))
            found[0].decode(found[0].encode(images[:1]))
            peers += found
        except ImportError:
            skipped.append(Skipped(entry.codec, entry.needs, "not installed"))
        except Exception as error:  # whatever a codec built without this format raises
            skipped.append(Skipped(entry.codec, entry.needs, f"{type(error).__name__}: {error}"))
    try:
        peers.append(_zstd_with_dictionary(images))
    except ImportError:
        skipped.append(Skipped("zstd + dictionary", "zstandard", "not installed"))
    except Exception:  # zstd's own, where there is too little to train on
        skipped.append(Skipped("zstd + dictionary", "zstandard", "too few images to train on"))
    if linear := list(pca_peers(images)):
        peers += linear
    else:
        skipped.append(Skipped("pca", "numpy", "too few images to fit"))
    order = (LOSSLESS, ARCHIVE, LOSSY)
    return sorted(peers, key=lambda peer: order.index(peer.kind)), skipped


def _pillow(name: str, **options: Any) -> tuple[Encode, Decode]:
    def encode(images: Images) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(images[0]).save(buffer, name, **options)
        return buffer.getvalue()

    def decode(data: bytes) -> Images:
        with Image.open(io.BytesIO(data), formats=[name]) as image:
            return np.asarray(image.convert("L"))[None]

    return encode, decode


def _oxipng(zopfli: bool) -> tuple[Encode, Decode]:
    oxipng = import_module("oxipng")
    png, decode = _pillow("PNG")
    options = {"level": 4, "deflate": oxipng.Deflaters.zopfli(15)} if zopfli else {"level": 6}

    def encode(images: Images) -> bytes:
        return bytes(oxipng.optimize_from_memory(png(images), **options))

    return encode, decode


def _imagecodecs(name: str, *, colour: bool = False, **options: Any) -> tuple[Encode, Decode]:
    library = import_module("imagecodecs")
    pack, unpack = getattr(library, f"{name}_encode"), getattr(library, f"{name}_decode")

    def encode(images: Images) -> bytes:
        image = np.repeat(images[0][..., None], 3, axis=2) if colour else images[0]
        return bytes(pack(image, **options))

    def decode(data: bytes) -> Images:
        return np.array(unpack(data)).reshape(1, SIDE, SIDE, -1)[..., 0]

    return encode, decode


def _stream(pack: Bytes, unpack: Bytes) -> tuple[Encode, Decode]:
    def decode(data: bytes) -> Images:
        return np.frombuffer(unpack(data), np.uint8).reshape(-1, SIDE, SIDE)

    return lambda images: pack(images.tobytes()), decode


def _xz(data: bytes) -> bytes:
    """`xz -9e`; a window no larger than the data gives the same bytes 200 times faster."""
    window = min(max(len(data), 4096), 2**26)
    preset = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window}
    return lzma.compress(data, filters=[preset])


def _brotli() -> tuple[Encode, Decode]:
    library = import_module("imagecodecs")
    return _stream(
        lambda data: bytes(library.brotli_encode(data, level=11, lgwin=24)),
        lambda data: bytes(library.brotli_decode(data)),
    )


def _zstd() -> tuple[Encode, Decode]:
    library = import_module("zstandard")
    packer, unpacker = library.ZstdCompressor(level=22), library.ZstdDecompressor()
    return _stream(packer.compress, unpacker.decompress)


def _zstd_with_dictionary(images: Images) -> Peer:
    """An image a frame, with a dictionary trained on every other image, measured on the rest."""
    library = import_module("zstandard")
    others = [image.tobytes() for image in images[1::2]]
    size = min(DICTIONARY_BYTES, sum(map(len, others)) // 4)
    trained = library.train_dictionary(size, others)
    small = {"write_content_size": False, "write_checksum": False, "write_dict_id": False}
    options = library.ZstdCompressionParameters.from_level(
        19, source_size=SIDE * SIDE, dict_size=size, **small
    )
    packer = library.ZstdCompressor(dict_data=trained, compression_params=options)
    unpacker = library.ZstdDecompressor(dict_data=trained)
    pair = _stream(packer.compress, lambda b: unpacker.decompress(b, max_output_size=SIDE * SIDE))
    peer = Peer("zstd -19 + dictionary", *pair, LOSSLESS, codec="zstd + dictionary", per_file=True)
    return replace(peer, step=2, side_bytes=len(trained.as_bytes()))


def _jpeg_2000(rate: float | None) -> tuple[Encode, Decode]:
    """A bare codestream without wavelet levels, which digits this small do not repay."""
    small = {"no_jp2": True, "num_resolutions": 1, "comment": "-"}  # an empty comment is replaced
    if rate is None:
        return _pillow("JPEG2000", **small)
    lossy = {"irreversible": True, "quality_mode": "rates", "quality_layers": [rate]}
    return _pillow("JPEG2000", **small, **lossy)


_RAW = _stream(bytes, bytes)

ENTRIES = (
    Entry("raw", LOSSLESS, "", lambda _: _RAW),
    Entry("png", LOSSLESS, "pillow", lambda _: _pillow("PNG")),
    Entry("png optimised", LOSSLESS, "pillow", lambda _: _pillow("PNG", optimize=True)),
    Entry("png oxipng", LOSSLESS, "pyoxipng", lambda _: _oxipng(zopfli=False), most=500),
    Entry("png zopfli", LOSSLESS, "pyoxipng", lambda _: _oxipng(zopfli=True), most=100),
    Entry(
        "webp lossless",
        LOSSLESS,
        "pillow",
        lambda _: _pillow("WEBP", lossless=True, quality=100, method=6),
        most=1000,
    ),
    Entry(
        "jpeg xl lossless",
        LOSSLESS,
        "imagecodecs",
        lambda effort: _imagecodecs("jpegxl", lossless=True, effort=effort, numthreads=1),
        "e{}",
        (7, 10),
        most=500,
    ),
    Entry("jpeg-ls", LOSSLESS, "imagecodecs", lambda _: _imagecodecs("jpegls", level=0)),
    Entry("jpeg 2000 lossless", LOSSLESS, "pillow", lambda _: _jpeg_2000(None)),
    Entry(
        "avif lossless",
        LOSSLESS,
        "pillow",
        lambda _: _pillow("AVIF", quality=100, subsampling="4:0:0", max_threads=1),
        most=500,
    ),
    Entry("qoi", LOSSLESS, "imagecodecs", lambda _: _imagecodecs("qoi", colour=True)),
    Entry(
        "zlib -9",
        ARCHIVE,
        "",
        lambda _: _stream(lambda data: zlib.compress(data, 9), zlib.decompress),
    ),
    Entry("bz2 -9", ARCHIVE, "", lambda _: _stream(bz2.compress, bz2.decompress)),
    Entry("xz -9e", ARCHIVE, "", lambda _: _stream(_xz, lzma.decompress)),
    Entry("brotli -11", ARCHIVE, "imagecodecs", lambda _: _brotli()),
    Entry("zstd -22", ARCHIVE, "zstandard", lambda _: _zstd()),
    Entry(
        "jpeg",
        LOSSY,
        "pillow",
        lambda quality: _pillow("JPEG", quality=quality, optimize=True),
        "q{}",
        (1, 3, 5, 10, 20, 30, 50, 75, 90),
    ),
    Entry(
        "webp",
        LOSSY,
        "pillow",
        lambda quality: _pillow("WEBP", quality=quality, method=6),
        "q{}",
        (0, 1, 2, 5, 10, 20, 40, 70),
    ),
    Entry(
        "jpeg xl",
        LOSSY,
        "imagecodecs",
        lambda d: _imagecodecs("jpegxl", distance=d, lossless=False, numthreads=1),
        "d{}",
        (25, 15, 12, 10, 8, 6, 4, 2),
        most=1000,
    ),
    Entry("jpeg 2000", LOSSY, "pillow", _jpeg_2000, "1:{}", (6.5, 6, 5.5, 5, 4.5, 4)),
    Entry(
        "jpeg-ls near",
        LOSSY,
        "imagecodecs",
        lambda near: _imagecodecs("jpegls", level=near),
        "{}",
        (127, 100, 80, 60, 40, 20, 10, 5),
    ),
    Entry(
        "avif",
        LOSSY,
        "pillow",
        lambda quality: _pillow("AVIF", quality=quality, subsampling="4:0:0", max_threads=1),
        "q{}",
        (0, 10, 20, 35, 50, 70),
        most=500,
    ),
)
