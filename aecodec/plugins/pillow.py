"""Pillow: `Image.open("x.aez")` and `image.save("x.aez")`."""

from collections.abc import Iterable, Iterator
from inspect import signature
from typing import IO, Any, BinaryIO, cast

import numpy as np
from PIL import Image, ImageFile, ImageSequence, UnidentifiedImageError

from aecodec.api import compress, open_archive
from aecodec.archive import Archive
from aecodec.container import MAGIC
from aecodec.errors import AecodecError, CorruptFileError, UnsupportedFileError
from aecodec.images import SIDE

FORMAT = "AEZ"
# what `save` hands to `compress`; Pillow's writers pass over what they do not know
OPTIONS = list(signature(compress).parameters)[1:]


def register() -> None:
    """Teach Pillow to open and save .aez files.

    `save` takes the keyword arguments of `aecodec.compress`, and `save_all=True` with
    `append_images` for an archive of several images.

    >>> from PIL import Image
    >>> register()
    >>> with Image.open("scans.aez") as image:
    ...     image.size, image.mode, image.n_frames
    ((28, 28), 'L', 5)
    """
    Image.register_open(FORMAT, AezImageFile, lambda start: start.startswith(MAGIC))
    Image.register_save(FORMAT, _save)
    Image.register_save_all(FORMAT, _save_all)
    Image.register_extension(FORMAT, ".aez")


class AezImageFile(ImageFile.ImageFile):
    """An .aez file as Pillow sees it: a frame for each image, decoded when it is loaded.

    Attributes:
        n_frames: How many images there are.
        is_animated: Whether there are several.
    """

    format = FORMAT
    format_description = "aecodec, 28x28 greyscale images"
    n_frames = 1
    is_animated = False
    _archive: Archive | None = None  # an image that was pickled has none
    _frame = 0
    _loaded = -1

    def _open(self) -> None:
        try:
            self._archive = open_archive(cast("BinaryIO", self.fp))
        except (CorruptFileError, UnsupportedFileError) as error:
            raise UnidentifiedImageError(str(error)) from error
        self.n_frames = len(self._archive)
        if not self.n_frames:
            raise UnidentifiedImageError("the .aez file holds no images")
        self.is_animated = self.n_frames > 1
        self._mode = "L"
        self._size = (SIDE, SIDE)

    def seek(self, frame: int) -> None:
        """Go to an image, from 0 up. Raises EOFError where there is none of that number."""
        if self._seek_check(frame):
            self._frame = frame

    def tell(self) -> int:
        """The number of the image that `seek` went to last."""
        return self._frame

    def load(self) -> Any:
        """Decode the image.

        Raises:
            OSError: It is damaged, or its model is not installed. Where only another part of the
                file is damaged, `ImageFile.LOAD_TRUNCATED_IMAGES` lets the image pass.
        """
        if self._archive is not None and self._loaded != self._frame:
            if self._archive.damage and not ImageFile.LOAD_TRUNCATED_IMAGES:
                raise OSError(self._archive.damage)
            try:
                self.im = Image.fromarray(self._archive[self._frame]).im
            except AecodecError as error:
                raise OSError(str(error)) from error
            self._loaded = self._frame
            if not self.is_animated and getattr(self, "_exclusive_fp", False) and self.fp:
                self.fp.close()  # as Pillow does with a file that has nothing more to give
                self.fp = self._archive = None
        return super().load()

    def verify(self) -> None:
        """Check every byte of the file. Raises OSError where it is damaged."""
        if self._archive is not None:
            try:
                self._archive.check()
            except AecodecError as error:
                raise OSError(str(error)) from error
        super().verify()


def _save(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:  # noqa: ARG001 - Pillow's signature
    _write([image], image, file)


def _save_all(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:  # noqa: ARG001 - Pillow's signature
    others = image.encoderinfo.get("append_images") or ()
    _write(_frames([image, *others]), image, file)


def _frames(images: Iterable[Image.Image]) -> Iterator[Image.Image]:
    """All frames of all images, each of which is left where it was."""
    for image in images:
        place = image.tell()
        yield from ImageSequence.Iterator(image)
        image.seek(place)


def _write(frames: Iterable[Image.Image], image: Image.Image, file: IO[bytes]) -> None:
    options = {name: image.encoderinfo[name] for name in OPTIONS if name in image.encoderinfo}
    file.write(compress(np.stack([_greys(frame) for frame in frames]), **options))


def _greys(image: Image.Image) -> Any:
    """uint8 (28, 28); errors are of Pillow's kinds."""
    if image.mode not in ("L", "1"):
        text = f"cannot write mode {image.mode} as {FORMAT}; image.convert('L') makes it grey"
        raise OSError(text)
    if image.size != (SIDE, SIDE):
        found = f"{image.width}x{image.height}"
        raise ValueError(f"cannot write {found} as {FORMAT}; image.resize((28, 28)) makes it fit")
    return np.asarray(image.convert("L"))
