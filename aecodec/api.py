"""The functions for Python: arrays and files into .aez files, and back."""

import io
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.archive import Archive, open_path
from aecodec.arrays import compress_by
from aecodec.codec import CHUNK_IMAGES
from aecodec.distortion import squared_error_bound
from aecodec.errors import CorruptFileError, InvalidArgumentError
from aecodec.extras import Splits
from aecodec.files import is_folder
from aecodec.images import SIDE, Images
from aecodec.kinds import DEFAULT_EFFORT, EFFORTS
from aecodec.selection import Plan, make_plan
from aecodec.storage import StrPath, to_path

if TYPE_CHECKING:  # what files need, arrays do without
    from aecodec.batch import CompressReport, DecompressReport

MAX_IMAGES = 1_000_000  # the most that `decompress` returns by default: 784 MB


def compress(
    images: NDArray[Any],
    level: str | None = None,
    model: str | None = None,
    *,
    names: Sequence[str] | None = None,
    labels: NDArray[Any] | Sequence[int | str] | None = None,
    class_names: Sequence[str] | None = None,
    splits: Splits | None = None,
    metadata: Mapping[str, Any] | None = None,
    effort: int = DEFAULT_EFFORT,
    max_mse: float | None = None,
    min_psnr: float | None = None,
    embed_model: bool = False,
    chunk_images: int = CHUNK_IMAGES,
) -> bytes:
    """Compress images into the bytes of an .aez file.

    >>> images = np.zeros((2, 28, 28), np.uint8)
    >>> data = aecodec.compress(images, names=["a.png", "b.png"])
    >>> aecodec.open(data).names
    ('a.png', 'b.png')
    >>> data = aecodec.compress(images, labels=[3, 7], splits={"train": 1, "test": 1})
    >>> aecodec.open(data).labels
    array([3, 7])

    Args:
        images: uint8 (28, 28) or (N, 28, 28), or what `images.exact_images` takes for the same:
            flat rows of 784, a channel of one; booleans, integers, and multiples of 1/255.
        level: An operating point such as `q3`; by default two bytes for an image that a family
            knows, and exactly what none knows.
        model: A family, a model's name, its id or its file; by default `auto`: of the families
            that ship the one that fits best.
        names: A name for each image: a relative path such as `2024/a.png`. The images are then
            stored in the order of their names.
        labels: One for each image, and kept as what they are: integers, booleans or strings (N,)
            or (N, 1), one-hot rows (N, classes), or rows of integers.
        class_names: What the labels 0, 1, ... are called, where they are positions.
        splits: How many images belong to each split, in the order of the images: a mapping, or
            pairs of a name and a number where a split returns. They sum to the images.
        metadata: Free entries: strings, bytes, booleans, integers, and lists of these, by names.
        effort: How long to search for a good code, 1 to 3.
        max_mse: Code each image by the cheapest level whose mean squared error on [0, 1] stays
            within this, or keep its pixels.
        min_psnr: The same bound as a peak signal-to-noise ratio in dB.
        embed_model: Store in the file what decoding needs, for readers who lack the model.
        chunk_images: How many images a chunk has, 1 to 1,024: one image takes the time of its
            chunk to decode, and small chunks take more bytes.

    Returns:
        The .aez file.

    Raises:
        InvalidImageError: The images have another shape or type.
        InvalidArgumentError: A setting is out of its range, a name occurs twice, or labels, splits
            or metadata do not fit the images or have no place in the format.
        UnsafeNameError: A name is no plain relative path.
        UnknownModelError: There is no such model or level.
        InvalidModelError: The model file is damaged.
    """
    plan = _plan(level, model, effort, max_mse, min_psnr, embed_model).with_chunks(chunk_images)
    return compress_by(plan, images, names, labels, class_names, splits, metadata)


def _plan(
    level: str | None,
    model: str | None,
    effort: int,
    max_mse: float | None,
    min_psnr: float | None,
    embed: bool,
) -> Plan:
    if effort not in EFFORTS:
        raise InvalidArgumentError(f"effort is {min(EFFORTS)} to {max(EFFORTS)}, not {effort!r}")
    return make_plan(level, model, effort, squared_error_bound(max_mse, min_psnr), embed=embed)


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
        UnsafeNameError: A name in them is unsafe, or the folder of another.
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
        archive.check()  # what needs no model comes first: a damaged file is damaged for everybody
        _ = archive.coders
        parts = [archive.chunk(number) for number in range(archive.chunks)]
    return np.concatenate(parts) if parts else np.zeros((0, SIDE, SIDE), np.uint8)


Data = bytes | bytearray | memoryview


