"""The verbs for Python: arrays and files into .aez files, and back."""

import io
import math
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import open_archive
from aecodec.batch.aez_files import AezFile
from aecodec.batch.compress import Reading, compress_archive
from aecodec.batch.decompress import DecompressReport, Settings, decompress_one
from aecodec.batch.reports import CompressReport
from aecodec.batch.sources import gather
from aecodec.codec import CHUNK_IMAGES
from aecodec.errors import CorruptFileError, InvalidArgumentError, InvalidImageError
from aecodec.images import SIDE, Images, check_images, is_image_path
from aecodec.kinds import DEFAULT_EFFORT, EFFORTS
from aecodec.selection import choose, make_plans, sample, squared_error_bound

MAX_IMAGES = 1_000_000  # what `decompress` returns unasked: 784 MB


def compress(
    images: NDArray[Any],
    level: str | None = None,
    model: str | None = None,
    *,
    effort: int = DEFAULT_EFFORT,
    max_mse: float | None = None,
    embed_model: bool = False,
) -> bytes:
    """Compress uint8 (28, 28) or (N, 28, 28) into the bytes of an .aez file.

    level: an operating point such as `classic`; model: a family, a name, an id or a path, or by
    default `auto`, the family that ships and fits best (see `selection.choose`); effort: 1 to 3,
    how long to search; max_mse: for each image the cheapest level of the family that stays within
    it, on [0, 1], or stored pixels; embed_model: put into the bytes what decoding needs.
    Raises InvalidArgumentError, InvalidImageError, UnknownModelError or InvalidModelError.
    """
    check_arguments(effort, max_mse)
    array = check_images(images)
    plans = make_plans(level, model, effort, squared_error_bound(max_mse), embed=embed_model)
    plan, _ = choose(plans, array[sample(len(array))])
    buffer = io.BytesIO()
    writer = plan.writer(buffer)
    for start in range(0, len(array), CHUNK_IMAGES):
        writer.write(plan.encode(array[start : start + CHUNK_IMAGES])[0])
    writer.close()
    return buffer.getvalue()


def decompress(
    data: bytes, model: str | None = None, *, max_images: int | None = MAX_IMAGES
) -> Images:
    """Decompress the bytes of an .aez file, whole or not at all.

    >>> images = np.zeros((3, 28, 28), np.uint8)
    >>> aecodec.decompress(aecodec.compress(images)).shape
    (3, 28, 28)

    Args:
        data: The bytes of an .aez file.
        model: A model to look at first: its name, id or file.
        max_images: How many images to decode at most, or None for any number. A few bytes can
            stand for very many images, and each takes 784 bytes of memory.

    Returns:
        The images, uint8 (N, 28, 28).

    Raises:
        InvalidArgumentError: There are more images than `max_images`.
        CorruptFileError: The data are damaged, or no .aez file.
        UnsupportedFileError: They were made by a later aecodec.
        UnknownModelError: Their model is neither installed nor embedded.
        DecodingError: The pixels differ from those that were encoded.
    """
    with open_archive(data, model) as archive:
        if archive.damage:
            raise CorruptFileError(archive.damage)
        if max_images is not None and len(archive) > max_images:
            raise InvalidArgumentError(
                f"the data hold {len(archive):,} images, more than max_images={max_images:,}. "
                "Raise it, or take them in parts: aecodec.open(data)[:1000]"
            )
        deque(archive.iter_names(), maxlen=0)  # raises where a name stands twice or out of order
        parts = [archive.chunk(number) for number in range(archive.chunks)]
    return np.concatenate(parts) if parts else np.zeros((0, SIDE, SIDE), np.uint8)


def check_arguments(effort: int, max_mse: float | None) -> None:
    """Raise InvalidArgumentError for an effort or a bound that cannot be met."""
    if effort not in EFFORTS:
        raise InvalidArgumentError(f"effort is {min(EFFORTS)} to {max(EFFORTS)}, not {effort!r}.")
    if max_mse is not None and not (math.isfinite(max_mse) and max_mse >= 0):
        raise InvalidArgumentError(
            f"max_mse is a finite number of at least 0, or None, not {max_mse!r}."
        )


StrPath = str | os.PathLike[str]


def compress_file(
    source: StrPath,
    target: StrPath | None = None,
    *,
    level: str | None = None,
    model: str | None = None,
    names: bool | None = None,
    recursive: bool = False,
    fit: bool = False,
    invert: bool = False,
    effort: int = DEFAULT_EFFORT,
    max_mse: float | None = None,
    embed_model: bool = False,
    overwrite: bool = False,
    jobs: int = 1,
) -> CompressReport:
    """Compress an image file, or a folder of them into one archive.

    target: the .aez file, beside the source by default; names: keep the images' names (default:
    for folders). See `compress` for level, model, effort, max_mse and embed_model,
    `images.read_image` for fit and invert.
    Images that fail are listed in the report's `failures`; without names the first one raises
    InvalidImageError, and so does a folder without images. Raises InvalidArgumentError.
    """
    check_arguments(effort, max_mse)
    path = Path(source)
    sources, skipped = gather([str(path)], is_image_path, recursive=recursive)
    if not len(sources):
        inside = " Its folders were not entered: pass recursive=True." if skipped else ""
        raise InvalidImageError(f"{path}: no images found (searched by suffix).{inside}")
    default = path.absolute() if path.is_dir() else path.with_suffix("")
    return compress_archive(
        sources,
        Path(target) if target else default.with_name(f"{default.name}.aez"),
        make_plans(level, model, effort, squared_error_bound(max_mse), embed=embed_model),
        Reading(fit, invert),
        named=path.is_dir() if names is None else names,
        overwrite=overwrite,
        jobs=jobs,
    )


def decompress_file(
    source: StrPath,
    target: StrPath | None = None,
    *,
    names: Sequence[str] = (),
    model: str | None = None,
    overwrite: bool = False,
    jobs: int = 1,
) -> DecompressReport:
    """Decompress an .aez file: one image into a PNG file, an archive into a folder.

    Images that are there already, with the same pixels, are left as they are.

    Args:
        source: The .aez file.
        target: A folder; or, for one image, a path that ends in `.png`. By default `x.aez`
            becomes `x.decoded.png` or the folder `x-decoded`, beside it.
        names: Names or glob patterns of the images to take; by default all.
        model: A model to look at first: its name, id or file.
        overwrite: Replace earlier results of this program; and, if `target` is given, other
            files in it too.
        jobs: How many processes to use.

    Returns:
        What was done. Damaged chunks, and images that could not be written, are in its
        `failures`.

    Raises:
        MissingFileError: There is no such file.
        CorruptFileError: It cannot be read, or is no .aez file.
        UnsupportedFileError: It was made by a later aecodec.
        UnknownModelError: Its model is neither installed nor embedded.
        DecodingError: The pixels of a single image differ from those that were encoded.
        OutputError: A single image may not replace what is there, or nothing can be written.
        UnsafeNameError: The file system cannot hold two of the names together.
        InvalidArgumentError: The target's name does not fit what is to be written.
    """
    path = Path(source)
    file = AezFile(path, str(path), path.name, str(path))
    return decompress_one(file, Settings(target, model, overwrite, jobs, tuple(names)))
