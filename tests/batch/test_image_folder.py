"""Decoded images as files: which replaces what, and that nothing is led astray."""

import io
from pathlib import Path

import numpy as np
import pytest
from helpers import Images, load, pattern, save, tree
from PIL import Image

from aecodec.batch.image_folder import (
    ImageFolder,
    Outcome,
    Replace,
    decoded_png,
    is_decoded,
    write_image,
)
from aecodec.errors import OutputError, UnsafeNameError
from aecodec.images import read_image

ONE, OTHER = pattern(2)
SOURCE = Path("none.aez")


def written(path: Path, image: Images = ONE, replace: Replace = Replace.NOTHING) -> Outcome:
    outcome, size = write_image(path, image, replace, SOURCE)
    assert size == path.stat().st_size
    return outcome


def test_a_decoded_image_is_a_png_file_with_a_mark() -> None:
    data = decoded_png(ONE)
    assert is_decoded(data)
    assert np.array_equal(read_image(io.BytesIO(data)), ONE)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.mode == "L"
        assert image.info["Software"] == "aecodec"


@pytest.mark.parametrize("made", ["by Pillow", "edited", "no image", "empty", "short"])
def test_no_other_file_has_the_mark(made: str, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(decoded_png(ONE))
    if made == "by Pillow":
        save(path, ONE)
    elif made == "edited":
        with Image.open(path) as image:
            image.transpose(Image.Transpose.ROTATE_90).save(path)
    else:
        path.write_bytes({"no image": b"precious" * 9, "empty": b"", "short": b"\x89PNG"}[made])
    assert not is_decoded(path.read_bytes())


@pytest.mark.parametrize("replace", Replace)
def test_what_is_not_there_is_written(tmp_path: Path, replace: Replace) -> None:
    assert written(tmp_path / "x.png", replace=replace) is Outcome.WRITTEN
    assert np.array_equal(load(tmp_path / "x.png"), ONE)
    assert tree(tmp_path) == ["x.png"]


@pytest.mark.parametrize("replace", Replace)
@pytest.mark.parametrize("kind", ["decoded", "original", "other format"])
def test_a_file_of_the_same_pixels_is_left_as_it_is(
    tmp_path: Path, replace: Replace, kind: str
) -> None:
    path = tmp_path / "x.png"
    if kind == "decoded":
        path.write_bytes(decoded_png(ONE))
    else:
        save(path, ONE, format="PNG" if kind == "original" else "BMP")
    before = path.read_bytes()
    assert written(path, replace=replace) is Outcome.PRESENT
    assert path.read_bytes() == before


def test_a_decoded_image_is_replaced_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    for replace in (Replace.DECODED, Replace.ANYTHING):
        path.write_bytes(decoded_png(OTHER))
        with pytest.raises(OutputError, match=r"x\.png: exists already and differs\. .*-f"):
            written(path)
        assert np.array_equal(load(path), OTHER)
        assert written(path, replace=replace) is Outcome.WRITTEN
        assert np.array_equal(load(path), ONE)


@pytest.mark.parametrize("kind", ["original", "no image", "empty", "large", "link"])
def test_what_others_made_is_replaced_only_where_anything_may_be(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.png"
    if kind == "link":
        (tmp_path / "y.png").write_bytes(decoded_png(ONE))
        path.symlink_to(tmp_path / "y.png")
    elif kind == "large":
        with path.open("wb") as file:
            file.write(decoded_png(ONE))
            file.truncate(2**27)
    else:
        path.write_bytes({"no image": b"precious", "empty": b""}.get(kind, b""))
        if kind == "original":
            save(path, OTHER)
    before = path.stat()
    for replace in (Replace.NOTHING, Replace.DECODED):
        with pytest.raises(OutputError, match="not written by aecodec, so it is kept") as caught:
            written(path, replace=replace)
        assert "-f" not in str(caught.value)
        after = (
            path.stat()
        )  # the time of access differs: what is there is read, to tell whose it is
        assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
            before.st_ino,
            before.st_size,
            before.st_mtime_ns,
        )
    assert written(path, replace=Replace.ANYTHING) is Outcome.REPLACED
    assert np.array_equal(load(path), ONE)
    assert not path.is_symlink()


@pytest.mark.parametrize("replace", Replace)
def test_what_is_read_is_never_replaced(tmp_path: Path, replace: Replace) -> None:
    source = tmp_path / "x.png"
    source.write_bytes(b"precious")
    with pytest.raises(OutputError, match="input itself"):
        write_image(source, ONE, replace, source)
    folder = ImageFolder(tmp_path, replace, source)
    with pytest.raises(OutputError, match="input itself"):
        folder.write("x.png", ONE)
    assert source.read_bytes() == b"precious"


# ------------------------------------------------------------------------------------- folders


def folder_in(path: Path, replace: Replace = Replace.ANYTHING) -> ImageFolder:
    return ImageFolder(path, replace, SOURCE)


def test_files_go_into_folders_that_are_made(tmp_path: Path) -> None:
    folder = folder_in(tmp_path / "out", Replace.NOTHING)
    for name in ("a/b/c.png", "a/b/d.png", "e.png"):
        assert folder.write(name, ONE)[0] is Outcome.WRITTEN
    assert tree(tmp_path / "out") == ["a/b/c.png", "a/b/d.png", "e.png"]


def test_the_output_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    folder_in(tmp_path / "out").write("a.png", ONE)
    assert tree(tmp_path / "real") == ["a.png"]


@pytest.mark.parametrize("name", ["link/x.png", "link/deep/x.png", "a/link/x.png"])
def test_nothing_is_written_through_a_link_below_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "out/a").mkdir(parents=True)
    (tmp_path / "out/link").symlink_to(tmp_path / "outside")
    (tmp_path / "out/a/link").symlink_to(tmp_path / "outside")
    with pytest.raises(OutputError, match="symbolic link"):
        folder_in(tmp_path / "out").write(name, ONE)
    assert tree(tmp_path / "outside") == []


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    folder.write("a", ONE)
    with pytest.raises(OutputError, match="a folder is needed"):
        folder.write("a/b", ONE)


def test_names_that_differ_in_case_are_fine_where_the_file_system_tells_them_apart(
    tmp_path: Path,
) -> None:
    (tmp_path / "probe").touch()
    if (tmp_path / "PROBE").exists():
        pytest.skip("this file system does not")
    (tmp_path / "probe").unlink()
    folder_in(tmp_path).check_distinct(["a.png", "A.png", "é", "e\u0301"])
    assert tree(tmp_path) == []


def test_an_interrupt_leaves_nothing_that_was_made_to_try_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = Path.touch

    def interrupted(path: Path, *args: bool, **options: bool) -> None:
        touch(path, *args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "touch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folder_in(tmp_path).check_distinct(["a"])
    assert tree(tmp_path) == []


@pytest.mark.parametrize("twins", [["a.png", "A.png"], ["é.png", "e\u0301.png"], ["ß", "ss"]])
def test_they_are_refused_where_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, twins: list[str]
) -> None:
    folder = folder_in(tmp_path)
    monkeypatch.setattr(folder, "_folds", lambda: True)
    folder.check_distinct(["a.png", "b.png"])
    with pytest.raises(UnsafeNameError, match="only in case or Unicode form"):
        folder.check_distinct(twins)


def test_a_folder_that_takes_no_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "probe")

    folder = folder_in(tmp_path)
    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(OutputError) as caught:
        folder.check_distinct([])
    assert str(caught.value).startswith(f"{tmp_path}: nothing can be written into this folder: P")
    assert "-o" in str(caught.value)
