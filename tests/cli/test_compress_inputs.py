"""What one bad input costs the others of a command: nothing. And originals are never touched."""

import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
from helpers import complaint, fails, folder_of, ok, one_line, pattern, save
from PIL import Image

import aecodec


@pytest.fixture
def digit(tmp_path: Path) -> Path:
    return save(tmp_path / "digit.png", pattern(1)[0])


@pytest.mark.parametrize("force", [(), ("-f",)])
def test_an_image_is_not_replaced_by_its_own_result(digit: Path, force: tuple[str, ...]) -> None:
    digit = digit.rename(digit.with_name("digit.aez"))
    before = digit.read_bytes()
    for target in (("-o", digit), ()):
        assert "is the input itself" in one_line(fails("compress", digit, *target, *force))
        assert digit.read_bytes() == before


def test_an_image_named_like_its_result_is_not_replaced(digit: Path) -> None:
    odd = Path(shutil.copy(digit, digit.with_name("odd.aez")))
    assert "is the input itself" in fails("compress", odd, "-f")
    assert odd.read_bytes() == digit.read_bytes()


def test_a_missing_input_costs_no_other(digit: Path, tmp_path: Path) -> None:
    second = save(tmp_path / "second.png", pattern(2)[1])
    inputs = digit, tmp_path / "none.png", second
    told = complaint(fails("compress", *inputs, "-o", tmp_path / "all.aez"))
    assert "none.png: there is no such file" in told
    with aecodec.open(tmp_path / "all.aez") as archive:
        assert list(archive.names) == ["digit.png", "second.png"]
    complaint(fails("compress", *inputs))
    assert digit.with_suffix(".aez").exists()
    assert second.with_suffix(".aez").exists()


def test_without_names_a_missing_input_ends_the_run(digit: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.aez"
    inputs = digit, tmp_path / "none.png"
    assert "Nothing was written" in fails("compress", *inputs, "--no-names", "-o", target)
    assert not target.exists()


def test_a_folder_that_fails_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("done", "there"):
        folder_of(tmp_path / name, pattern(2))
    (tmp_path / "there.aez").write_bytes(b"precious")
    told = fails("compress", tmp_path / "empty", tmp_path / "there", tmp_path / "done")
    assert "empty: no images found" in told
    assert "there.aez: exists already" in told
    assert "done.aez: 2 images" in told
    with aecodec.open(tmp_path / "done.aez") as archive:
        assert len(archive) == 2
    assert (tmp_path / "there.aez").read_bytes() == b"precious"


def test_a_png_with_pixels_missing_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.png", pattern(1)[0])
    data = bytearray(whole.read_bytes())
    at = data.index(b"IDAT")
    data[at + 10] ^= 1
    (tmp_path / "flipped.png").write_bytes(data)
    short = Image.fromarray(np.zeros((10, 28), np.uint8))
    short.save(tmp_path / "short.png")
    text = (tmp_path / "short.png").read_bytes()
    header = b"IHDR" + text[16:20] + (28).to_bytes(4) + text[24:29]
    lying = text[:12] + header + zlib.crc32(header).to_bytes(4) + text[33:]
    (tmp_path / "short.png").write_bytes(lying)
    for name in ("flipped.png", "short.png"):
        told = one_line(fails("compress", tmp_path / name, "-o", tmp_path / "x.aez"))
        assert "damaged or truncated image" in told


def test_a_png_that_states_a_huge_size_is_told_by_its_size(digit: Path, tmp_path: Path) -> None:
    data = digit.read_bytes()
    header = b"IHDR" + (50_000).to_bytes(4) * 2 + data[24:29]
    (tmp_path / "huge.png").write_bytes(
        data[:12] + header + zlib.crc32(header).to_bytes(4) + data[33:]
    )
    told = one_line(fails("compress", tmp_path / "huge.png", "-o", tmp_path / "x.aez"))
    assert "far more pixels than 28x28" in told


@pytest.mark.parametrize("name", ["all.AEZ", "new/folder/all.aez"])
def test_an_archive_goes_where_it_is_said_whatever_the_case(tmp_path: Path, name: str) -> None:
    folder_of(tmp_path / "scans", pattern(2))
    ok("compress", tmp_path / "scans", "-o", tmp_path / name)
    with aecodec.open(tmp_path / name) as archive:
        assert len(archive) == 2
