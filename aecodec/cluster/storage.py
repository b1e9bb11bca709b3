"""Where parts and their records are kept: a folder that all machines reach, or a URL."""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TypeVar

from aecodec.batch import atomic_file, make_folder
from aecodec.errors import AecodecError, OutputError, StorageError
from aecodec.storage import UrlPath, to_path, uploaded

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
    _patiently(lambda: _publish(path, data))


def _publish(path: str, data: bytes) -> None:
    place = to_path(path)
    with (
        uploaded(place)
        if isinstance(place, UrlPath)  # without a look at what is there: that takes requests
        else atomic_file(place, overwrite=True)
    ) as file:
        file.write(data)


def names(folder: str) -> set[str]:
    """What the files of a folder are called. Raises OutputError, StorageError."""
    try:
        return _patiently(lambda: {path.name for path in to_path(folder).iterdir()})
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise OutputError(f"cannot be listed: {error.strerror or error}", folder) from error


def remove(folder: str, wanted: Callable[[str], bool], keep: Collection[str]) -> None:
    """Remove the wanted files of a folder but for some, and the folder once it is empty.

    What cannot be removed stays.
    """
    place = to_path(folder)
    with suppress(OSError, AecodecError):
        names = [path.name for path in place.iterdir()]
        some = [name for name in names if wanted(name) and name not in keep]
        if isinstance(place, UrlPath):
            place.remove_files(some)
            return
        for name in some:
            (place / name).unlink()
        if len(some) == len(names):
            place.rmdir()


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
