"""`aecodec bench`: our models beside the image codecs and compressors of everybody else."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from aecodec.cli import options


def _picture(flag: str, what: str) -> Any:
    return typer.Option(flag, help=f"Draw {what}, as PNG.", metavar="FILE.png")


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
            metavar="FILE",
        ),
    ] = None,
    plot: Annotated[Path | None, _picture("--plot", "a sample, decoded, and its errors")] = None,
    rd: Annotated[Path | None, _picture("--rd", "the rate-distortion curves")] = None,
    compare: Annotated[
        Path | None, _picture("--compare", "the same images at about the same bytes")
    ] = None,
    skip_bad: options.SkipBad = False,
    wide: options.Wide = False,
    force: options.Force = False,
) -> None:
    """Compare size, reconstruction error and speed on your images.

    By default the family that fits the images, PNG and the codecs that are quick are measured, on
    at most 300 images, which takes about half a minute. The codecs are those of the installed
    packages: pip install 'aecodec[bench]' brings all, and the pictures.
    """
    import json as json_module

    from aecodec import bench as benchmark
    from aecodec.batch import atomic_file
    from aecodec.cli.bench_progress import bench_progress
    from aecodec.cli.bench_report import print_report
    from aecodec.cli.targets import check_targets
    from aecodec.datasets import load_dataset, skip_note
    from aecodec.errors import InvalidImageError
    from aecodec.library import search_path
    from aecodec.plotting import pyplot

    printed = str(json) == "-"
    check_targets((None if printed else json, plot, rd, compare), overwrite=force)
    if plot or rd or compare:
        pyplot()  # before the work, not after
    loaded = load_dataset(data, skip_bad=skip_bad)
    if loaded.skipped:
        options.say(skip_note(loaded.skipped))
    if not len(loaded):
        raise InvalidImageError("holds no images", data)
    name = Path(data).resolve().name
    chosen = benchmark.sample(len(loaded), everybody=everybody)
    images = loaded.images[chosen]
    digits = benchmark.digits_of(loaded.labels, loaded.class_names)
    digits = None if digits is None else digits[chosen]
    with bench_progress() as watch:
        peers, skipped = benchmark.gather(images, model, everybody=everybody)
        report, decoded = benchmark.run(
            images, digits, peers, skipped, everybody=everybody, watch=watch
        )
    if not any(peer.kind == benchmark.OURS for peer in peers):
        searched = ", ".join(map(str, search_path()))
        options.say(f"No models are installed, so only the others run; searched {searched}")
    report["data"] = {
        "path": data,
        "images": len(loaded),
        "measured": len(images),
        "skipped": len(loaded.skipped),
    }
    for row in report["codecs"]:
        row["worst_image"] = chosen[row["worst_image"]]
    if printed:
        options.print_json(report)
    else:
        print_report(report, wide=wide, everybody=everybody)
    if json and not printed:
        with atomic_file(json, overwrite=force) as file:
            file.write(json_module.dumps(report, indent=2).encode())
    fitting, rows = benchmark.fitting(peers, report["codecs"])
    shown = {peer.name: decoded[peer.name] for peer in fitting if peer.name in decoded}
    of_all = "" if len(images) == len(loaded) else f"of the {len(loaded):,} "
    title = f"{len(images):,} {of_all}images of {name}"
    drawings: tuple[tuple[Path | None, Callable[[BinaryIO], None]], ...] = (
        (plot, lambda file: benchmark.draw_reconstructions(file, images, shown, rows)),
        (rd, lambda file: benchmark.draw_rates(file, rows, title)),
        (compare, lambda file: benchmark.draw_comparison(file, images, digits, fitting, rows)),
    )
    for picture, draw in drawings:
        if picture:
            with atomic_file(picture, overwrite=force) as file:
                draw(file)
            options.say(f"{picture}: written")
