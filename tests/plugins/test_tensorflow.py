"""`tf.data` streams an archive, and a small training runs from it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plugin_samples import DIGITS, LABELS, check_learned, classifier

import aecodec
from aecodec.plugins.tensorflow import dataset


def test_images_and_labels_stream_in_their_order(archive: Path) -> None:
    pairs: list[Any] = list(dataset(archive).as_numpy_iterator())
    assert np.array_equal([image for image, _ in pairs], DIGITS)
    assert [label for _, label in pairs] == LABELS
    assert int(dataset(archive, "test").cardinality()) == 5
    with pytest.raises(aecodec.InvalidArgumentError, match="no split 'val'"):
        dataset(archive, "val")


def test_a_training_runs_from_it(digits: Path) -> None:
    model = classifier()
    data = dataset(digits, "train").shuffle(80, seed=1).batch(10)
    losses = model.fit(data, epochs=15, shuffle=False, verbose=0).history["loss"]
    check_learned(losses, model.evaluate(dataset(digits, "test").batch(20), verbose=0)[1])
