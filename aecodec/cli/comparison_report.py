"""What `aecodec verify --against` says: what is equal, what differs and by how much."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from aecodec.cli import options
from aecodec.cli.table import Column, print_table
from aecodec.errors import counted

if TYPE_CHECKING:
    from aecodec.batch import Comparison, Originals

MOST_SHOWN = 20
DIFFERENCES = (
    Column("image"),
    Column("difference"),
    Column("MSE", ".6f"),
    Column("greatest", ",d"),
)


def finish_comparison(
    report: "Comparison", originals: "Originals", *, quiet: bool, json: bool
) -> None:
    """Print a comparison, and exit with 1 unless the file holds exactly the originals."""
    if json:
        options.print_json(_json(report))
    elif not quiet:
        _print_differences(report)
        for line in _lines(report, originals):
            options.say(line)
    options.finish(report.failures)
    if not report.exact:
        raise typer.Exit(1)


def _print_differences(report: "Comparison") -> None:
    """A table of the first missing and extra images, and of the worst that differ."""
    rows: list[tuple[str | float | None, ...]] = [
        *((name, "missing", None, None) for name in report.missing_names),
        *((name, "extra", None, None) for name in report.extra_names),
        *((one.name, "pixels", one.mse, one.greatest) for one in report.worst),
    ]
    if rows:
        print_table(DIFFERENCES, rows[:MOST_SHOWN])


def _lines(report: "Comparison", originals: "Originals") -> Iterator[str]:
    if report.failures and not report.images:
        return  # it could not be opened, as its failures tell
    unlike = report.different + report.missing + report.extra
    if unlike > MOST_SHOWN:
        yield f"{unlike - MOST_SHOWN:,} more are not shown; --json lists up to 1,000 of each sort"
    how = "names" if report.by_name else "order"
    if report.exact and report.originals:
        images = counted(report.originals, "image")
        yield f"{report.path}: holds exactly the {images} of {report.against}, by {how}"
    else:
        yield f"{report.path} against {report.against}, by {how}: " + ", ".join(_counts(report))
    if report.different:
        worst = report.worst[0]
        lossy = "lossy: " if report.lossy else ""
        yield (
            f"{lossy}MSE {report.mse:.6f} of the {report.different:,} that differ, "
            f"worst {worst.mse:.6f} ({worst.name})"
        )
    if report.skipped:
        yield f"not compared: {counted(len(report.skipped), 'file')} (cannot be read)"
    if (sources := originals.sources) is None:
        return
    if sources.others:
        yield f"not compared: {counted(sources.others, 'file')} (of no image format)"
    if sources.unentered:
        yield f"not compared: {counted(sources.unentered, 'folder')} inside (use -r)"
    if sources.loops:
        yield f"not compared: {counted(len(sources.loops), 'link')} (to a folder above)"


def _counts(report: "Comparison") -> Iterator[str]:
    yield f"{report.equal:,} of {counted(report.originals, 'original')} equal"
    for count, what in (
        (report.different, "different"),
        (report.missing, "missing"),
        (report.extra, "extra"),
    ):
        if count:
            yield f"{count:,} {what}"
    if bad := len(report.failures):
        yield counted(bad, "failure")


def _json(report: "Comparison") -> dict[str, Any]:
    return {
        "path": report.path,
        "against": report.against,
        "exact": report.exact,
        "lossy": report.lossy,
        "matched_by": "name" if report.by_name else "order",
        "images": report.images,
        "originals": report.originals,
        "equal": report.equal,
        "different": report.different,
        "missing": report.missing,
        "extra": report.extra,
        "mse_of_different": report.mse,
        "differences": [
            {"name": one.name, "mse": one.mse, "greatest": one.greatest} for one in report.worst
        ],
        "missing_names": report.missing_names,
        "extra_names": report.extra_names,
        "skipped": options.failure_rows(report.skipped),
        "failures": options.failure_rows(report.failures),
    }