def open_archive(
    source: StrPath | BinaryIO | bytes | bytearray | memoryview, model: str | None = None
) -> Archive:
    """Open an .aez file for random access.

    >>> data = aecodec.compress(np.zeros((28, 28), np.uint8))
    >>> aecodec.open(data)
    <aecodec.Archive 1 images in 1 chunks>

    Args:
        source: A path, of a file or of the folder of an archive in parts; the bytes of a file; or
            a binary file that can seek, which stays open when the archive is closed.
        model: A model to look at first: its name, id or file.

    Returns:
        The archive, a context manager.

    Raises:
        MissingFileError: There is no such file.
        CorruptFileError: It cannot be read, or is no .aez file.
        UnsupportedFileError: It was made by a later aecodec.
        InvalidArgumentError: The source is a file in text mode, or one that cannot seek.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return Archive(io.BytesIO(source), model)
    if isinstance(source, str | os.PathLike):
        return open_path(source, model)
    try:
        if source.read(0) != b"":
            raise InvalidArgumentError("the file is in text mode; open it with mode 'rb'")
        if not source.seekable():
            raise InvalidArgumentError("the file cannot seek; pass its bytes: file.read()")
    except AttributeError as error:
        kind = type(source).__name__
        text = f"an archive is opened from a path, bytes or a binary file, not {kind}"
        raise InvalidArgumentError(text) from error
    name = getattr(source, "name", None)
    return Archive(source, model, name if isinstance(name, str) else None)


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
    transpose: bool = False,
    split: str | None = None,
    images: str | None = None,
    labels: str | None = None,
    skip_bad: bool = False,
    effort: int = DEFAULT_EFFORT,
    max_mse: float | None = None,
    min_psnr: float | None = None,
    embed_model: bool = False,
    chunk_images: int = CHUNK_IMAGES,
    overwrite: bool = False,
    jobs: int = 1,
) -> "CompressReport":
    """Compress an image file, a folder of them, or a data set.

    Args:
        source: An image file or a folder, or a data set as `datasets.open_dataset` takes it, whose
            images become one archive in their order.
        target: A name that ends in `.aez` is one archive, any other a folder that gets a file for
            each image file. By default a folder becomes an archive beside it, and an image file
            an .aez file beside it. A result that is there already with the same bytes is left.
        level: See `compress`, as for `model`, `effort`, `max_mse`, `min_psnr`, `embed_model`.
        model: See `compress`.
        names: Whether an archive keeps the images' names; by default those of a folder.
        recursive: Whether folders inside the folder are entered.
        fit: Whether to convert what is not 28x28 grey (see `images.read_images`).
        invert: Whether to turn dark-on-light images around.
        transpose: Whether to swap rows and columns.
        split: Of a data set, the one split to take; by default all.
        images: Of a data set, the key or column of its images.
        labels: Of a data set, the key or column of its labels.
        skip_bad: Whether to go on without images that cannot be read, also where they have no
            names and the numbers of later ones shift.
        effort: See `compress`.
        max_mse: See `compress`.
        min_psnr: See `compress`.
        embed_model: See `compress`.
        chunk_images: See `compress`.
        overwrite: Whether to replace results that exist and differ.
        jobs: How many workers to use.

    Returns:
        What was done. Images that fail while others are coded are listed in its `failures`.

    Raises:
        MissingFileError: There is no such file or folder.
        InvalidImageError: The folder has no images, or the file is none. Without names the first
            bad image raises it too, since the numbers of later ones would shift.
        InvalidArgumentError: A setting is out of its range, or the target is no place for results.
        OutputError: The result exists, or cannot be written.
        UnknownModelError: There is no such model or level.
        InvalidModelError: The model file is damaged.
    """
    from aecodec.batch import Reading, compress_all, compress_targets

    plan = _plan(level, model, effort, max_mse, min_psnr, embed_model).with_chunks(chunk_images)
    inputs = [os.fspath(source)]
    (report,) = compress_all(
        compress_targets(inputs, target),
        plan,
        Reading(fit, invert, transpose, split, images, skip_bad, labels),
        recursive=recursive,
        names=names,
        overwrite=overwrite,
        jobs=jobs,
    )
    if report.failures and not skip_bad and not is_folder(os.fspath(source)):
        raise report.failures[0].error.at(report.failures[0].path)
    return report


def decompress_file(
    source: StrPath,
    target: StrPath | None = None,
    *,
    names: Sequence[str] = (),
    label: str | int | None = None,
    split: str | None = None,
    numbers: slice | None = None,
    model: str | None = None,
    overwrite: bool = False,
    jobs: int = 1,
) -> "DecompressReport":
    """Decompress an .aez file: one image into a PNG file, an archive into a folder.

    Images that are there already, with the same pixels, are left as they are.

    Args:
        source: The .aez file.
        target: A folder; for one image, a path that ends in `.png`; or one that ends in `.npz`,
            `.npy`, `.idx`, `.csv`, `.zip` or `.parquet` for a data set. By default `x.aez`
            becomes `x.decoded.png` or the folder `x-decoded`, beside it.
        names: Names or glob patterns of the images to take; by default all.
        label: The label, or the name of the class, of the images to take; by default all.
        split: The split of the images to take; by default all.
        numbers: The numbers of the images to take, as a slice; by default all.
        model: A model to look at first: its name, id or file.
        overwrite: Replace earlier results of this program; and, if `target` is given, other
            files in it too.
        jobs: How many workers to use.

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
    from aecodec.batch import AezFile, Selection, Settings, decompress_one

    path = to_path(source)
    file = AezFile(path, str(path), path.name, str(path))
    selection = Selection(tuple(names), label, split, numbers)
    return decompress_one(file, Settings(target, model, overwrite, jobs, selection))
