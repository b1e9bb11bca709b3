"""Files behind URLs, in memory: published whole, named in errors."""

import pytest
from fsspec.implementations.memory import MemoryFileSystem

import aecodec
from aecodec.batch import atomic_file
from aecodec.errors import MissingFileError, OutputError
from aecodec.storage import UrlPath, to_path, uploaded

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
