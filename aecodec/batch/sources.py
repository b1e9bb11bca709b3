"""What a command line's inputs stand for: files, folders, and the names inside them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from aecodec.batch.failure import Failure
from aecodec.errors import AecodecError, MissingFileError, OutputError

Naming = Callable[[str, str], str]


@dataclass
class Sources:
    """Files to work on: the relative POSIX path of each, and the (shared) text before it.

    Plain strings, since a million of them must fit the budget of a constant-memory run. Sorting
    strings by code point is sorting them by their UTF-8 bytes.
    """

    relative: list[str] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.relative)

    def path(self, number: int) -> str:
        """The path to open."""
        return self.roots[number] + self.relative[number]

    def sort(self, key: Naming) -> list[str]:
        """Order by a name made of root and relative path; return the names in that order."""
        names = list(map(key, self.roots, self.relative))
        order = sorted(range(len(self)), key=names.__getitem__)
        self.relative = [self.relative[i] for i in order]
        self.roots = [self.roots[i] for i in order]
        return [names[i] for i in order]


def gather(
    inputs: Sequence[str],
    wanted: Callable[[str], bool],
    *,
    recursive: bool,
    failures: list[Failure] | None = None,
) -> tuple[Sources, int]:
    """List the files that the inputs stand for, sorted, and count the folders not entered.

    A file counts whatever its name; in a folder those count that `wanted` accepts by name.
    Raises MissingFileError where an input does not exist, OutputError where a folder cannot be
    listed; or adds these to `failures`, and the others are listed.
    """
    sources = Sources()
    skipped = 0
    for text in inputs:
        if os.path.isdir(text):  # noqa: PTH112 - strings throughout, see Sources
            root = text.rstrip("/") + "/"
            skipped += _walk(sources, root, "", wanted, recursive, failures)
        elif os.path.lexists(text):
            root, slash, name = text.rpartition("/")
            sources.relative.append(name)
            sources.roots.append(root + slash)
        else:
            error = MissingFileError("there is no such file or folder", text)
            _fail(text, error, failures)
    sources.sort(lambda _, relative: relative)
    return sources, skipped


def _fail(path: str, error: AecodecError, failures: list[Failure] | None) -> None:
    if failures is None:
        raise error
    failures.append(Failure(path, error))


def _walk(
    sources: Sources,
    root: str,
    prefix: str,
    wanted: Callable[[str], bool],
    recursive: bool,
    failures: list[Failure] | None,
) -> int:
    skipped = 0
    folders = []
    try:
        with os.scandir(root + prefix) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif wanted(entry.name):
                    sources.relative.append(prefix + entry.name)
                    sources.roots.append(root)
    except OSError as error:
        refusal = OutputError(f"cannot be listed: {error.strerror}", root + prefix)
        _fail(root + prefix, refusal, failures)
    for name in folders:
        if recursive:
            skipped += _walk(sources, root, f"{prefix}{name}/", wanted, recursive, failures)
        else:
            skipped += 1
    return skipped


def stored_name(_root: str, relative: str) -> str:
    """The name an archive gives to an image: its relative path, as the PNG it will become."""
    if relative.endswith(".png"):
        return relative
    return str(PurePosixPath(relative).with_suffix(".png"))
