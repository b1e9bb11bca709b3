"""`aecodec split`: an .aez file into several, without coding an image again."""

from typing import Annotated

import typer

from aecodec.cli import archive_options as own
from aecodec.cli import options
from aecodec.cli.numbers import whole


def split(
    source: Annotated[str, typer.Argument(help="An .aez file, or '-'.", metavar="INPUT")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="A folder for the parts.", metavar="FOLDER"),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="split (unasked) or label: a part for each.", metavar="WHAT"),
    ] = None,
    part_images: Annotated[
        int | None,
        typer.Option("--part-images", parser=whole(1), help="Parts of N images each.", metavar="N"),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Split an .aez file into several archives: by split, by label, or into parts of N images.

    x.aez becomes x-train.aez, x-test.aez and so on, beside it or in the folder that -o names. No
    image is coded again, and no pixel changes. 'aecodec join' makes one archive of them again.
    """
    from aecodec.batch import find_aez_files, split

    if source == "-" and output is None:
        raise options.wrong_usage("with '-', say with -o where the parts go")
    with find_aez_files([source]) as found:
        if found.failures or not found.lone:
            options.finish(found.failures)
            raise options.wrong_usage(f"{source} is a folder; name one .aez file")
        path = found.files[0].path
        reports = split(path, output, by=by, part_images=part_images, overwrite=force)
    if json:
        options.print_json({"parts": [own.row(report) for report in reports]})
    own.tell(reports, quiet=quiet or json)
