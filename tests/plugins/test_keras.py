"""`aecodec.load_data`: splits and labels of an archive in the layout of Keras."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import pattern
from plugin_samples import EXACT, check_learned, classifier

import aecodec

IMAGES = pattern(6)
LABELS = np.array([3, 1, 4, 1, 5, 9], np.uint8)


def write(path: Path, **extras: Any) -> Path:
    path.write_bytes(aecodec.compress(IMAGES, model=EXACT, **extras))
    return path


def test_splits_come_in_the_layout_of_keras(tmp_path: Path) -> None:
    splits = [("train", 2), ("val", 1), ("train", 1), ("test", 2)]
    path = write(tmp_path / "x.aez", labels=LABELS, splits=splits)
    (x_train, y_train), (x_test, y_test) = aecodec.load_data(path)
    assert np.array_equal(x_train, IMAGES[[0, 1, 3]])
    assert np.array_equal(x_test, IMAGES[4:])
    assert y_train.dtype == LABELS.dtype
    assert (y_train.tolist(), y_test.tolist()) == ([3, 1, 1], [5, 9])


def test_a_training_runs_from_it(digits: Path) -> None:
    (x_train, y_train), (x_test, y_test) = aecodec.load_data(digits)
    model = classifier()
    losses = model.fit(x_train, y_train, batch_size=10, epochs=15, verbose=0).history["loss"]
    check_learned(losses, model.evaluate(x_test, y_test, verbose=0)[1])


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    write(path, splits={"train": 4, "test": 2})
    with pytest.raises(aecodec.InvalidArgumentError, match=r"x.aez: has no labels"):
        aecodec.load_data(path)
    write(path, labels=LABELS)
    with pytest.raises(aecodec.InvalidArgumentError, match="no split 'train', nor any other"):
        aecodec.load_data(path)
    write(path, labels=LABELS, splits={"train": 4, "val": 2})
    with pytest.raises(aecodec.InvalidArgumentError, match="no split 'test', only train, val"):
        aecodec.load_data(path)
    with pytest.raises(aecodec.MissingFileError):
        aecodec.load_data(tmp_path / "none.aez")
    data = write(path, labels=LABELS, splits={"train": 4, "test": 2}).read_bytes()
    path.write_bytes(data[:-3])
    with pytest.raises(aecodec.CorruptFileError):
        aecodec.load_data(path)
