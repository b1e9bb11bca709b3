"""Where results go: the one place that decides what an output is.

    compress      -o x.aez is one archive; any other -o is a folder of .aez files or, on a cluster,
                  of the parts of one archive
    decompress    -o x.png is that file, where there is one image; -o x.npz, .npy, .idx, .csv,
                  .zip or .parquet is a data set (see `data_out`); any other -o is a folder;
                  beside x.aez results are x.decoded.png or x-decoded/, since the originals may be
                  x.png or x/
    both          -o - is standard output; x/ and what is a folder already are folders

Suffixes of images or archives that would then be names of folders are refused: whoever writes
`-o x.jpg` does not mean a folder.
"""

import os
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from aecodec.batch.data_paths import archive_stem, is_data_input
from aecodec.batch.elsewhere import elsewhere
from aecodec.batch.stdio import STDIO
from aecodec.errors import InvalidArgumentError
from aecodec.files import absolute, is_folder, read_head, real
from aecodec.images import HEAD_BYTES, image_format, is_image_path
from aecodec.storage import StrPath, is_url, to_path

ARCHIVE_SUFFIX = ".aez"
IMAGE_SUFFIX = ".png"
_OTHER_IMAGES = (".gif", ".jp2", ".jxl", ".avif", ".heic", ".svg")


class Form(Enum):
    """What an output is."""

    ARCHIVE = "one .aez file"
    IMAGE = "one PNG file"
    FOLDER = "a folder of files"
    PARTS = "a folder that is one archive in parts"
    BESIDE = "files beside their inputs"
    STDOUT = "standard output"


class Target(NamedTuple):
    """Where results go.

    Attributes:
        form: What the output is.
        path: The file or folder; `-` for standard output, `.` where results go beside inputs.
        named: Whether the user named this very file, or the folder that the files go into.
    """

    form: Form
    path: Path
    named: bool = True


def compress_targets(
    inputs: Sequence[str], output: StrPath | None = None, *, parts: bool | None = None
) -> list[tuple[list[str], Target]]:
    """Decide what inputs are compressed into.

    Args:
        inputs: Paths of image files and folders, or `-` for standard input.
        output: What the user asked for. By default a folder becomes an archive beside it, image
            files become files beside them, and standard input goes to standard output.
        parts: Whether a folder is one archive in parts; by default where a cluster makes it.

    Returns:
        Groups of inputs, and the target of each group.

    Raises:
        InvalidArgumentError: The output cannot be what its name says.
    """
    if "" in inputs:
        raise InvalidArgumentError("An input needs a name")
    if output is not None:
        target = _target(output, Form.ARCHIVE)
        if parts is None:
            parts = elsewhere() is not None
        if parts and target.form is Form.FOLDER:
            return [(list(inputs), Target(Form.PARTS, target.path))]
        return _each_data_set(inputs, target) or [(list(inputs), target)]
    last = inputs[-1]
    if _is_archive(last):
        meant = f"-o {last}" if len(inputs) > 1 else f"'aecodec decompress {last}'"
        raise InvalidArgumentError(f"compress reads images. Did you mean {meant}?", last)
    if STDIO in inputs:
        if len(inputs) > 1:
            raise InvalidArgumentError(
                "With '-' (standard input) among several inputs, say with -o where they go"
            )
        return [(list(inputs), _stdout())]
    folders = [text for text in inputs if is_folder(text)]
    files = [text for text in inputs if text not in folders]
    if sets := _each_data_set(inputs, Target(Form.BESIDE, Path())):
        return sets
    groups = [(files, Target(Form.BESIDE, Path()))] if files else []
    archives = {absolute(folder): folder for folder in folders}
    for path, folder in archives.items():
        beside = path.with_name(path.name + ARCHIVE_SUFFIX)
        groups.append(([folder], Target(Form.ARCHIVE, beside)))
    return groups


def _each_data_set(inputs: Sequence[str], target: Target) -> list[tuple[list[str], Target]]:
    """A group for each data set, and one for the rest: each becomes an archive of its own.

    None where there are no data sets, or where all inputs become one archive.
    """
    sets = [text for text in dict.fromkeys(inputs) if text != STDIO and is_data_input(text)]
    if not sets or target.form in (Form.ARCHIVE, Form.STDOUT):
        return []
    rest = [text for text in inputs if text not in sets]
    groups = compress_targets(rest) if rest and target.form is Form.BESIDE else []
    if rest and target.form is Form.FOLDER:
        groups = [(rest, target)]
    for text in sets:
        folder = target.path if target.form is Form.FOLDER else absolute(text).parent
        path = folder / f"{archive_stem(text)}{ARCHIVE_SUFFIX}"
        groups.append(([text], Target(Form.ARCHIVE, path)))
    return groups


