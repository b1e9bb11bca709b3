import gzip
import io
import struct
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from helpers import pattern

from aecodec.datasets import load_dataset
from aecodec.errors import InvalidImageError


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
    made = bytearray(file.getvalue())
    if encrypted:
        made[made.find(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


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
    np.save(tmp_path / "y.npy", pattern(4) / 256)
    with pytest.raises(InvalidImageError, match=r"y\.npy.*uint8"):
        load_dataset(tmp_path / "y.npy")


def test_arrays_that_would_run_code_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidImageError, match=r"x\.npy"):
        load_dataset(tmp_path / "x.npy")


def test_arrays_are_read_from_npz_by_the_usual_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=pattern(5), y_train=np.arange(5), x_test=pattern(2))
    assert len(load_dataset(tmp_path / "a.npz", "train")) == 5
    assert load_dataset(tmp_path / "a.npz").labels is None
    np.savez(tmp_path / "b.npz", images=pattern(3), labels=np.arange(3))
    assert load_dataset(tmp_path / "b.npz").labels is not None
    np.savez(tmp_path / "c.npz", z=pattern(3))
    with pytest.raises(InvalidImageError, match=r"c\.npz: holds z"):
        load_dataset(tmp_path / "c.npz")


@pytest.mark.parametrize(
    "header", ["{'descr': (", "{'descr': '", "{'a': ", "[" * 5000, "\0", "1" * 9]
)
def test_a_damaged_header_is_told(tmp_path: Path, header: str) -> None:
    text = header.encode()
    data = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text
    (tmp_path / "x.npy").write_bytes(data)
    with pytest.raises(InvalidImageError, match=r"x\.npy: the header of its array is damaged"):
        load_dataset(tmp_path / "x.npy")


@pytest.mark.parametrize("order", ["C", "F"])
def test_both_orders_in_memory_are_read(tmp_path: Path, order: Literal["C", "F"]) -> None:
    np.save(tmp_path / "x.npy", np.asarray(pattern(4), order=order))
    assert np.array_equal(load_dataset(tmp_path / "x.npy").images, pattern(4))


@pytest.mark.parametrize("name", ["x", "x.npz", "x.idx", "x.npy.gz"])
def test_an_array_is_found_by_its_content(tmp_path: Path, name: str) -> None:
    file = io.BytesIO()
    np.save(file, pattern(4))
    data = file.getvalue()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert np.array_equal(load_dataset(tmp_path / name).images, pattern(4))


def test_several_arrays_in_one_npy_file_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "x.npy").open("wb") as file:
        np.save(file, pattern(2))
        np.save(file, pattern(2))
    with pytest.raises(InvalidImageError, match="trailing bytes"):
        load_dataset(tmp_path / "x.npy")


def test_objects_in_an_npz_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InvalidImageError, match=r"x\.npz: x: holds Python objects"):
        load_dataset(tmp_path / "x.npz")


def test_floats_are_told_with_the_line_that_converts_them(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pattern(4) / 256)
    with pytest.raises(
        InvalidImageError, match=r"\(images \* 255\)\.round\(\)\.astype\(np\.uint8\)"
    ):
        load_dataset(tmp_path / "x.npy")


def test_invert_turns_arrays_around(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pattern(4))
    assert np.array_equal(load_dataset(tmp_path / "x.npy", invert=True).images, 255 - pattern(4))
