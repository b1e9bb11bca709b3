"""Hugging Face data sets both ways."""

from pathlib import Path

import numpy as np
import pytest
from datasets import ClassLabel
from helpers import pattern
from plugin_samples import EXACT

import aecodec
from aecodec.plugins import huggingface

IMAGES = pattern(6)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "x.aez"
    labels, names = [1, 0, 2, 2, 1, 0], ("cat", "dog", "owl")
    splits = {"train": 4, "test": 2}
    data = aecodec.compress(IMAGES, model=EXACT, labels=labels, class_names=names, splits=splits)
    path.write_bytes(data)
    return path


def test_an_archive_is_a_dataset_and_comes_back(archive: Path) -> None:
    data = huggingface.to_dataset(archive)
    assert data.features["label"] == ClassLabel(names=["cat", "dog", "owl"])
    assert np.array_equal([np.asarray(image) for image in data["image"]], IMAGES)
    again = huggingface.from_dataset(data, model=EXACT, splits={"train": 4, "test": 2})
    assert again == archive.read_bytes()
    assert list(huggingface.to_dataset(archive, "test")["label"]) == [1, 0]


def test_what_does_not_fit_is_said(archive: Path) -> None:
    with pytest.raises(aecodec.InvalidArgumentError, match="no split 'val', only train, test"):
        huggingface.to_dataset(archive, "val")
    with pytest.raises(aecodec.InvalidImageError, match="no column 'img' of images, only image"):
        huggingface.from_dataset(huggingface.to_dataset(archive), image="img")
