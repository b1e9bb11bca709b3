"""`aecodec bench`: every installed model beside the codecs and archivers of everybody else."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from aecodec.cli import options


def _picture(flag: str, what: str) -> Any:
    return typer.Option(flag, help=f"Draw {what}, as PNG.", metavar="FILE.png")


def bench(
    data: Annotated[str, typer.Argument(help="A folder of images, an IDX, npy or npz file.")],
    model: options.ModelOption = None,
    json: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="Write the report as JSON; '-' prints it, instead of the table.",
            metavar="FILE",
        ),
    ] = None,
    plot: Annotated[Path | None, _picture("--plot", "a sample, decoded, and its errors")] = None,
    rd: Annotated[Path | None, _picture("--rd", "the rate-distortion curves")] = None,
    compare: Annotated[
        Path | None, _picture("--compare", "the same images at about the same bytes")
    ] = None,
    skip_bad: options.SkipBad = False,
    force: options.Force = False,
) -> None:
    """Compare ratio, reconstruction error and speed on your images.

    --model keeps to one model; without it every installed model is measured. The peers are
    those of the installed packages: pip install 'aecodec[bench]' brings all, and the plots.
    """
    import json as json_module

    from aecodec.batch.sinks import atomic_file
    from aecodec.bench import plots, rd_plot
    from aecodec.bench.measure import digits_of
    from aecodec.bench.report import print_table
    from aecodec.bench.run import gather, run
    from aecodec.cli.targets import check_targets
    from aecodec.datasets import load_dataset, skip_note
    from aecodec.errors import InvalidImageError
    from aecodec.library import installed, search_path

    printed = str(json) == "-"
    check_targets((None if printed else json, plot, rd, compare), overwrite=force)
    if plot or rd or compare:
        plots.pyplot()  # before minutes of measuring, not after
    loaded = load_dataset(data, skip_bad=skip_bad)
    if loaded.skipped:
        options.say(skip_note(loaded.skipped))
    if not len(loaded):
        raise InvalidImageError(f"{data}: holds no images.")
    images, digits = loaded.images, digits_of(loaded.labels, loaded.class_names)
    models = [model] if model else list(installed())
    if not models:
        searched = ", ".join(map(str, search_path()))
        options.say(f"No models are installed, so only the others run; searched {searched}")
    peers, skipped = gather(images, models)
    with options.progress_bar("measuring", len(peers)) as progress:
        report, decoded = run(images, digits, peers, progress)
    report |= {
        "data": {"path": data, "images": len(images), "skipped": len(loaded.skipped)},
        "skipped": skipped,
    }
    if printed:
        options.print_json(report)
    else:
        print_table(report)
    if json and not printed:
        with atomic_file(json, overwrite=force) as file:
            file.write(json_module.dumps(report, indent=2).encode())
    rows, title = report["codecs"], f"{len(images):,} images of {Path(data).name}"
    drawings: tuple[tuple[Path | None, Callable[[BinaryIO], None]], ...] = (
        (plot, lambda file: plots.draw_reconstructions(file, images, decoded, rows)),
        (rd, lambda file: rd_plot.draw_rates(file, rows, title)),
        (compare, lambda file: plots.draw_comparison(file, images, digits, peers, rows)),
    )
    for picture, draw in drawings:
        if picture:
            with atomic_file(picture, overwrite=force) as file:
                draw(file)
            options.say(f"{picture}: written")
