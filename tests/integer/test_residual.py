"""Residual networks give the same numbers whatever loops run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import WAYS, running

from aecodec.integer import DenseLayer, ResidualNetwork, dense_arrays, filled


def network(seed: int, width: int, high: int) -> ResidualNetwork:
    """One of random weights, whose second layer needs float64 where outputs reach `high`."""
    rng = np.random.default_rng(seed)

    def layer(taken: int, given: int, clip: tuple[int, int]) -> DenseLayer:
        weights = rng.integers(-127, 128, (taken, given)).astype(np.int8)
        bias = rng.integers(-9000, 9000, given).astype(np.int32)
        return DenseLayer(weights, bias, rng.integers(0, 9, given).astype(np.int8), *clip)

    layers = [
        layer(7, width, (0, high)),
        layer(width, width, (0, high)),
        layer(width, 5, (-99, 99)),
    ]
    most = np.full(width, 1000)
    return ResidualNetwork(dense_arrays("n", layers), "n", (-128, 127), most)


@given(st.integers(0, 999), st.integers(1, 20), st.sampled_from([1023, 2**15]), st.booleans())
def test_all_ways_give_the_same_numbers(seed: int, rows: int, high: int, several: bool) -> None:
    tested, rng = network(seed, 30, high), np.random.default_rng(seed)
    assert tested.arithmetic == ("float32" if high == 1023 else "float64")
    x = filled(rows, 7)
    x[:rows] = rng.integers(-128, 128, (rows, 7))
    one = rng.integers(-500, 500, (rows, 30)).astype(np.float32) * tested.scale
    added = [one, tested.bias if several else one[0].copy()]
    outputs, products = [], []
    for way in WAYS:
        with running(way):
            outputs.append(tested.run(x.copy(), *added)[:rows].tolist())
            products.append(tested.run_to_products(x.copy(), *added)[:rows].tolist())
    assert outputs[1:] == outputs[:1] * 2
    assert products[1:] == products[:1] * 2


@pytest.mark.parametrize("way", WAYS)
def test_one_table_is_enough(way: str) -> None:
    tested, x = network(1, 30, 1023), filled(3, 7)
    with running(way):
        assert np.array_equal(
            tested.run(x, tested.bias), tested.run(x, tested.bias, tested.bias * 0)
        )
