import stat
from pathlib import Path

import pytest
from helpers import tree

from aecodec.batch.sinks import (
    atomic_file,
    check_target,
    make_folder,
    result_file,
    write_result,
)
from aecodec.errors import OutputError


def write(path: Path, data: bytes = b"new", *, overwrite: bool = False) -> None:
    with atomic_file(path, overwrite=overwrite) as file:
        file.write(data)


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with atomic_file(path, overwrite=False) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
        file.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert tree(tmp_path) == ["x"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        atomic_file(tmp_path / "x", overwrite=False) as file,
    ):
        file.write(b"half")
        raise ZeroDivisionError
    assert tree(tmp_path) == []


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "x", overwrite=True) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert (tmp_path / "x").read_bytes() == b"old"
    assert tree(tmp_path) == ["x"]


def test_what_exists_is_replaced_only_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(OutputError, match="x: exists already; overwrite it with -f"):
        write(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"old"
    write(tmp_path / "x", overwrite=True)
    assert (tmp_path / "x").read_bytes() == b"new"


def test_what_is_replaced_hands_its_permissions_on(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    for mode in (0o600, 0o755, 0o444):
        path.chmod(mode)
        write(path, overwrite=True)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    link = tmp_path / "link"
    path.chmod(0o600)
    link.symlink_to(path)
    write(link, overwrite=True)
    write(tmp_path / "new")
    assert not link.is_symlink()
    assert link.stat().st_mode == (tmp_path / "new").stat().st_mode  # not those of a link's end


def test_what_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def race() -> None:
        with atomic_file(tmp_path / "x", overwrite=False) as file:
            file.write(b"late")
            (tmp_path / "x").write_bytes(b"first")

    with pytest.raises(OutputError, match="exists already"):
        race()
    assert (tmp_path / "x").read_bytes() == b"first"
    assert tree(tmp_path) == ["x"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write(tmp_path / "x", overwrite=overwrite)


def test_a_device_is_never_replaced() -> None:
    with pytest.raises(OutputError, match="standard output"):
        check_target(Path("/dev/null"), overwrite=True)


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"old")
    (tmp_path / "x").symlink_to(tmp_path / "precious")
    write(tmp_path / "x", overwrite=True)
    assert not (tmp_path / "x").is_symlink()
    assert (tmp_path / "precious").read_bytes() == b"old"


def test_a_dangling_link_counts_as_there(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputError, match="exists already"):
        write(tmp_path / "x")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["x" * 255, "字" * 85, "é" * 127])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert tree(tmp_path) == [name]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        write(tmp_path / "none/x")


def test_a_file_where_a_folder_is_needed_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(OutputError, match="is a file, but a folder is needed"):
        make_folder(tmp_path / "x")
    with pytest.raises(OutputError):
        make_folder(tmp_path / "x/y")


# --------------------------------------------------------------------------------- done already


def test_a_result_that_is_there_already_counts_as_written(tmp_path: Path) -> None:
    assert write_result(tmp_path / "x", b"result")
    before = (tmp_path / "x").stat()
    assert not write_result(tmp_path / "x", b"result")
    after = (tmp_path / "x").stat()  # the time of access differs: it is read, to compare
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("old", [b"", b"resul", b"resulT", b"result "])
def test_a_different_file_is_not_replaced_unasked(tmp_path: Path, old: bytes) -> None:
    (tmp_path / "x").write_bytes(old)
    with pytest.raises(OutputError, match="x: exists already; overwrite it with -f"):
        write_result(tmp_path / "x", b"result")
    assert (tmp_path / "x").read_bytes() == old
    assert write_result(tmp_path / "x", b"result", overwrite=True)
    assert (tmp_path / "x").read_bytes() == b"result"
    assert tree(tmp_path) == ["x"]


def test_a_link_to_the_same_result_is_not_the_result(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"result")
    (tmp_path / "x").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="exists already"):
        write_result(tmp_path / "x", b"result")


def test_what_is_read_is_no_result_though_its_bytes_are(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"result")
    with pytest.raises(OutputError, match="input itself"):
        write_result(tmp_path / "x", b"result", source=tmp_path / "x")


def test_a_difference_is_told_before_the_rest_is_made(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with (
        pytest.raises(OutputError, match="exists already"),
        result_file(tmp_path / "x", overwrite=False) as file,
    ):
        file.write(b"new")
        pytest.fail("the rest is made")


@pytest.mark.parametrize("by", ["name", "link", "hard link"])
def test_what_is_read_is_never_replaced(tmp_path: Path, by: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"precious")
    target = source
    if by == "link":
        source = tmp_path / "link"
        source.symlink_to(target)
    elif by == "hard link":
        target = tmp_path / "twin"
        target.hardlink_to(source)
    with (
        pytest.raises(OutputError, match="input itself"),
        atomic_file(target, overwrite=True, source=source) as file,
    ):
        file.write(b"new")
    with pytest.raises(OutputError, match="input itself"):
        check_target(source, overwrite=True, source=source)
    assert source.read_bytes() == b"precious"


def test_what_stands_in_the_place_of_a_folder_is_named_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=r"file: is a file, but a folder .* another with -o"):
        make_folder(tmp_path / "file")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(OutputError, match="link: is a link that leads nowhere"):
        make_folder(tmp_path / "link")
