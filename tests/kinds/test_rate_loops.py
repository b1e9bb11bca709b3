"""What symbols cost is the same by the compiled loops and without, whatever the odds."""

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from loops import WAYS, running
from numpy.typing import NDArray
from tiny import ALPHABET, transform_arrays

from aecodec.integer import entropy
from aecodec.kinds.transform import Prior
from aecodec.kinds.transform.slopes import _between

PRIOR = Prior(transform_arrays())
TABLE = st.lists(st.integers(0, 2) | st.integers(0, 65535), min_size=1, max_size=40).filter(
    lambda odds: odds[0] > 0
)


@given(TABLE, st.integers(0, 20), st.integers(0, 10**6), st.sampled_from([1, 5, 60, 2**15]))
def test_all_ways_give_the_same_costs(table: list[int], count: int, seed: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.integers(-reach, reach, (count, PRIOR.latents * ALPHABET), endpoint=True)
    symbols = rng.integers(0, ALPHABET, (count, PRIOR.latents))
    found: dict[str, list[NDArray[np.int64]]] = {}
    with (
        patch.object(PRIOR, "_table", np.array(table, np.int32)),
        patch.object(PRIOR, "network", lambda _: logits.astype(np.float32)),
    ):
        for way in WAYS:
            with running(way):
                found[way] = [
                    *PRIOR.intervals(symbols + PRIOR.lowest),
                    PRIOR.about_all(logits),
                    PRIOR.about_rates(logits, symbols),
                ]
        exact = PRIOR.frequencies(logits)
    _, frequencies, every, costs = found["plain"]
    own = np.take_along_axis(exact, symbols[..., None], 2)[..., 0]
    assert np.array_equal(frequencies, own)
    assert np.abs(every - exact).max(initial=0) <= 1
    about = np.take_along_axis(every, symbols[..., None], 2)[..., 0]
    assert np.array_equal(costs, entropy.rate_table()[about].sum(1))
    for way in WAYS[1:]:
        for one, other in zip(found[way], found["plain"], strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)


def test_all_ways_give_the_same_weights() -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(-(2**15), 2**15, (30, 50)).astype(np.int16)
    before, after = rng.integers(0, 30, (4, 7)), rng.integers(0, 50, (4, 9))
    before = np.broadcast_to(before[:1], before.shape)
    for way in WAYS:
        with running(way):
            found = _between(weights, before, after)
        assert np.array_equal(found, weights[before[:, :, None], after[:, None]])
