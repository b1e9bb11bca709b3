"""Decoded images written as PNG files, without replacing images that aecodec did not write.

A decoded image is a lossy copy as a rule, and the original may have the same name. So each file
carries a mark (a PNG text chunk, `Software: aecodec`), and a file without it is an original.
"""

import io
import os
import struct
import unicodedata
import zlib
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

import numpy as np
from PIL import Image

from aecodec.batch.sinks import check_target, make_folder, write_result
from aecodec.batch.temporary import empty_file
from aecodec.errors import AecodecError, OutputError, UnsafeNameError
from aecodec.files import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, is_there, native_path, read_bytes
from aecodec.images import Images, png_bytes, read_image
from aecodec.storage import is_url

_HEAD_BYTES = 8 + 25  # a PNG file's signature and its first chunk
_TEXT = b"tEXtSoftware\0aecodec"
MARK = struct.pack(">I", len(_TEXT) - 4) + _TEXT + struct.pack(">I", zlib.crc32(_TEXT))


class Replace(Enum):
    """Which files a decoded image may replace."""

    NOTHING = "none"
    DECODED = "those that this program has written"
    ANYTHING = "originals too"


class Outcome(Enum):
    """What became of an image."""

    WRITTEN = "written"
    PRESENT = "there already"
    REPLACED = "written in place of a file that this program had not written"


def decoded_png(image: Images) -> bytes:
    """The PNG file of a decoded image, uint8 (28, 28), with the mark of this program."""
    data = png_bytes(image)
    return data[:_HEAD_BYTES] + MARK + data[_HEAD_BYTES:]


def original_png(bits: Images) -> bytes:
    """The PNG file of a black-and-white original, uint8 (n, n), 1 for black, with the mark.

    As in the image that was reduced from it, what is 1 is drawn white.
    """
    file = io.BytesIO()
    Image.fromarray(bits * np.uint8(255)).convert("1").save(file, "PNG", optimize=True)
    data = file.getvalue()
    return data[:_HEAD_BYTES] + MARK + data[_HEAD_BYTES:]


def is_decoded(png: bytes) -> bool:
    """Tell by its mark whether a file was written by this program."""
    return png[_HEAD_BYTES : _HEAD_BYTES + len(MARK)] == MARK


def write_image(
    path: Path, image: Images, replace: Replace, source: Path, *, original: bool = False
) -> tuple[Outcome, int]:
    """Write a decoded image as a PNG file.

    Args:
        path: The file. A link there is replaced, never written through.
        image: uint8 (28, 28).
        replace: What may be replaced. A file with the same pixels is left as it is.
        source: The .aez file, which is never replaced.
        original: Whether it is no image but its black-and-white original, uint8 (n, n).

    Returns:
        What was done, and the size of the file in bytes.

    Raises:
        OutputError: A file is there that may not be replaced, or nothing can be written.
    """
    data = original_png(image) if original else decoded_png(image)
    if not is_there(str(path)):
        write_result(path, data, source=source)
        return Outcome.WRITTEN, len(data)
    check_target(path, overwrite=True, source=source)
    there = _content(path)
    if there == data or _holds(there, image):
        return Outcome.PRESENT, len(there)
    ours = is_decoded(there)
    if not ours and replace is not Replace.ANYTHING:
        raise OutputError(
            "exists already and was not written by aecodec, so it is kept. "
            "Choose another place with -o",
            path,
        )
    if replace is Replace.NOTHING:
        raise OutputError(
            "exists already and differs. Overwrite it with -f or choose another -o", path
        )
    write_result(path, data, overwrite=True, source=source)
    return Outcome.WRITTEN if ours else Outcome.REPLACED, len(data)


def _content(path: Path) -> bytes:
    """What a file holds; nothing where it is a link or cannot be read."""
    try:
        return b"" if path.is_symlink() else read_bytes(str(path))
    except AecodecError:
        return b""


def _holds(data: bytes, image: Images) -> bool:
    try:
        return bool(data) and np.array_equal(read_image(io.BytesIO(data)), image)
    except AecodecError:
        return False


class ImageFolder:
    """A folder that decoded images are written into, never through a link below it.

    Args:
        root: The folder, which is made if it is not there.
        replace: What may be replaced in it.
        source: The .aez file, which is never replaced.

    Raises:
        OutputError: The folder cannot be made.
    """

    def __init__(self, root: Path, replace: Replace, source: Path) -> None:
        self.root = root
        self._replace = replace
        self._source = source
        self._sound: set[Path] = {root}
        make_folder(root)

    def write(self, name: str, image: Images, *, original: bool = False) -> tuple[Outcome, int]:
        """Write an image as `write_image` does, under a name that `check_name` holds safe."""
        path = self.root / native_path(name)
        self._make_parents(path.parent)
        return write_image(path, image, self._replace, self._source, original=original)

    def _make_parents(self, folder: Path) -> None:
        if folder in self._sound:
            return
        self._make_parents(folder.parent)
        if folder.is_symlink():
            raise OutputError("is a symbolic link; nothing is written through it", folder)
        make_folder(folder)
        self._sound.add(folder)

    def check_distinct(self, names: Iterable[str]) -> None:
        """Check that the file system can hold files of all these names.

        Raises:
            UnsafeNameError: It takes two names for one.
            OutputError: Nothing can be written into the folder.
        """
        folds = self._folds()
        seen: set[str] = set()
        for name in names:
            if not folds:
                continue
            folded = unicodedata.normalize("NFC", name.casefold())
            if folded in seen:
                raise UnsafeNameError(
                    f"the name {name!r} differs from another only in case or Unicode form, which "
                    "this folder does not tell apart. Choose another with -o",
                    self.root,
                )
            seen.add(folded)

    def _folds(self) -> bool:
        """Tell whether the file system takes names for equal that differ in case or form."""
        if is_url(self.root):
            return False
        name = f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}-a\u00e9{TEMPORARY_SUFFIX}"
        others = (name.replace("-a", "-A"), name.replace("\u00e9", "e\u0301"))
        try:
            with empty_file(self.root / native_path(name)):
                return any((self.root / native_path(other)).exists() for other in others)
        except OSError as error:
            raise OutputError(
                f"nothing can be written into this folder: {error.strerror}. "
                "Choose another with -o",
                self.root,
            ) from error
