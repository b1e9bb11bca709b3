from itertools import pairwise

import numpy as np
import pytest

from aecodec.integer import FLOAT32_LIMIT, Network
from aecodec.training.quantise import Affine, quantise, sigmoid_greys


@pytest.mark.parametrize("seed", range(3))
def test_the_integer_network_follows_the_float_network(seed: int) -> None:
    rng = np.random.default_rng(seed)
    widths = (50, 40, 30, 20)
    layers = [
        (rng.normal(0, (2 / a) ** 0.5, (a, b)), rng.normal(0, 0.1, b)) for a, b in pairwise(widths)
    ]
    pixels = rng.integers(-128, 128, (500, 50))
    meaning, output = Affine(1 / 255, -128.0), Affine(0.01, 0.0)
    dense = quantise(layers, pixels, (-128, 127), meaning, output, (-1000, 1000))
    real = (pixels + 128) / 255
    for weights, bias in layers[:-1]:
        real = np.maximum(real @ weights + bias, 0)
    expected = real @ layers[-1][0] + layers[-1][1]
    got = Network(dense, (-128, 127))(pixels) * 0.01
    assert np.abs(got - expected).max() < 0.05 * np.abs(expected).max()


def test_every_layer_fits_float32() -> None:
    rng = np.random.default_rng(0)
    layers = [(rng.normal(0, 50, (784, 10)), rng.normal(0, 500, 10))]
    dense = quantise(
        layers,
        rng.integers(-128, 128, (10, 784)),
        (-128, 127),
        Affine(1 / 255, -128.0),
        Affine(1e-3, 0.0),
        (0, 255),
    )
    assert dense[0].bounds((-128, 127)).max() < FLOAT32_LIMIT


def test_the_table_of_greys_is_a_sigmoid() -> None:
    greys, logit = sigmoid_greys()
    assert (greys[0], greys[-1]) == (0, 255)
    assert greys[int(logit.zero)] == 128
    assert (np.diff(greys.astype(int)) >= 0).all()
