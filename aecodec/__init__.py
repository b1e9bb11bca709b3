"""A file codec for 28x28 greyscale images, built on trained auto-encoders.

>>> images = np.zeros((5, 28, 28), np.uint8)
>>> data = aecodec.compress(images)
>>> aecodec.decompress(data).shape
(5, 28, 28)
>>> with aecodec.open(data) as archive:
...     archive[3].shape
(28, 28)
"""

TYPE_CHECKING = False  # not from typing: until `cli.main` runs, every import delays Ctrl-C
if TYPE_CHECKING:
    from typing import Any

    __version__: str
    from aecodec.api import compress, compress_file, decompress, decompress_file
    from aecodec.api import open_archive as open
    from aecodec.archive import Archive
    from aecodec.batch import (
        ArchiveReport,
        Comparison,
        CompressReport,
        DecompressReport,
        append,
        join,
        split,
        verify_file,
    )
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
        StorageError,
        UnknownModelError,
        UnknownNameError,
        UnsafeNameError,
        UnsupportedFileError,
    )
    from aecodec.plugins import load_data

__all__ = [
    "AecodecError",
    "Archive",
    "ArchiveReport",
    "CheckpointError",
    "Comparison",
    "CompressReport",
    "CorruptFileError",
    "DecodingError",
    "DecompressReport",
    "InvalidArgumentError",
    "InvalidImageError",
    "InvalidModelError",
    "MissingDependencyError",
    "MissingFileError",
    "OutputError",
    "StorageError",
    "UnknownModelError",
    "UnknownNameError",
    "UnsafeNameError",
    "UnsupportedFileError",
    "__version__",
    "append",
    "compress",
    "compress_file",
    "decompress",
    "decompress_file",
    "join",
    "load_data",
    "open",
    "split",
    "verify_file",
]


_PLACES = {
    "Archive": "archive",
    "ArchiveReport": "batch",
    "Comparison": "batch",
    "CompressReport": "batch",
    "DecompressReport": "batch",
    "compress": "api",
    "decompress": "api",
    "load_data": "plugins",
    "open": "api",
    "compress_file": "api",
    "decompress_file": "api",
    "append": "batch",
    "join": "batch",
    "split": "batch",
    "verify_file": "batch",
}


def __getattr__(name: str) -> "Any":
    """Import what is asked for (PEP 562): the command line needs the package before NumPy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "__version__":
        from importlib.metadata import version

        return version("aecodec")
    from importlib import import_module

    module = import_module(f"{__name__}.{_PLACES.get(name, 'errors')}")
    return getattr(module, {"open": "open_archive"}.get(name, name))


def __dir__() -> list[str]:
    return __all__
