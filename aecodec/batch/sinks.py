"""Writing results safely: nothing half written, overwritten unasked or led astray by a link."""

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from aecodec.errors import OutputError, UnsafeNameError


def check_target(path: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Raise OutputError where `path` exists and may not be replaced, as `source` never may."""
    try:
        state = path.lstat()
        mode = state.st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}.") from error
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path}: is a folder; name a file with -o.")
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OutputError(f"{path}: is not a regular file; use '-o -' for standard output.")
    if source is not None and _is(state, source):
        raise OutputError(
            f"{path}: is the input itself, which is never touched; choose another -o."
        )
    if not overwrite:
        raise OutputError(f"{path}: exists already; overwrite it with -f or choose another -o.")


def _is(state: os.stat_result, source: Path) -> bool:
    """Tell whether a state is that of a file or of the link that leads to it."""
    try:
        return any(os.path.samestat(state, other) for other in (source.lstat(), source.stat()))
    except OSError:
        return False


@contextmanager
def atomic_file(path: Path, *, overwrite: bool, source: Path | None = None) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    A symbolic link at `path` is replaced, never written through; `source`, what is read, is
    never replaced. Raises OutputError.
    """
    check_target(path, overwrite=overwrite, source=source)
    temporary = path.with_name(f".aecodec-{os.urandom(8).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
        check_target(path, overwrite=overwrite, source=source)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def make_folder(path: Path) -> None:
    """Create a folder and its parents. Raises OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise OutputError(f"{path}: is a file, but a folder is needed there.") from error
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be created: {error.strerror}; choose another with -o."
        ) from error


class OutputFolder:
    """A folder that files are written into by relative name, never through a link below it."""

    def __init__(self, root: Path, *, overwrite: bool, source: Path | None = None) -> None:
        self.root = root
        self._overwrite = overwrite
        self._source = source
        self._sound: set[Path] = {root}
        make_folder(root)

    def write(self, name: str, data: bytes) -> None:
        """Write one file under a name that `names.check_name` holds safe. Raises OutputError."""
        path = self.root / name
        self._make_parents(path.parent)
        with atomic_file(path, overwrite=self._overwrite, source=self._source) as file:
            file.write(data)

    def _make_parents(self, folder: Path) -> None:
        if folder in self._sound:
            return
        self._make_parents(folder.parent)
        if folder.is_symlink():
            raise OutputError(f"{folder}: is a symbolic link; nothing is written through it.")
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
        probe = self.root / f".aecodec-{os.urandom(4).hex()}-a\u00e9"
        try:
            probe.touch()
        except OSError as error:
            raise OutputError(
                f"{self.root}: nothing can be written into this folder: {error.strerror}; "
                f"choose another with -o."
            ) from error
        try:
            upper = probe.with_name(probe.name.replace("-a", "-A"))
            return (
                upper.exists() or probe.with_name(probe.name.replace("\u00e9", "e\u0301")).exists()
            )
        finally:
            probe.unlink()
