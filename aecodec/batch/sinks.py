"""Writing results safely: nothing half written, overwritten unasked or led astray by a link."""

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from aecodec.batch.temporary import temporary_beside
from aecodec.errors import AecodecError, OutputError, UnsafeNameError
from aecodec.files import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, native_path


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
def atomic_file(path: Path, *, overwrite: bool, source: Path | None = None) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    Args:
        path: The result. A symbolic link there is replaced, never written through.
        overwrite: Whether to replace a file that exists.
        source: What is read, which is never replaced.

    Yields:
        A file to write the result into.

    Raises:
        OutputError: The result exists and may not be replaced, or cannot be written.
    """
    check_target(path, overwrite=overwrite, source=source)
    try:
        with temporary_beside(path) as (file, temporary):
            yield file
            file.close()
            check_target(path, overwrite=overwrite, source=source)
            temporary.replace(path)
    except AecodecError:
        raise
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", path) from error


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
    with result_file(path, overwrite=overwrite, source=source) as file:
        file.write(data)
    return not isinstance(file, SameFile)


def make_folder(path: Path) -> None:
    """Create a folder and its parents. Raises OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise OutputError("is a file, but a folder is needed there", path) from error
    except OSError as error:
        raise OutputError(
            f"cannot be created: {error.strerror}; choose another with -o", path
        ) from error


class OutputFolder:
    """A folder that files are written into by relative name, never through a link below it."""

    def __init__(self, root: Path, *, overwrite: bool, source: Path | None = None) -> None:
        self.root = root
        self._overwrite = overwrite
        self._source = source
        self._sound: set[Path] = {root}
        make_folder(root)

    def write(self, name: str, data: bytes) -> bool:
        """Write one file as `write_result` does, under a name that `check_name` holds safe."""
        path = self.root / native_path(name)
        self._make_parents(path.parent)
        return write_result(path, data, overwrite=self._overwrite, source=self._source)

    def _make_parents(self, folder: Path) -> None:
        if folder in self._sound:
            return
        self._make_parents(folder.parent)
        if folder.is_symlink():
            raise OutputError("is a symbolic link; nothing is written through it", folder)
        make_folder(folder)
        self._sound.add(folder)

    def distinct(self, names: Iterable[str]) -> Iterator[str]:
        """Pass names through. Raises UnsafeNameError where the file system takes two for one.

        Raises OutputError, naming the folder once, where nothing can be written into it.
        """
        if not self._folds():
            yield from names
            return
        seen: set[str] = set()
        for name in names:
            folded = unicodedata.normalize("NFC", name.casefold())
            if folded in seen:
                raise UnsafeNameError(
                    f"The name {name!r} differs from another only in case or Unicode form, which "
                    f"{self.root} does not tell apart; decompress it elsewhere."
                )
            seen.add(folded)
            yield name

    def _folds(self) -> bool:
        """Tell whether the file system takes names for one that differ in case or Unicode form."""
        random = os.urandom(8).hex()
        probe, upper, decomposed = (
            self.root / f"{TEMPORARY_PREFIX}{random}-{text}{TEMPORARY_SUFFIX}"
            for text in ("a\u00e9", "A\u00e9", "ae\u0301")
        )
        try:
            probe.touch()
            return upper.exists() or decomposed.exists()
        except OSError as error:
            raise OutputError(
                f"nothing can be written into this folder: {error.strerror}; choose another "
                "with -o",
                self.root,
            ) from error
        finally:
            with suppress(OSError):
                probe.unlink()
