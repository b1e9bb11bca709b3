"""The inputs of a batch: which files they stand for, and the names of those in an archive.

Names start where the inputs differ. The images of one folder are named by their paths in it; those
of several inputs by their paths below the folder that holds all of them: `A/x.png`, `B/x.png`.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from aecodec.batch.failure import Failure
from aecodec.batch.stdio import STDIO
from aecodec.container import Extras, LabelType, Split
from aecodec.errors import InvalidArgumentError, InvalidImageError, MissingFileError, counted
from aecodec.files import Walk, is_folder, is_there, portable_name, walk
from aecodec.images import is_image_file
from aecodec.storage import is_url, to_path

if TYPE_CHECKING:
    from aecodec.batch.class_folders import ClassFolders
    from aecodec.batch.data_sets import DataInput

_STDIN = "./stdin"  # its path among the others: none of theirs begins like this


class Origin(NamedTuple):
    """An input.

    Attributes:
        root: The text before the relative paths of its files: `scans/`.
        prefix: The text before those paths in names.
    """

    root: str
    prefix: str


@dataclass(frozen=True)
class Sources:
    """Files to work on, in the order of their names.

    Plain strings in tuples: a million files must fit the memory of a run.

    Attributes:
        origins: The input that each file belongs to.
        relative: The path of each file below its input, with `/`.
        renamed: Names, by number, of files whose own names others have.
        lone: Whether there was one input, a file.
        stdin: What was read from standard input.
        failures: Inputs that cannot be read.
        others: How many files in folders are no images.
        unentered: How many folders in folders were not entered.
        loops: Links that lead back to a folder above them.
        data: The data sets, where the inputs are such and no image files.
        folders: What the folders of image files stand for, where they are splits or classes.
        notes: What of the folders is not kept, a sentence each.
    """

    origins: tuple[Origin, ...] = ()
    relative: tuple[str, ...] = ()
    renamed: Mapping[int, str] = field(default_factory=dict)
    lone: bool = False
    stdin: bytes = b""
    failures: tuple[Failure, ...] = ()
    others: int = 0
    unentered: int = 0
    loops: tuple[str, ...] = ()
    data: "DataInput | None" = None
    folders: "ClassFolders | None" = None
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps of progress there are: files, or tasks of a data set."""
        return len(self) if self.data is None else self.data.steps

    def __len__(self) -> int:
        return len(self.relative)

    def path(self, number: int) -> str:
        """The path to open; `-` for standard input."""
        return self.origins[number].root + self.relative[number]

    def name(self, number: int) -> str:
        """The name in an archive: the path below what all inputs share, as the PNG it becomes."""
        if number in self.renamed:
            return self.renamed[number]
        return stored_name(self.origins[number].prefix + self.relative[number])

    def folder(self, number: int) -> str:
        """The folder in an archive that a file lies in; empty where it lies in none."""
        path = self.origins[number].prefix + self.relative[number]
        return portable_name(path.rpartition("/")[0])

    @property
    def label_type(self) -> LabelType | None:
        """What the labels of the images are, or None."""
        found = self.data if self.data is not None else self.folders
        return found.label_type if found is not None else None

    @property
    def extras(self) -> Extras | None:
        """What an archive of the images needs to know at its start, beyond the images."""
        found = self.data if self.data is not None else self.folders
        return found.extras if found is not None else None

    def splits(self, counts: Mapping[str, int]) -> list[Split]:
        """Runs of images of the splits; known once all was read.

        Args:
            counts: How many images of image files there are in each split, in their order.
        """
        if self.data is not None:
            return self.data.splits
        return [Split(name, images) for name, images in counts.items()]

    def check_found(self, inputs: Sequence[str]) -> None:
        """Check that there is something to do.

        Raises:
            InvalidImageError: The inputs stand for no files.
            AecodecError: There is only one input, and it cannot be read.
        """
        if len(self):
            return
        if len(self.failures) == 1:
            raise self.failures[0].error.at(self.failures[0].path)
        if not self.failures:
            text = "no images found"
            if self.others:
                text += f", only {counted(self.others, 'other file')}"
            if self.unentered:
                folders = counted(self.unentered, "folder")
                text += f". {folders} inside not entered: use -r (recursive=True)"
            raise InvalidImageError(text, ", ".join(inputs))


