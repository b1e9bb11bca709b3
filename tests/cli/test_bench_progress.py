from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aecodec.bench import Step
from aecodec.cli.bench_progress import Clock


def test_the_estimate_is_that_of_the_trial_at_first_and_then_of_this_machine() -> None:
    now = 0.0
    clock = Clock(lambda: now)
    clock.begin(Step("a", 0, 10, 90))
    clock.tick()
    assert 100 <= clock.left <= 150
    now = 5.0  # twice as fast as the trial
    clock.begin(Step("b", 10, 80, 10))
    clock.tick()
    assert 40 <= clock.left <= 65
    now = 45.0
    clock.begin(Step("c", 90, 10, 0))
    assert clock.tick() > 0.85


@given(
    st.lists(st.floats(0.01, 50), min_size=1, max_size=10),
    st.lists(st.floats(0.1, 4), min_size=10, max_size=10),
)
def test_the_estimate_only_falls_and_the_bar_only_grows(
    expected: list[float], paces: list[float]
) -> None:
    now = 0.0
    clock = Clock(lambda: now)
    shown = [(0.0, float("inf"))]
    for number, (during, pace) in enumerate(zip(expected, paces, strict=False)):
        clock.begin(Step("", sum(expected[:number]), during, sum(expected[number + 1 :])))
        for _ in range(4):
            now += during * pace / 4
            shown.append((clock.tick(), clock.left))
    for (share, left), (later_share, later_left) in pairwise(shown):
        assert later_left <= left
        assert share - 1e-9 <= later_share <= 1
