"""Where parts and their records are kept: a folder on a disk that all machines share."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from aecodec.batch import atomic_file, make_folder
from aecodec.errors import OutputError

Result = TypeVar("Result")
PAUSES = (0.5, 2.0, 5.0)  # seconds between the attempts at one reading or writing


def read(path: str) -> bytes | None:
    """The bytes of a file, or None where there is none. Raises OutputError."""
    try:
        return _patiently(Path(path).read_bytes)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"cannot be read: {error.strerror or error}", path) from error


def prepare(folder: str) -> None:
    """Make a folder. Only who begins a run does: a late worker must not bring it back."""
    make_folder(Path(folder))


def publish(path: str, data: bytes) -> None:
    """Write a file in one step, in the place of one that is there. Raises OutputError."""

    def write() -> None:
        with atomic_file(Path(path), overwrite=True) as file:
            file.write(data)

    _patiently(write)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it; where that fails it stays."""
    with suppress(OSError):
        shutil.rmtree(folder)


def _patiently(attempt: Callable[[], Result]) -> Result:
    """Do something that may fail for a moment, as what goes over a network does."""
    for pause in PAUSES:
        try:
            return attempt()
        except FileNotFoundError:
            raise
        except (OSError, OutputError):
            time.sleep(pause)
    return attempt()
