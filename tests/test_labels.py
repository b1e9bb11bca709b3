"""Labels, splits and metadata: through the API and back, as they were."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aecodec
from aecodec.container import LabelType
from aecodec.extras import make_splits
from aecodec.labels import label_array, label_list, label_type

IMAGES = np.zeros((6, 28, 28), np.uint8)
IMAGES[:, 10:16, 10:16] = np.eye(6, dtype=np.uint8)[:, :, None] * 255


def there_and_back(labels: Any, **more: Any) -> aecodec.Archive:
    return aecodec.open(aecodec.compress(IMAGES, model="tiny-k2", labels=labels, **more))


@pytest.mark.parametrize(
    "labels",
    [
        np.array([3, 1, 4, 1, 5, 9], kind)
        for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")
    ]
    + [
        np.array([True, False, True, True, True, True]),
        np.array(["cat", "dog", "", "ä", "cat", "cat"]),
        np.array([[3], [1], [4], [1], [5], [9]], np.int64),
        np.eye(6, dtype=np.float32),
        np.eye(10)[[3, 1, 4, 1, 5, 9]],
        np.eye(6, dtype=bool),
        np.eye(6, dtype=np.uint8)[::-1],
        np.arange(18, dtype=np.int32).reshape(6, 3),
        np.array([-(2**63), 0, 1, 2, 3, 2**63 - 1]),
        np.array([0, 2**64 - 1] * 3, np.uint64),
    ],
    ids=lambda labels: f"{labels.dtype}{labels.shape}",
)
def test_labels_come_back_as_they_were(labels: np.ndarray[Any, Any]) -> None:
    found = there_and_back(labels).labels
    assert found is not None
    assert found.dtype == labels.dtype
    assert np.array_equal(found, labels)


def test_labels_of_another_byte_order_have_the_same_values() -> None:
    found = there_and_back(np.array([1, 2, 3, 300, 5, 6], ">i4")).labels
    assert found is not None
    assert found.tolist() == [1, 2, 3, 300, 5, 6]
    assert found.dtype == np.int32


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=50))
def test_many_values_are_no_list(numbers: list[int]) -> None:
    labels = np.concatenate([np.arange(5000), numbers])
    kind = label_type([labels])
    assert kind is not None
    assert kind.values == ()
    assert np.array_equal(label_array(kind, label_list(kind, labels)), labels)


@pytest.mark.parametrize(
    "labels",
    [
        [1, 2, 3],
        3,
        np.zeros(6),
        np.zeros((6, 2, 2), np.uint8),
        np.full((6, 3), 0.5),
        np.array(["x"] * 6, object),
        np.array([b"x"] * 6),
        np.array(["x" * 1025] * 6),
        np.zeros((6, 0), np.uint8),
    ],
    ids=lambda labels: str(np.shape(labels)),
)
def test_labels_that_have_no_place_are_refused(labels: Any) -> None:
    with pytest.raises(aecodec.InvalidArgumentError):
        there_and_back(labels)


def test_batches_of_another_type_are_refused() -> None:
    with pytest.raises(aecodec.InvalidArgumentError, match="change"):
        label_type([np.array([1]), np.array(["a"])])


def test_rows_that_turn_out_not_to_be_one_hot_are_kept_as_rows() -> None:
    parts = [np.eye(3, dtype=np.uint8), np.array([[1, 2, 0]], np.uint8)]
    assert label_type(parts) == LabelType("u1", 3)


def test_classes_splits_metadata_and_titles_are_kept() -> None:
    names = ["t-shirt", "trouser", "pullover"]
    metadata = {"source": "by hand", "year": 2024, "tags": ["a", -1]}
    splits = {"train": 4, "test": 2}
    archive = there_and_back(
        [0, 2, 2, 0, 2, 2], class_names=names, splits=splits, metadata=metadata
    )
    assert archive.class_names == {0: "t-shirt", 2: "pullover"}
    assert archive.metadata == metadata
    assert {name: list(numbers) for name, numbers in archive.splits.items()} == {
        "train": [0, 1, 2, 3],
        "test": [4, 5],
    }
    decoded = aecodec.decompress(aecodec.compress(IMAGES, model="tiny-k2"))
    assert np.array_equal(archive[archive.splits["test"]], decoded[4:])


def test_labels_and_splits_follow_their_images_when_names_sort_them() -> None:
    names = ["f", "e", "d", "c", "b", "a"]
    archive = there_and_back(range(6), names=names, splits=[("x", 1), ("y", 4), ("x", 1)])
    assert archive.labels is not None
    assert archive.labels.tolist() == [5, 4, 3, 2, 1, 0]
    assert archive.splits["x"].tolist() == [0, 5]


def test_a_file_without_them_is_of_version_1() -> None:
    plain = aecodec.compress(IMAGES, model="tiny-k2")
    assert plain[4] == 1
    archive = aecodec.open(plain)
    assert (archive.labels, archive.splits, archive.metadata) == (None, {}, {})


@pytest.mark.parametrize(
    "more",
    [
        {"splits": {"train": 5}},
        {"splits": {"train": 7, "test": -1}},
        {"splits": {"": 6}},
        {"metadata": {"a": 1.5}},
        {"metadata": {"a": "x" * 2**16}},
        {"metadata": "x"},
        {"class_names": ["a"]},
        {"class_names": ["a"], "labels": [0, 1, 0, 1, 0, 1]},
        {"class_names": ["a", "b"], "labels": ["a", "b", "a", "b", "a", "b"]},
        {"class_names": ["a", "b"], "labels": [-1, 0, 1, -1, 0, 1]},
    ],
)
def test_what_does_not_fit_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(aecodec.InvalidArgumentError):
        aecodec.compress(IMAGES, model="tiny-k2", **more)


def test_splits_of_no_images_leave_no_run() -> None:
    assert make_splits({"train": 0, "test": 1}, 1) == make_splits({"test": 1}, 1)
