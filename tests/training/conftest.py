"""Networks of these tests begin with the same weights in every run: Keras is seeded for each."""

from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True)
def keras_seed(own_seeds: None) -> None:  # noqa: ARG001 - which comes first
    """Seed Python, NumPy and TensorFlow."""
    if find_spec("keras"):
        import keras

        keras.utils.set_random_seed(1)
