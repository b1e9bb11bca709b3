"""Structures of strangers: each is read or refused by an error of ours, whatever a setting is."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from keras_files import autoencoder, chain, dense, layer, model
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.training.importing.isolated import KerasFile
from aecodec.training.importing.network import read_autoencoder
from aecodec.training.importing.structure import Layer, read_structure

STRUCTURES = (
    autoencoder(),
    model(
        "m",
        layer("Flatten"),
        dense("a", 8, {"class_name": "ReLU", "config": {"max_value": 6.0}}),
        layer("BatchNormalization", axis=[1], epsilon=1e-3, center=True, scale=True),
        dense("b", 2),
        layer("LeakyReLU", alpha=0.3),
        dense("d", 784, "sigmoid"),
        layer("Reshape", target_shape=[28, 28]),
        shape=(28, 28),
    ),
    chain(
        "f",
        layer("InputLayer", batch_input_shape=[None, 784]),
        layer("Rescaling", scale=1 / 255, offset=0.0),
        dense("a", 2),
        layer("Activation", activation="tanh"),
        dense("b", 784, "sigmoid"),
    ),
)
NUMBERS = st.integers(-(2**70), 2**70) | st.integers(-2, 9) | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=3) | st.just("relu"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


class AnyWeights(KerasFile):
    """Weights of whatever shape is asked for."""

    def arrays(self, layer: Layer, shapes: Any) -> list[NDArray[np.float64]]:
        assert all(type(n) is int for shape in shapes for n in shape), layer
        return [np.full(shape, 0.01) for shape in shapes]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a structure: what holds it, and its key there."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


@given(st.sampled_from(STRUCTURES), st.data())
def test_any_value_in_any_place(spec: Any, draw: st.DataObject) -> None:
    changed = deepcopy(spec)
    holder, key = draw.draw(st.sampled_from(list(_places(changed))))
    if draw.draw(st.booleans()):
        holder[key] = draw.draw(VALUES)
    else:
        del holder[key]
    try:
        network = read_autoencoder(AnyWeights(read_structure(json.dumps(changed))))
    except InvalidModelError as error:
        assert error.detail
        return
    assert len(network.encoder[0].weights) == 784
