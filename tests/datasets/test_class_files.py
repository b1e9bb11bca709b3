"""A folder of npy files without labels: each file is a class."""

from pathlib import Path

import numpy as np
import pytest
from helpers import pattern

import aecodec
from aecodec.datasets import load_dataset, open_dataset
from aecodec.errors import InvalidImageError

IMAGES = pattern(2100)
START = "full_numpy_bitmap_"
PARTS = {"cat": slice(0, 5), "The Eiffel Tower": slice(5, 2005), "train": slice(2005, 2100)}


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    for name, part in PARTS.items():
        np.save(tmp_path / f"{START}{name}.npy", IMAGES[part].reshape(-1, 784))
    return tmp_path


def test_each_file_is_a_class(drawings: Path) -> None:
    (split,) = open_dataset(drawings).splits
    assert (split.name, split.count) == ("", 2100)
    assert split.class_names == ("The Eiffel Tower", "cat", "train")
    order = [*range(5, 2005), *range(5), *range(2005, 2100)]
    found = load_dataset(drawings)
    assert np.array_equal(found.images, IMAGES[order])
    assert found.labels is not None
    assert found.labels.tolist() == [0] * 2000 + [1] * 5 + [2] * 95
    batches = list(split.batches(2001))
    assert [len(batch.images) for batch in batches] == [4, 95]
    assert [set(batch.labels.tolist()) for batch in batches if batch.labels is not None] == [
        {1},
        {2},
    ]


def test_an_archive_keeps_the_classes(drawings: Path, tmp_path: Path) -> None:
    report = aecodec.compress_file(drawings, tmp_path / "x.aez", model="tiny", max_mse=0)
    assert report.images == 2100
    with aecodec.open(tmp_path / "x.aez") as archive:
        cats = archive.with_label("cat")
        assert np.array_equal(archive[cats], IMAGES[:5])


def test_files_of_splits_and_shards_are_no_classes(tmp_path: Path) -> None:
    np.save(tmp_path / "x_train.npy", IMAGES[:3])
    np.save(tmp_path / "x_test.npy", IMAGES[3:5])
    assert [split.name for split in open_dataset(tmp_path).splits] == ["train", "test"]
    shards = tmp_path / "shards"
    shards.mkdir()
    for number in range(2):
        np.save(shards / f"x-{number}-of-2.npy", IMAGES[number : number + 1])
    (split,) = open_dataset(shards).splits
    assert split.class_names is None


def test_a_file_of_something_else_is_told(drawings: Path) -> None:
    np.save(drawings / f"{START}dog.npy", np.zeros((3, 5), np.uint8))
    with pytest.raises(InvalidImageError, match=r"bitmap_dog.npy.*\(3, 5\)"):
        load_dataset(drawings)
