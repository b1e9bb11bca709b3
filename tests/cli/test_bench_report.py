from typing import Any

import pytest

from aecodec.bench.peers import ARCHIVE, LOSSY, OURS
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
        "mse": 0.1234 if psnr else 0.0,
        "psnr_db": psnr,
        "ssim": 0.123,
        "accuracy": 0.987,
        "worst_mse": 0.1234,
        "encode_images_per_s": 138_612.0,
        "decode_images_per_s": 678_123.0,
        **({"model_bytes": 3_456_789, "images_to_pay_for_model": None} if kind == OURS else {}),
    }


def test_no_figure_is_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        *(_row(FAMILY, OURS, f"q{n}", 12_000.25 * n, 10.0 * n) for n in (1, 2, 3)),
        *(_row("jpeg", LOSSY, f"q{n}", 13_000.0 * n, 9.0 * n) for n in (1, 2, 3)),
        _row("zlib", ARCHIVE, "-9", 99_999.25, None),
    ]
    report = {
        "data": {"images": 2_000_000, "measured": 2_000_000, "path": "glyphs.npy"},
        "codecs": rows,
        "rate_distortion": comparison(rows),
        "best_archive": rows[-1],
        "start_up": None,
        "accuracy_original": None,
        "skipped": [],
    }
    print_report(report)
    text = capsys.readouterr().out
    assert "…" not in text
    assert "3,456,789 bytes and is never paid for here" in text
    for figure in ("138612", "678123", "1234567", "24345.2", "99999.25", f"{FAMILY} q3"):
        assert figure in text, figure
    lines = [line for line in text.splitlines() if "138612" in line]
    assert len(lines) == len(rows)
