"""What `aecodec bench --speed` prints."""

from collections.abc import Iterator, Sequence
from typing import Any

from aecodec.bench import LEAST_MSE, OURS, fastest_way
from aecodec.cli.bench_report import skipped_notes
from aecodec.cli.table import Column, Value, print_note, print_table

COLUMNS = (
    Column("codec"),
    Column("effort", ".0f"),
    Column("bytes", ".1f", rank=1),
    Column("MSE", ".4f", rank=2),
    Column("enc/s", ",.0f"),
    Column("x PNG", ".3g", rank=3),
    Column("dec/s", ",.0f"),
    Column("x PNG", ".3g", rank=3),
    Column("enc/s plain", ",.0f", rank=4),
    Column("dec/s plain", ",.0f", rank=4),
)
EQUAL = (
    Column("codec"),
    Column("effort", ".0f"),
    Column("bytes", ".1f"),
    Column("enc/s", ",.0f"),
    Column("dec/s", ",.0f"),
)

Row = dict[str, Any]


def print_speed(report: Row, *, wide: bool = False) -> None:
    """Print a report of `aecodec.bench.SpeedResult`.

    Args:
        report: The report.
        wide: Show all columns.
    """
    data = report["data"]
    title = f"{data['path']}: images a second of CPU time, on {data['measured']:,} images"
    _print_rates(report["speed"], title, wide)
    _print_equal(report["equal_mse"], wide)
    for way, what in (("encode_s", "encoding"), ("decode_s", "decoding")):
        _print_growth(report["growth"], way, f"Milliseconds of {what} by the number of images")
    for note in notes(report):
        print_note(note)


def _print_rates(rows: Sequence[Row], title: str, wide: bool) -> None:
    plain = {(row["name"], row["effort"]): row for row in rows if row["numba"] is False}
    compiled = any(row["numba"] for row in rows)
    cells: list[Sequence[Value]] = []
    kind = None
    for row in fastest_way(rows):
        if kind not in (None, row["kind"]):
            cells.append(())
        kind = row["kind"]
        without = plain.get((row["name"], row["effort"])) if compiled else None
        cells.append(_cells(row, without))
    columns = COLUMNS if compiled else COLUMNS[:-2]
    cells = [row[: len(columns)] for row in cells]
    print_table(columns, cells, title=title, wide=wide)
    print()


def _cells(row: Row, plain: Row | None) -> list[Value]:
    mse = row["mse"] if row["mse"] >= LEAST_MSE else "exact" if not row["mse"] else f"<{LEAST_MSE}"
    return [
        row["name"],
        row["effort"],
        row["bytes_per_image"],
        mse,
        row["encode_images_per_s"],
        row["encode_x_png"],
        row["decode_images_per_s"],
        row["decode_x_png"],
        plain and plain["encode_images_per_s"],
        plain and plain["decode_images_per_s"],
    ]


def _print_equal(rows: Sequence[Row], wide: bool) -> None:
    shown = [row for row in fastest_way(rows) if row["bytes"] is not None]
    if not shown:
        return
    cells: list[Sequence[Value]] = [
        [
            row["codec"],
            row["effort"],
            f"{row['bytes']:.1f}*" if row["bound"] else row["bytes"],
            row["encode_images_per_s"],
            row["decode_images_per_s"],
        ]
        for row in shown
    ]
    print_table(EQUAL, cells, title=f"At equal error, MSE {shown[0]['mse']:g}", wide=wide)
    if any(row["bound"] for row in shown):
        print_note("*: its smallest file, which is better than that.")
    print()


def _print_growth(rows: Sequence[Row], way: str, title: str) -> None:
    sizes = sorted({row["images"] for row in rows})
    times = {(row["name"], row["images"]): 1000 * row[way] for row in rows}
    columns = (Column("codec"), *(Column(f"{size:,}", ",.1f") for size in sizes))
    cells = [
        [name, *(times.get((name, size)) for size in sizes)]
        for name in dict.fromkeys(row["name"] for row in rows)
    ]
    print_table(columns, cells, title=title, wide=True)
    print()


def notes(report: Row) -> Iterator[str]:
    """Sentences that belong under the tables.

    Args:
        report: As `print_speed` takes it.

    Yields:
        A sentence or a few.
    """
    pace = report["pace"]
    yield (
        "enc/s and dec/s: images a second of CPU time on one core, the best of "
        f"{pace['rounds'] + 1} rounds in which every codec had its turn. Ours code all images "
        "into one archive, the others each into a file, in memory. x PNG: as a multiple of png's."
    )
    yield (
        f"Rounds after the first encode for {pace['seconds']:g} s at most. Times of more and more "
        f"images end where the next would take more than {pace['growth']:g} s; ours are at the "
        "default effort, and images are repeated where the data set has fewer."
    )
    if any(row["numba"] for row in report["speed"]):
        version = report["versions"].get("numba", "")
        yield f"Ours with numba {version}, its loops loaded before; plain: without it."
    elif any(row["kind"] == OURS for row in report["speed"]):
        yield "Ours without numba: pip install 'aecodec[fast]' brings it."
    if report["blas_threads"] != "1":
        yield f"BLAS may use {report['blas_threads'] or 'several'} threads; CPU time counts all."
    yield from skipped_notes(report["skipped"])
