"""Image files of a task, read by a worker; a file of several images gives each a name."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from aecodec.batch.failure import Failure
from aecodec.batch.parallel import in_order
from aecodec.batch.sources import Sources
from aecodec.batch.stdio import STDIO
from aecodec.codec import CHUNK_IMAGES
from aecodec.container import Label, check_name
from aecodec.errors import AecodecError, InvalidImageError, UnsafeNameError
from aecodec.files import MAX_FILE_BYTES, read_bytes
from aecodec.images import ImageBatch, Images
from aecodec.storage import is_url

AT_ONCE = 16  # files that are fetched at a time
STDIN_LABEL = "standard input"


class Reading(NamedTuple):
    """How image files become images.

    Attributes:
        fit: Convert what is not 28x28 grey: see `images.read_images`.
        invert: Turn dark-on-light images around.
        transpose: Swap rows and columns.
        split: Of a data set, the one split to take.
        images_key: Of a data set, the key or column of the images.
        skip_bad: Go on without images that cannot be read, also where those behind them have no
            names and their numbers shift.
        labels_key: Of a data set, the key or column of the labels.
        classes: Names of classes that are known: folders called so are classes.
    """

    fit: bool = False
    invert: bool = False
    transpose: bool = False
    split: str | None = None
    images_key: str | None = None
    skip_bad: bool = False
    labels_key: str | None = None
    classes: tuple[str, ...] = ()


class FileTask(NamedTuple):
    """Files that one worker takes at a time.

    Attributes:
        paths: What to open; `-` for standard input.
        names: What each is called in an archive.
        before: The last name before them, or empty.
        stdin: What was read from standard input.
        images: Images of a data set, read already; `paths` is then its one file.
        labels: A label for each of them, or for each file; or none.
        splits: The split of each file, or none.
        failures: Images of the data set that cannot be read.
    """

    paths: Sequence[str]
    names: Sequence[str]
    before: str = ""
    stdin: bytes = b""
    images: Images | None = None
    labels: Sequence[Label] = ()
    splits: Sequence[str] = ()
    failures: Sequence[Failure] = ()


def file_tasks(sources: Sources, size: int = CHUNK_IMAGES) -> Iterator[FileTask]:
    """Divide files into tasks of `size`, in their order."""
    folders = sources.folders
    for start in range(0, len(sources), size):
        numbers = range(start, min(start + size, len(sources)))
        names = [sources.name(i) for i in numbers]
        yield FileTask(
            [sources.path(i) for i in numbers],
            names,
            sources.name(start - 1) if start else "",
            sources.stdin,
            labels=[*map(folders.label, names)] if folders and folders.label_type else (),
            splits=[*map(folders.split, names)] if folders and folders.is_split else (),
        )


class ReadFile(NamedTuple):
    """A file that was read.

    Attributes:
        path: Its path; "standard input" for that.
        name: What it is called in an archive.
        size: Its size in bytes.
        images: How many images it holds.
        names: What each of them is called.
        number: Its place in the task.
    """

    path: str
    name: str
    size: int
    images: int
    names: Sequence[str]
    number: int = 0


def read_task(
    task: FileTask, reading: Reading, *, named: bool = False
) -> tuple[list[ReadFile], Images, list[Failure]]:
    """Read the files of a task.

    Args:
        task: The files.
        reading: How to read them.
        named: Whether the names have to be fit for an archive.

    Returns:
        The files that could be read, their images, uint8 (N, 28, 28), and what failed.
    """
    if task.images is not None:
        file = ReadFile(task.paths[0], "", 0, len(task.images), [""] * len(task.images))
        return [file], task.images, list(task.failures)
    batch = ImageBatch(fit=reading.fit, invert=reading.invert)
    files: list[ReadFile] = []
    failures: list[Failure] = []
    for number, data in enumerate(_contents(task)):
        path, name = task.paths[number], task.names[number]
        label = STDIN_LABEL if path == STDIO else path
        try:
            if named:
                check_name(name)
            if isinstance(data, AecodecError):
                raise data
            count = batch.add(data, label)
        except AecodecError as error:
            failures.append(Failure(label, error))
            continue
        files.append(ReadFile(label, name, len(data), count, frame_names(name, count), number))
    images = batch.images()
    if reading.transpose:
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
    if named and len(images) > len(files):
        return _drop_misnamed(files, images, failures, task)
    return files, images, failures


def _contents(task: FileTask) -> Iterator[bytes | AecodecError]:
    """The bytes of each file, or why it cannot be read; URLs are asked for many at a time."""
    read = partial(_content, task.stdin)
    if not any(map(is_url, task.paths)):
        yield from map(read, task.paths)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from in_order(lambda path: pool.submit(read, path), task.paths, AT_ONCE)


def _content(stdin: bytes, path: str) -> bytes | AecodecError:
    try:
        return _from_stdin(stdin) if path == STDIO else read_bytes(path)
    except AecodecError as error:
        return error


def _from_stdin(data: bytes) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise InvalidImageError(f"more than {MAX_FILE_BYTES:,} bytes is too large for an image")
    return data


def _drop_misnamed(
    files: list[ReadFile], images: Images, failures: list[Failure], task: FileTask
) -> tuple[list[ReadFile], Images, list[Failure]]:
    """Leave out files whose images would have names of others, or out of order."""
    taken = set(task.names)
    kept, sound = [], []
    for file in files:
        free = taken.isdisjoint(file.names) and min(file.names) > task.before
        sound += [free or file.images == 1] * file.images
        if sound[-1]:
            kept.append(file)
            taken.update(file.names)
        else:
            text = f"its images would be named {file.names[0]} and so on, as another is; rename it"
            failures.append(Failure(file.path, UnsafeNameError(text, file.path)))
    return kept, images[np.array(sound)], failures


def frame_names(name: str, count: int) -> list[str]:
    """Names for the images of one file: `x.png` of three is `x.0.png`, `x.1.png`, `x.2.png`."""
    if count == 1:
        return [name]
    stem, digits = name.removesuffix(".png"), len(str(count - 1))
    return [f"{stem}.{number:0{digits}}.png" for number in range(count)]
