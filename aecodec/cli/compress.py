"""`aecodec compress`: images into .aez files."""

import typer

from aecodec.cli import compress_options as own
from aecodec.cli import options


def compress(
    inputs: own.Inputs,
    output: options.Output = None,
    level: own.Level = None,
    model: own.Model = None,
    embed_model: own.EmbedModel = False,
    force: options.Force = False,
    recursive: options.Recursive = False,
    jobs: options.Jobs = None,
    scheduler: options.Scheduler = None,
    names: own.Names = None,
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
    chunk_images: own.ChunkImages = 1024,
    strict: own.Strict = False,
    verbose: options.Verbose = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Compress 28x28 grey images into .aez files.

    '-o x.aez' makes one archive of all inputs; any other -o is a folder that gets a file for each
    input file or, with --scheduler, the parts of one archive. Without -o, a folder becomes an
    archive beside it and a file an .aez file beside it. A data set becomes one archive, in its
    order.
    """
    from aecodec.batch import Form, Reading, compress_all, compress_targets, cores
    from aecodec.cli.compress_report import json_report, tell
    from aecodec.distortion import squared_error_bound
    from aecodec.selection import make_plan

    groups = compress_targets(inputs, output, parts=scheduler is not None)
    options.check_json(json, stdout=any(target.form is Form.STDOUT for _, target in groups))
    bound = squared_error_bound(max_mse, min_psnr)
    plan = make_plan(level, model, effort, bound, embed=embed_model).with_chunks(chunk_images)

    with options.workers(scheduler):
        reports = compress_all(
            groups,
            plan,
            Reading(fit, invert, transpose, split, images, skip_bad, labels),
            recursive=recursive,
            read_stdin=options.read_stdin,
            names=names,
            overwrite=force,
            jobs=jobs or cores(),
            bar=options.bar("compressing", quiet=quiet),
        )
    if json:
        options.print_json(json_report(reports))
    elif not quiet:
        tell(reports, verbose=verbose)
    options.finish([failure for report in reports for failure in report.failures])
    if strict and any(report.outliers for report in reports):
        raise typer.Exit(1)
