"""A file codec for 28x28 greyscale images, built on trained auto-encoders.

>>> data = aecodec.compress(images)          # uint8 (N, 28, 28), or one image (28, 28)
>>> images = aecodec.decompress(data)        # uint8 (N, 28, 28)
>>> with aecodec.open("scans.aez") as archive:
...     image = archive[123]
"""

from aecodec.codec import Archive, compress, decompress
from aecodec.codec import open_archive as open
from aecodec.errors import (
    AecodecError,
    CorruptFileError,
    DecodingError,
    InvalidImageError,
    InvalidModelError,
    MissingDependencyError,
    OutputError,
    UnknownModelError,
    UnsafeNameError,
    UnsupportedFileError,
)
from aecodec.files import compress_file, decompress_file

__all__ = [
    "AecodecError",
    "Archive",
    "CorruptFileError",
    "DecodingError",
    "InvalidImageError",
    "InvalidModelError",
    "MissingDependencyError",
    "OutputError",
    "UnknownModelError",
    "UnsafeNameError",
    "UnsupportedFileError",
    "compress",
    "compress_file",
    "decompress",
    "decompress_file",
    "open",
]
