"""The one place where TensorFlow is started."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from aecodec.errors import MissingDependencyError


def load(module: str) -> Any:
    """Import a module that needs TensorFlow, without TensorFlow's start-up chatter.

    Args:
        module: Its full name.

    Raises:
        MissingDependencyError: The [train] extra is not installed.
    """
    try:
        with _hushed():
            return import_module(module)
    except ImportError as error:
        raise MissingDependencyError(
            f"This needs TensorFlow ({error.name} is missing): pip install 'aecodec[train]'"
        ) from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep native messages, which no setting of TensorFlow silences, off standard error."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
