"""The integer derivatives that guide a search, beside those of float arithmetic."""

import numpy as np
import pytest
from helpers import random_layer
from numpy.typing import NDArray

from aecodec.integer import DenseLayer, ExactProducts, Network
from aecodec.kinds.transform import slopes
from aecodec.kinds.transform.slopes import Curvature, Gradient

LATENTS, COUNT = 5, 12
TABLE = np.arange(1, 257, dtype=np.float32) % 200


def decoder(*widths: int) -> Network:
    """A network whose units are now between their clips, now at one."""
    rng = np.random.default_rng(len(widths))
    sizes = [LATENTS, *widths, 784]
    shifts = [(0, 2), *[(6, 8)] * len(widths)]
    layers = [
        random_layer(rng, inputs, outputs, shift=shift, bias=100)
        for inputs, outputs, shift in zip(sizes, sizes[1:], shifts, strict=False)
    ]
    return Network(layers, (-8, 7))


def derivative(layer: DenseLayer, result: NDArray[np.floating]) -> NDArray[np.float64]:
    """What each input adds to each output of a layer (inputs, outputs), where it gave `result`."""
    is_open = (result > layer.low) & (result < layer.high)
    return layer.weights * 2.0 ** -layer.shift.astype(float) * is_open


def jacobian(network: Network, values: list[NDArray[np.floating]], row: int) -> NDArray[np.float64]:
    product = np.eye(LATENTS)
    for layer, result in zip(network.layers, values[1:], strict=True):
        product = product @ derivative(layer, result[row])
    return product


@pytest.mark.parametrize("widths", [(), (40,), (40, 70)])
def test_they_are_those_of_float_arithmetic_but_for_rounding(widths: tuple[int, ...]) -> None:
    network, rng = decoder(*widths), np.random.default_rng(9)
    values = network.trace(rng.integers(-8, 8, (COUNT, LATENTS)).astype(np.float32))
    gradient = rng.integers(-(2**15), 2**15, (COUNT, 784)).astype(np.float32)
    back, exponents = Gradient(network)(values, gradient)
    grams, scales = Curvature(network, TABLE)(values[1:])
    for row in range(COUNT):
        changes = jacobian(network, values, row)
        expected = changes @ gradient[row]
        found = np.ldexp(back[row].astype(float), exponents[row])
        assert np.abs(found - expected).max() <= 0.04 * np.abs(expected).max()
        changes *= TABLE[values[-1][row].astype(int)]
        expected = changes @ changes.T
        found = np.ldexp(grams[row].astype(float), scales[row])
        assert expected.max() > 0
        assert np.abs(found - expected).max() <= 0.04 * expected.max()


def test_a_kernel_that_rounds_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What guides a search is the same integers also after a fall back to int64."""

    def rounding(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        return (a @ b).astype(np.float16).astype(np.float32)

    network = decoder(40, 70)
    values = network.trace(np.full((COUNT, LATENTS), 3, np.float32))
    expected = Curvature(network, TABLE)(values[1:])
    monkeypatch.setattr(slopes, "ExactProducts", lambda: ExactProducts(rounding))
    for ours, theirs in zip(expected, Curvature(network, TABLE)(values[1:]), strict=True):
        assert np.array_equal(ours, theirs)


def test_where_nothing_is_between_its_clips_nothing_changes() -> None:
    network = decoder(40)
    results = [np.zeros((2, 40), np.float32), np.full((2, 784), 255, np.float32)]
    gradient = np.ones((2, 784), np.float32)
    assert not Curvature(network, TABLE)(results)[0].any()
    assert not Gradient(network)([np.zeros((2, LATENTS)), *results], gradient)[0].any()
