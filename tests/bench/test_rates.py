from typing import Any

import numpy as np
import pytest

from aecodec.bench.peers import LOSSY, OURS
from aecodec.bench.rates import bytes_at, comparison, curves, delta_rate, interpolate


def _row(codec: str, size: float, psnr: float, kind: str = LOSSY) -> dict[str, Any]:
    return {
        "codec": codec,
        "kind": kind,
        "psnr_db": psnr,
        "single_file_bytes": size + 25 * (kind == OURS),
        "bytes_per_image": size,
        "blank_file_bytes": 27,
    }


def test_bytes_at_equal_error_are_read_off_the_curve() -> None:
    curve = np.array([[10.0, 10.0], [20.0, 20.0], [30.0, 40.0]])
    assert bytes_at(curve, 0.01)["bytes"] == pytest.approx(20)
    assert bytes_at(curve, 0.5) == {"bytes": 10.0, "bound": "floor"}
    assert bytes_at(curve, 1e-9)["bound"] == "unreached"
    assert 20 < bytes_at(curve, 0.003)["bytes"] < 40


def test_a_curve_of_half_the_bytes_has_a_delta_rate_of_minus_50_percent() -> None:
    curve = np.array([[10.0, 10.0], [20.0, 20.0], [30.0, 40.0]])
    assert delta_rate(curve * [1, 0.5], curve)["percent"] == pytest.approx(-50)
    assert delta_rate(curve, curve)["percent"] == pytest.approx(0)
    assert delta_rate(curve + np.array([100, 0]), curve)["percent"] is None


def test_interpolation_is_that_of_scipy() -> None:
    interpolate_ = pytest.importorskip("scipy.interpolate").PchipInterpolator
    x, y = np.array([1.0, 2.0, 4.0, 4.5, 9.0]), np.array([0.0, 3.0, 3.1, 7.0, 8.0])
    at = np.linspace(2, 4.5, 50)  # the ends differ: ours stay straight there
    assert interpolate(x, y, at) == pytest.approx(interpolate_(x, y)(at))
    assert interpolate(x, y, x) == pytest.approx(y)


def test_a_curve_leaves_out_what_another_setting_beats() -> None:
    rows = [_row("a", 10, 20), _row("a", 12, 19), _row("a", 12, 25), _row("a", 30, 25)]
    assert curves(rows)["a"].tolist() == [[20, 10], [25, 12]]


def test_ours_are_compared_as_files_and_in_an_archive() -> None:
    ours = [_row("aecodec x", size, psnr, OURS) for size, psnr in ((5, 15), (25, 25))]
    peer = [_row("peer", size, psnr) for size, psnr in ((60, 15), (100, 25))]
    far = [_row("far", size, psnr) for size, psnr in ((60, 35), (100, 45))]
    found = comparison([*ours, *peer, *far, _row("one", 9, 20)])
    deltas = {(d["peer"], d["rate"]): d for d in found["bjontegaard"]}
    assert deltas["peer", "single_file_bytes"]["percent"] == pytest.approx(-50, abs=1)
    assert deltas["peer", "bytes_per_image"]["percent"] < -80
    assert deltas["peer", "bytes_per_image"]["psnr_db"] == [15, 25]
    assert "no common PSNR" in deltas["far", "single_file_bytes"]["reason"]
    assert "two settings" in deltas["one", "single_file_bytes"]["reason"]
    names = [(row["codec"], row["rate"]) for row in found["equal_mse"]]
    assert names[:2] == [("aecodec x", "single_file_bytes"), ("aecodec x", "bytes_per_image")]
    assert len(names) == 5
