"""What is said where a plugin's library is not installed."""

from aecodec.errors import MissingDependencyError


def missing(error: ImportError, extra: str) -> MissingDependencyError:
    """The error for a library that cannot be imported, and which extra brings it.

    >>> str(missing(ImportError(name="zarr"), "zarr"))
    "This needs zarr, which is not installed: pip install 'aecodec[zarr]'."
    """
    return MissingDependencyError(
        f"This needs {error.name}, which is not installed: pip install 'aecodec[{extra}]'"
    )
