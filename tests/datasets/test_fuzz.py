"""Whatever is in a file, loading it gives a data set or our error, in little memory."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import Images, pattern
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aecodec.datasets import is_dataset, load_dataset
from aecodec.errors import InvalidImageError
from aecodec.images import png_bytes


def _samples() -> dict[str, bytes]:
    """A real file of each format."""
    images = pattern(3)
    npy, npz, deflated = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, images)
    np.savez(npz, x_test=images, y_test=np.arange(3))
    np.savez_compressed(deflated, images=images, labels=np.arange(3))
    idx = b"\0\0\x08\3" + struct.pack(">3I", *images.shape) + images.tobytes()
    pages = [Image.fromarray(image) for image in images]
    tiff = io.BytesIO()
    pages[0].save(tiff, "TIFF", save_all=True, append_images=pages[1:])
    return {
        "npy": npy.getvalue(),
        "npz": npz.getvalue(),
        "deflated": deflated.getvalue(),
        "idx": idx,
        "gzip": gzip.compress(idx, mtime=0),
        "bzip2": bz2.compress(idx),
        "xz": lzma.compress(idx),
        "tiff": tiff.getvalue(),
        "csv": "".join(
            f"{n},{','.join(map(str, x.ravel()))}\n" for n, x in enumerate(images)
        ).encode(),
        "zip": _packed_images(images, zipped=True),
        "tar": _packed_images(images, zipped=False),
        "tgz": gzip.compress(_packed_images(images, zipped=False), mtime=0),
        "parquet": _parquet(images),
    }


def _packed_images(images: Images, *, zipped: bool) -> bytes:
    file = io.BytesIO()
    names = [f"train/{number % 2}/{number}.png" for number in range(len(images))]
    if zipped:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as members:
            for name, image in zip(names, images, strict=True):
                members.writestr(name, png_bytes(image))
        return file.getvalue()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, image in zip(names, images, strict=True):
            data = png_bytes(image)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def _parquet(images: Images) -> bytes:
    file = io.BytesIO()
    rows = [{"bytes": png_bytes(image), "path": None} for image in images]
    pq.write_table(pa.table({"image": rows, "label": list(range(len(rows)))}), file)
    return file.getvalue()


SAMPLES = _samples()


def _try(folder: Path, data: bytes) -> None:
    path = folder / "t10k-images-idx3-ubyte"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's own, of headers as Python 2 wrote them
        is_dataset(str(path))  # which the commands ask of every input
        try:
            assert load_dataset(path).images.shape[1:] == (28, 28)
        except InvalidImageError as error:
            assert path.name in str(error)
            assert str(error).isprintable()  # on one line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@given(st.binary(max_size=60))
def test_any_bytes(folder: Path, data: bytes) -> None:
    _try(folder, data)
    for sample in SAMPLES.values():
        _try(folder, sample[:12] + data)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_changed_bytes(folder: Path, kind: str, draw: st.DataObject) -> None:
    changed = bytearray(SAMPLES[kind])
    for _ in range(draw.draw(st.integers(1, 4))):
        end = len(changed) - 1
        near = st.integers(0, min(140, end)) | st.integers(max(0, end - 140), end)
        changed[draw.draw(st.integers(0, end) | near)] = draw.draw(st.integers(0, 255))
    _try(folder, bytes(changed))


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 10**6))
def test_truncated(folder: Path, kind: str, length: int) -> None:
    _try(folder, SAMPLES[kind][: length % len(SAMPLES[kind])])


HEADER = st.text("{}()[]',:\"\\\n#1-L |uOV<>descrfotan_pyh", max_size=40)


@given(HEADER, HEADER, st.sampled_from([1, 2, 3]))
def test_any_npy_header(folder: Path, start: str, end: str, version: int) -> None:
    for text in (start + end, f"{{'descr': '|u1', 'fortran_order': False, 'shape': {start}}}{end}"):
        size = struct.pack("<H" if version == 1 else "<I", len(text))
        _try(folder, b"\x93NUMPY" + bytes([version, 0]) + size + text.encode() + bytes(784))


@given(st.lists(st.integers(-(2**70), 2**70) | st.integers(0, 30), max_size=5), st.booleans())
def test_any_npy_shape(folder: Path, shape: list[int], fortran: bool) -> None:
    text = repr({"descr": "|u1", "fortran_order": fortran, "shape": tuple(shape)}).encode()
    data = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(784)
    tracemalloc.start()
    _try(folder, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**24


@given(st.lists(st.integers(0, 2**32 - 1), min_size=4, max_size=4), st.integers(0, 255))
def test_any_idx_header(folder: Path, sizes: list[int], kind: int) -> None:
    for shape in (sizes, [sizes[0], 28, 28], [sizes[0] % 5, 28, 28], sizes[:1]):
        head = b"\0\0" + bytes([kind if shape is sizes else 8, len(shape)])
        _try(folder, head + struct.pack(f">{len(shape)}I", *shape) + bytes(784))
