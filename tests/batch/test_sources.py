import os
from pathlib import Path

import pytest
from helpers import folder_of, pattern

from aecodec.batch.sources import Sources, gather, stored_name
from aecodec.errors import MissingFileError, OutputError
from aecodec.images import is_image_path


def paths(sources: Sources) -> list[str]:
    return [sources.path(number) for number in range(len(sources))]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder_of(tmp_path, pattern(2))
    folder_of(tmp_path / "b/c", pattern(1))
    folder_of(tmp_path / "a", pattern(1))
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_a_folder_stands_for_the_images_in_it(tree: Path) -> None:
    sources, skipped = gather([str(tree)], is_image_path, recursive=False)
    assert sources.relative == ["00.png", "01.png"]
    assert paths(sources) == [f"{tree}/00.png", f"{tree}/01.png"]
    assert skipped == 2


def test_recursively_it_stands_for_all_below_sorted_by_path(tree: Path) -> None:
    sources, skipped = gather([str(tree)], is_image_path, recursive=True)
    assert sources.relative == ["00.png", "01.png", "a/00.png", "b/c/00.png"]
    assert skipped == 0


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_a_slash_at_the_end_does_not_matter(tree: Path, end: str) -> None:
    sources, _ = gather([f"{tree}{end}"], is_image_path, recursive=True)
    assert sources.relative[0] == "00.png"
    assert all(os.path.exists(path) for path in paths(sources))  # noqa: PTH110 - strings


def test_a_file_counts_whatever_its_name(tree: Path) -> None:
    sources, _ = gather([str(tree / "notes.txt")], is_image_path, recursive=False)
    assert paths(sources) == [str(tree / "notes.txt")]
    assert sources.relative == ["notes.txt"]


def test_files_and_folders_mix(tree: Path) -> None:
    inputs = [str(tree / "b"), str(tree / "01.png")]
    sources, _ = gather(inputs, is_image_path, recursive=True)
    assert sources.relative == ["01.png", "c/00.png"]


def test_a_relative_input_stays_relative(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    sources, _ = gather(["00.png", "a"], is_image_path, recursive=True)
    assert sorted(paths(sources)) == ["00.png", "a/00.png"]


def test_a_link_to_a_folder_is_not_entered(tree: Path) -> None:
    (tree / "loop").symlink_to(tree)
    sources, _ = gather([str(tree)], is_image_path, recursive=True)
    assert len(sources) == 4


def test_a_missing_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="none: there is no such file or folder"):
        gather([str(tmp_path / "none")], is_image_path, recursive=False)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(OutputError, match=r"closed.*cannot be listed"):
        gather([str(tmp_path / "closed")], is_image_path, recursive=False)


@pytest.mark.parametrize(
    ("relative", "name"),
    [
        ("a.png", "a.png"),
        ("a.PNG", "a.png"),
        ("x/a.bmp", "x/a.png"),
        ("a.b.tif", "a.b.png"),
        ("a", "a.png"),
        ("x.y/a", "x.y/a.png"),
    ],
)
def test_an_image_is_stored_as_the_png_it_becomes(relative: str, name: str) -> None:
    assert stored_name("anywhere/", relative) == name
