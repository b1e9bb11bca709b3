import inspect
import os
import sys
from pathlib import Path

import pytest
from helpers import folder_of, pattern

from aecodec.errors import InvalidImageError, MissingFileError
from aecodec.files import is_unreadable, read_bytes, read_head, walk
from aecodec.images import is_image_file


def test_a_regular_file_of_limited_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(7))
    assert len(read_bytes(str(tmp_path / "x"))) == 7
    assert len(read_bytes(str(tmp_path / "x"), limit=7)) == 7
    with pytest.raises(InvalidImageError, match="7 bytes is too large"):
        read_bytes(str(tmp_path / "x"), limit=6)
    with pytest.raises(InvalidImageError, match="not a regular file; '-' reads standard input"):
        read_bytes(str(tmp_path))
    with pytest.raises(MissingFileError, match="none: there is no such file"):
        read_bytes(str(tmp_path / "none"))
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**26 + 1)
    with pytest.raises(InvalidImageError, match="too large"):
        read_bytes(str(tmp_path / "large"))


def test_the_head_of_what_cannot_be_read_is_empty(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abcdef")
    assert read_head(str(tmp_path / "x"), 3) == b"abc"
    assert read_head(str(tmp_path), 3) == read_head(str(tmp_path / "none"), 3) == b""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_head(str(tmp_path / "pipe"), 3) == b""
    with pytest.raises(InvalidImageError, match="not a regular file"):
        read_bytes(str(tmp_path / "pipe"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder_of(tmp_path / "f", pattern(2))
    folder_of(tmp_path / "f/b/c", pattern(1))
    folder_of(tmp_path / "elsewhere", pattern(1))
    (tmp_path / "f/notes.txt").write_text("no image")
    return tmp_path / "f"


def test_a_folder_is_walked_and_what_is_passed_over_is_counted(tree: Path) -> None:
    found = walk(str(tree), is_image_file)
    assert found.files == ["00.png", "01.png", "b/c/00.png"]
    assert (found.others, found.unentered) == (1, 0)
    flat = walk(f"{tree}//", is_image_file, recursive=False)
    assert flat.files == ["00.png", "01.png"]
    assert (flat.others, flat.unentered) == (1, 1)


def test_links_to_folders_are_followed_and_loops_found(tree: Path) -> None:
    (tree / "link").symlink_to(tree.parent / "elsewhere")
    (tree / "b/loop").symlink_to(tree)
    found = walk(str(tree), is_image_file)
    assert found.files == ["00.png", "01.png", "b/c/00.png", "link/00.png"]
    assert found.loops == [f"{tree}/b/loop/"]


def test_two_links_to_one_folder_are_both_followed(tree: Path) -> None:
    for name in ("one", "two"):
        (tree / name).symlink_to(tree.parent / "elsewhere")
    assert walk(str(tree), is_image_file).files[-2:] == ["one/00.png", "two/00.png"]


@pytest.mark.parametrize("name", ["a.pbm", "b.jfif", "none", "x.txt"])
def test_an_image_is_found_by_its_content(tree: Path, name: str) -> None:
    (tree / "00.png").rename(tree / name)
    assert name in walk(str(tree), is_image_file).files


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._00.png"])
def test_what_desktops_leave_behind_is_passed_over(tree: Path, name: str) -> None:
    (tree / name).write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        ")
    found = walk(str(tree), is_image_file)
    assert found.files == ["00.png", "01.png", "b/c/00.png"]
    assert found.others == 1


def test_a_link_to_nothing_is_listed_so_that_it_can_be_told(tree: Path) -> None:
    (tree / "gone.png").symlink_to(tree / "none")
    assert "gone.png" in walk(str(tree), is_image_file).files


def test_a_folder_that_is_gone_is_an_error_beside_the_files(tree: Path) -> None:
    (error,) = walk(str(tree / "none"), is_image_file).errors
    assert "cannot be listed" in str(error)


def test_a_link_to_itself_is_listed_so_that_it_can_be_told(tree: Path) -> None:
    (tree / "self.png").symlink_to(tree / "self.png")
    found = walk(str(tree), is_image_file)
    assert found.files == ["00.png", "01.png", "b/c/00.png", "self.png"]
    assert not found.errors
    with pytest.raises(InvalidImageError, match=r"self\.png: cannot be read"):
        read_bytes(str(tree / "self.png"))


def test_folders_may_lie_deeper_than_pythons_stack(tmp_path: Path) -> None:
    (tmp_path / "/".join(["d"] * 300)).mkdir(parents=True)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        found = walk(str(tmp_path), is_image_file)
    finally:
        sys.setrecursionlimit(limit)
    assert found.errors == []


def test_a_file_that_may_not_be_read_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("locked", "text", "image.png"):
        (tmp_path / name).write_text("not an image")
    (tmp_path / "gone").symlink_to("nowhere")
    may, opened = os.access, os.open

    def refuse(path: str, *rest: int) -> int:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "access", lambda p, mode: not p.endswith("locked") and may(p, mode))
    found = walk(str(tmp_path), is_image_file)
    assert found.files == ["image.png", "locked"]
    assert found.others == 2
    with pytest.raises(InvalidImageError, match="locked: cannot be read: Permission denied"):
        read_bytes(str(tmp_path / "locked"))


def test_a_file_below_a_folder_that_may_not_be_entered_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, *_: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "stat", refuse)
    assert is_unreadable(str(tmp_path / "locked" / "x"))


def test_a_link_that_leads_nowhere_is_told_from_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(MissingFileError, match="link: is a link to a file that is not there"):
        read_bytes(str(tmp_path / "link"))
