"""Writing results safely: nothing half written, overwritten unasked or led astray by a link."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from aecodec.batch.temporary import temporary_beside, write_new
from aecodec.errors import AecodecError, OutputError
from aecodec.storage import UrlPath, changed, uploaded, version


def check_target(path: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Raise OutputError where `path` exists and may not be replaced, as `source` never may."""
    try:
        state = path.lstat()
        mode = state.st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path) from error
    if stat.S_ISDIR(mode):
        raise OutputError("is a folder; name a file with -o", path)
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OutputError("is not a regular file; use '-o -' for standard output", path)
    if source is not None and _is(state, source):
        raise OutputError("is the input itself, which is never touched; choose another -o", path)
    if not overwrite:
        raise _exists(path)


def _exists(path: Path) -> OutputError:
    return OutputError("exists already; overwrite it with -f or choose another -o", path)


def _is(state: os.stat_result, source: Path) -> bool:
    """Tell whether a state is that of a file or of the link that leads to it."""
    try:
        return any(os.path.samestat(state, other) for other in (source.lstat(), source.stat()))
    except OSError:
        return False


@contextmanager
def atomic_file(
    path: Path, *, overwrite: bool, source: Path | None = None, known: str | None = None
) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    Args:
        path: The result. A symbolic link there is replaced, never written through. A file there
            hands its permissions on, and its owner where that is allowed.
        overwrite: Whether to replace a file that exists.
        source: What is read, which is never replaced.
        known: The `storage.version` of the file that the result is to replace. One that has
            changed since is left as it is.

    Yields:
        A file to write the result into.

    Raises:
        OutputError: The result exists and may not be replaced, or cannot be written.
    """

    def check() -> None:
        check_target(path, overwrite=overwrite, source=source)
        if known is not None and version(path) != known:
            raise changed(path)

    check()
    if isinstance(path, UrlPath):
        with uploaded(path, known) as upload:
            yield cast(BinaryIO, upload)  # of which `write` is used
            check()
        return
    try:
        with temporary_beside(path) as (file, temporary):
            yield file
            file.close()
            check()
            _copy_permissions(path, temporary)
            temporary.replace(path)
    except AecodecError:
        raise
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", path) from error


def _copy_permissions(path: Path, temporary: Path) -> None:
    """Give a file the permissions and the owner of the regular file that it is to replace."""
    try:
        state = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(state.st_mode):
        return
    if sys.platform != "win32":
        with suppress(PermissionError):  # only an administrator may give files away
            os.chown(temporary, state.st_uid, state.st_gid)
    temporary.chmod(stat.S_IMODE(state.st_mode))


@contextmanager
def result_file(
    path: Path, *, overwrite: bool, source: Path | None = None
) -> Iterator["BinaryIO | SameFile"]:
    """Open a result as `atomic_file` does, but accept a file that holds the same result already.

    The same input always gives the same bytes. So a run that was interrupted can be repeated as
    it was: what it had done counts as done, and no other file is replaced.

    Yields:
        Where to write the result: a `SameFile` where the result may be there already.

    Raises:
        OutputError: As `atomic_file`; with a `SameFile` as soon as the bytes differ.
    """
    if overwrite or not path.is_file() or path.is_symlink():
        with atomic_file(path, overwrite=overwrite, source=source) as file:
            yield file
        return
    check_target(path, overwrite=True, source=source)
    try:
        with path.open("rb") as file:
            same = SameFile(file, path)
            yield same
            same.finish()
    except AecodecError:
        raise
    except OSError as error:
        raise OutputError(f"cannot be read: {error.strerror or error}", path) from error


class SameFile:
    """A file that exists, compared with the result that would be written in its place."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path

    def write(self, data: bytes, /) -> int:
        """Compare the next bytes. Raises OutputError where they differ."""
        if self._file.read(len(data)) != data:
            raise _exists(self._path)
        return len(data)

    def finish(self) -> None:
        """Raises OutputError where the file goes on behind the result."""
        if self._file.read(1):
            raise _exists(self._path)


def write_result(
    path: Path, data: bytes, *, overwrite: bool = False, source: Path | None = None
) -> bool:
    """Write a whole result as `result_file` does.

    Returns:
        Whether it was written: False where the same result was there already.

    Raises:
        OutputError: A different file exists, or the result cannot be written.
    """
    if not isinstance(path, UrlPath) and write_new(path, data):
        return True
    with result_file(path, overwrite=overwrite, source=source) as file:
        file.write(data)
    return not isinstance(file, SameFile)


def make_folder(path: Path) -> None:
    """Create a folder and its parents. Raises OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        what = "a link that leads nowhere" if path.is_symlink() else "a file"
        raise OutputError(
            f"is {what}, but a folder is needed there; choose another with -o", path
        ) from error
    except OSError as error:
        raise OutputError(
            f"cannot be created: {error.strerror}; choose another with -o", path
        ) from error
