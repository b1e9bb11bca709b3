import gzip
import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers import fails, folder_of, one_line, pattern, save
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.datasets.load import load_dataset
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
def test_a_damaged_idx_file_is_told_with_its_name(tmp_path: Path, change: object) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(change(idx(pattern(2))))  # type: ignore[operator]
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


@given(st.binary(max_size=60))
def test_any_bytes_are_a_data_set_or_the_one_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("x.idx", "x-ubyte", "x.idx.gz", "x.npy", "x.npz"):
        (folder / name).write_bytes(data)
        try:
            load_dataset(folder / name)
        except InvalidImageError as error:
            assert name in str(error)


def _npy(*shape: int) -> bytes:
    """An npy file that promises a shape and has 100 bytes."""
    file = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(100)


def _zip(members: dict[str, bytes], *, encrypted: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    data = bytearray(file.getvalue())
    if encrypted:
        data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("an-npz.npy", _zip({"x.npy": _npy(1)})),
        ("an-empty-zip.npy", b"PK\x05\x06" + bytes(18)),
        ("an-npy.npz", _npy(100)),
        ("no-array.npz", _zip({"x": b"text"})),
        ("encrypted.npz", _zip({"x.npy": _npy(1)}, encrypted=True)),
        ("huge.npy", _npy(10**11, 28, 28)),
        ("huge.npz", _zip({"x.npy": _npy(10**11, 28, 28)})),
    ],
)
def test_arrays_that_are_not_what_they_seem_are_told(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InvalidImageError, match=name):
        load_dataset(tmp_path / name)


def test_labels_that_are_no_array_are_left_out(tmp_path: Path) -> None:
    file = io.BytesIO()
    np.save(file, pattern(4))
    (tmp_path / "x.npz").write_bytes(_zip({"x.npy": file.getvalue(), "y": b"text"}))
    data = load_dataset(tmp_path / "x.npz")
    assert data.labels is None
    assert np.array_equal(data.images, pattern(4))


def test_arrays_are_read_from_npy(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pattern(4))
    assert np.array_equal(load_dataset(tmp_path / "x.npy").images, pattern(4))
    np.save(tmp_path / "y.npy", pattern(4) / 255)
    with pytest.raises(InvalidImageError, match=r"y\.npy.*uint8"):
        load_dataset(tmp_path / "y.npy")


def test_arrays_that_would_run_code_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidImageError, match=r"x\.npy"):
        load_dataset(tmp_path / "x.npy")


def test_arrays_are_read_from_npz_by_the_usual_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=pattern(5), y_train=LABELS, x_test=pattern(2))
    assert len(load_dataset(tmp_path / "a.npz", "train")) == 5
    assert load_dataset(tmp_path / "a.npz").labels is None
    np.savez(tmp_path / "b.npz", images=pattern(3), labels=LABELS[:3])
    assert load_dataset(tmp_path / "b.npz").labels is not None
    np.savez(tmp_path / "c.npz", z=pattern(3))
    with pytest.raises(InvalidImageError, match=r"c\.npz: holds z"):
        load_dataset(tmp_path / "c.npz")


def test_folders_inside_a_folder_are_classes(tmp_path: Path) -> None:
    folder_of(tmp_path / "seven", pattern(2))
    folder_of(tmp_path / "eight", pattern(1, 5))
    data = load_dataset(tmp_path)
    assert data.class_names == ("eight", "seven")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 1]
    assert np.array_equal(data.images, np.concatenate([pattern(1, 5), pattern(2)]))


def test_a_folder_without_folders_has_no_labels(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(3))
    assert load_dataset(tmp_path).labels is None


def test_a_bad_image_in_a_folder_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(3))
    save(tmp_path / "01.png", np.zeros((9, 9), np.uint8))
    with pytest.raises(InvalidImageError, match=r"01\.png: found 9x9"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("name", ["none", "empty", "x.txt"])
def test_what_is_no_data_set_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.txt").write_text("text")
    with pytest.raises(InvalidImageError, match=name):
        load_dataset(tmp_path / name)


def test_every_bad_image_in_a_folder_is_counted_and_fit_takes_them(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(8))
    for number in range(1, 7):
        save(tmp_path / f"{number:02}.png", np.full((9, 9), number, np.uint8))
    with pytest.raises(InvalidImageError, match=r"01\.png.*5 more of the 8 files.*02\.png.*\.\.\."):
        load_dataset(tmp_path)
    images = load_dataset(tmp_path, fit=True, invert=True).images
    assert np.array_equal(images[0], 255 - pattern(1)[0])
    assert (images[3] == 252).all()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
@pytest.mark.parametrize("command", [("bench",), ("explore", "-o", "x.html")])
def test_a_pipe_among_the_images_is_refused_and_not_waited_for(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    os.mkfifo(folder_of(tmp_path / "f", pattern(2)) / "a.png")
    text = fails(command[0], tmp_path / "f", *command[1:], cwd=tmp_path)
    assert "a.png: is not a regular file" in one_line(text)
