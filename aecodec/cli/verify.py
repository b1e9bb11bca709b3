"""`aecodec verify`: check .aez files, and compare one with the images that it was made of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import data_options, options
from aecodec.errors import InvalidArgumentError, counted

if TYPE_CHECKING:
    from aecodec.batch import VerifyReport

Against = Annotated[
    list[str] | None,
    typer.Option(
        "--against",
        help="The images that the file should hold, exactly: a folder, an image, or a data set. "
        "May be given several times.",
        metavar="PATH",
    ),
]


def verify(
    inputs: options.AezInputs,
    against: Against = None,
    model: options.ExtraModel = None,
    recursive: options.Recursive = False,
    fit: data_options.Fit = False,
    invert: data_options.Invert = False,
    transpose: data_options.Transpose = False,
    split: data_options.Split = None,
    images: data_options.ImagesKey = None,
    skip_bad: options.SkipBad = False,
    jobs: options.Jobs = None,
    scheduler: options.Scheduler = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Check .aez files: every checksum, and that every image decodes to the pixels encoded.

    With --against also that a file holds exactly the images that it was made of, or what differs
    and by how much. Give -r and the options of how images are read as they were given to compress.
    """
    from aecodec.batch import (
        Reading,
        compare,
        cores,
        find_aez_files,
        find_originals,
        verify_all,
    )
    from aecodec.cli.comparison_report import finish_comparison

    options.check_model(model)
    if not against and (fit or invert or transpose or split or images or skip_bad):
        raise InvalidArgumentError(
            "--fit, --invert, --transpose, --split, --images and --skip-bad belong to --against"
        )
    with (
        options.workers(scheduler),
        find_aez_files(inputs, recursive=recursive) as found,
    ):
        options.tell_unentered(found.unentered)
        bar = options.bar("verifying", quiet=quiet)
        if against:
            if len(found.files) != 1 or found.failures:
                raise InvalidArgumentError("--against compares one .aez file; give it alone")
            originals = find_originals(
                against,
                Reading(fit, invert, transpose, split, images),
                recursive=recursive,
                skip_bad=skip_bad,
            )
            (file,) = found.files
            result = compare(
                file, originals, model, skip_bad=skip_bad, jobs=jobs or cores(), bar=bar
            )
            finish_comparison(result, originals, quiet=quiet, json=json)
            return
        reports = verify_all(found, model, jobs or cores(), bar)
    failures = [failure for report in reports for failure in report.failures]
    if json:
        rows = [{"path": r.path, "images": r.images, "ok": not r.failures} for r in reports]
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    elif not quiet:
        _tell(reports)
    options.finish(failures)


def _tell(reports: "Sequence[VerifyReport]") -> None:
    """Say in one line what is well."""
    good = [report for report in reports if not report.failures]
    images = counted(sum(report.images for report in good), "image")
    if good and len(reports) == 1:
        options.say(f"{good[0].path}: {images}, all well")
    elif good and len(good) == len(reports):
        options.say(f"{len(good):,} files with {images}, all well")
    elif good:
        options.say(f"{len(good):,} of {len(reports):,} files are well, with {images}")
