"""Image files in and out: read as 28x28 8-bit grey, or refused with what was found."""

import io
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np

from aecodec.errors import InvalidImageError, located, said
from aecodec.files import MAX_FILE_BYTES, read_bytes
from aecodec.images.array import Images
from aecodec.images.plain_png import unfiltered_png

Source = str | os.PathLike[str] | BinaryIO


def read_images(
    source: Source, *, fit: bool = False, invert: bool = False, name: str | None = None
) -> Images:
    """Read all images of a file: pages, frames, joined files.

    An image is taken as a viewer shows it: upright, whatever its EXIF orientation. Its samples
    are the greys; colour management is not applied. Previews and masks that a TIFF marks as such
    are passed over.

    Args:
        source: A path, or a binary file, which is read to its end.
        fit: Convert what is not 28x28 8-bit grey: alpha is laid over the background, colour
            turned to grey, the size fitted with the aspect kept, and the rest padded. The
            background is black, or white where `invert` is set.
        invert: Turn dark-on-light images into light-on-dark ones.
        name: What to call the source in messages; by default its path, or "standard input".

    Returns:
        uint8 (N, 28, 28), N at least 1.

    Raises:
        MissingFileError: There is no such file.
        InvalidImageError: It is no image, or damaged; or, without `fit`, not 28x28 8-bit grey.
    """
    path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    with located(name or path or "standard input"):
        if isinstance(source, str | os.PathLike):
            data = read_bytes(os.fspath(source))
        else:
            data = source.read(MAX_FILE_BYTES + 1)
            if len(data) > MAX_FILE_BYTES:
                raise InvalidImageError(f"more than {MAX_FILE_BYTES:,} bytes, too large")
        return decode(data, fit=fit, invert=invert)


def read_image(
    source: Source, *, fit: bool = False, invert: bool = False, name: str | None = None
) -> Images:
    """Read a file of one image.

    Takes the same arguments as `read_images` and raises the same errors.

    Returns:
        uint8 (28, 28).

    Raises:
        InvalidImageError: Also where the file holds several images.
    """
    images = read_images(source, fit=fit, invert=invert, name=name)
    if len(images) > 1:
        label = name or (os.fspath(source) if isinstance(source, str | os.PathLike) else None)
        text = f"holds {len(images):,} images where one is needed; save them apart, or in Python "
        raise InvalidImageError(f"{text}use read_images", label or "standard input")
    image: Images = images[0]
    return image


def decode(data: bytes, *, fit: bool, invert: bool) -> Images:
    """Decode the bytes of an image file: uint8 (N, 28, 28). See `read_images`."""
    from aecodec.images.frames import frames  # most files are plain PNGs and need neither
    from aecodec.images.samples import exact, fitted

    background = 255 if invert else 0
    images: list[Images] = []
    try:
        for frame in frames(data, fit=fit):
            image = fitted(frame, data, background) if fit else exact(frame, data)
            images.append(image)
    except InvalidImageError as error:
        if not images:
            raise
        raise InvalidImageError(f"image {len(images) + 1}: {error.detail}") from error
    except Exception as error:  # on damaged input Pillow's readers raise nearly anything
        raise InvalidImageError(
            f"damaged, or of a kind that is not read ({said(error)})"
        ) from error
    return np.invert(images) if invert else np.stack(images)


def png_bytes(image: Images) -> bytes:
    """Encode an image, uint8 (28, 28), as PNG.

    Where two fifths of the pixels are of one grey, that of the corner, no filter is tried: that
    takes half the time, and for digits fewer bytes.

    Example:
        >>> png_bytes(np.zeros((28, 28), np.uint8))[1:4]
        b'PNG'
    """
    if 5 * np.count_nonzero(image == image[0, 0]) >= 2 * image.size:
        return unfiltered_png(image)
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def write_png(path: str | os.PathLike[str], image: Images) -> None:
    """Write an image, uint8 (28, 28), as a PNG file; an existing file is replaced."""
    Path(path).write_bytes(png_bytes(image))
