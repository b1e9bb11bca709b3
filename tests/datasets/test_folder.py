import os
from pathlib import Path

import numpy as np
import pytest
from helpers import fails, folder_of, ok, one_line, pattern, save
from PIL import Image

from aecodec.datasets import load_dataset, skip_note
from aecodec.errors import InvalidImageError


def test_folders_inside_a_folder_are_classes(tmp_path: Path) -> None:
    folder_of(tmp_path / "seven", pattern(2))
    folder_of(tmp_path / "eight", pattern(1, 5))
    data = load_dataset(tmp_path)
    assert data.class_names == ("eight", "seven")
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 1]
    assert np.array_equal(data.images, np.concatenate([pattern(1, 5), pattern(2)]))


def test_a_folder_without_folders_has_no_labels(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(3))
    assert load_dataset(tmp_path).labels is None


def test_a_bad_image_in_a_folder_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(3))
    save(tmp_path / "01.png", np.zeros((9, 9), np.uint8))
    with pytest.raises(InvalidImageError, match=r"01\.png: found 9x9"):
        load_dataset(tmp_path)


def test_every_bad_image_in_a_folder_is_counted_and_fit_takes_them(tmp_path: Path) -> None:
    folder_of(tmp_path, pattern(8))
    for number in range(1, 7):
        save(tmp_path / f"{number:02}.png", np.full((9, 9), number, np.uint8))
    with pytest.raises(InvalidImageError, match=r"01\.png.*5 more of the 8 files.*02\.png.*\.\.\."):
        load_dataset(tmp_path)
    images = load_dataset(tmp_path, fit=True, invert=True).images
    assert np.array_equal(images[0], 255 - pattern(1)[0])
    assert (images[3] == 252).all()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
@pytest.mark.parametrize("command", [("bench",), ("explore", "-o", "x.html")])
def test_a_pipe_among_the_images_is_refused_and_not_waited_for(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    os.mkfifo(folder_of(tmp_path / "f", pattern(2)) / "a.png")
    text = fails(command[0], tmp_path / "f", *command[1:], cwd=tmp_path)
    assert "a.png: is not a regular file" in one_line(text)


def test_every_page_of_a_file_is_an_image_of_its_folders_class(tmp_path: Path) -> None:
    folder_of(tmp_path / "a", pattern(1))
    pages = [Image.fromarray(image) for image in pattern(3, 2)]
    save(tmp_path / "b/pages.tif", pages[0], save_all=True, append_images=pages[1:])
    data = load_dataset(tmp_path)
    assert np.array_equal(data.images, np.concatenate([pattern(1), pattern(3, 2)]))
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 1, 1]
    assert data.paths == ("a/00.png", *["b/pages.tif"] * 3)
    assert np.array_equal(load_dataset(tmp_path / "b/pages.tif").images, pattern(3, 2))


def test_links_are_followed_and_images_found_by_content(tmp_path: Path) -> None:
    folder_of(tmp_path / "elsewhere", pattern(2))
    (tmp_path / "elsewhere/01.png").rename(tmp_path / "elsewhere/scan")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/link").symlink_to(tmp_path / "elsewhere")
    assert load_dataset(tmp_path / "data").paths == ("link/00.png", "link/scan")


@pytest.mark.parametrize("name", ["._00.png", ".DS_Store", "Thumbs.db", "desktop.ini"])
def test_what_desktops_leave_behind_is_passed_over(tmp_path: Path, name: str) -> None:
    folder_of(tmp_path, pattern(2))
    (tmp_path / name).write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        ")
    assert len(load_dataset(tmp_path)) == 2
    assert load_dataset(tmp_path).skipped == ()


def test_bad_images_can_be_skipped_and_are_told(tmp_path: Path) -> None:
    folder_of(tmp_path / "a", pattern(4))
    folder_of(tmp_path / "b", pattern(2, 3))
    save(tmp_path / "a/01.png", np.zeros((9, 9), np.uint8))
    (tmp_path / "b/00.png").write_bytes(b"no image")
    with pytest.raises(InvalidImageError, match=r"01\.png: found 9x9.*Nor can 1 more.*--skip-bad"):
        load_dataset(tmp_path)
    data = load_dataset(tmp_path, skip_bad=True)
    assert np.array_equal(data.images, np.concatenate([pattern(4)[[0, 2, 3]], pattern(2, 3)[1:]]))
    assert data.labels is not None
    assert data.labels.tolist() == [0, 0, 0, 1]
    assert [error.path for error in data.skipped] == [
        f"{tmp_path}/a/01.png",
        f"{tmp_path}/b/00.png",
    ]
    assert skip_note(data.skipped) == (
        "Skipped 2 files that could not be read: 01.png (found 9x9), "
        "00.png (not an image that aecodec reads (PNG, BMP, TIFF, WebP, JPEG, PGM and its kin))."
    )


def test_a_folder_of_bad_images_alone_is_refused_even_so(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no image")
    with pytest.raises(InvalidImageError, match="not an image"):
        load_dataset(tmp_path, skip_bad=True)


def test_explore_goes_on_without_bad_images(tmp_path: Path) -> None:
    folder_of(tmp_path / "f", pattern(8))
    save(tmp_path / "f/01.png", np.zeros((9, 9), np.uint8))
    text = fails("explore", tmp_path / "f", "-o", "x.html", cwd=tmp_path)
    assert "--skip-bad goes on without it" in one_line(text)
    done = ok("explore", tmp_path / "f", "-o", "x.html", "--skip-bad", cwd=tmp_path)
    assert b"Skipped 1 file that could not be read: 01.png (found 9x9)." in done.stderr
