from pathlib import Path

import numpy as np
import pytest
from helpers import folder_of
from numpy.typing import NDArray

from aecodec.datasets import Dataset, Options, load_dataset
from aecodec.errors import InvalidArgumentError, InvalidImageError
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
    plain, inverted = (
        load_split(str(tmp_path / "x.npy"), Options(invert=i)) for i in (False, True)
    )
    assert np.array_equal(inverted.train, 255 - plain.train)


def test_mirror_images_are_trained_on_but_for_those_that_validate() -> None:
    images = pattern(300)
    images[5] = images[200, :, ::-1]  # every tenth validates
    parts = split(Dataset(images, None))
    both = parts.mirrored()
    known = {image.tobytes() for image in both.train}
    assert np.array_equal(both.train[: len(parts.train)], parts.train)
    assert images[5].tobytes() in known
    assert images[5, :, ::-1].tobytes() not in known
    assert len(both.train) == 2 * len(parts.train) - 1
    assert np.array_equal(both.validation, parts.validation)
    assert both.notes == (
        *parts.notes,
        f"{len(parts.train) - 1} of the training images are mirror images.",
    )


def test_mirror_images_have_the_labels_of_their_images() -> None:
    images, labels = pattern(300), np.arange(300) % 3
    both = split(Dataset(images, labels)).mirrored()
    assert both.train_labels is not None
    whose = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    for image, label in zip(both.train, both.train_labels, strict=True):
        assert label == whose.get(image.tobytes(), whose.get(image[:, ::-1].tobytes()))


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


def test_one_part_is_taken_whole_where_it_is_named_and_its_arrays_are_found(tmp_path: Path) -> None:
    path, images = tmp_path / "data.npz", pattern(200)
    np.savez(path, train_glyphs=images[:100], test_glyphs=images[100:])
    parts = load_split(str(path), Options(transpose=True, images="test_glyphs"))
    assert len(parts.train) + len(parts.validation) == 100
    assert {image.tobytes() for image in (*parts.train, *parts.validation)} == {
        image.T.tobytes() for image in images[100:]
    }
    np.savez(path, x_train=images[:100], x_val=images[100:110], x_test=images[110:])
    parts = load_split(str(path), part="test")
    assert len(parts.train) + len(parts.validation) == 90
    with pytest.raises(InvalidImageError, match="no split none, only train and validation"):
        load_split(str(path), part="none")


def test_what_is_downloaded_has_no_parts_and_keys() -> None:
    with pytest.raises(InvalidArgumentError, match="mnist is downloaded"):
        load_split("mnist", part="test")


def test_bad_images_are_skipped_where_asked_and_told(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(80))
    (tmp_path / "03.png").write_bytes(b"no image")
    with pytest.raises(InvalidImageError, match=r"03\.png.*--skip-bad"):
        load_split(str(tmp_path))
    parts = load_split(str(tmp_path), Options(skip_bad=True))
    assert len(parts.train) + len(parts.validation) == 79
    assert parts.notes[0].startswith("Skipped 1 file that could not be read: 03.png")