def gather(
    inputs: Sequence[str],
    wanted: Callable[[str], bool] = is_image_file,
    *,
    recursive: bool = False,
    read_stdin: Callable[[], bytes] | None = None,
) -> Sources:
    """List the files that inputs stand for.

    A file that is named counts whatever it holds; in a folder those count that are wanted. A file
    that is reached twice by the same path counts once.

    Args:
        inputs: Files and folders, or `-` for standard input.
        wanted: Says by its path whether a file in a folder counts.
        recursive: Whether folders in folders are entered.
        read_stdin: Reads standard input.

    Returns:
        The files; what is missing or cannot be listed is among its failures.
    """
    inputs = list(dict.fromkeys(text.replace(os.sep, "/") for text in inputs))
    prefixes = _prefixes(inputs)
    origins: list[Origin] = []
    relative: list[str] = []
    failures: list[Failure] = []
    walks: list[Walk] = []
    for text, prefix in zip(inputs, prefixes, strict=True):
        if text == STDIO:
            found, origin = [""], Origin(STDIO, _STDIN)
        elif is_folder(text):
            walks.append(walk(text, wanted, recursive=recursive))
            found, origin = walks[-1].files, Origin(text.rstrip("/") + "/", prefix)
        elif is_there(text):
            root, slash, name = text.rpartition("/")
            found, origin = [name], Origin(root + slash, prefix)
        else:
            error = MissingFileError("there is no such file or folder", text)
            failures.append(Failure(text, error))
            continue
        relative += found
        origins += [origin] * len(found)
    failures += [Failure(str(e.path), e) for found in walks for e in found.errors]
    order, renamed = _named([o.prefix + r for o, r in zip(origins, relative, strict=True)])
    return Sources(
        tuple(origins[i] for i in order),
        tuple(relative[i] for i in order),
        renamed,
        lone=len(inputs) == 1 and not walks,
        stdin=read_stdin() if read_stdin and STDIO in inputs else b"",
        failures=tuple(failures),
        others=sum(found.others for found in walks),
        unentered=sum(found.unentered for found in walks),
        loops=tuple(loop for found in walks for loop in found.loops),
    )


def of_data(data: "DataInput") -> Sources:
    """Data sets as the sources of a batch, for archives without names."""
    return Sources(
        origins=tuple(Origin("", "") for _ in data.paths),
        relative=data.paths,
        lone=True,
        data=data,
    )


def stored_name(path: str) -> str:
    """The name that an archive gives to an image file: its path, as the PNG it becomes."""
    path = portable_name(path)
    if path.endswith(".png"):
        return path
    return str(PurePosixPath(path).with_suffix(".png"))


def _prefixes(inputs: Sequence[str]) -> list[str]:
    """What the names of each input's files start with: its path below what all inputs share."""
    bases = []
    for text in inputs:
        if text == STDIO:
            bases.append("")
            continue
        path = _absolute(text)
        bases.append(path if is_folder(text) else os.path.dirname(path))  # noqa: PTH120
    try:
        shared = os.path.commonpath(list(filter(None, bases)) or ["/"])
    except ValueError as error:
        raise InvalidArgumentError(
            "The inputs are on different drives; take one at a time"
        ) from error
    inner = [base[len(shared) :].replace(os.sep, "/").strip("/") for base in bases]
    return [f"{path}/" if path else "" for path in inner]


def _absolute(text: str) -> str:
    """An absolute path without `..`, which behind a link leads elsewhere than it says."""
    if is_url(text):
        return "/" + str(to_path(text)).replace("//", "/")  # so that URLs share what paths do
    if ".." not in text.split("/"):
        return os.path.abspath(text)  # noqa: PTH100 - strings throughout, see Sources
    folder, name = os.path.split(text.rstrip("/"))
    if name == "..":
        return os.path.realpath(text)
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118


def _named(paths: list[str]) -> tuple[list[int], dict[int, str]]:
    """Order files by name; give names of their own to files whose names others have.

    Args:
        paths: The path of each file below what all inputs share.

    Returns:
        The files' numbers in the order of their names, each path once; and names that differ from
        `stored_name`, by their place in that order.
    """
    names = list(map(stored_name, paths))
    order = sorted(range(len(names)), key=names.__getitem__)
    folders = _folders(names)
    again = {b for a, b in pairwise(order) if names[a] == names[b]}
    if not again and folders.isdisjoint(names):
        return order, {}
    first: dict[str, int] = {}
    for number in sorted(order, key=lambda i: (paths[i] != names[i], paths[i])):
        first.setdefault(paths[number], number)  # so that a file's own name goes before others'
    taken = set(folders)
    changed = {}
    for path, number in first.items():
        name = names[number]
        if name in taken:
            name = f"{PurePosixPath(portable_name(path))}.png"
            while name in taken:
                name += ".png"
            changed[number] = name
        taken.add(name)
    order = sorted(first.values(), key=lambda i: changed.get(i, names[i]))
    return order, {place: changed[i] for place, i in enumerate(order) if i in changed}


def _folders(names: Sequence[str]) -> set[str]:
    """All folders that names lie in."""
    folders: set[str] = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders
