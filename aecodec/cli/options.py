"""Options and output that several commands share."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aecodec.cli.numbers import whole
from aecodec.errors import AecodecError, counted, printable
from aecodec.levels import LEVELS

if TYPE_CHECKING:
    from aecodec.batch import Failure

MOST_FAILURES = 20
DATA_HELP = "Images in a folder, IDX, npy, npz, CSV, zip, tar or parquet."
FEW_ALIKE = 3  # failures of the same kind that get a line each

AezInputs = Annotated[
    list[str], typer.Argument(help=".aez files, folders of them, or '-'.", metavar="INPUT...")
]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", help="Where to write; '-' is standard output.", metavar="PATH"),
]
Label = Annotated[
    str | None,
    typer.Option("--label", help="Only images of this label or class.", metavar="LABEL"),
]
Force = Annotated[bool, typer.Option("-f", "--force", help="Overwrite what exists.")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Go on without image files that cannot be read.")
]
Recursive = Annotated[
    bool, typer.Option("-r", "--recursive", help="Enter the folders inside folders.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "-j", "--jobs", parser=whole(1), metavar="N", help="Processes to use [default: all cores]."
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="Let the workers of a Dask cluster do it, by the address of its scheduler.",
        metavar="ADDRESS",
    ),
]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say all there is to say.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but what failed.")]
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
    str | None,
    typer.Option(
        "--level",
        help=f"How small or how exact: {', '.join(f'{row.name} ({row.about})' for row in LEVELS)}.",
        metavar="LEVEL",
    ),
]


def say(text: str) -> None:
    """Print a line for people, on standard error; a terminal gets it broken between words."""
    text = printable(text)
    if sys.stderr.isatty():
        import os
        import textwrap

        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        text = textwrap.fill(
            text,
            max(columns, 20),
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    sys.stderr.write(f"{text}\n")  # at once: `print` can be interrupted before it ends the line


def wrong_usage(message: str) -> typer.BadParameter:
    """The exception for what exits with 2."""
    return typer.BadParameter(message)


def check_model(extra: str | None) -> None:
    """Tell a wrong name of a model at once and once. Raises UnknownModelError."""
    if extra is not None:
        from aecodec.library import find_path

        find_path(extra)


def check_json(json_wanted: bool, output: str | None = None, *, stdout: bool = False) -> None:
    """Refuse a report and a result that would both go to standard output."""
    if json_wanted and (stdout or output == "-"):
        raise wrong_usage("--json and '-o -' would both write to standard output")


def check_binary_output() -> None:
    """Refuse to write binary data to a terminal."""
    if sys.stdout.isatty():
        raise wrong_usage("binary data is not written to a terminal; use -o or a pipe")


def read_stdin() -> bytes:
    """Read an image from standard input: a byte more than one may have, if it has more."""
    from aecodec.files import MAX_FILE_BYTES

    return sys.stdin.buffer.read(MAX_FILE_BYTES + 1)


def print_json(report: Any) -> None:
    """Print a JSON report on standard output."""
    import json

    print(json.dumps(report, indent=2))


def finish(failures: Sequence["Failure"]) -> None:
    """Tell what failed, what failed alike in one line, and exit with 1 if anything did."""
    lines = list(_lines(failures))
    for line in lines[:MOST_FAILURES]:
        say(f"aecodec: {line}")
    if len(lines) > MOST_FAILURES:
        say(f"aecodec: and {len(lines) - MOST_FAILURES} more; --json lists them all")
    if failures:
        raise typer.Exit(1)


def _lines(failures: Sequence["Failure"]) -> Iterator[str]:
    """What to say of failures: a line for each path, or one for many of the same kind."""
    alike: dict[str, dict[str | None, None]] = {}
    for failure in failures:
        error = failure.error.at(failure.path)
        alike.setdefault(error.detail, {})[error.path] = None
    for detail, paths in alike.items():
        if len(paths) > FEW_ALIKE:
            paths = {f"{next(iter(paths))} and {len(paths) - 1:,} more": None}
        yield from (str(AecodecError(detail, path)) for path in paths)


def failure_rows(failures: Sequence["Failure"]) -> list[dict[str, str]]:
    """Failures for a JSON report."""
    return [{"path": failure.path, "message": failure.message} for failure in failures]


@contextmanager
def progress_bar(title: str, total: int, *, quiet: bool = False) -> Iterator[Any]:
    """A progress bar on a terminal's standard error, for batches; yields a function or None."""
    if quiet or total < 2 or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), Remaining())
    # drawn when something is done, not by a thread of its own: workers are forked from here
    settings: dict[str, Any] = {"transient": True, "auto_refresh": False}
    with Progress(*columns, console=Console(stderr=True), **settings) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, advance=done, refresh=True)


def bar(title: str, *, quiet: bool = False) -> Callable[[int], AbstractContextManager[Any]]:
    """A maker of progress bars, for work whose total is found out by those who do it."""
    return partial(progress_bar, title, quiet=quiet)


def workers(scheduler: str | None) -> AbstractContextManager[None]:
    """Let the workers of a cluster, where one is named, do what is begun in the block."""
    if scheduler is None:
        return nullcontext()
    import logging

    from aecodec import cluster

    logging.disable()  # Dask logs what comes as an error too
    return cluster.workers(scheduler)


def tell_unentered(folders: int) -> None:
    """Tell that folders inside folders were left out."""
    if folders:
        say(f"aecodec: {counted(folders, 'folder')} inside not entered; use -r")


def bytes_text(count: int) -> str:
    """A size for people."""
    return counted(count, "byte")
