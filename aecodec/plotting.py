"""Matplotlib, as all pictures of the package use it."""

from typing import Any

from aecodec.errors import MissingDependencyError

DPI = 150


def pyplot() -> Any:
    """Import matplotlib's pyplot, drawing to files only.

    Raises:
        MissingDependencyError: It is not installed.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingDependencyError(
            "Pictures need matplotlib: pip install 'aecodec[bench]'."
        ) from error
    return plt
