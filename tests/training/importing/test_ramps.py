from collections.abc import Callable

import numpy as np
import pytest

from aecodec.errors import InvalidModelError
from aecodec.training.importing.activations import Floats
from aecodec.training.importing.network import FloatLayer, run
from aecodec.training.importing.ramps import expand, fit


def relu(z: Floats) -> Floats:
    return np.maximum(z, 0)


def leaky(z: Floats) -> Floats:
    return np.where(z < 0, z / 5, z)


@pytest.mark.parametrize(("function", "pieces"), [(relu, 1), (leaky, 2), (np.positive, 1)])
def test_what_is_made_of_straight_pieces_is_exact(
    function: Callable[[Floats], Floats], pieces: int
) -> None:
    ramps = fit(function, -3.0, 5.0, 1e-6, 9)
    z = np.linspace(-3, 5, 1001)
    assert len(ramps.slopes) == pieces
    assert np.allclose(ramps(z), function(z), atol=1e-6)


@pytest.mark.parametrize("function", [np.tanh, np.sin, lambda z: z / (1 + np.exp(-z))])
def test_smooth_functions_come_as_near_as_asked(function: Callable[[Floats], Floats]) -> None:
    z = np.linspace(-4, 4, 1001)
    sizes = []
    for fine in (0.05, 0.01, 0.002):
        ramps = fit(function, -4.0, 4.0, fine, 60)
        assert np.abs(ramps(z) - function(z)).max() <= 1.01 * fine * np.ptp(function(z))
        sizes.append(len(ramps.slopes))
    assert sizes == sorted(sizes)


def test_expanded_layers_do_what_the_layers_did() -> None:
    rng = np.random.default_rng(1)
    widths = (6, 9, 5, 3)
    functions = (np.tanh, leaky, None)
    layers = [
        FloatLayer(f"d{i}", rng.normal(size=(a, b)) / 2, rng.normal(size=b), function, "mine")
        for i, (a, b, function) in enumerate(zip(widths, widths[1:], functions, strict=False))
    ]
    x = rng.normal(size=(300, 6))
    expanded = expand(layers, x, 1e-4)
    y = x
    for (weights, bias), ceiling in zip(expanded.layers, [*expanded.ceilings, None], strict=True):
        y = y @ weights + bias
        if ceiling is not None:
            y = np.clip(y, 0, ceiling)
    assert np.abs(y - run(layers, x)).max() < 0.02


def test_too_many_units_of_a_curved_function_are_refused_by_name() -> None:
    wide = FloatLayer("wide", np.ones((1, 3000)), np.zeros(3000), np.tanh, "tanh")
    last = FloatLayer("last", np.ones((3000, 1)), np.zeros(1))
    with pytest.raises(InvalidModelError, match="'wide': 3,000 units of tanh"):
        expand([wide, last], np.linspace(-4, 4, 50)[:, None], 0.01)


def test_a_layer_that_gives_nothing_is_refused_by_name() -> None:
    dead = FloatLayer("dead", np.ones((1, 4)), np.full(4, -9.0), relu, "relu")
    last = FloatLayer("last", np.ones((4, 1)), np.zeros(1))
    with pytest.raises(InvalidModelError, match="'dead' gives the same"):
        expand([dead, last], np.linspace(-4, 4, 50)[:, None], 0.01)
