"""`aecodec decompress`: .aez files into PNG files."""

from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import options
from aecodec.cli.numbers import number_range
from aecodec.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aecodec.batch import DecompressReport


def decompress(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help=".aez files, folders of them, or '-'; or one .aez file and names or patterns "
            "of the images to take.",
            metavar="INPUT... [NAME...]",
        ),
    ],
    output: options.Output = None,
    label: options.Label = None,
    split: Annotated[
        str | None, typer.Option("--split", help="Only images of this split.", metavar="NAME")
    ] = None,
    numbers: Annotated[
        slice | None,
        typer.Option(
            "--range",
            parser=number_range,
            help="Only images of these numbers, from 0: 100:200, :100 or 100:.",
            metavar="FIRST:END",
        ),
    ] = None,
    originals: Annotated[
        bool,
        typer.Option(
            "--originals",
            help="Write, as black-and-white PNG files, the originals that images were reduced "
            "from, where they are coded by one.",
        ),
    ] = False,
    model: options.ExtraModel = None,
    force: Annotated[
        bool,
        typer.Option(
            "-f",
            "--force",
            help="Replace earlier results, and in the very place that -o names any file.",
        ),
    ] = False,
    recursive: options.Recursive = False,
    jobs: options.Jobs = None,
    scheduler: options.Scheduler = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Rebuild the images of .aez files as PNG files, or as a data set.

    x.aez becomes x.decoded.png where it holds one image without a name, else a folder x-decoded;
    standard input goes to standard output. '-o x.png' names the file for one image, any other -o
    a folder. '-o x.npz', '.npy', '.idx', '.csv', '.zip' or '.parquet' makes a data set, with labels
    and splits. Images that are there already are left as they are.
    """
    from aecodec.batch import (
        Selection,
        Settings,
        cores,
        decompress_all,
        find_aez_files,
        split_names,
    )

    files, names = split_names(inputs)
    options.check_json(json, output or ("-" if files == ["-"] else None))
    options.check_model(model)
    selection = Selection(tuple(names), label, split, numbers)
    settings = Settings(output, model, force, jobs or cores(), selection, originals)
    with (
        options.workers(scheduler),
        find_aez_files(files, recursive=recursive) as found,
    ):
        options.tell_unentered(found.unentered)
        reports = decompress_all(found, settings, options.bar("decompressing", quiet=quiet))
    if json:
        rows = [_row(report) for report in reports]
        options.print_json(rows[0] if len(rows) == 1 else {"reports": rows})
    elif not quiet:
        _tell(reports, output)
    options.finish([failure for report in reports for failure in report.failures])


def _row(report: "DecompressReport") -> dict[str, object]:
    return {
        "output": report.output,
        "images": report.images,
        "present": report.present,
        "replaced": report.replaced,
        "without_original": report.without,
        "file_bytes": report.file_bytes,
        "notes": report.notes,
        "failures": options.failure_rows(report.failures),
    }


def _tell(reports: "Sequence[DecompressReport]", output: str | None) -> None:
    """Say in one line what was written, and what was there already."""
    from aecodec.batch import DecompressReport

    total = DecompressReport(output or f"{len(reports):,} .aez files")
    for report in reports:
        total.merge(report)
    if len(reports) == 1:
        total.output = reports[0].output
    parts = []
    if total.images:
        beside = " beside them" if len(reports) > 1 and output is None else ""
        parts.append(f"{counted(total.images, 'image')} written{beside}")
    if total.replaced:
        files = counted(total.replaced, "file")
        parts.append(f"replacing {files} that aecodec had not written")
    if total.present:
        noun = "" if total.images else " image" if total.present == 1 else " images"
        parts.append(f"{total.present:,}{noun} there already")
    if total.without:
        parts.append(f"{counted(total.without, 'image')} without an original")
    if parts and total.output != "-":
        options.say(f"{total.output}: {', '.join(parts)}")
    for note in dict.fromkeys(note for report in reports for note in report.notes):
        options.say(f"aecodec: {note}")
