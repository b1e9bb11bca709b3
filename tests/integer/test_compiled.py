"""Compiled loops: taken up when they pay, the same integers as the plain path, never needed."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import WAYS, running

from aecodec.integer import Loop, compiled, entropy, range_coder


def double(x: int) -> int:
    return 2 * x


def twice_double(x: int) -> int:
    return 2 * double(x)


def six_times(x: int) -> int:
    return double(x) + twice_double(x)


@pytest.fixture(autouse=True)
def fresh_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled._Meter, "saved", 0)


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(1, 65536)), max_size=80))
def test_all_ways_encode_alike(intervals: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in intervals], np.int64)
    sizes = np.array([min(size, entropy.TOTAL - start) for start, size in intervals], np.int64)
    found = set()
    for way in WAYS:
        with running(way):
            found.add(range_coder.encode(starts, sizes))
    assert len(found) == 1


@pytest.mark.parametrize("way", WAYS)
def test_symbols_that_carry_through_everything_are_encoded_alike(way: str) -> None:
    starts, sizes = np.full(500, entropy.TOTAL - 1), np.ones(500, np.int64)
    with running(way):
        assert range_coder.encode(starts, sizes) == b"\xff" * 1000


def test_loops_are_compiled_once_they_have_paid_for_it() -> None:
    loop = Loop(double, "(int64,)")
    assert loop.compiled(compiled.LOADING) is None
    ready = loop.compiled(1)
    assert ready is not None and ready(21) == 42
    assert ready is loop.compiled(0)
    other = Loop(double, "(int64,)").compiled(0)
    assert other is not None, "numba is there already"


def test_a_loop_calls_the_functions_that_it_uses() -> None:
    loop = Loop(six_times, "(int64,)", uses=(double, twice_double))
    ready = loop.compiled(compiled.LOADING + 1)
    assert ready is not None and ready(7) == 42
    assert double(1) == 2, "the module keeps its own"


@pytest.mark.parametrize("name", ["numba", "nothing"])
def test_what_cannot_be_compiled_runs_plainly(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without numba, and where numba refuses."""
    monkeypatch.setitem(sys.modules, name, None)
    loop = Loop(double, "(int64,)" if name == "numba" else "(no_such_type,)")
    assert loop.compiled(compiled.LOADING + 1) is None
    assert loop.compiled(compiled.LOADING + 1) is None


def test_small_batches_never_import_numba() -> None:
    code = (
        "import sys, numpy as np, aecodec; images = np.zeros((64, 28, 28), np.uint8); "
        "aecodec.decompress(aecodec.compress(images, 'q3')); print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
