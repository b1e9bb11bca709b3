"""What a search knows of how costs bend, measured on training images."""

import numpy as np
import pytest
from helpers import pattern
from tiny import LATENTS, RANGE, transform_arrays

from aecodec.integer import entropy
from aecodec.kinds.transform import BEND_BITS, COST_BITS, Prior, TransformCoder
from aecodec.training.transform import curvature
from aecodec.training.transform.curvature import curvatures, rate_bends

ARRAYS = transform_arrays()
PRIOR = Prior(ARRAYS)
LATENT_ROWS = np.random.default_rng(0).integers(*RANGE, (400, LATENTS), endpoint=True, dtype="i2")


def rates(latents: np.ndarray) -> np.ndarray:
    found: np.ndarray = PRIOR.rates(latents) / 2.0**entropy.RATE_BITS
    return found


def test_the_bends_of_two_latents_are_their_mean_second_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(curvature, "PAIRS", 20_000)  # the rates of such a model vary much
    first, second = 0, 1
    inner = LATENT_ROWS.clip(RANGE[0] + 1, RANGE[1] - 1)
    step = np.eye(LATENTS, dtype=np.int16)
    means = []
    for one in (-step[first], step[first]):
        for other in (-step[second], step[second]):
            both = rates(inner + one + other) - rates(inner + one) - rates(inner + other)
            means.append(((both + rates(inner)) * one.sum() * other.sum()).mean() / 2)
    assert abs(rate_bends(PRIOR, inner)[first, second] - np.mean(means)) < 0.1
    assert np.abs(means).max() > 0.3


def test_they_are_symmetric_and_leave_out_what_a_search_knows_exactly() -> None:
    bends = rate_bends(PRIOR, LATENT_ROWS)
    assert np.array_equal(bends, bends.T)
    assert bends[-1, -1] == 0  # no later latent sees the last


def test_a_model_gets_both_curvatures_and_the_same_at_every_run() -> None:
    images = pattern(60)
    made, again = (curvatures(ARRAYS, images) for _ in range(2))
    assert made["encoder.curvature"].shape == (LATENTS,)
    assert made["encoder.bends"].any()
    assert all(np.array_equal(made[name], again[name]) for name in made)
    coder = TransformCoder(ARRAYS | made)
    cost = coder._search._cost
    bends = np.diag(made["encoder.bends"]).astype(np.int64) << COST_BITS - BEND_BITS
    errors = made["encoder.curvature"].astype(np.int64) * int(ARRAYS["encoder.lambda"][0])
    assert np.array_equal(cost.mean_bend, errors + bends)
