"""The guard against unseeded draws: it refuses them, and lets seeded ones be."""

import random

import numpy as np
import pytest
from seeds import UnseededDrawError


def test_a_draw_that_nobody_seeded_fails() -> None:
    with pytest.raises(UnseededDrawError, match="without a seed"):
        random.randint(0, 9)  # noqa: S311 - refused
    with pytest.raises(UnseededDrawError, match="without a seed"):
        np.random.rand(3)  # noqa: NPY002 - refused
    with pytest.raises(UnseededDrawError, match="without a seed"):
        np.random.default_rng()


def test_a_seeded_draw_is_the_same_each_time() -> None:
    random.seed(7)
    first = random.random()  # noqa: S311 - no secret
    random.seed(7)
    assert random.random() == first  # noqa: S311 - no secret
    drawn = np.random.default_rng(7).random(3)
    assert (np.random.default_rng(7).random(3) == drawn).all()


def test_the_seed_of_another_test_is_none_of_this_one() -> None:
    with pytest.raises(UnseededDrawError):
        random.random()  # noqa: S311 - refused
