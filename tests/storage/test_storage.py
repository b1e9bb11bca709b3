"""Files behind URLs, in memory: read by ranges, published whole, named in errors."""

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import aecodec
from aecodec.batch import atomic_file
from aecodec.errors import MissingFileError, OutputError, StorageError
from aecodec.storage import UrlPath, to_path, uploaded

FTP = UrlPath("ftp:", "host", "x")
IMAGES = (np.arange(30 * 784) % 251).astype(np.uint8).reshape(30, 28, 28)


@pytest.fixture(autouse=True)
def memory() -> MemoryFileSystem:
    MemoryFileSystem.store.clear()
    return MemoryFileSystem()


def test_an_archive_is_read_by_ranges(
    memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = aecodec.compress(IMAGES.repeat(20, 0), "classic", chunk_images=20, max_mse=0)
    memory.pipe_file("/x.aez", data)
    asked = []
    cat = MemoryFileSystem.cat_file

    def counted(self: MemoryFileSystem, path: str, start: int, end: int) -> bytes:
        asked.append(end - start)
        found: bytes = cat(self, path, start, end)
        return found

    monkeypatch.setattr(MemoryFileSystem, "cat_file", counted)
    with aecodec.open("memory://x.aez") as archive:
        assert (archive[300] == IMAGES[15]).all()
        assert archive.chunks == 30
    assert len(asked) <= 4
    assert sum(asked) < len(data) / 2


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
    with pytest.raises(StorageError, match="Protocol not known"):
        aecodec.open("foo://x.aez")
    with pytest.raises(OutputError, match="cannot be published whole"), uploaded(FTP):
        raise AssertionError