def _is_archive(text: str) -> bool:
    """Whether a path is that of an .aez file, which need not exist, and not of an image."""
    if not text.lower().endswith(ARCHIVE_SUFFIX) or is_folder(text):
        return False
    return image_format(read_head(text, HEAD_BYTES)) is None


def decompress_target(
    source: StrPath,
    output: StrPath | None = None,
    *,
    single: bool,
    alone: bool,
    below: str | None = None,
) -> Target:
    """Decide what an .aez file is decompressed into.

    Args:
        source: The .aez file, or `-` for standard input.
        output: What the user asked for. By default results stand beside the file, and what came
            from standard input goes to standard output.
        single: Whether there is one image to write, which may go into a PNG file.
        alone: Whether the file holds one image without a name, which is called as the file is.
        below: Where the output is for several .aez files: what this one is called below it.

    Returns:
        A file or folder, or standard output.

    Raises:
        InvalidArgumentError: The output cannot be what its name says.
    """
    source = os.fspath(source)
    name = to_path(below or ("stdin" if source == STDIO else source)).name
    stem = name[: -len(ARCHIVE_SUFFIX)] if name.lower().endswith(ARCHIVE_SUFFIX) else name
    if output is None and source == STDIO:
        output = STDIO
    if output is None:
        folder, named = to_path(source).parent, False
    else:
        target = _target(output, Form.IMAGE if single and below is None else Form.FOLDER)
        if target.form is not Form.FOLDER or not (alone or below):
            return target
        folder = (target.path / below).parent if below else target.path
        named = alone and folder == target.path
    beside = source != STDIO and real(folder) == real(to_path(source).parent)
    if alone:
        return Target(Form.IMAGE, folder / f"{stem}{'.decoded' * beside}{IMAGE_SUFFIX}", named)
    return Target(Form.FOLDER, folder / f"{stem}{'-decoded' * beside}", named)


def archive_target(output: StrPath) -> Target:
    """The one archive, or standard output, that an output must be.

    Raises:
        InvalidArgumentError: It is a folder, or another file.
    """
    target = _target(output, Form.ARCHIVE)
    if target.form is Form.FOLDER:
        raise InvalidArgumentError(f"name one archive: -o x{ARCHIVE_SUFFIX}", output)
    return target


def _target(output: StrPath, wanted: Form) -> Target:
    """Decide by an output's name; `wanted` is what a fitting suffix makes of it."""
    text = os.fspath(output)
    path = to_path(text)
    lower = path.name.lower() if is_url(text) else text.lower()
    if not text:
        raise InvalidArgumentError("An output needs a name")
    if text == STDIO:
        if wanted is Form.FOLDER:
            raise InvalidArgumentError("Several images do not fit standard output: use -o FOLDER")
        return _stdout()
    if text.endswith(("/", os.sep)) or path.is_dir():
        return Target(Form.FOLDER, path)
    if wanted is Form.ARCHIVE and lower.endswith(ARCHIVE_SUFFIX):
        return Target(Form.ARCHIVE, path)
    if wanted is Form.IMAGE and lower.endswith(IMAGE_SUFFIX):
        return Target(Form.IMAGE, path)
    if is_image_path(text) or lower.endswith((ARCHIVE_SUFFIX, *_OTHER_IMAGES)):
        raise InvalidArgumentError(_refusal(path, wanted), text)
    return Target(Form.FOLDER, path)


def _refusal(path: Path, wanted: Form) -> str:
    if wanted is Form.ARCHIVE:
        possible = f"use {path.stem}{ARCHIVE_SUFFIX} for one archive, or {path.stem}/ for a folder"
        return f"compress writes .aez files: {possible}"
    if wanted is Form.IMAGE:
        possible = f"use {path.stem}{IMAGE_SUFFIX} for the image, or {path.stem}/ for a folder"
        return f"decompress writes PNG files: {possible}"
    return f"several images do not fit into one file: use {path.stem}/ for a folder"


def _stdout() -> Target:
    if sys.stdout is not None and sys.stdout.isatty():
        raise InvalidArgumentError(
            "Binary data is not written to a terminal: use -o, or a pipe behind it"
        )
    return Target(Form.STDOUT, Path(STDIO))
