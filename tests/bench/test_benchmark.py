from itertools import pairwise

import numpy as np
import pytest
from helpers import pattern

from aecodec.bench import benchmark
from aecodec.bench.benchmark import START_UP, Step, fitting, sample
from aecodec.bench.peers import ARCHIVE, LOSSY, OURS, Peer

STREAM = Peer("all", lambda x: x.tobytes(), lambda b: _images(b), ARCHIVE)


def _images(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(-1, 28, 28)


def _slow(seconds: float) -> Peer:
    import time

    def encode(images: np.ndarray) -> bytes:
        time.sleep(seconds)
        return images.tobytes()

    return Peer(f"{seconds}", encode, _images, LOSSY, codec=f"{seconds}", per_file=True)


def test_the_quickest_is_measured_first_and_reported_in_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benchmark, "start_up", lambda _: None)
    peers = [_slow(0.05), STREAM, _slow(0.02)]
    steps: list[Step] = []
    report, decoded = benchmark.run(pattern(4), None, peers, watch=steps.append)
    assert [step.name for step in steps] == ["all", "0.02", "0.05", START_UP]
    assert [row["name"] for row in report["codecs"]] == ["0.05", "all", "0.02"]
    assert decoded == {}
    for before, after in pairwise(steps):
        assert after.before == pytest.approx(before.before + before.during)
        assert before.after == pytest.approx(after.during + after.after)
    assert steps[-1].after == 0


def test_a_sample_is_spread_over_the_data_and_all_of_it_is_taken_where_asked() -> None:
    assert sample(100, everybody=False) == list(range(100))
    assert sample(10_000, everybody=True) == list(range(10_000))
    chosen = sample(10_000, everybody=False)
    assert len(set(chosen)) == len(chosen) <= 1000
    assert max(np.diff([-1, *chosen, 10_000])) < 2 * 10_000 / len(chosen)


def test_pictures_show_the_family_that_fits_and_any() -> None:
    codecs = ("aecodec b", "aecodec c", "aecodec any")
    ours = [Peer(f"{codec} q1", bytes, _images, OURS, codec=codec) for codec in codecs]
    rows = [{"kind": peer.kind, "codec": peer.codec} for peer in (*ours, STREAM)]
    peers, shown = fitting([*ours, STREAM], rows)
    assert peers == [ours[0], ours[2], STREAM]
    assert shown == [rows[0], rows[2], rows[3]]
