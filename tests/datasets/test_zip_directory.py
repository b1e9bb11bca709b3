"""The directory of a zip file says what zipfile reads of it, in little memory."""

import io
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable

import pytest

from aecodec.datasets.zip_directory import ZipDirectory, member_names
from aecodec.errors import InvalidImageError

NAMES = ["b/2.png", "a/1.png", "\u00e4/\u4e00.png", "b/10.png"]
FIELDS = (
    *("filename", "header_offset", "compress_size", "file_size", "CRC"),
    *("compress_type", "flag_bits"),
)


def zipped(names: list[str] = NAMES, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as members:
        warnings.simplefilter("ignore")  # of names that come twice
        for number, name in enumerate(names):
            members.writestr(name, name.encode() * (3 + number))
    return file.getvalue()


def with_comment(data: bytes) -> bytes:
    return data[:-2] + struct.pack("<H", 9) + b"a comment"


def names(directory: ZipDirectory, data: bytes) -> list[str]:
    return [name for name, _ in directory.members(io.BytesIO(data))]


def check(data: bytes) -> ZipDirectory:
    """The directory, which must be as zipfile reads it."""
    file = io.BytesIO(data)
    directory = ZipDirectory(file, lambda _: True)
    with zipfile.ZipFile(io.BytesIO(data)) as whole, directory.opened(file) as members:
        assert list(member_names(file)) == whole.namelist()
        latest = whole.namelist()[::-1]
        wanted = sorted(set(latest), key=latest.index, reverse=True)
        assert names(directory, data) == wanted
        assert directory.count == len(wanted)
        assert directory.folders == {name.rpartition("/")[0] for name in wanted}
        for name, info in directory.members(io.BytesIO(data)):
            expected = whole.getinfo(name)
            assert [getattr(info, f) for f in FIELDS] == [getattr(expected, f) for f in FIELDS]
            with members.open(info) as member:
                assert member.read() == whole.read(name)
    return directory


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("change", [bytes, with_comment, lambda data: b"#!/bin/sh" + data])
def test_members_are_those_of_zipfile(method: int, change: Callable[[bytes], bytes]) -> None:
    check(change(zipped(method=method)))


def test_of_members_of_one_name_the_last_is_meant() -> None:
    data = zipped(NAMES + NAMES[::-1] + NAMES[1:2])
    assert names(check(data), data) == [*NAMES[:1:-1], NAMES[0], NAMES[1]]


def test_large_files_and_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 9)  # so all numbers have fields of their own
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    data = zipped()
    assert b"PK\6\6" in data
    check(data)
    check(b"#!/bin/sh" + data)
    check(with_comment(data))


def test_nothing_but_what_is_wanted_is_kept() -> None:
    directory = ZipDirectory(io.BytesIO(zipped()), lambda name: name.startswith("b"))
    assert names(directory, zipped()) == ["b/2.png", "b/10.png"]
    assert list(member_names(io.BytesIO(zipped([])))) == []
    assert ZipDirectory(io.BytesIO(zipped([])), lambda _: True).count == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data[:-30], "is not there"),
        (lambda _: b"", "is not there"),
        (lambda data: data.replace(b"PK\1\2", b"PK\1\3", 1), "is damaged"),
        (lambda data: data[:-10] + b"\xff\xff\xff\x0f" + data[-6:], "is damaged"),
        (lambda data: data[:-6] + b"\xff\xff\xff\x0f" + data[-2:], "is damaged"),
    ],
)
def test_damage_is_told(change: Callable[[bytes], bytes], told: str) -> None:
    with pytest.raises(InvalidImageError, match=f"cannot be read: its directory, .*{told}"):
        ZipDirectory(io.BytesIO(change(zipped())), lambda _: True)


def test_a_member_takes_little_memory() -> None:
    data = io.BytesIO(zipped([f"train/{n % 10}/{n:06}.png" for n in range(20_000)], 0))
    tracemalloc.start()
    directory = ZipDirectory(data, lambda _: True)
    count = sum(1 for _ in directory.members(data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == directory.count == 20_000
    assert peak < 30 * 20_000


def test_a_member_that_claims_to_be_large_takes_no_memory() -> None:
    data = zipped(["a.png"], zipfile.ZIP_STORED).replace(
        struct.pack("<2L", 15, 15), b"\xff\xff\xff\3" * 2
    )
    file = io.BytesIO(data)
    directory = ZipDirectory(file, lambda _: True)
    ((_, info),) = directory.members(file)
    tracemalloc.start()
    with (
        directory.opened(file) as members,
        members.open(info) as member,
        pytest.raises((EOFError, zipfile.BadZipFile)),
    ):
        member.read(2**26)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**17
