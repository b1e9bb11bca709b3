"""`aecodec join`: .aez files into one, without coding an image again."""

from typing import Annotated

import typer

from aecodec.cli import archive_options as own
from aecodec.cli import options


def join(
    inputs: options.AezInputs,
    output: own.Output,
    names: Annotated[
        str,
        typer.Option(
            "--names",
            metavar="HOW",
            help="keep; folders: put those of each file below a folder called as it is; or none.",
        ),
    ] = "keep",
    splits: Annotated[
        str,
        typer.Option(
            "--splits",
            metavar="HOW",
            help="keep; merge: those of one name become one; files: each file is a split called "
            "as it is; or none.",
        ),
    ] = "keep",
    no_labels: own.NoLabels = False,
    no_metadata: own.NoMetadata = False,
    force: options.Force = False,
    recursive: options.Recursive = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Join .aez files into one archive. No image is coded again, and no pixel changes.

    Images without names stand in the order of the files, images with names in that of their
    names. Labels, splits and metadata are joined; where they do not fit together, the error says
    which option helps.
    """
    from aecodec.batch import find_aez_files, join

    options.check_json(json, output)
    with find_aez_files(inputs, recursive=recursive) as found:
        options.tell_unentered(found.unentered)
        if found.failures:
            options.finish(found.failures)
        report = join(
            [file.path for file in found.files],
            output,
            names=names,
            splits=splits,
            labels=not no_labels,
            metadata=not no_metadata,
            overwrite=force,
        )
    if json:
        options.print_json(own.row(report))
    own.tell([report], quiet=quiet or json)
