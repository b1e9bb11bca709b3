"""What the speed of our levels is measured beside: the usual codecs at their usual efforts.

Here a codec's name says its effort where it has one: `m4` is WebP's method 4, `e7` JPEG XL's
effort 7. Each lossy codec has settings on both sides of the error that speeds are compared at,
where it reaches that far.
"""

from aecodec.bench.codecs import imagecodecs, pillow, zstd_with_dictionary
from aecodec.bench.peers import LOSSLESS, LOSSY
from aecodec.bench.registry import Entry

WEBP = (0, 2, 5, 20)
JPEG = (1, 5, 10, 20, 50)
JPEG_XL = (25, 15, 12, 8)

ENTRIES = (
    Entry("png", LOSSLESS, "pillow", lambda _: pillow("PNG")),
    Entry("png level 1", LOSSLESS, "pillow", lambda _: pillow("PNG", compress_level=1)),
    Entry("jpeg-ls", LOSSLESS, "imagecodecs", lambda _: imagecodecs("jpegls", level=0)),
    Entry(
        "zstd -3 + dict",
        LOSSLESS,
        "zstandard",
        lambda others: lambda _: zstd_with_dictionary(others, 3),
        fitted=True,
    ),
    Entry(
        "zstd -19 + dict",
        LOSSLESS,
        "zstandard",
        lambda others: lambda _: zstd_with_dictionary(others),
        fitted=True,
    ),
    Entry(
        "webp lossless m0",
        LOSSLESS,
        "pillow",
        lambda _: pillow("WEBP", lossless=True, method=0),
    ),
    Entry(
        "webp lossless m4",
        LOSSLESS,
        "pillow",
        lambda _: pillow("WEBP", lossless=True, method=4),
    ),
    Entry(
        "jxl lossless e1",
        LOSSLESS,
        "imagecodecs",
        lambda _: imagecodecs("jpegxl", lossless=True, effort=1, numthreads=1),
    ),
    Entry(
        "jxl lossless e7",
        LOSSLESS,
        "imagecodecs",
        lambda _: imagecodecs("jpegxl", lossless=True, effort=7, numthreads=1),
    ),
    Entry("jpeg", LOSSY, "pillow", lambda q: pillow("JPEG", quality=q), "q{}", JPEG),
    Entry(
        "libjpeg-turbo",
        LOSSY,
        "imagecodecs",
        lambda q: imagecodecs("jpeg8", level=q),
        "q{}",
        JPEG,
    ),
    Entry("webp m0", LOSSY, "pillow", lambda q: pillow("WEBP", quality=q, method=0), "q{}", WEBP),
    Entry("webp m4", LOSSY, "pillow", lambda q: pillow("WEBP", quality=q, method=4), "q{}", WEBP),
    Entry(
        "jpeg-ls near",
        LOSSY,
        "imagecodecs",
        lambda near: imagecodecs("jpegls", level=near),
        "{}",
        (127, 80, 40),
    ),
    Entry(
        "jxl e1",
        LOSSY,
        "imagecodecs",
        lambda d: imagecodecs("jpegxl", distance=d, effort=1, lossless=False, numthreads=1),
        "d{}",
        JPEG_XL,
    ),
    Entry(
        "jxl e7",
        LOSSY,
        "imagecodecs",
        lambda d: imagecodecs("jpegxl", distance=d, effort=7, lossless=False, numthreads=1),
        "d{}",
        JPEG_XL,
    ),
)
