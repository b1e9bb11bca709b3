"""Hugging Face data sets both ways."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from datasets import ClassLabel, Dataset, Features, Image
from helpers import pattern
from plugin_samples import EXACT, check_learned, classifier

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


@pytest.mark.parametrize(
    "labels",
    [
        np.arange(6, dtype=np.int8),
        np.arange(6, dtype=np.uint16)[:, None],
        np.arange(12, dtype=np.int32).reshape(6, 2),
        np.array([True, False] * 3),
        np.array(["a", "bc"] * 3),
    ],
    ids=lambda labels: f"{labels.dtype}{labels.shape}",
)
def test_labels_keep_their_type(tmp_path: Path, labels: np.ndarray) -> None:
    (tmp_path / "x.aez").write_bytes(aecodec.compress(IMAGES, model=EXACT, labels=labels))
    data = huggingface.to_dataset(tmp_path / "x.aez")
    assert huggingface.from_dataset(data, model=EXACT) == (tmp_path / "x.aez").read_bytes()
    few = aecodec.open(huggingface.from_dataset(data.select([4, 1]), model=EXACT)).labels
    assert few is not None
    assert few.dtype == labels.dtype
    assert np.array_equal(few, labels[[4, 1]])


def test_labels_that_are_not_told_have_no_names() -> None:
    features = Features({"image": Image(), "label": ClassLabel(names=["cat", "dog"])})
    pictures = [PIL.Image.fromarray(image) for image in IMAGES[:2]]
    data = Dataset.from_dict({"image": pictures, "label": [-1, -1]}, features=features)
    archive = aecodec.open(huggingface.from_dataset(data, model=EXACT))
    assert archive.labels is not None
    assert (archive.labels.tolist(), archive.class_names) == ([-1, -1], {})


def test_a_training_runs_from_it(digits: Path) -> None:
    # its own order at random: that of to_tf_dataset needs AutoGraph, which fails on Python 3.13
    train, test = (
        huggingface.to_dataset(digits, split)
        .shuffle(seed=1)
        .to_tf_dataset(batch_size=10, columns="image", label_cols="label", shuffle=False)
        for split in ("train", "test")
    )
    model = classifier()
    losses = model.fit(train, epochs=15, shuffle=False, verbose=0).history["loss"]
    check_learned(losses, model.evaluate(test, verbose=0)[1])


def test_the_library_reads_the_parquet_files(archive: Path, tmp_path: Path) -> None:
    aecodec.decompress_file(archive, tmp_path / "x.parquet")
    data = Dataset.from_parquet(str(tmp_path / "x-train.parquet"), cache_dir=str(tmp_path / "kept"))
    assert data.features == {"image": Image(), "label": ClassLabel(names=["cat", "dog", "owl"])}
    assert np.array_equal([np.asarray(image) for image in data["image"]], IMAGES[:4])


def test_what_does_not_fit_is_said(archive: Path) -> None:
    with pytest.raises(aecodec.InvalidArgumentError, match="no split 'val', only train, test"):
        huggingface.to_dataset(archive, "val")
    with pytest.raises(aecodec.InvalidImageError, match="no column 'img' of images, only image"):
        huggingface.from_dataset(huggingface.to_dataset(archive), image="img")
