"""What the commands that write archives from archives share."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import options
from aecodec.errors import counted

if TYPE_CHECKING:
    from aecodec.batch import ArchiveReport

Output = Annotated[
    str,
    typer.Option("-o", "--output", help="The archive; '-' is standard output.", metavar="PATH"),
]
NoLabels = Annotated[bool, typer.Option("--no-labels", help="Leave labels out.")]
NoMetadata = Annotated[bool, typer.Option("--no-metadata", help="Leave metadata out.")]


def tell(reports: "Sequence[ArchiveReport]", *, quiet: bool) -> None:
    """Say in a line an archive what was written."""
    for report in reports:
        if quiet or report.output == "-":
            continue
        size = f"{counted(report.images, 'image')} in {options.bytes_text(report.file_bytes)}"
        for note in report.notes:
            options.say(f"aecodec: {note}")
        there = ", there already" if report.present else ""
        options.say(f"{report.output}: {size}{there}")


def row(report: "ArchiveReport") -> dict[str, object]:
    """A report for JSON."""
    return asdict(report)
