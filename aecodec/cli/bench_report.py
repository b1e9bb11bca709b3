"""What `aecodec bench` prints: tables, and the sentences that belong under them."""

from collections.abc import Iterator, Sequence
from typing import Any

from aecodec.bench import (
    ARCHIVE,
    FILES,
    LEAST_MSE,
    LOSSLESS,
    LOSSY,
    ONE_SETTING,
    OURS,
    SLOW,
    TARGETS,
)
from aecodec.cli.table import Column, Value, print_note, print_table
from aecodec.levels import preference

SHOWN_SETTINGS = 3
CODECS = (
    Column("codec"),
    Column("one file", ".1f"),
    Column("x PNG", ".1f", rank=2),
    Column("archive", ".2f"),
    Column("archive x PNG", ".1f", rank=6),
    Column("payload", ".2f", rank=6),
    Column("x raw", ".1f", rank=7),
    Column("bits per pixel", ".2f", rank=1),
    Column("MSE", ".4f"),
    Column("PSNR", ".1f", rank=4),
    Column("SSIM", ".3f", rank=5),
    Column("worst MSE", ".4f", rank=7),
    Column("accuracy", ".1%", rank=1),
    Column("enc/s", ",.0f", rank=2),
    Column("dec/s", ",.0f", rank=3),
    Column("model bytes", ",", rank=8),
    Column("pays after", ",", rank=8),
    Column("images", ",", rank=1),
)

Row = dict[str, Any]


def print_report(report: Row, *, wide: bool = False, everybody: bool = False) -> None:
    """Print a report of `aecodec.bench.Result`.

    Args:
        report: The report.
        wide: Show all columns.
        everybody: Whether the slow codecs were measured too.
    """
    data, rows = report["data"], shown(report["codecs"])
    cells: list[Sequence[Value]] = []
    for before, row in zip([None, *rows], rows, strict=False):
        if before and before["kind"] != row["kind"]:
            cells.append(())
        cells.append(_cells(row))
    part = "" if data["measured"] == data["images"] else f"a sample of {data['measured']:,} of the "
    title = f"{data['path']}: bytes an image, on {part}{_images(data['images'])}"
    filled = [i for i in range(len(CODECS)) if any(row and row[i] is not None for row in cells)]
    columns = [CODECS[i] for i in filled]
    cells = [[row[i] for i in filled] if row else () for row in cells]
    print_table(columns, cells, title=title, wide=wide)
    print()
    _print_equal_errors(report["rate_distortion"], wide)
    _print_deltas(report["rate_distortion"])
    for note in notes(report, everybody=everybody):
        print_note(note)


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


def _cells(row: Row) -> list[Value]:
    """One row; an archive of single files is not shown again, nor is what says nothing."""
    archive: list[Value] = [None] * 4
    if row["kind"] in (OURS, ARCHIVE):
        payload = row["payload_bytes_per_image"] if row["kind"] == OURS else None
        archive = [row["bytes_per_image"], row["ratio_png"], payload, row["ratio_raw"]]
    error: list[Value] = ["exact", None, None, None, None]
    if row["mse"]:
        mse = row["mse"] if row["mse"] >= LEAST_MSE else f"<{LEAST_MSE}"
        error = [mse, row["psnr_db"], row["ssim"], row["worst_mse"], row["accuracy"]]
    side = row.get("model_bytes")
    return [
        _name(row),
        row["single_file_bytes"],
        row["ratio_png_single"],
        *archive,
        row["bpp"],
        *error,
        row["encode_images_per_s"],
        row["decode_images_per_s"],
        side,
        None if side is None else row["images_to_pay_for_model"] or "never",
        row["images"],
    ]


def _name(row: Row) -> str:
    return str(row.get("model") or row["name"])


def _images(count: int) -> str:
    return f"{count:,} image{'s' if count != 1 else ''}"


def _print_equal_errors(comparison: Row, wide: bool) -> None:
    """Rows of codecs, columns of errors."""
    if not comparison["equal_mse"]:
        return
    columns = (
        Column("codec"),
        *(Column(f"{mse:g}", ".1f", rank=place % 2) for place, mse in enumerate(TARGETS)),
        Column("blank image", ",", rank=1),
    )
    cells: list[list[Value]] = []
    for row in comparison["equal_mse"]:
        at = [_at(found) for found in row["bytes_at_mse"].values()]
        cells.append([_curve(row["codec"], row["rate"]), *at, row["blank_file_bytes"]])
    print_table(columns, cells, title="Bytes an image at equal MSE", wide=wide)
    print_note(
        "*: its smallest file, which is better than that; -: not reached; blank image: one file of "
        "a black image, most of it header."
    )
    print()


def _at(found: Row) -> Value:
    if found["bound"] == "unreached":
        return "-"
    return f"{found['bytes']:.1f}*" if found["bound"] else float(found["bytes"])


def _curve(codec: str, rate: str) -> str:
    ours = codec.startswith("aecodec ")
    return f"{codec}, {'files' if rate == FILES else 'archive'}" if ours else codec


