"""`aecodec explore`: a model's latent space, as an interactive page and as a figure."""

from pathlib import Path
from typing import Annotated

import typer

from aecodec.cli import data_options, options
from aecodec.storage import to_path


def explore(
    data: Annotated[
        str | None,
        typer.Argument(
            help=f"{options.DATA_HELP[:-1]} [default: 3,000 MNIST digits].",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="The page to write.", parser=to_path, metavar="FILE.html"
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure", help="Draw the latent space, as PNG.", parser=to_path, metavar="FILE.png"
        ),
    ] = None,
    model: options.ModelOption = None,
    level: options.LevelOption = None,
    fit: data_options.Fit = False,
    invert: data_options.Invert = False,
    transpose: data_options.Transpose = False,
    split: data_options.Split = None,
    images: data_options.ImagesKey = None,
    labels: data_options.LabelsKey = None,
    skip_bad: options.SkipBad = False,
    force: options.Force = False,
) -> None:
    """Show a model's latent space, by default that of mnist-classic.

    The page is one HTML file that needs no server and no network. It decodes the point under the
    cursor, codes what you draw, and opens PNG and .aez files. Points are coloured by label, or by
    the folder that their images lie in; at most 5,000 are shown. --figure needs the [bench] extra.
    """
    from aecodec.batch import atomic_file
    from aecodec.cli.targets import check_targets
    from aecodec.datasets import Options, skip_note
    from aecodec.explore import build_page, draw_figure, load_sample, shown_codec

    if output is None and figure is None:
        raise options.wrong_usage(
            "name the page with -o FILE.html, a figure with --figure, or both"
        )
    check_targets((output, figure), overwrite=force)
    codec = shown_codec(level, model)
    reading = Options(fit, invert, transpose, skip_bad, images, labels)
    sample = load_sample(data, options=reading, split=split)
    if sample.skipped:
        options.say(skip_note(sample.skipped))
    if output:
        page = build_page(codec, sample)
        with atomic_file(output, overwrite=force) as file:
            file.write(page)
        options.say(f"{output}: written, {len(sample):,} images, {len(page) / 1e6:.1f} MB")
    if figure:
        with atomic_file(figure, overwrite=force) as file:
            draw_figure(file, codec, sample)
        options.say(f"{figure}: written")
