from pathlib import Path

import numpy as np
import pytest
from helpers import folder_of
from numpy.typing import NDArray

from aecodec.datasets import Dataset, load_dataset
from aecodec.errors import InvalidImageError
from aecodec.training.data import load_split, split

CLASSES = 4


def pattern(count: int, seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)


def labelled(count: int) -> Dataset:
    return Dataset(pattern(count), np.arange(count) % CLASSES)


def test_the_first_tenth_of_each_class_validates() -> None:
    data = labelled(400)
    parts = split(data)
    assert len(parts.validation) == 40
    assert np.array_equal(parts.validation, data.images[: 10 * CLASSES])
    assert len(parts.train) == 360


def test_at_most_500_of_a_class_validate() -> None:
    parts = split(Dataset(pattern(6000), np.zeros(6000, np.int64)))
    assert len(parts.validation) == 500


def test_every_tenth_validates_without_labels() -> None:
    data = Dataset(pattern(200))
    parts = split(data)
    assert np.array_equal(parts.validation, data.images[::10])
    assert parts.train_labels is None


def test_a_duplicate_of_a_validation_image_is_not_trained_on() -> None:
    images = pattern(200)
    images[1] = images[0]
    parts = split(Dataset(images))
    assert len(parts.train) == 179
    assert any("equal a validation image" in note for note in parts.notes)


def test_duplicates_and_constant_images_are_told_by_number() -> None:
    images = pattern(200)
    images[2] = images[1]
    images[3] = 7
    notes = split(Dataset(images)).notes
    assert notes == (
        "Training images that are duplicates of others: 1 (number 2).",
        "Images of one grey level throughout: 1 (number 3).",
    )


def test_what_is_found_is_told_by_file_where_there_are_files(tmp_path: Path) -> None:
    images = pattern(100)
    images[30:35] = 0
    folder_of(tmp_path, images)
    (note, *_) = split(load_dataset(tmp_path)).notes
    assert "left out of training: 4 (31.png, 32.png, 33.png, ...)" in note


def test_dark_on_light_is_turned_around(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pattern(100))
    plain, inverted = (load_split(str(tmp_path / "x.npy"), invert=i) for i in (False, True))
    assert np.array_equal(inverted.train, 255 - plain.train)


def test_too_few_different_images_are_refused() -> None:
    with pytest.raises(InvalidImageError, match="at least"):
        split(Dataset(np.repeat(pattern(3), 100, axis=0)))


def test_an_npz_brings_its_training_part(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x_train=pattern(100), x_test=pattern(10, seed=2))
    parts = load_split(str(path))
    assert len(parts.train) + len(parts.validation) == 100


def test_a_validation_part_of_its_own_is_taken_and_kept_out_of_training(tmp_path: Path) -> None:
    path, images = tmp_path / "data.npz", pattern(120)
    np.savez(path, x_train=images[:100], x_val=images[95:110], x_test=images[110:])
    parts = load_split(str(path))
    assert np.array_equal(parts.validation, images[95:110])
    assert np.array_equal(parts.train, images[:95])
    assert "its own" in parts.held_out


def test_bad_images_are_skipped_where_asked_and_told(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(80))
    (tmp_path / "03.png").write_bytes(b"no image")
    with pytest.raises(InvalidImageError, match=r"03\.png.*--skip-bad"):
        load_split(str(tmp_path))
    parts = load_split(str(tmp_path), skip_bad=True)
    assert len(parts.train) + len(parts.validation) == 79
    assert parts.notes[0].startswith("Skipped 1 file that could not be read: 03.png")
