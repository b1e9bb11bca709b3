"""Speeds are measured for every level, both ways, and compared at equal error."""

import io
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from helpers import pattern
from PIL import Image

from aecodec.bench import speed_peers
from aecodec.bench.benchmark import Step
from aecodec.bench.codecs import pillow
from aecodec.bench.growth import grow
from aecodec.bench.ours import aecodec_peer
from aecodec.bench.peers import LOSSLESS, LOSSY, Peer
from aecodec.bench.registry import Entry
from aecodec.bench.speed import SpeedPace, equal_error, fastest_way, find_subjects, measure_speed
from aecodec.bench.speed_plot import draw_speed
from aecodec.bench.timed import Subject, Timing
from aecodec.integer import Loop
from aecodec.kinds import EFFORTS
from aecodec.library import find_codec, levels_of

IMAGES = pattern(12)
PACE = SpeedPace(4, 1, 0.001, 0.001)
ROW = {
    "name": str,
    "kind": str,
    "codec": str,
    "setting": str,
    "effort": int | None,
    "numba": bool | None,
    "lossless": bool,
    "in_one_archive": bool,
    "images": int,
    "images_a_round": int,
    "bytes_per_image": float,
    "mse": float,
    "psnr_db": float | None,
    "encode_images_per_s": float,
    "decode_images_per_s": float,
    "encode_x_png": float,
    "decode_x_png": float,
}
GROWTH = {
    "name": str,
    "codec": str,
    "setting": str,
    "effort": int | None,
    "numba": bool | None,
    "images": int,
    "encode_s": float,
    "decode_s": float,
}
EQUAL = {
    "kind": str,
    "codec": str,
    "effort": int | None,
    "numba": bool | None,
    "mse": float,
    "bytes": float | None,
    "bound": str | None,
    "encode_images_per_s": float | None,
    "decode_images_per_s": float | None,
}


@cache
def _report() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        quick = tuple(
            e for e in speed_peers.ENTRIES if e.codec in ("png", "jpeg", "zstd -3 + dict")
        )
        patch.setattr(speed_peers, "ENTRIES", quick)
        subjects, _ = find_subjects(IMAGES, "tiny")
    return measure_speed(IMAGES, subjects, PACE, sizes=(1, 2))


def _follows(rows: list[dict[str, Any]], schema: dict[str, Any]) -> None:
    assert rows
    for row in rows:
        assert row.keys() == schema.keys()
        for name, kind in schema.items():
            assert isinstance(row[name], kind), (name, row[name])


def test_every_level_is_timed_at_every_effort_both_ways() -> None:
    rows = _report()["speed"]
    ours = [row for row in rows if row["effort"] is not None]
    ways = {row["numba"] for row in ours}
    assert ways in ({True, False}, {False})
    expected = {
        (f"tiny-{x}", effort, way) for x in levels_of("tiny") for effort in EFFORTS for way in ways
    }
    assert {(row["name"], row["effort"], row["numba"]) for row in ours} == expected
    for row in rows:
        assert row["encode_images_per_s"] > 0
        assert row["decode_images_per_s"] > 0
        assert 1 <= row["images_a_round"] <= row["images"] == 4
        assert row["lossless"] == (row["mse"] == 0) == (row["psnr_db"] is None)


def test_the_report_has_the_keys_and_types_that_machines_read() -> None:
    report = _report()
    _follows(report["speed"], ROW)
    _follows(report["growth"], GROWTH)
    _follows(report["equal_mse"], EQUAL)
    assert {"machine", "versions", "command", "blas_threads", "pace"} <= report.keys()


def test_ratios_are_to_png() -> None:
    rows = {row["name"]: row for row in _report()["speed"]}
    assert rows["png"]["encode_x_png"] == rows["png"]["decode_x_png"] == 1
    for row in rows.values():
        ratio = row["encode_images_per_s"] / rows["png"]["encode_images_per_s"]
        assert row["encode_x_png"] == ratio


def test_both_ways_of_the_loops_have_the_same_bytes_and_error() -> None:
    found: dict[Any, set[Any]] = {}
    for row in _report()["speed"]:
        figures = (row["bytes_per_image"], row["mse"], row["images_a_round"])
        found.setdefault((row["name"], row["effort"]), set()).add(figures)
    assert all(len(figures) == 1 for figures in found.values())


def test_loops_run_as_a_timing_says_and_as_before_after_it() -> None:
    pytest.importorskip("numba")
    loop = Loop(lambda n: n + 1, "(int64,)")
    subject = Subject(aecodec_peer(find_codec()), 1)
    with Timing(subject, False, IMAGES).loops():
        assert loop.compiled(10**9) is None
    with Timing(subject, True, IMAGES).loops():
        compiled = loop.compiled(0)
    assert compiled is not None
    assert compiled(1) == 2


