"""Files behind URLs, in memory: published whole, named in errors."""

from threading import Barrier

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from helpers import pattern

import aecodec
from aecodec.batch import atomic_file
from aecodec.errors import MissingFileError, OutputError
from aecodec.images import png_bytes
from aecodec.storage import UrlPath, to_path, uploaded

IMAGES = pattern(8)
FTP = UrlPath("ftp:", "host", "x")


def test_a_file_appears_whole_or_not_at_all(memory: MemoryFileSystem) -> None:
    path = to_path("memory://set/x.bin")
    with pytest.raises(KeyError), atomic_file(path, overwrite=False) as file:
        file.write(b"half")
        raise KeyError
    assert not memory.exists("/set/x.bin")
    with atomic_file(path, overwrite=False) as file:
        file.write(b"whole")
        assert not memory.exists("/set/x.bin")
    assert path.read_bytes() == b"whole"
    with pytest.raises(OutputError, match="exists already"), atomic_file(path, overwrite=False):
        raise AssertionError


def test_faults_are_told_in_a_sentence() -> None:
    with pytest.raises(MissingFileError, match=r"memory://no\.aez: there is no such file"):
        aecodec.open("memory://no.aez")
    with pytest.raises(OutputError, match="cannot be published whole"), uploaded(FTP):
        raise AssertionError


def test_images_are_asked_for_many_at_a_time(
    memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, image in enumerate(IMAGES):
        memory.pipe_file(f"/many/{number}.png", png_bytes(image))
    memory.pipe_file("/many/2.png", b"no image")
    together = Barrier(8, timeout=60)
    cat = MemoryFileSystem.cat_file

    def slow(self: MemoryFileSystem, path: str, start: int, end: int) -> bytes:
        together.wait()
        found: bytes = cat(self, path, start, end)
        return found

    monkeypatch.setattr(MemoryFileSystem, "cat_file", slow)
    report = aecodec.compress_file("memory://many", "memory://many.aez", max_mse=0)
    monkeypatch.undo()
    assert [failure.path for failure in report.failures] == ["memory://many/2.png"]
    with aecodec.open("memory://many.aez") as archive:
        assert archive.names[1:3] == ("1.png", "3.png")
        assert (archive["7.png"] == IMAGES[7]).all()
