"""The registry of peers, a row each; a new one is one more row.

The standard library and Pillow carry half of them; the `[bench]` extra brings the others.
"""

import bz2
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aecodec.bench.codecs import (
    Coding,
    TooFewImagesError,
    brotli,
    imagecodecs,
    jpeg_2000,
    oxipng,
    pillow,
    stream,
    xz,
    zstd,
    zstd_with_dictionary,
)
from aecodec.bench.pca import COMPONENTS, fit_pca
from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, Peer, Skipped
from aecodec.images import Images


@dataclass(frozen=True)
class Entry:
    """A codec and its settings.

    Attributes:
        codec: Its name.
        kind: LOSSLESS, ARCHIVE or LOSSY.
        package: What brings it; empty for the standard library.
        make: From a setting to how it encodes and decodes; where `fitted`, from images to that.
        label: The format of a setting's name.
        settings: From the smallest files to the best; a codec without settings has one.
        most: It is measured on at most so many images, where it takes milliseconds for one.
        slow: It is left out by default.
        fitted: It is fitted to every other image and measured on the rest.
        batched: It takes all images in one call, not a file an image.
    """

    codec: str
    kind: str
    package: str
    make: Callable[[Any], Any]
    label: str = ""
    settings: tuple[Any, ...] = (None,)
    most: int | None = None
    slow: bool = False
    fitted: bool = False
    batched: bool = False

    def peers(self, images: Images) -> Iterator[Peer]:
        """A peer for each setting that can be fitted to uint8 (N, 28, 28)."""
        step = -(-len(images) // self.most) if self.most else 2 if self.fitted else 1
        with suppress(TooFewImagesError):
            make: Callable[[Any], Coding] = self.make(images[1::2]) if self.fitted else self.make
            for value in self.settings:
                coding, setting = make(value), self.label.format(value)
                yield Peer(
                    f"{self.codec} {setting}".strip(),
                    coding.encode,
                    coding.decode,
                    self.kind,
                    codec=self.codec,
                    setting=setting,
                    per_file=self.kind != ARCHIVE and not self.batched,
                    step=step,
                    side_bytes=coding.side_bytes,
                )


def find_peers(
    images: Images, *, everybody: bool = False, entries: Sequence[Entry] | None = None
) -> tuple[list[Peer], list[Skipped]]:
    """The peers that work here, each tried on one image, and those that do not.

    Args:
        images: uint8 (N, 28, 28), at least one.
        everybody: Take the slow ones too.
        entries: Where to look; by default the registry.

    Returns:
        The peers in the order of the registry, and what is skipped with the reason.
    """
    peers: list[Peer] = []
    skipped = []
    for entry in PEERS if entries is None else entries:
        if entry.slow and not everybody:
            continue
        try:
            found = list(entry.peers(images))
            if found:
                found[0].decode(found[0].encode(images[:1]))
            else:
                skipped.append(Skipped(entry.codec, "too few images to fit it to"))
            peers += found
        except ImportError:
            skipped.append(Skipped(entry.codec, "not installed", entry.package))
        except Exception as error:  # whatever a codec built without this format raises
            reason = f"{entry.package} cannot: {type(error).__name__}: {error}"
            skipped.append(Skipped(entry.codec, reason))
    return peers, skipped


# the quick ones of a kind before the slow
PEERS = (
    Entry("raw", LOSSLESS, "", lambda _: stream(bytes, bytes)),
    Entry("png", LOSSLESS, "pillow", lambda _: pillow("PNG")),
    Entry("png optimised", LOSSLESS, "pillow", lambda _: pillow("PNG", optimize=True)),
    Entry("jpeg-ls", LOSSLESS, "imagecodecs", lambda _: imagecodecs("jpegls", level=0)),
    Entry("jpeg 2000 lossless", LOSSLESS, "pillow", lambda _: jpeg_2000(None)),
    Entry("qoi", LOSSLESS, "imagecodecs", lambda _: imagecodecs("qoi", colour=True)),
    Entry(
        "zstd + dictionary",
        LOSSLESS,
        "zstandard",
        lambda others: lambda _: zstd_with_dictionary(others),
        fitted=True,
    ),
    Entry(
        "jpeg xl lossless e7",
        LOSSLESS,
        "imagecodecs",
        lambda _: imagecodecs("jpegxl", lossless=True, effort=7, numthreads=1),
        most=1000,
    ),
    Entry(
        "webp lossless",
        LOSSLESS,
        "pillow",
        lambda _: pillow("WEBP", lossless=True, quality=100, method=6),
        most=1000,
    ),
    Entry(
        "jpeg xl lossless e10",
        LOSSLESS,
        "imagecodecs",
        lambda _: imagecodecs("jpegxl", lossless=True, effort=10, numthreads=1),
        most=500,
        slow=True,
    ),
    Entry(
        "avif lossless",
        LOSSLESS,
        "pillow",
        lambda _: pillow("AVIF", quality=100, subsampling="4:0:0", max_threads=1),
        most=500,
        slow=True,
    ),
    Entry("png oxipng", LOSSLESS, "pyoxipng", lambda _: oxipng(zopfli=False), most=500, slow=True),
    Entry("png zopfli", LOSSLESS, "pyoxipng", lambda _: oxipng(zopfli=True), most=100, slow=True),
    Entry(
        "zlib -9",
        ARCHIVE,
        "",
        lambda _: stream(lambda data: zlib.compress(data, 9), zlib.decompress),
    ),
    Entry("bz2 -9", ARCHIVE, "", lambda _: stream(bz2.compress, bz2.decompress)),
    Entry("zstd -22", ARCHIVE, "zstandard", lambda _: zstd()),
    Entry("xz -9e", ARCHIVE, "", lambda _: xz()),
    Entry("brotli -11", ARCHIVE, "imagecodecs", lambda _: brotli()),
    Entry(
        "jpeg",
        LOSSY,
        "pillow",
        lambda quality: pillow("JPEG", quality=quality, optimize=True),
        "q{}",
        (1, 3, 5, 10, 20, 30, 50, 75, 90),
    ),
    Entry(
        "webp",
        LOSSY,
        "pillow",
        lambda quality: pillow("WEBP", quality=quality, method=6),
        "q{}",
        (0, 1, 2, 5, 10, 20, 40, 70),
    ),
    Entry("jpeg 2000", LOSSY, "pillow", jpeg_2000, "1:{}", (6.5, 6, 5.5, 5, 4.5, 4)),
    Entry(
        "jpeg-ls near",
        LOSSY,
        "imagecodecs",
        lambda near: imagecodecs("jpegls", level=near),
        "{}",
        (127, 100, 80, 60, 40, 20, 10, 5),
    ),
    Entry("pca", LOSSY, "numpy", fit_pca, "k{}", COMPONENTS, fitted=True, batched=True),
    Entry(
        "jpeg xl",
        LOSSY,
        "imagecodecs",
        lambda d: imagecodecs("jpegxl", distance=d, lossless=False, numthreads=1),
        "d{}",
        (25, 15, 12, 10, 8, 6, 4, 2),
        most=1000,
        slow=True,
    ),
    Entry(
        "avif",
        LOSSY,
        "pillow",
        lambda quality: pillow("AVIF", quality=quality, subsampling="4:0:0", max_threads=1),
        "q{}",
        (0, 10, 20, 35, 50, 70),
        most=500,
        slow=True,
    ),
)
SLOW = tuple(entry.codec for entry in PEERS if entry.slow)
