"""The quadratic model that a search follows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.kinds.transform.steps import FAR, Forecast, Outlook, padded

COUNT, LATENTS, ALPHABET = 9, 5, 4


def outlook(seed: int) -> tuple[Outlook, NDArray[np.int64]]:
    """What is expected of some images, and how their costs bend."""
    rng = np.random.default_rng(seed)
    rates = rng.integers(0, 1000, (COUNT, LATENTS, ALPHABET))
    symbols = rng.integers(0, ALPHABET, (COUNT, LATENTS))
    half = rng.integers(-20, 20, (COUNT, LATENTS, LATENTS))
    slope = rng.integers(-900, 900, (COUNT, LATENTS))
    return Outlook(padded(rates), symbols, slope), half @ half.transpose(0, 2, 1)


def cost(model: Outlook, bends: NDArray[np.int64], row: int, moved: NDArray[np.int64]) -> int:
    """What latents cost by the model, `moved` from where they are; FAR outside the alphabet."""
    symbols = model.symbols[row] + moved
    if (symbols < 0).any() or (symbols >= ALPHABET).any():
        return int(FAR)
    rates = model.rates[row, np.arange(LATENTS), symbols + 1].sum()
    return int(rates + model.slope[row] @ moved + moved @ bends[row] @ moved)


@pytest.mark.parametrize("seed", range(4))
def test_a_forecast_is_kept_up_as_steps_are_taken(seed: int) -> None:
    model, bends = outlook(seed)
    forecast = Forecast(model, bends)
    moved = np.zeros((COUNT, LATENTS), np.int64)
    steps = np.concatenate([-np.eye(LATENTS, dtype=int), np.eye(LATENTS, dtype=int)])
    for number in range(4):
        for row in range(COUNT):
            now = cost(model, bends, row, moved[row])
            for step, change in zip(steps, forecast.changes[row], strict=True):
                there = cost(model, bends, row, moved[row] + step)
                assert change > FAR // 2 if there == FAR else change == there - now
        rows = np.flatnonzero(np.arange(COUNT) % 3 != number % 3)
        chosen = forecast.changes[rows].argmin(1)
        forecast.take(rows, chosen)
        moved[rows] += steps[chosen]


def test_a_path_takes_the_best_step_while_it_promises_anything() -> None:
    model, bends = outlook(9)
    most = np.arange(COUNT) % 4
    path, taken = Forecast(model, bends).path(most)
    assert path.shape == (3, COUNT, LATENTS)
    assert taken.max() > 1
    assert (taken <= most).all()
    assert (taken == most).any()
    still = np.zeros(LATENTS, int)
    assert model.rate().tolist() == [cost(model, bends, row, still) for row in range(COUNT)]
    for row in range(COUNT):
        costs = [cost(model, bends, row, at) for at in (still, *path[:, row])]
        count = int(taken[row])
        assert (np.diff(costs[: count + 1]) < 0).all()
        assert (np.diff(costs[count:]) == 0).all()


def test_some_rows_of_a_forecast_are_renewed() -> None:
    (model, bends), (other, _) = outlook(1), outlook(2)
    forecast = Forecast(model, bends)
    rows = np.array([1, 4])
    forecast.renew(rows, other[rows])
    forecast.take(np.array([4]), np.array([0]))
    expected = Forecast(other, bends)
    expected.take(np.array([4]), np.array([0]))
    assert np.array_equal(forecast.changes[rows], expected.changes[rows])
    assert np.array_equal(forecast.changes[5:], Forecast(model, bends).changes[5:])
