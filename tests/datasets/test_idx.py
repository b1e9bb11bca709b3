import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import pattern
from numpy.typing import NDArray

from aecodec.datasets import load_dataset, open_dataset
from aecodec.errors import InvalidImageError

LABELS = np.arange(5, dtype=np.uint8)


def idx(array: NDArray[np.uint8]) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """A folder of the four files that MNIST comes in, two of them gzipped."""
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(pattern(5)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(pattern(3, 2))))
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS[:3])))
    return tmp_path


def test_a_folder_of_idx_files_has_both_parts(mnist: Path) -> None:
    train, test = load_dataset(mnist, "train"), load_dataset(mnist)
    assert np.array_equal(train.images, pattern(5))
    assert np.array_equal(test.images, pattern(3, 2))
    assert train.labels is not None
    assert test.labels is not None
    assert train.labels.tolist() == [0, 1, 2, 3, 4]
    assert test.labels.tolist() == [0, 1, 2]
    assert (len(train), len(test)) == (5, 3)


def test_an_idx_file_brings_the_labels_beside_it(mnist: Path) -> None:
    assert load_dataset(mnist / "train-images-idx3-ubyte").labels is not None
    (mnist / "train-labels-idx1-ubyte").unlink()
    assert load_dataset(mnist / "train-images-idx3-ubyte").labels is None


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:10],
        lambda data: data[:3],
        lambda _: b"",
        lambda data: b"\0\0\x0d" + data[3:],
        lambda data: data[:8] + struct.pack(">I", 27) + data[12:],
        lambda data: data[:4] + b"\xff" * 4 + data[8:],
        lambda data: data[:3] + b"\x04" + data[4:],
    ],
)
def test_a_damaged_idx_file_is_told_with_its_name(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(change(idx(pattern(2))))
    with pytest.raises(InvalidImageError, match="train-images"):
        load_dataset(path)


def test_labels_that_do_not_fit_are_told(mnist: Path) -> None:
    (mnist / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:4]))
    with pytest.raises(InvalidImageError, match="labels"):
        load_dataset(mnist, "train")


def test_a_damaged_gzip_is_told(mnist: Path) -> None:
    path = mnist / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InvalidImageError, match="t10k-images"):
        load_dataset(path)


def test_labels_that_are_no_idx_file_are_told(mnist: Path) -> None:
    (mnist / "train-labels-idx1-ubyte").write_bytes(b"text")
    with pytest.raises(InvalidImageError, match="train-labels-idx1-ubyte: is no IDX file"):
        load_dataset(mnist, "train")


@pytest.mark.parametrize("name", ["x", "x.idx", "x.png", "x.npy", "train-images-idx3-ubyte"])
@pytest.mark.parametrize("compressed", [False, True])
def test_an_idx_file_is_found_by_its_content(tmp_path: Path, name: str, compressed: bool) -> None:
    data = idx(pattern(2))
    (tmp_path / name).write_bytes(gzip.compress(data) if compressed else data)
    assert np.array_equal(load_dataset(tmp_path / name).images, pattern(2))


def test_labels_may_be_gzipped_where_the_images_are_not(mnist: Path) -> None:
    path = mnist / "train-labels-idx1-ubyte"
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert load_dataset(mnist, "train").labels is not None


def test_a_folder_for_each_file_is_entered(mnist: Path) -> None:
    for part in ("images-idx3", "labels-idx1"):
        path = mnist / f"train-{part}-ubyte"
        data = path.read_bytes()
        path.unlink()
        path.mkdir()
        (path / path.name).write_bytes(data)
    for place in (mnist, mnist / "train-images-idx3-ubyte"):
        dataset = load_dataset(place, "train")
        assert np.array_equal(dataset.images, pattern(5))
        assert dataset.labels is not None


def test_an_empty_folder_of_the_name_of_an_idx_file_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "t10k-images-idx3-ubyte").mkdir()
    with pytest.raises(InvalidImageError, match="t10k-images-idx3-ubyte: holds no images"):
        load_dataset(tmp_path / "t10k-images-idx3-ubyte")


