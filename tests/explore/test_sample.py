from pathlib import Path

import numpy as np
import pytest
from helpers import folder_of, pattern

from aecodec.errors import InvalidImageError
from aecodec.explore.sample import load_sample


def test_without_data_there_are_digits() -> None:
    sample = load_sample()
    assert sample.images.shape == (3000, 28, 28)
    assert sample.images.dtype == np.uint8
    assert np.bincount(sample.labels).tolist() == [300] * 10
    assert sample.images.reshape(3000, -1).max(1).min() > 100


def test_folders_are_the_classes(tmp_path: Path) -> None:
    for number, name in enumerate(("b", "a")):
        folder_of(tmp_path / name, pattern(3, number + 1))
    sample = load_sample(str(tmp_path))
    assert sample.classes == ("a", "b")
    assert sample.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert np.array_equal(sample.images[:3], pattern(3, 2))
    assert sample.name == tmp_path.name


def test_many_images_are_drawn_evenly(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=pattern(100), y=np.arange(100) // 10 + 5)
    sample = load_sample(str(tmp_path / "x.npz"), most=20)
    assert (len(sample), sample.total) == (20, 100)
    assert sample.classes == tuple(str(label) for label in range(5, 15))
    assert np.bincount(sample.labels).tolist() == [2] * 10


def test_classes_that_are_not_drawn_are_left_out(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=pattern(6), y=np.array([7, 8, 9, 7, 9, 7]))
    sample = load_sample(str(tmp_path / "x.npz"), most=2)
    assert sample.classes == ("7",)
    assert sample.labels.tolist() == [0, 0]


def test_images_without_labels_are_one_class(tmp_path: Path) -> None:
    sample = load_sample(str(folder_of(tmp_path / "x", pattern(3))))
    assert sample.classes == ("all images",)


def test_no_images_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "none.npy", pattern(0))
    with pytest.raises(InvalidImageError, match="holds no images"):
        load_sample(str(tmp_path / "none.npy"))
