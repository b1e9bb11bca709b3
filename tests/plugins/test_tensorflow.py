"""`tf.data` streams an archive, and a small training runs from it."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plugin_samples import DIGITS, LABELS

import aecodec
from aecodec.plugins.tensorflow import dataset


def test_images_and_labels_stream_in_their_order(archive: Path) -> None:
    pairs: list[Any] = list(dataset(archive).as_numpy_iterator())
    assert np.array_equal([image for image, _ in pairs], DIGITS)
    assert [label for _, label in pairs] == LABELS
    assert int(dataset(archive, "test").cardinality()) == 5
    with pytest.raises(aecodec.InvalidArgumentError, match="no split 'val'"):
        dataset(archive, "val")


def test_a_training_runs_from_it(archive: Path) -> None:
    keras: Any = import_module("keras")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    data = dataset(archive, "train").shuffle(20, seed=1).batch(5)
    losses = model.fit(data, epochs=5, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
