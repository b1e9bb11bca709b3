import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import tree

from aecodec.batch.temporary import (
    remove_abandoned,
    remove_unfinished,
    temporary_beside,
    write_new,
)

WRITER = """
import sys, time
from pathlib import Path
from aecodec.batch.temporary import temporary_beside

with temporary_beside(Path(sys.argv[1], "x")) as (file, path):
    file.write(b"half")
    file.close()
    print(path.name, flush=True)
    time.sleep(60)
"""

INTERRUPTED = """
import sys
from pathlib import Path
from aecodec.batch.temporary import empty_file

unlink = Path.unlink

def interrupted(path):
    Path.unlink = unlink
    raise KeyboardInterrupt

Path.unlink = interrupted
with empty_file(Path(sys.argv[1], "x")):
    print(Path(sys.argv[1], "x").exists())
"""


@pytest.fixture(autouse=True)
def forget() -> None:
    """Look anew: a process looks once into a folder."""
    remove_abandoned.cache_clear()


def test_a_process_can_remove_what_it_still_writes(tmp_path: Path) -> None:
    with temporary_beside(tmp_path / "x") as (_, path):
        assert tree(tmp_path) == [path.name]
        remove_unfinished()
        assert tree(tmp_path) == []


def test_a_file_goes_too_where_its_removal_is_interrupted(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, tmp_path], capture_output=True, timeout=60
    )
    assert done.stdout == b"True\n"
    assert b"KeyboardInterrupt" in done.stderr
    assert tree(tmp_path) == []


def test_a_temporary_file_goes_unless_it_was_renamed(tmp_path: Path) -> None:
    with temporary_beside(tmp_path / "x") as (file, path):
        file.write(b"half")
        assert tree(tmp_path) == [path.name]
    assert tree(tmp_path) == []
    with temporary_beside(tmp_path / "x") as (file, path):
        file.write(b"whole")
        file.close()
        path.rename(tmp_path / "x")
    assert tree(tmp_path) == ["x"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_what_a_dead_run_left_goes_and_what_a_live_one_writes_stays(tmp_path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    names = [child.stdout.readline().decode().strip() for child in children if child.stdout]
    (tmp_path / "notes.tmp").touch()
    children[0].send_signal(signal.SIGKILL)
    children[0].wait(60)
    assert tree(tmp_path) == sorted([*names, "notes.tmp"])
    with temporary_beside(tmp_path / "y"):
        pass
    assert tree(tmp_path) == sorted([names[1], "notes.tmp"])
    children[1].kill()
    for child in children:
        child.communicate(timeout=60)
    remove_abandoned.cache_clear()
    remove_abandoned(tmp_path)
    assert tree(tmp_path) == ["notes.tmp"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX file types")
def test_nothing_but_a_file_is_taken_for_abandoned(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / ".aecodec-1.tmp").symlink_to(tmp_path / "precious")
    (tmp_path / ".aecodec-2.tmp").mkdir()
    before = tree(tmp_path)
    remove_abandoned(tmp_path)
    assert tree(tmp_path) == before


def test_a_folder_that_is_not_there_is_not_looked_into(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), temporary_beside(tmp_path / "none/x"):
        pass


def test_a_new_file_is_there_at_once_and_whole(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        done = write_new(tmp_path / "x", b"whole" * 1000)
    finally:
        os.umask(before)
    if not done:  # the folder's file system has no files without names
        assert tree(tmp_path) == []
        return
    assert tree(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"whole" * 1000
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("there", ["file", "folder", "link", "broken link"])
def test_what_is_there_is_left_and_told(tmp_path: Path, there: str) -> None:
    path = tmp_path / "x"
    (tmp_path / "other").write_bytes(b"other")
    if there == "file":
        path.write_bytes(b"there")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to("other" if there == "link" else "none")
    before = tree(tmp_path)
    assert not write_new(path, b"new")
    assert tree(tmp_path) == before
    assert (tmp_path / "other").read_bytes() == b"other"
    assert there != "file" or path.read_bytes() == b"there"


@pytest.mark.parametrize("part", ["open", "link"])
def test_where_there_are_no_files_without_names_nothing_is_done(
    tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError("not supported")

    monkeypatch.setattr(os, part, refuse)
    assert not write_new(tmp_path / "x", b"new")
    monkeypatch.undo()
    assert tree(tmp_path) == []
    assert not write_new(tmp_path / "none" / "x", b"new")
