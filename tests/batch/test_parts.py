"""Archives in parts, made by hand as a cluster makes them: read as one, whatever is wrong."""

import hashlib
import io
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from helpers import K2, complaint, fails, ok, pattern, tree
from hypothesis import given
from hypothesis import strategies as st

import aecodec
from aecodec.container import (
    INDEX_NAME,
    ContainerWriter,
    Extras,
    LabelType,
    PartFile,
    PartIndex,
    Split,
)
from aecodec.errors import CorruptFileError, UnsupportedFileError

IMAGES = pattern(50)
LABELS = np.arange(50) % 10
NAMES = [f"{number:03}.png" for number in range(50)]
CHUNKS = (0, 2, 3, 5)  # where the parts begin and end


def whole(**more: Any) -> bytes:
    """An archive of five chunks, of several models."""
    return aecodec.compress(IMAGES, model=str(K2), max_mse=0.25, chunk_images=10, **more)


def in_parts(folder: Path, data: bytes) -> Path:
    """The same archive in three parts, of which the second has one chunk."""
    folder.mkdir(parents=True)
    with aecodec.open(data) as archive:
        ids, labels = tuple(id_ for id_, _ in archive.models), archive.label_type
        parts = []
        for number, (first, end) in enumerate(pairwise(CHUNKS)):
            file = io.BytesIO()
            extras = Extras(labels, archive.titles)
            writer = ContainerWriter(file, ids, named=archive.named, extras=extras)
            for chunk in range(first, end):
                writer.write(archive.read_chunk(chunk))
            writer.close()
            (folder / f"{number}.aez").write_bytes(file.getvalue())
            parts.append(PartFile.of(f"{number}.aez", file.getvalue()))
        index = PartIndex(
            ids, archive.titles, archive.named, labels, tuple(parts), archive.split_runs
        )
    (folder / INDEX_NAME).write_bytes(index.pack())
    return folder


def test_it_is_read_as_one(tmp_path: Path) -> None:
    data = whole(names=NAMES, labels=LABELS, splits={"train": 30, "test": 20})
    folder = in_parts(tmp_path / "set", data)
    with aecodec.open(folder) as archive, aecodec.open(data) as other:
        images = other[:]
        assert len(archive) == 50 and archive.chunks == 5 and archive.named
        assert (archive[:] == images).all()
        assert (archive[[49, 0, 20, 19]] == images[[49, 0, 20, 19]]).all()
        assert (archive["020.png"] == images[20]).all()
        assert archive.names == tuple(NAMES)
        assert archive.labels is not None and (archive.labels == LABELS).all()
        assert archive.splits["test"].tolist() == list(range(30, 50))
        assert archive.metadata == {} and archive.models == other.models
        assert archive.titles == other.titles
        archive.check()
        assert archive.summary()["bytes"] == sum(p.stat().st_size for p in folder.iterdir())


