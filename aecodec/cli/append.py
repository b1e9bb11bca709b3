"""`aecodec append`: more images into an .aez file."""

from typing import Annotated

import typer

from aecodec.cli import archive_options, options
from aecodec.cli import compress_options as own


def append(
    archive: Annotated[str, typer.Argument(help="The .aez file.", metavar="ARCHIVE")],
    inputs: own.Inputs,
    label: Annotated[
        str | None,
        typer.Option("--label", help="The label of the new images.", metavar="LABEL"),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option("--into", help="The split that they belong to.", metavar="NAME"),
    ] = None,
    level: own.Level = None,
    model: own.Model = None,
    recursive: options.Recursive = False,
    jobs: options.Jobs = None,
    fit: own.Fit = False,
    invert: own.Invert = False,
    transpose: own.Transpose = False,
    split: own.Split = None,
    images: own.ImagesKey = None,
    labels: own.LabelsKey = None,
    skip_bad: own.SkipBad = False,
    effort: own.Effort = 2,
    max_mse: own.MaxMse = None,
    min_psnr: own.MinPsnr = None,
    verbose: options.Verbose = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Append images to an .aez file, coded as its own are. Those are not coded again.

    The file is written beside its place and renamed: an interrupted run leaves it as it was.
    """
    from aecodec.batch import Additions, Reading, append_files, cores
    from aecodec.cli.compress_report import json_report, tell

    if "-" in (archive, *inputs):
        raise options.wrong_usage("append takes no '-': name the archive and files of images")
    written, report = append_files(
        archive,
        inputs,
        Additions(level, model, effort, max_mse, min_psnr, label, into),
        Reading(fit, invert, transpose, split, images, skip_bad, labels),
        recursive=recursive,
        jobs=jobs or cores(),
        bar=options.bar("compressing", quiet=quiet),
    )
    report.output, report.outputs = archive, ["appended"]
    if json:
        report.outputs = [archive]
        added = json_report([report])
        options.print_json({**archive_options.row(written), "appended": added})
    elif not quiet:
        tell([report], verbose=verbose)
        archive_options.tell([written], quiet=False)
    options.finish(report.failures)
