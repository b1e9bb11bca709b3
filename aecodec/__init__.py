"""A file codec for 28x28 greyscale images, built on trained auto-encoders.

>>> data = aecodec.compress(images)          # uint8 (N, 28, 28), or one image (28, 28)
>>> images = aecodec.decompress(data)        # uint8 (N, 28, 28)
>>> with aecodec.open("scans.aez") as archive:
...     image = archive[123]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aecodec.api import compress, compress_file, decompress, decompress_file
    from aecodec.archive import Archive
    from aecodec.archive import open_archive as open
    from aecodec.errors import (
        AecodecError,
        CheckpointError,
        CorruptFileError,
        DecodingError,
        InvalidArgumentError,
        InvalidImageError,
        InvalidModelError,
        MissingDependencyError,
        MissingFileError,
        OutputError,
        UnknownModelError,
        UnsafeNameError,
        UnsupportedFileError,
    )

__all__ = [
    "AecodecError",
    "Archive",
    "CheckpointError",
    "CorruptFileError",
    "DecodingError",
    "InvalidArgumentError",
    "InvalidImageError",
    "InvalidModelError",
    "MissingDependencyError",
    "MissingFileError",
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


_PLACES = {
    "Archive": "archive",
    "compress": "api",
    "decompress": "api",
    "open": "archive",
    "compress_file": "api",
    "decompress_file": "api",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for (PEP 562): the command line needs the package before NumPy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_PLACES.get(name, 'errors')}")
    return getattr(module, {"open": "open_archive"}.get(name, name))


def __dir__() -> list[str]:
    return __all__
