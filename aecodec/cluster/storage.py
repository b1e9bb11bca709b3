"""Where parts and their records are kept: a folder that all machines reach, or a URL."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from aecodec.batch import atomic_file, make_folder
from aecodec.errors import OutputError, StorageError
from aecodec.storage import UrlPath, to_path

Result = TypeVar("Result")
PAUSES = (0.5, 2.0, 5.0)  # seconds between the attempts at one reading or writing


def read(path: str) -> bytes | None:
    """The bytes of a file, or None where there is none. Raises OutputError, StorageError."""
    try:
        return _patiently(to_path(path).read_bytes)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"cannot be read: {error.strerror or error}", path) from error


def prepare(folder: str) -> None:
    """Make a folder. Only who begins a run does: a late worker must not bring it back."""
    make_folder(to_path(folder))


def publish(path: str, data: bytes) -> None:
    """Write a file in one step. Raises OutputError, StorageError."""

    def write() -> None:
        with atomic_file(to_path(path), overwrite=True) as file:
            file.write(data)

    _patiently(write)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it; where that fails it stays."""
    place = to_path(folder)
    if isinstance(place, UrlPath):
        place.remove()
        return
    with suppress(OSError):
        shutil.rmtree(place)


def _patiently(attempt: Callable[[], Result]) -> Result:
    """Do something that may fail for a moment, as what goes over a network does."""
    for pause in PAUSES:
        try:
            return attempt()
        except FileNotFoundError:
            raise
        except (OSError, OutputError, StorageError):
            time.sleep(pause)
    return attempt()
