"""`tf.data` streams an archive, and a small training runs from it."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import MODELS, ROOT
from PIL import Image

import aecodec
from aecodec.plugins.tensorflow import dataset

EXACT = str(MODELS / "pixels-p8.aem")  # a tiny lossless model
PATHS = sorted((ROOT / "examples/digits").glob("*.png"))[::4]
DIGITS = np.stack([np.asarray(Image.open(path).convert("L")) for path in PATHS])
LABELS = np.array([int(path.name[0]) for path in PATHS])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "x.aez"
    splits = {"train": 20, "test": 5}
    path.write_bytes(aecodec.compress(DIGITS, model=EXACT, labels=LABELS, splits=splits))
    return path


def test_images_and_labels_stream_in_their_order(archive: Path) -> None:
    pairs: list[Any] = list(dataset(archive).as_numpy_iterator())
    assert np.array_equal([image for image, _ in pairs], DIGITS)
    assert [label for _, label in pairs] == LABELS.tolist()
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