def _print_deltas(comparison: Row) -> None:
    """Our Bjontegaard delta-rates: rows of peers, columns of our curves."""
    deltas = [delta for delta in comparison["bjontegaard"] if delta["percent"] is not None]
    if not deltas:
        return
    ours = list(dict.fromkeys((d["codec"], d["rate"]) for d in deltas))
    percents = {(d["codec"], d["rate"], d["peer"]): d["percent"] for d in deltas}
    cells = [
        [peer, *(percents.get((*curve, peer)) for curve in ours)]
        for peer in dict.fromkeys(d["peer"] for d in deltas)
    ]
    columns = (Column("against"), *(Column(f"{_curve(*curve)}, %", "+.0f") for curve in ours))
    print_table(columns, cells, title="Bjontegaard delta-rates in percent", wide=True)
    print_note(
        "The mean difference in bytes at equal PSNR (VCEG-M33, piecewise cubic) where both codecs "
        "reach it; below 0 ours are fewer."
    )
    print()


def notes(report: Row, *, everybody: bool) -> Iterator[str]:
    """Sentences that belong under the tables.

    Args:
        report: As `print_report` takes it.
        everybody: Whether the slow codecs were measured too.

    Yields:
        A sentence or a few.
    """
    yield (
        "one file: mean of one file an image, headers included; archive: all images in one file; "
        "bits per pixel: of the archive, where there is one; "
        "enc/s and dec/s: images a second of CPU time on one core, in batches of at most 1,000; "
        "images: how many were measured."
    )
    few = {row["codec"]: row["images"] for row in report["codecs"]}
    few = {codec: count for codec, count in few.items() if count < report["data"]["measured"]}
    if few:
        counts = ", ".join(f"{codec} {count:,}" for codec, count in few.items())
        yield f"Measured on a sample of the images: {counts}."
    if any(row["codec"] == "pca" for row in report["codecs"]):
        yield "pca kN: N principal components, fitted to every other image; N bare bytes an image."
    yield from _accuracy(report)
    deltas = report["rate_distortion"]["bjontegaard"]
    for codec in sorted({d["codec"] for d in deltas if d["reason"] == ONE_SETTING}):
        yield f"{codec}: no delta-rate with one level only."
    best = report["best_archive"]
    yield f"Best archive of raw pixels: {best['name']}, {best['bytes_per_image']:.1f} bytes each."
    yield from _exact(report["codecs"], best)
    yield from _models(report["codecs"])
    yield from skipped_notes(report["skipped"])
    if not everybody:
        yield f"With --all also, on all images: {', '.join(SLOW)}; our other families."
    start = report["start_up"]
    if start is None:
        yield "Start-up: not measured, since no model is installed that compresses by default."
    else:
        yield (
            f"Start-up: 'aecodec compress' of one PNG takes {start['compress_cpu_ms']:.0f} ms of "
            f"CPU time, its imports alone {start['imports_cpu_ms']:.0f} ms."
        )


def _accuracy(report: Row) -> Iterator[str]:
    accuracy = report["accuracy_original"]
    if accuracy is None:
        return
    if all(row["accuracy"] is None for row in report["codecs"]):
        yield (
            f"accuracy: not measured, since the digit classifier agrees with only {accuracy:.0%} "
            "of the labels on the originals; it knows digits such as MNIST's."
        )
    else:
        yield (
            "accuracy: of a digit classifier on the decoded images; on the originals "
            f"{accuracy:.2%}."
        )


def _exact(rows: Sequence[Row], best_archive: Row) -> Iterator[str]:
    """How our exact models compare with the smallest of the others, file by file and in one."""
    files = [row for row in rows if row["kind"] == LOSSLESS and not row.get("model_bytes")]
    for row in rows:
        if row["kind"] == OURS and row["lossless"]:
            share = row["bytes_per_image"] / best_archive["bytes_per_image"]
            text = f"{_name(row)}, exact: {share:.0%} of the best archive ({best_archive['name']})"
            if files:
                best = min(files, key=lambda other: other["single_file_bytes"])
                share = row["single_file_bytes"] / best["single_file_bytes"]
                text += f"; one file, {share:.0%} of the smallest other ({best['name']})"
            yield f"{text}."


def _models(rows: Sequence[Row]) -> Iterator[str]:
    ours = [row for row in rows if row["kind"] == OURS]
    if ours:
        row = min(ours, key=lambda row: preference(row["setting"]))
        pays = row["images_to_pay_for_model"]
        paid = f"is paid for after {pays:,} PNG files" if pays else "is never paid for here"
        yield f"The model {_name(row)} has {row['model_bytes']:,} bytes and {paid}."
    for row in ours:
        if row.get("arithmetic") == "int64":
            yield f"{_name(row)}: self-check failed, so int64 arithmetic was used."


def skipped_notes(skipped: Sequence[dict[str, str | None]]) -> Iterator[str]:
    """Which codecs are left out, and why: a sentence or a few."""
    missing = [skip for skip in skipped if skip["package"]]
    if missing:
        names = ", ".join(str(skip["codec"]) for skip in missing)
        packages = ", ".join(sorted({str(skip["package"]) for skip in missing}))
        yield f"Skipped: {names}; they need {packages}: pip install 'aecodec[bench]'."
    for skip in skipped:
        if skip not in missing:
            yield f"Skipped: {skip['codec']}: {skip['reason']}"
