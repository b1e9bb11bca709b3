import os
from pathlib import Path, PurePosixPath

import pytest
from helpers import folder_of, pattern, save
from hypothesis import given
from hypothesis import strategies as st

from aecodec.batch.sources import Sources, _named, gather, stored_name
from aecodec.errors import InvalidImageError, MissingFileError


def paths(sources: Sources) -> list[str]:
    return [sources.path(number) for number in range(len(sources))]


def names(sources: Sources) -> list[str]:
    return [sources.name(number) for number in range(len(sources))]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder_of(tmp_path, pattern(2))
    folder_of(tmp_path / "b/c", pattern(1))
    folder_of(tmp_path / "a", pattern(1))
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_a_folder_stands_for_the_images_in_it(tree: Path) -> None:
    sources = gather([str(tree)])
    assert names(sources) == ["00.png", "01.png"]
    assert paths(sources) == [f"{tree}/00.png", f"{tree}/01.png"]
    assert (sources.unentered, sources.others) == (2, 1)
    assert not sources.lone


def test_recursively_it_stands_for_all_below_sorted_by_path(tree: Path) -> None:
    sources = gather([str(tree)], recursive=True)
    assert names(sources) == ["00.png", "01.png", "a/00.png", "b/c/00.png"]
    assert sources.unentered == 0


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_a_slash_at_the_end_does_not_matter(tree: Path, end: str) -> None:
    sources = gather([f"{tree}{end}"], recursive=True)
    assert names(sources)[0] == "00.png"
    assert all(os.path.exists(path) for path in paths(sources))  # noqa: PTH110 - strings


def test_a_file_counts_whatever_its_name(tree: Path) -> None:
    sources = gather([str(tree / "notes.txt")])
    assert paths(sources) == [str(tree / "notes.txt")]
    assert names(sources) == ["notes.png"]
    assert sources.lone


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["a", "b"], ["a/00.png", "b/c/00.png"]),
        (["b", "01.png"], ["01.png", "b/c/00.png"]),
        (["a/00.png", "b/c/00.png"], ["a/00.png", "b/c/00.png"]),
        (["b/c/../c/00.png", "./a/"], ["a/00.png", "b/c/00.png"]),
        (["b/c"], ["00.png"]),
        (["b/c/00.png"], ["00.png"]),
        (["b", "b/c"], ["c/00.png"]),
    ],
)
def test_names_start_where_the_inputs_differ(
    tree: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], expected: list[str]
) -> None:
    for prefix in ("", f"{tree}/"):
        monkeypatch.chdir(tree)
        sources = gather([prefix + text for text in inputs], recursive=True)
        assert names(sources) == expected
        assert all(Path(path).is_file() for path in paths(sources))
    if ".." not in inputs[0]:
        monkeypatch.chdir(tree / "a")
        assert names(gather([f"../{text}" for text in inputs], recursive=True)) == expected


def test_what_is_given_twice_is_taken_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    for inputs in (["a", "a"], ["a", "a/"], ["a", f"{tree}/a/"], ["a", "./a/00.png", "b/../a"]):
        sources = gather(inputs)
        assert (len(sources), sources.failures) == (1, ())


def test_what_lies_behind_a_link_is_not_taken_for_another(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`link/..` is the folder above the link's target, not the one above the link."""
    save(tree / "b/x.png", pattern(1)[0])
    save(tree / "x.png", pattern(2)[1])
    (tree / "link").symlink_to(tree / "b/c")
    monkeypatch.chdir(tree)
    assert names(gather(["link/../x.png", "x.png"])) == ["b/x.png", "x.png"]


def test_files_of_one_name_and_several_formats_get_a_name_each(tmp_path: Path) -> None:
    given = ["a.bmp", "a.png", "a.PNG", "a.bmp.png", "b.bmp", "b.tif", "c", "c.png/x.png"]
    for number, name in enumerate(given):
        save(tmp_path / name, pattern(9)[number], format="PNG")
    sources = gather([str(tmp_path)], recursive=True)
    relative = [path.removeprefix(f"{tmp_path}/") for path in paths(sources)]
    assert dict(zip(relative, names(sources), strict=True)) == {
        "a.bmp": "a.bmp.png.png",
        "a.bmp.png": "a.bmp.png",
        "a.png": "a.png",
        "a.PNG": "a.PNG.png",
        "b.bmp": "b.png",
        "b.tif": "b.tif.png",
        "c": "c.png.png",
        "c.png/x.png": "c.png/x.png",
    }
    assert names(sources) == sorted(names(sources))


PARTS = st.sampled_from(["a", "a.png", "a.bmp", "a.png.png", "b"])
PATHS = st.lists(st.lists(PARTS, min_size=1, max_size=3).map("/".join), max_size=8)


@given(paths=PATHS)
def test_no_two_files_share_a_name_and_none_is_lost(paths: list[str]) -> None:
    files = [p for p in paths if not any(q.startswith(f"{p}/") for q in paths)]
    order, renamed = _named(files)
    assert sorted(files[i] for i in order) == sorted(set(files))
    found = [renamed.get(place, stored_name(files[i])) for place, i in enumerate(order)]
    assert found == sorted(set(found))
    folders = {str(folder) for name in found for folder in PurePosixPath(name).parents}
    assert folders.isdisjoint(found)
    for i, name in zip(order, found, strict=True):
        assert name == files[i] or not files[i].endswith(".png")


def test_links_to_folders_are_followed_and_circles_are_told(tree: Path) -> None:
    (tree / "loop").symlink_to(tree)
    (tree / "link").symlink_to(tree / "b/c")
    sources = gather([str(tree)], recursive=True)
    assert names(sources) == ["00.png", "01.png", "a/00.png", "b/c/00.png", "link/00.png"]
    assert sources.loops == (f"{tree}/loop/",)


def test_a_missing_input_is_among_the_failures(tree: Path) -> None:
    sources = gather([str(tree / "none"), str(tree / "a")])
    (failure,) = sources.failures
    assert isinstance(failure.error, MissingFileError)
    assert "none: there is no such file or folder" in failure.message
    assert len(sources) == 1
    with pytest.raises(MissingFileError, match="none: there is no such file"):
        gather([str(tree / "none")]).check_found(["none"])


def test_that_nothing_was_found_is_told_with_what_was(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "notes.txt").write_text("no image")
    sources = gather([str(tmp_path)])
    with pytest.raises(InvalidImageError, match=r"only 1 other file\. 1 folder inside not entered"):
        sources.check_found([str(tmp_path)])


def test_standard_input_is_one_of_the_files(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    save(tree / "-", pattern(1)[0], format="PNG")
    save(tree / "stdin", pattern(1)[0], format="PNG")
    sources = gather(["-", "./-", "stdin", "a", "-"], read_stdin=lambda: b"image")
    assert paths(sources) == ["./-", "a/00.png", "-", "stdin"]
    assert names(sources) == ["-.png", "a/00.png", "stdin.png", "stdin.png.png"]
    assert sources.stdin == b"image"
    assert gather(["-"], read_stdin=lambda: b"").lone


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (failure,) = gather([str(tmp_path / "closed")]).failures
    assert "closed/: cannot be listed" in failure.message


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
    assert stored_name(relative) == name
