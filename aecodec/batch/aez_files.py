""".aez files as inputs: what arguments stand for, and the work on their chunks."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from aecodec.archive import Archive, open_path
from aecodec.batch.elsewhere import elsewhere
from aecodec.batch.failure import Failure
from aecodec.batch.parallel import ordered_map
from aecodec.batch.stdio import STDIO
from aecodec.batch.target import ARCHIVE_SUFFIX
from aecodec.container import INDEX_NAME, MAGIC, Chunk, NameOrder
from aecodec.errors import AecodecError, MissingFileError, StorageError
from aecodec.files import is_folder, is_there, portable_name, real, walk
from aecodec.images import Images
from aecodec.storage import to_path

Task = TypeVar("Task")
Result = TypeVar("Result")
Decoded = TypeVar("Decoded")
STDIN_NAME = "standard input"


@dataclass(frozen=True)
class AezFile:
    """An .aez file to read.

    Attributes:
        path: Where its bytes are.
        name: What messages call it.
        relative: Its path below the folder that was given, or its name where it was given itself.
        given: The argument that stands for it: the file itself, a folder, or `-`.
        version: Tells it from files that stood in its place before, for workers that outlive it.
    """

    path: Path
    name: str
    relative: str
    given: str
    version: str = ""

    def open(self, model: str | None = None) -> Archive:
        """Open it. Raises as `aecodec.open`."""
        return open_path(self.path, model, self.name)


@dataclass
class AezFiles:
    """What arguments stand for.

    Attributes:
        files: The .aez files, in the order of the arguments.
        failures: Folders that cannot be listed, or hold no .aez files; empty arguments.
        unentered: How many folders inside folders were not entered.
    """

    files: list[AezFile] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    unentered: int = 0

    @property
    def lone(self) -> bool:
        """Whether there is one input, and it is a file."""
        one = len(self.files) == 1 and not self.failures
        return one and self.files[0].given in (self.files[0].name, STDIO)


def is_aez(path: str) -> bool:
    """Whether a file in a folder is an .aez file, by its name.

    macOS stores a `._` file beside each file on a foreign disk; these are left out.
    """
    name = to_path(path).name
    return name.lower().endswith(ARCHIVE_SUFFIX) and not name.startswith("._")


def is_in_parts(folder: str) -> bool:
    """Whether a folder holds one archive in parts."""
    return is_there(f"{folder.rstrip('/')}/{INDEX_NAME}")


@contextmanager
def find_aez_files(inputs: Sequence[str], *, recursive: bool = False) -> Iterator[AezFiles]:
    """List the .aez files that arguments stand for; a file that is named twice is taken once.

    Standard input is kept on disk until the block ends, so that its size costs no memory.

    Args:
        inputs: Paths of files, whatever their names; of folders, whose .aez files are taken, or
            which are one archive in parts; or `-` for standard input.
        recursive: Whether to enter the folders inside folders.

    Yields:
        The files, and what was not found.
    """
    found = AezFiles()
    with tempfile.TemporaryDirectory(prefix="aecodec-") if STDIO in inputs else _nothing() as spool:
        for given in dict.fromkeys(inputs):
            if given == STDIO:
                path = Path(str(spool), "stdin.aez")
                _spool(path)
                found.files.append(AezFile(path, STDIN_NAME, path.name, given))
            elif not given:
                found.failures.append(Failure("''", MissingFileError("there is no such file")))
            elif is_folder(given) and not is_in_parts(given):
                _list_folder(found, given, recursive=recursive)
            else:
                path = to_path(given)
                found.files.append(AezFile(path, given, path.name, given))
        first: dict[str, AezFile] = {}
        for one in found.files:
            first.setdefault(real(one.path), one)
        found.files = list(first.values())
        yield found


def _spool(path: Path) -> None:
    """Keep standard input in a file; of what is no .aez file, which may never end, the start."""
    with path.open("wb") as file:
        head = sys.stdin.buffer.read(len(MAGIC))
        file.write(head)
        if head == MAGIC:
            shutil.copyfileobj(sys.stdin.buffer, file)


def split_names(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate inputs from names of images.

    Args:
        arguments: Inputs first. What follows is an input if it ends in .aez, is a folder, or is
            `-`; anything else is the name or a glob pattern of images in the input before.

    Returns:
        The inputs, and the names.
    """
    inputs, names = list(arguments[:1]), []
    for text in arguments[1:]:
        if is_aez(text) or text == STDIO or is_folder(text):
            inputs.append(text)
        else:
            names.append(portable_name(text))
    return inputs, names


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _is_of_archive(path: str) -> bool:
    return is_aez(path) or to_path(path).name == INDEX_NAME


