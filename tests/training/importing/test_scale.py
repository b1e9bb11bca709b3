"""One network, as it would have come out of training on pixels of many scales."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets.load import load_dataset
from aecodec.training.importing.activations import ACTIVATIONS
from aecodec.training.importing.network import AutoEncoder, FloatLayer, run
from aecodec.training.importing.scale import Ends, error, find_scales, scaled, unscaled

IMAGES = load_dataset(ROOT / "examples" / "digits").images
TRAIN, VALIDATION = IMAGES[20:], IMAGES[:20]
MEAN, DEVIATION = float(TRAIN.mean() / 255), float(TRAIN.std() / 255)


def standardised(mean: float, deviation: float) -> Ends:
    return (0 - mean) / deviation, (1 - mean) / deviation


@cache
def trained() -> AutoEncoder:
    """An auto-encoder of pixels in 0..1 without Keras: principal components, bent by a tanh."""
    x = TRAIN.reshape(-1, 784) / 255
    mean = x.mean(0)
    _, directions = np.linalg.eigh(np.cov((x - mean).T))
    weights = directions[:, -12:] / 2
    encoder = FloatLayer("a", weights, -mean @ weights, np.tanh, "tanh")
    rows = np.c_[encoder(x), np.ones(len(x))]
    solution = np.asarray(np.linalg.lstsq(rows, x, rcond=None)[0], np.float64)
    return AutoEncoder((encoder,), (FloatLayer("d", solution[:-1], solution[-1]),))


def on(inputs: Ends, outputs: Ends) -> AutoEncoder:
    """The same network for pixels of another scale: it is folded into the outer layers."""
    network = trained()
    first, last = network.encoder[0], network.decoder[-1]
    gain = inputs[1] - inputs[0]
    weights = first.weights / gain
    first = replace(first, weights=weights, bias=first.bias - inputs[0] * weights.sum(0))
    gain = outputs[1] - outputs[0]
    last = replace(last, weights=last.weights * gain, bias=last.bias * gain + outputs[0])
    return AutoEncoder((first, *network.encoder[1:]), (*network.decoder[:-1], last))


def found_error(network: AutoEncoder, inputs: Ends, outputs: Ends) -> float:
    values = run((*network.encoder, *network.decoder), scaled(VALIDATION, inputs))
    return error(unscaled(values, outputs), VALIDATION)


TRUE = found_error(trained(), (0, 1), (0, 1))


@pytest.mark.parametrize("outputs", [None, (0.0, 1.0), (1.0, 0.0)])
@pytest.mark.parametrize(
    "inputs",
    [
        (0.0, 1.0),
        (-1.0, 1.0),
        (0.0, 255.0),
        (-0.5, 0.5),
        (1.0, 0.0),
        (255.0, 0.0),
        standardised(MEAN, DEVIATION),
        standardised(0.1307, 0.3081),
        standardised(1 - MEAN, -DEVIATION),  # inverted, then standardised
        (0.0, 255 / 128),
        (0.25, -3.5),
        (-20.0, 90.0),
    ],
)
def test_any_one_scale_and_offset_is_found(inputs: Ends, outputs: Ends | None) -> None:
    network = on(inputs, outputs or inputs)
    scales = find_scales(network, TRAIN, VALIDATION)
    assert scales.explained
    assert found_error(network, scales.inputs, scales.outputs) < 1.05 * TRUE


@pytest.mark.parametrize(
    "ends", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-0.5, 0.5), standardised(MEAN, DEVIATION)]
)
def test_a_usual_scale_is_told_exactly(ends: Ends) -> None:
    scales = find_scales(on(ends, ends), TRAIN, VALIDATION)
    assert scales.inputs == pytest.approx(ends, rel=0.05)
    assert scales.outputs == pytest.approx(ends, rel=0.05)


def test_the_scale_that_is_stated_is_taken() -> None:
    ends = (-20.0, 90.0)
    scales = find_scales(on(ends, (0.0, 1.0)), TRAIN, VALIDATION, ends)
    assert scales.inputs == ends
    assert scales.outputs == pytest.approx((0.0, 1.0), abs=0.05)
    wrong = find_scales(on(ends, (0.0, 1.0)), TRAIN, VALIDATION, (0.0, 1.0))
    assert wrong.inputs == (0.0, 1.0)


def test_a_network_that_no_scale_explains_is_told() -> None:
    rng = np.random.default_rng(5)
    order = rng.permutation(784)  # it was trained on scrambled images
    network = trained()
    first, last = network.encoder[0], network.decoder[-1]
    first = replace(first, weights=first.weights[order])
    last = replace(last, weights=last.weights[:, order[::-1]], bias=last.bias[order[::-1]])
    scrambled = AutoEncoder((first,), (last,))
    assert not find_scales(scrambled, TRAIN, VALIDATION).explained
    assert find_scales(network, TRAIN, VALIDATION).explained


def test_networks_that_overflow_at_a_scale_are_tried_at_others() -> None:
    network = trained()
    first = replace(network.encoder[0], function=lambda z: np.exp(z * 5), activation="exponential")
    steep = AutoEncoder((first,), network.decoder)
    assert np.isfinite(find_scales(steep, TRAIN, VALIDATION).inputs).all()


def test_activations_compute_what_keras_computes() -> None:
    keras = pytest.importorskip("keras", reason="compares with Keras")
    z = np.linspace(-8, 8, 321)
    for name, function in ACTIVATIONS.items():
        theirs = np.asarray(keras.activations.get(name)(z.astype(np.float32)))
        assert np.allclose(function(z), theirs, rtol=1e-5, atol=2e-6), name
