"""`aecodec bench`: our models beside the image codecs and compressors of everybody else."""

from pathlib import Path
from typing import Annotated, Any

import typer

from aecodec.cli import data_options, options
from aecodec.storage import to_path


def _picture(flag: str, what: str) -> Any:
    return typer.Option(flag, help=f"Draw {what}, as PNG.", parser=to_path, metavar="FILE.png")


def bench(
    data: Annotated[str, typer.Argument(help=options.DATA_HELP)],
    model: options.ModelOption = None,
    everybody: Annotated[
        bool,
        typer.Option("--all", help="Measure on all images, all families and slow codecs too."),
    ] = False,
    json: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="Write the report as JSON; '-' prints it, instead of the tables.",
            parser=to_path,
            metavar="FILE",
        ),
    ] = None,
    speed: Annotated[
        bool,
        typer.Option(
            "--speed", help="Measure speed alone, thoroughly: every effort, beside other codecs."
        ),
    ] = False,
    plot: Annotated[
        Path | None,
        _picture("--plot", "a sample, decoded, and its errors; with --speed, speed against bytes"),
    ] = None,
    rd: Annotated[Path | None, _picture("--rd", "the rate-distortion curves")] = None,
    compare: Annotated[
        Path | None, _picture("--compare", "the same images at about the same bytes")
    ] = None,
    fit: data_options.Fit = False,
    invert: data_options.Invert = False,
    transpose: data_options.Transpose = False,
    split: data_options.Split = None,
    images: data_options.ImagesKey = None,
    labels: data_options.LabelsKey = None,
    skip_bad: options.SkipBad = False,
    wide: options.Wide = False,
    force: options.Force = False,
) -> None:
    """Compare size, reconstruction error and speed on your images.

    By default the family that fits the images, the family any, PNG and the codecs that are quick
    are measured, on at most 300 images, which takes about half a minute. The codecs are those of
    the installed packages: pip install 'aecodec[bench]' brings all, and the pictures.

    With --speed every level of that family is timed at every effort beside the usual codecs, on
    at most 300 images, which takes some minutes; with --all on 2,000.
    """
    import json as json_module

    from aecodec import bench as benchmark
    from aecodec.batch import atomic_file
    from aecodec.cli.bench_progress import bench_progress
    from aecodec.cli.bench_report import print_report
    from aecodec.cli.speed_report import print_speed
    from aecodec.cli.targets import check_targets
    from aecodec.datasets import Options, skip_note
    from aecodec.library import search_path
    from aecodec.plotting import pyplot

    if speed and (rd or compare):
        raise options.wrong_usage("--speed has one picture: --plot")
    printed = str(json) == "-"
    check_targets((None if printed else json, plot, rd, compare), overwrite=force)
    if plot or rd or compare:
        pyplot()  # before the work, not after
    reading = Options(fit, invert, transpose, skip_bad, images, labels)
    sample = benchmark.load_sample(data, reading, split, everybody=everybody or speed)
    if sample.skipped:
        options.say(skip_note(sample.skipped))
    kind = benchmark.SpeedResult if speed else benchmark.Result
    with bench_progress() as watch:
        result = kind(sample, model, everybody=everybody, watch=watch)
    if not any(row["kind"] == benchmark.OURS for row in result.rows):
        searched = ", ".join(map(str, search_path()))
        options.say(f"No models are installed, so only the others run; searched {searched}")
    if printed:
        options.print_json(result.report)
    elif speed:
        print_speed(result.report, wide=wide)
    else:
        print_report(result.report, wide=wide, everybody=everybody)
    if json and not printed:
        with atomic_file(json, overwrite=force) as file:
            file.write(json_module.dumps(result.report, indent=2).encode())
    for name, picture in (("plot", plot), ("rd", rd), ("compare", compare)):
        if picture:
            with atomic_file(picture, overwrite=force) as file:
                result.draw(name, file)
            options.say(f"{picture}: written")