def _archives(files: Sequence[str]) -> list[str]:
    """Of files in a folder those that are archives, and the folders of archives in parts."""
    folders = {name.removesuffix(f"/{INDEX_NAME}") for name in files if name.endswith(INDEX_NAME)}
    return sorted(folders | {name for name in files if name.rpartition("/")[0] not in folders})


def _list_folder(found: AezFiles, given: str, *, recursive: bool) -> None:
    listed = walk(given, _is_of_archive, recursive=recursive)
    for relative in _archives(listed.files):
        path = to_path(given) / relative
        found.files.append(AezFile(path, str(path), relative, given))
    found.failures += [Failure(error.path or given, error) for error in listed.errors]
    if listed.files or listed.errors:
        found.unentered += listed.unentered
        return
    inside = ", and folders inside were not entered; use -r" if listed.unentered else ""
    error = MissingFileError(f"holds no .aez files{inside}")
    found.failures.append(Failure(given, error))


# ------------------------------------------------------------------------------- chunk by chunk


def each_chunk(
    work: Callable[[Archive, Task], Result],
    tasks: Sequence[Task],
    file: AezFile,
    archive: Archive,
    model: str | None,
    jobs: int,
) -> Iterator[Result]:
    """Do the same work on chunks of an archive, by several workers.

    A worker process opens the file once, however many chunks it does; threads share the archive.

    Args:
        work: What to do with the archive and a task.
        tasks: What names the chunks, one each.
        file: The file.
        archive: The same file, opened.
        model: A model to look at first.
        jobs: How many workers to use.

    Yields:
        The results, in the order of the tasks.
    """
    place = elsewhere()
    if len(tasks) <= 1 or (place is None and jobs <= 1):
        yield from (work(archive, task) for task in tasks)
        return
    if place is not None:
        yield from place.each_chunk(work, tasks, file, archive, model)
        return
    yield from ordered_map(
        partial(work_on_chunk, work, file, model),
        tasks,
        min(jobs, len(tasks)),
        shared=partial(work, archive),
    )


def work_on_chunk(
    work: Callable[[Archive, Task], Result], file: AezFile, model: str | None, task: Task
) -> Result:
    """Do the work of `each_chunk` on one task, in another process."""
    return work(_workers_archive(file, model), task)


@lru_cache(maxsize=1)
def _workers_archive(file: AezFile, model: str | None) -> Archive:
    """The archive that a worker serves; it ends with it, so what is kept is never outdated."""
    return file.open(model)


def decode_or_tell(archive: Archive, number: int) -> tuple[tuple[str, ...], Images] | AecodecError:
    """The names and images of one chunk, or an error that says which images are lost."""
    return read_or_tell(archive, number, archive.decode)


def read_or_tell(
    archive: Archive, number: int, decode: Callable[[Chunk], Decoded]
) -> tuple[tuple[str, ...], Decoded] | AecodecError:
    """The same for what `decode` makes of a chunk."""
    try:
        chunk = archive.read_chunk(number)
        return names_of(archive, number, chunk), decode(chunk)
    except AecodecError as error:
        return lost(archive, number, error)


def lost(archive: Archive, number: int, error: AecodecError) -> AecodecError:
    """Say of an error in a chunk which images it costs; a storage that fails ends the run."""
    if isinstance(error, StorageError):
        raise error
    first, end = archive.span(number)
    which = f"image {first} is" if end == first + 1 else f"images {first} to {end - 1} are"
    return type(error)(f"{which} lost: {error.detail}", error.path)


def each_chunks_names(archive: Archive) -> Iterator[tuple[int, Sequence[str]]]:
    """Go through the chunks that can be read: the number of each, and its images' names.

    Raises:
        CorruptFileError: Names are out of order.
        UnsafeNameError: A name is also the folder of another.
    """
    order = NameOrder()
    for number in range(archive.chunks):
        chunk = None
        if archive.named:
            try:
                chunk = archive.read_chunk(number)
            except AecodecError:
                continue  # told when the chunk is decoded
            order.add(chunk.names)
        yield number, names_of(archive, number, chunk)


def names_of(archive: Archive, number: int, chunk: Chunk | None) -> tuple[str, ...]:
    """The names of a chunk's images; those without names are called by their numbers."""
    if archive.named and chunk is not None:
        return chunk.names
    digits = max(6, len(str(len(archive) - 1)))
    return tuple(f"{image:0{digits}}.png" for image in range(*archive.span(number)))