def _slow() -> Subject:
    """A codec that takes 2 CPU milliseconds an image to encode."""

    def encode(images: np.ndarray) -> bytes:
        import time

        end = time.process_time() + 0.002
        while time.process_time() < end:
            pass
        return images.tobytes()

    def decode(data: bytes) -> np.ndarray:
        return np.frombuffer(data, np.uint8).reshape(-1, 28, 28)

    return Subject(Peer("slow", encode, decode, LOSSLESS, codec="slow", per_file=True))


def test_a_round_encodes_as_many_images_as_it_has_time_for() -> None:
    timing = Timing(_slow(), None, IMAGES)
    timing.first_round(0.01)
    timing.next_round()
    row = timing.row()
    assert 1 <= row["images_a_round"] <= 5
    assert row["images"] == 12
    assert row["bytes_per_image"] == 784
    assert 0 < row["encode_images_per_s"] <= 500


def test_the_growth_ends_where_the_next_would_take_too_long() -> None:
    rows = grow(Timing(_slow(), None, IMAGES), IMAGES, 0.1, (1, 10, 100, 1000))
    assert [row["images"] for row in rows] == [1, 10]
    assert rows[1]["encode_s"] >= 0.02


def test_images_are_repeated_where_the_data_set_has_fewer() -> None:
    given = []

    def encode(images: np.ndarray) -> bytes:
        given.append(images)
        return images.tobytes()

    peer = Peer("x", encode, lambda b: np.frombuffer(b, np.uint8).reshape(-1, 28, 28), LOSSLESS)
    grow(Timing(Subject(peer), None, IMAGES), IMAGES, 10, (30,))
    assert np.array_equal(given[-1][12:24], IMAGES)
    assert len(given[-1]) == 30


def test_each_step_is_told_before_it_is_done() -> None:
    steps: list[Step] = []
    subject = Subject(Peer("png", *_png(), LOSSLESS, codec="png", per_file=True))
    measure_speed(IMAGES, [subject], PACE, sizes=(1,), watch=steps.append)
    assert [step.name for step in steps] == ["png", "png", "more and more images by png"]
    assert steps[-1].after == 0
    assert steps[-1].before == pytest.approx(steps[0].during + steps[1].during)


def _png() -> tuple[Any, Any]:
    coding = pillow("PNG")
    return coding.encode, coding.decode


def test_a_dictionary_is_measured_on_other_images_than_it_is_made_of() -> None:
    trained: list[np.ndarray] = []
    seen: list[np.ndarray] = []

    def make(others: np.ndarray) -> Any:
        trained.append(others)
        return lambda _: pillow("PNG")

    entry = Entry("dictionary", LOSSLESS, "", make, fitted=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed_peers, "ENTRIES", (entry,))
        subjects, _ = find_subjects(IMAGES, "tiny-k2")
    peer = subjects[-1].peer

    def encode(images: np.ndarray) -> bytes:
        seen.append(images[0])
        return peer.encode(images)

    measure_speed(IMAGES, [Subject(replace(peer, encode=encode))], PACE, sizes=(1,))
    assert seen
    assert not any(np.array_equal(a, b) for a in seen for b in trained[0])


def _point(setting: str, psnr: float | None, size: float, rate: float) -> dict[str, Any]:
    return {
        "kind": LOSSY,
        "codec": "x",
        "setting": setting,
        "effort": None,
        "numba": None,
        "psnr_db": psnr,
        "bytes_per_image": size,
        "encode_images_per_s": rate,
        "decode_images_per_s": 10 * rate,
    }


def test_at_equal_error_bytes_and_rates_lie_between_the_settings() -> None:
    rows = [_point("a", 20, 100, 1000.0), _point("b", 30, 400, 10.0), _point("e", None, 9, 9.0)]
    (found,) = equal_error(rows, mse=10**-2.5)  # 25 dB
    assert found["bound"] is None
    assert found["bytes"] == pytest.approx(200)
    assert found["encode_images_per_s"] == pytest.approx(100)
    assert found["decode_images_per_s"] == pytest.approx(1000)


def test_an_error_that_is_not_reached_has_no_rates_and_a_floor_those_of_the_smallest() -> None:
    rows = [_point("a", 20, 100, 1000.0), _point("b", 30, 400, 10.0)]
    (unreached,) = equal_error(rows, mse=1e-4)
    assert unreached["bound"] == "unreached"
    assert unreached["bytes"] is unreached["encode_images_per_s"] is None
    (floor,) = equal_error(rows, mse=0.1)
    assert floor["bound"] == "floor"
    assert floor["bytes"] == pytest.approx(100)
    assert floor["encode_images_per_s"] == pytest.approx(1000)


def test_rows_with_numba_stand_for_those_without() -> None:
    png = {"numba": None}
    plain, compiled = {"numba": False}, {"numba": True}
    assert fastest_way([png, plain, compiled]) == [png, compiled]
    assert fastest_way([png, plain]) == [png, plain]


def test_the_picture_of_speed_is_drawn() -> None:
    pytest.importorskip("matplotlib")
    file = io.BytesIO()
    draw_speed(file, _report(), "patterns")
    with Image.open(file) as image:
        assert image.format == "PNG"
        assert image.width > 1000
