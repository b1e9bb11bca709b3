"""The benchmark's report: tables for people, JSON for machines."""

import platform
import shlex
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from aecodec.bench.peers import ARCHIVE, LOSSY, OURS
from aecodec.bench.rates import FILES, ONE_SETTING, TARGETS

PACKAGES = (
    "aecodec",
    "numpy",
    "pillow",
    "msgpack",
    "typer",
    "imagecodecs",
    "pyoxipng",
    "zstandard",
)
SHOWN_SETTINGS = 3
WIDTH = 1000  # where there is no terminal: more than any table takes, so that nothing is cut
HEADS = (
    "one file",
    "x PNG",
    "archive",
    "x PNG",
    "payload",
    "x raw",
    "MSE",
    "PSNR",
    "SSIM",
    "worst\nMSE",
)

Row = dict[str, Any]


def environment() -> dict[str, Any]:
    """The machine and the versions that a figure depends on."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "processor": _processor(),
        },
        "versions": versions,
        "command": shlex.join(["aecodec", *sys.argv[1:]]),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a device, not a path
            lines = [line for line in file if line.startswith("model name")]
        return lines[0].partition(":")[2].strip()
    except (OSError, IndexError):
        return platform.processor()


def shown(rows: Sequence[Row]) -> list[Row]:
    """The rows of the table: of a lossy codec's settings the first, the middle and the last."""
    chosen = []
    for row in rows:
        settings = [r["name"] for r in rows if r["codec"] == row["codec"]]
        place, last = settings.index(row["name"]), len(settings) - 1
        many = row["kind"] == LOSSY and len(settings) > SHOWN_SETTINGS
        if not many or place in (0, last // 2, last):
            chosen.append(row)
    return chosen


def print_table(report: dict[str, Any]) -> None:
    """Print the rows as a table, the bytes at equal error, and what a reader must know."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(_codecs(report))
    if report["rate_distortion"]["equal_mse"]:
        console.print(_equal_errors(report["rate_distortion"]))
    for line in notes(report):
        print(line)


def _codecs(report: dict[str, Any]) -> Any:
    from rich.table import Table

    count, rows = report["data"]["images"], shown(report["codecs"])
    title = f"{count:,} images of {report['data']['path']}: bytes an image"
    table = Table(title=title, title_justify="left")
    table.add_column("codec", no_wrap=True)
    for head in (*HEADS, "read", "enc/s", "dec/s", "images"):
        table.add_column(head, justify="right", overflow="fold")
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        ends = after is not None and after["kind"] != row["kind"]
        table.add_row(*_cells(row, count), end_section=ends)
    return table


def _cells(row: Row, count: int) -> list[str]:
    """One row; an archive of single files is not shown again, nor is what says nothing."""
    archive = ["", "", "", ""]
    if row["kind"] in (OURS, ARCHIVE):
        payload = f"{row['payload_bytes_per_image']:.2f}" if row["kind"] == OURS else ""
        archive = [f"{row['bytes_per_image']:.2f}", f"{row['ratio_png']:.1f}", payload]
        archive.append(f"{row['ratio_raw']:.1f}")
    error = ["exact", "", "", "", ""]
    if row["mse"]:
        read = "" if row["accuracy"] is None else f"{row['accuracy']:.1%}"
        ssim, worst = f"{row['ssim']:.3f}", f"{row['worst_mse']:.4f}"
        error = [f"{row['mse']:.4f}", f"{row['psnr_db']:.1f}", ssim, worst, read]
    return [
        row["name"],
        f"{row['single_file_bytes']:.1f}",
        f"{row['ratio_png_single']:.1f}",
        *archive,
        *error,
        _speed(row["encode_images_per_s"]),
        _speed(row["decode_images_per_s"]),
        "" if row["images"] == count else f"{row['images']:,}",
    ]


def _speed(rate: float) -> str:
    return f"{rate / 1e6:.1f} M" if rate >= 1e6 else f"{rate:,.0f}"


def _equal_errors(comparison: dict[str, Any]) -> Any:
    """Rows of codecs, columns of errors, then our delta-rates against each."""
    from rich.table import Table

    deltas = [delta for delta in comparison["bjontegaard"] if delta["percent"] is not None]
    ours = list(dict.fromkeys((d["codec"], d["rate"]) for d in deltas))
    title = "Bytes an image at equal MSE" + (", and Bjontegaard delta-rates" if ours else "")
    table = Table(title=title, title_justify="left")
    table.add_column("codec", no_wrap=True)
    for head in (*(f"{mse:g}" for mse in TARGETS), "blank image"):
        table.add_column(head, justify="right", overflow="fold")
    for codec, rate in ours:
        head = f"BD-rate of\n{codec},\n{_what(rate)}"
        table.add_column(head, justify="right", overflow="fold")
    for row in comparison["equal_mse"]:
        cells = [_bytes_cell(at) for at in row["bytes_at_mse"].values()]
        own = row["codec"].startswith("aecodec")
        name = f"{row['codec']}, {_what(row['rate'])}" if own else row["codec"]
        percents = {(d["codec"], d["rate"]): d["percent"] for d in deltas if d["peer"] == name}
        table.add_row(
            name, *cells, str(row["blank_file_bytes"]), *map(_percent, map(percents.get, ours))
        )
    return table


def _what(rate: str) -> str:
    return "files" if rate == FILES else "archive"


def _bytes_cell(at: dict[str, Any]) -> str:
    if at["bound"] == "unreached":
        return "-"
    return f"{at['bytes']:.1f}" + (" floor" if at["bound"] else "")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.0f} %"


def notes(report: dict[str, Any]) -> list[str]:
    """Sentences that belong under the tables."""
    best = report["best_archive"]
    return [
        "one file: mean of one file an image, all headers included; archive: all images in one "
        "file; payload: the archive without its container; speeds: CPU time on one core, batches "
        "of 1,000; images: how many, where not all, evenly spread.",
        *_linear(report["codecs"]),
        *_reading(report),
        *_rates(report),
        f"Best archive of the raw pixels: {best['name']}, {best['bytes_per_image']:.1f} bytes "
        "an image.",
        *_models(report["codecs"]),
        *_skipped(report["skipped"]),
        _start_up(report["start_up"]),
    ]


def _start_up(start: dict[str, float] | None) -> str:
    if start is None:
        return "Start-up: not measured, since no model is installed that compresses by default."
    return (
        f"Start-up: a cold 'aecodec compress' of one PNG takes {start['compress_cpu_ms']:.0f} ms "
        f"of CPU time, its imports alone {start['imports_cpu_ms']:.0f} ms."
    )


def _linear(rows: Sequence[Row]) -> Iterator[str]:
    if any(row["codec"] == "pca" for row in rows):
        yield (
            "pca-K: K principal components of every other image, measured on the rest; K bytes an "
            "image, bare, without a file around them."
        )


def _reading(report: dict[str, Any]) -> Iterator[str]:
    accuracy = report["accuracy_original"]
    if accuracy is not None:
        yield f"read: the share that a classifier reads as labelled; originals: {accuracy:.2%}."
        if all(row["accuracy"] is None for row in report["codecs"]):
            yield "These are not the digits that it knows, so decoded images were not read."


def _rates(report: dict[str, Any]) -> Iterator[str]:
    deltas = report["rate_distortion"]["bjontegaard"]
    if report["rate_distortion"]["equal_mse"]:
        yield (
            "floor: its smallest file is already better; -: not reached; blank image: one file of "
            "a black image, most of it header."
        )
    if any(delta["percent"] is not None for delta in deltas):
        yield (
            "BD-rate: the mean difference in bytes at equal PSNR (Bjontegaard, VCEG-M33, piecewise "
            "cubic) where both codecs reach it; below 0 ours are fewer."
        )
    alone = {d["codec"] for d in deltas if d["reason"] == ONE_SETTING}
    yield from (f"{codec}: no BD-rate with only one level." for codec in sorted(alone))


def _models(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if "model_bytes" in row:
            pays = row["images_to_pay_for_model"]
            paid = f"pays for itself after {pays:,} PNGs" if pays else "never beats PNG here"
            side = "the components" if row["codec"] == "pca" else "the dictionary"
            what = "the model" if "model_id" in row else side
            yield f"{row['name']}: {what}: {row['model_bytes']:,} bytes, {paid}."
            if row.get("arithmetic") == "int64":
                yield f"{row['name']}: self-check failed, so int64 arithmetic was used."


def _skipped(skipped: Sequence[dict[str, str]]) -> Iterator[str]:
    missing = [s for s in skipped if s["reason"] == "not installed"]
    if missing:
        names = ", ".join(s["codec"] for s in missing)
        packages = ", ".join(sorted({s["package"] for s in missing}))
        yield f"Skipped: {names}; they need {packages}: pip install 'aecodec[bench]'."
    for skip in skipped:
        if skip not in missing:
            yield f"Skipped: {skip['codec']}: {skip['package']} cannot: {skip['reason']}."
