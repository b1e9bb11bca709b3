"""Options and output that several commands share."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from aecodec.batch.failure import Failure

MOST_FAILURES = 20

AezFiles = Annotated[
    list[Path],  # whether they can be read is told as any error, not as wrong usage
    typer.Argument(help=".aez files.", metavar="FILE...", readable=False),
]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", help="Where to write; '-' is standard output.", metavar="PATH"),
]
Force = Annotated[bool, typer.Option("-f", "--force", help="Overwrite what exists.")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Go on without image files that cannot be read.")
]
Jobs = Annotated[
    int | None, typer.Option("-j", "--jobs", min=1, help="Processes to use [default: all cores].")
]
Json = Annotated[bool, typer.Option("--json", help="Print a report as JSON on standard output.")]
Wide = Annotated[bool, typer.Option("--wide", help="Show all columns, however many.")]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="A family, a model's name, its id or its file.", metavar="MODEL"),
]
ExtraModel = Annotated[
    str | None,
    typer.Option(
        "--model", help="A model to look at first: its name, id or file.", metavar="MODEL"
    ),
]
LevelOption = Annotated[
    str | None, typer.Option("--level", help="The operating point.", metavar="LEVEL")
]


def printable(text: str) -> str:
    """A text with its control characters escaped: names may hold some."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Print a line for people, on standard error."""
    print(printable(text), file=sys.stderr)


def wrong_usage(message: str) -> typer.BadParameter:
    """The exception for what exits with 2."""
    return typer.BadParameter(message)


def check_model(extra: str | None) -> None:
    """Tell a wrong name of a model at once and once. Raises UnknownModelError."""
    if extra is not None:
        from aecodec.library import find_path

        find_path(extra)


def check_json(json_wanted: bool, output: str | None) -> None:
    """Refuse a report and a result that would both go to standard output."""
    if json_wanted and output == "-":
        raise wrong_usage("--json and '-o -' would both write to standard output")


def check_binary_output() -> None:
    """Refuse to write binary data to a terminal."""
    if sys.stdout.isatty():
        raise wrong_usage("binary data is not written to a terminal; use -o or a pipe")


def print_json(report: Any) -> None:
    """Print a JSON report on standard output."""
    import json

    print(json.dumps(report, indent=2))


def finish(failures: Sequence[Failure]) -> None:
    """Tell what failed, and exit with 1 if anything did."""
    for failure in failures[:MOST_FAILURES]:
        say(f"aecodec: {failure.message}")
    if len(failures) > MOST_FAILURES:
        say(f"aecodec: and {len(failures) - MOST_FAILURES} more; --json lists them all")
    if failures:
        raise typer.Exit(1)


def failure_rows(failures: Sequence[Failure]) -> list[dict[str, str]]:
    """Failures for a JSON report."""
    return [{"path": failure.path, "message": failure.message} for failure in failures]


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Any]:
    """A progress bar on a terminal's standard error, for batches; yields a function or None."""
    if total < 2 or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.advance(task, done)


def bytes_text(count: int) -> str:
    """A size for people."""
    return f"{count:,} bytes" if count != 1 else "1 byte"