def test_other_numbers_than_bytes_are_taken_where_they_are_greys(tmp_path: Path) -> None:
    head = b"\0\0\x0d\3" + struct.pack(">3I", 2, 28, 28)
    (tmp_path / "x").write_bytes(head + (pattern(2) / 255).astype(">f4").tobytes())
    assert np.array_equal(load_dataset(tmp_path / "x").images, pattern(2))
    (tmp_path / "x").write_bytes(head + pattern(2).astype(">f4").tobytes())
    with pytest.raises(InvalidImageError, match="x: images must be uint8"):
        load_dataset(tmp_path / "x")


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte.gz"),
        ("qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
    ],
)
def test_the_names_in_use_are_known(tmp_path: Path, images: str, labels: str) -> None:
    for name, array in ((images, pattern(5)), (labels, LABELS)):
        data = idx(array)
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    for place in (tmp_path, tmp_path / images):
        found = load_dataset(place, "train" if "train" in images else "test")
        assert np.array_equal(found.images, pattern(5))
        assert found.labels is not None
        assert found.labels.tolist() == [0, 1, 2, 3, 4]


def test_the_labels_of_qmnist_are_kept_whole_and_their_first_is_the_class(tmp_path: Path) -> None:
    (tmp_path / "qmnist-train-images-idx3-ubyte").write_bytes(idx(pattern(2)))
    rows = np.arange(16, dtype=">i4").reshape(2, 8)
    head = b"\0\0\x0c\2" + struct.pack(">2I", 2, 8)
    (tmp_path / "qmnist-train-labels-idx2-int").write_bytes(head + rows.tobytes())
    (split,) = open_dataset(tmp_path).splits
    assert split.name == "train"
    (batch,) = split.read()
    assert batch.labels is not None
    assert np.array_equal(batch.labels, rows)
    labels = load_dataset(tmp_path).labels
    assert labels is not None
    assert labels.tolist() == [0, 8]


def test_several_data_sets_in_one_folder_are_told(mnist: Path) -> None:
    (mnist / "emnist-letters-train-images-idx3-ubyte").write_bytes(idx(pattern(2)))
    with pytest.raises(InvalidImageError, match=r"several data sets .*emnist-letters"):
        open_dataset(mnist)


def mnist_files(folder: Path, dot: str = "-") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train", 5), ("t10k", 3)):
        (folder / f"{name}-images{dot}idx3-ubyte").write_bytes(idx(pattern(count)))
        (folder / f"{name}-labels{dot}idx1-ubyte").write_bytes(idx(LABELS[:count]))


def test_a_file_and_its_compressed_copy_are_one(tmp_path: Path) -> None:
    raw = tmp_path / "MNIST/raw"  # as torchvision leaves it
    mnist_files(raw)
    for path in list(raw.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    for place in (raw, raw.parent):
        splits = open_dataset(place).splits
        assert [(split.name, split.count) for split in splits] == [("train", 5), ("test", 3)]
    other = raw / "t10k-images-idx3-ubyte.gz"
    other.write_bytes(gzip.compress(idx(pattern(3, 9))))
    with pytest.raises(InvalidImageError, match="holds several data sets"):
        open_dataset(raw)


def test_files_and_folders_that_hold_the_same_are_one(tmp_path: Path) -> None:
    mnist_files(tmp_path, ".")
    for path in list(tmp_path.iterdir()):  # as a data set on Kaggle has them
        name = path.name.replace(".", "-")
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_bytes(path.read_bytes())
    splits = open_dataset(tmp_path).splits
    assert [(split.name, split.count) for split in splits] == [("train", 5), ("test", 3)]


def test_a_file_of_no_split_beside_splits_is_told(tmp_path: Path) -> None:
    mnist_files(tmp_path)
    (tmp_path / "xnist-images-idx3-ubyte").write_bytes(idx(pattern(4)))
    with pytest.raises(InvalidImageError, match="xnist-images-idx3-ubyte is of no split and"):
        open_dataset(tmp_path)
