from typing import Any

import pytest

from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, OURS
from aecodec.bench.rates import comparison
from aecodec.cli.bench_report import print_report

FAMILY = "aecodec glyphs-of-a-long-name"


def _row(codec: str, kind: str, setting: str, size: float, psnr: float | None) -> dict[str, Any]:
    return {
        "name": f"{codec} {setting}",
        "kind": kind,
        "codec": codec,
        "setting": setting,
        "images": 1_234_567,
        "bytes_per_image": size,
        "single_file_bytes": size + 12_345,
        "payload_bytes_per_image": size,
        "blank_file_bytes": 12_345,
        "ratio_raw": 1234.5,
        "ratio_png": 1234.5,
        "ratio_png_single": 1234.5,
        "bpp": 8 * size / 784,
        "lossless": psnr is None,
        "mse": 0.1234 if psnr else 0.0,
        "psnr_db": psnr,
        "ssim": 0.123,
        "accuracy": 0.987,
        "worst_mse": 0.1234,
        "encode_images_per_s": 138_612.0,
        "decode_images_per_s": 678_123.0,
        **({"model_bytes": 3_456_789, "images_to_pay_for_model": None} if kind == OURS else {}),
    }


def _report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": {"images": 2_000_000, "measured": 2_000_000, "path": "glyphs.npy"},
        "codecs": rows,
        "rate_distortion": comparison(rows),
        "best_archive": next(row for row in rows if row["kind"] == ARCHIVE),
        "start_up": None,
        "accuracy_original": None,
        "skipped": [],
    }


def test_no_figure_is_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        *(_row(FAMILY, OURS, f"q{n}", 12_000.25 * n, 10.0 * n) for n in (1, 2, 3)),
        *(_row("jpeg", LOSSY, f"q{n}", 13_000.0 * n, 9.0 * n) for n in (1, 2, 3)),
        _row("zlib", ARCHIVE, "-9", 99_999.25, None),
    ]
    print_report(_report(rows))
    text = capsys.readouterr().out
    assert "…" not in text
    assert "3,456,789 bytes and is never paid for here" in text
    for figure in ("138612", "678123", "1234567", "24345.2", "99999.25", f"{FAMILY} q3"):
        assert figure in text, figure
    lines = [line for line in text.splitlines() if "138612" in line]
    assert len(lines) == len(rows)


def test_an_exact_level_stands_beside_the_best_of_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        _row("aecodec glyphs", OURS, "q1", 5.0, 20.0),
        _row("aecodec glyphs", OURS, "anything", 98.0, None),
        _row("png", LOSSLESS, "", 392.0, None),
        _row("webp", LOSSLESS, "", 380.0, None),
        _row("xz", ARCHIVE, "-9e", 196.0, None),
    ]
    for row, size in zip(rows, (30, 123, 392, 246, 250), strict=True):
        row["single_file_bytes"] = size
    print_report(_report(rows))
    text = capsys.readouterr().out
    head, *lines = [line.split("\t") for line in text.splitlines() if "\t" in line][:6]
    shown = [dict(zip(head, line, strict=False)) for line in lines]
    assert [row["MSE"] for row in shown] == ["0.1234", "exact", "exact", "exact", "exact"]
    assert [row["bits per pixel"] for row in shown] == ["0.05", "1.00", "4.00", "3.88", "2.00"]
    assert (
        "glyphs anything, exact: 50% of the best archive (xz -9e); "
        "one file, 50% of the smallest other (webp )." in text
    )
