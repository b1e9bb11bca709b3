"""Files in, files out, for Python: what `aecodec compress` and `decompress` do, as two calls."""

import os
from pathlib import Path

from aecodec.archive import open_archive
from aecodec.arguments import check_arguments
from aecodec.compressing import Reading, compress_archive
from aecodec.decompressing import DecompressReport, decompress_folder, decompress_single
from aecodec.errors import InvalidImageError
from aecodec.images import is_image_path
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.plans import make_plans, squared_error_bound
from aecodec.reports import CompressReport
from aecodec.sources import gather

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
    for folders). See `arrays.compress` for level, model, effort, max_mse and embed_model,
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
    model: str | None = None,
    overwrite: bool = False,
    jobs: int = 1,
) -> DecompressReport:
    """Decompress an .aez file: one image into a PNG file, an archive into a folder.

    target: beside the source by default; model: a model file to use besides the installed ones.
    Raises CorruptFileError, UnsupportedFileError, UnknownModelError, DecodingError, OutputError.
    """
    path = Path(source)
    with open_archive(path, model) as archive:
        single = len(archive) == 1 and not archive.named and not archive.damage
    beside = path.with_suffix(".png") if single else path.with_suffix("")
    place = Path(target) if target else beside
    if single:
        return decompress_single(path, place, model, overwrite=overwrite)
    return decompress_folder(path, place, model, overwrite=overwrite, jobs=jobs)