def test_commands_take_the_folder_for_one_archive(tmp_path: Path) -> None:
    data = whole(names=NAMES, labels=LABELS)
    folder = in_parts(tmp_path / "all" / "set", data)
    other = tmp_path / "all" / "x.aez"
    other.write_bytes(aecodec.compress(IMAGES[:3], model=str(K2)))
    assert ok("list", folder).stdout.count(b".png") == 50
    assert b"50 in 5 chunks, parts form" in ok("info", folder).stdout
    assert b"50 images, all well" in ok("verify", folder).stderr
    assert b"2 files with 53 images" in ok("verify", "-r", folder.parent).stderr
    ok("decompress", folder, "02*", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == NAMES[20:30]
    ok("decompress", folder, "-o", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as found:
        assert (found["y"] == LABELS).all()
    ok("join", folder, "-o", tmp_path / "y.aez")
    assert (tmp_path / "y.aez").read_bytes() == data
    assert "aecodec join" in complaint(fails("append", folder, other, code=2))


def test_it_is_read_by_its_url(tmp_path: Path) -> None:
    folder = in_parts(tmp_path / "set", whole(labels=LABELS))
    memory = MemoryFileSystem()
    memory.put(str(folder), "/parts", recursive=True)
    with aecodec.open("memory://parts") as archive, aecodec.open(folder) as local:
        assert (archive[15:25] == local[15:25]).all()
    memory.rm("/parts", recursive=True)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def swap(folder: Path) -> None:
    """Put a part of other images in the place of one."""
    data = aecodec.compress(
        IMAGES[::-1], model=str(K2), max_mse=0.25, chunk_images=10, metadata={"a": 1}
    )
    other = in_parts(folder.with_name("other"), data)
    (other / "0.aez").replace(folder / "0.aez")
    index = PartIndex.unpack((folder / INDEX_NAME).read_bytes())
    size = (folder / "0.aez").stat().st_size
    parts = (index.parts[0]._replace(size=size), *index.parts[1:])
    (folder / INDEX_NAME).write_bytes(index._replace(parts=parts).pack())


@pytest.mark.parametrize(
    ("harm", "lost", "told"),
    [
        (lambda folder: flip(folder / "0.aez", -60), range(10, 20), "checksum"),
        (lambda folder: (folder / "0.aez").unlink(), range(20), "is missing"),
        (lambda folder: (folder / "1.aez").write_bytes(b"x"), range(20, 30), "has 1 bytes, not"),
        (lambda folder: flip(folder / "2.aez", -6), range(30, 50), "index"),
        (swap, range(20), "not the one that the index tells of"),
    ],
    ids=["a flipped bit", "missing", "cut", "without its index", "another's"],
)
def test_damage_costs_a_chunk_or_a_part(
    tmp_path: Path, harm: Callable[[Path], None], lost: range, told: str
) -> None:
    folder = in_parts(tmp_path / "set", whole())
    harm(folder)
    assert told in fails("verify", folder)
    fails("decompress", folder, "-o", tmp_path / "out")
    left = [f"{number:06}.png" for number in range(50) if number not in lost]
    assert tree(tmp_path / "out") == left


PART = {"file": "x.aez", "bytes": 9, "chunks": [[1, "00000000"]]}


@pytest.mark.parametrize(
    "change",
    [
        {"check": "0" * 64},
        {"format": "other"},
        {"header": "AAAA"},
        {"splits": "kQ=="},
        {"parts": 3},
        {"parts": [{**PART, "file": "../x.aez"}]},
        {"parts": [{**PART, "bytes": 2**31}]},
        {"parts": [{**PART, "chunks": [[True, "00000000"]]}]},
        {"parts": [{**PART, "chunks": [[1, "0"]]}]},
    ],
)
def test_an_index_that_is_malformed_is_damaged(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(CorruptFileError, match=r"index aecodec\.json is damaged"):
        aecodec.open(changed(tmp_path / "set", change))


def test_an_index_of_a_later_version_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFileError, match="later version"):
        aecodec.open(changed(tmp_path / "set", {"version": 2}))


def changed(folder: Path, change: dict[str, Any]) -> Path:
    """An archive in parts with another index, whose check holds unless it was changed."""
    fields = json.loads((in_parts(folder, whole()) / INDEX_NAME).read_bytes())
    del fields["check"]
    fields |= change
    text = json.dumps(fields, separators=(",", ":"), sort_keys=True)
    fields = {"check": hashlib.sha256(text.encode()).hexdigest(), **fields}
    (folder / INDEX_NAME).write_text(json.dumps(fields))
    return folder


@pytest.mark.parametrize("data", [b"", b"[]", b"[" * 100_000, b"\xff\xfe", b"{}", b"null"])
def test_an_index_that_is_no_index_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / INDEX_NAME).write_bytes(data)
    with pytest.raises(CorruptFileError, match="is damaged"):
        aecodec.open(tmp_path)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_bytes_of_an_index_end_in_a_traceback(changes: list[tuple[int, int]]) -> None:
    part = PartFile("0.aez", 99, (10, 5), ("00000000", "0123abcd"))
    labels = LabelType("u1", 0, (0, 7), ("zero", "seven"))
    index = PartIndex((bytes(8),), ("",), False, labels, (part, part), (Split("a", 30),))
    data = bytearray(index.pack())
    for place, value in changes:
        data[place % len(data)] = value
    try:
        assert PartIndex.unpack(bytes(data)) == index  # white space may be any
    except (CorruptFileError, UnsupportedFileError):
        assert data != index.pack()


def test_a_folder_without_an_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorruptFileError, match=r"is a folder, not an \.aez file"):
        aecodec.open(tmp_path)
    (tmp_path / INDEX_NAME).mkdir()
    with pytest.raises(CorruptFileError, match="cannot be read"):
        aecodec.open(tmp_path)
