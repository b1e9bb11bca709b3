"""What is written as a zip file is read by zipfile and by the own reader, whatever its size."""

import io
import tracemalloc
import zipfile

import pytest

from aecodec.datasets import zip_writing
from aecodec.datasets.zip_directory import ZipDirectory
from aecodec.datasets.zip_writing import StoredZip

MEMBERS = {"b/1.png": b"one", "a/2.png": b"", "\u00e4/\u4e00.png": b"three" * 9}


def written(members: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with StoredZip(file) as archive:
        for name, data in members.items():
            archive.add(name, data)
    return file


def check(file: io.BytesIO, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(members)
        assert [archive.read(name) for name in members] == list(members.values())
    directory = ZipDirectory(file, lambda _: True)
    with directory.opened(file) as archive:
        found = {}
        for name, info in list(directory.members(file)):
            with archive.open(info) as member:
                found[name] = member.read()
    assert list(found.items()) == list(members.items())


@pytest.mark.parametrize("members", [{}, MEMBERS])
def test_members_come_back_in_their_order(members: dict[str, bytes]) -> None:
    check(written(members), members)


def test_more_members_than_16_bits_count() -> None:
    members = {f"{number:06}.png": b"" for number in range(2**16 + 1)}
    check(written(members), members)


def test_numbers_that_need_larger_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with StoredZip(file) as archive:
        archive.add("a.png", b"one")
        archive._place += 2**33  # as if so much had been written
        archive.add("b.png", b"two")
        archive._place -= 2**33
    offsets = [info.header_offset for info in zipfile.ZipFile(file).infolist()]
    assert offsets == [0, 2**33 + len("a.png") + 30 + 3]
    monkeypatch.setattr(zip_writing, "_MOST_ENTRIES", 2)
    check(written(MEMBERS), MEMBERS)


def test_a_file_that_fails_gets_no_directory() -> None:
    file = io.BytesIO()
    with pytest.raises(ValueError, match="enough"), StoredZip(file) as archive:
        archive.add("a.png", b"one")
        raise ValueError("enough")
    assert b"PK\1\2" not in file.getvalue()


def test_members_take_no_memory() -> None:
    class Nowhere:
        def write(self, data: bytes, /) -> int:
            return len(data)

    tracemalloc.start()
    with StoredZip(Nowhere()) as archive:
        for number in range(50_000):
            archive.add(f"train/7/{number:06}.png", b"data")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**22
