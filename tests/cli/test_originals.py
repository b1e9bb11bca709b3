"""`aecodec decompress --originals`: the black-and-white originals of images."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, fails, load, ok, tree
from PIL import Image

from aecodec.batch import describe
from aecodec.batch.aez_files import AezFile
from aecodec.kinds.scan import Resampling

DIGITS = sorted((ROOT / "examples/digits").glob("*.png"))[:3]
MNIST = Resampling(20, 990, 0, 90)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three digits, and one of them inverted, which has no original."""
    folder = tmp_path_factory.mktemp("digits")
    for path in DIGITS:
        shutil.copy(path, folder)
    Image.fromarray(255 - load(DIGITS[0])).save(folder / "inverted.png")
    target = tmp_path_factory.mktemp("archive") / "x.aez"
    ok("compress", folder, "-o", target, "--level", "lossless", "-q")
    return target


def test_originals_are_black_and_white_and_give_the_digits(archive: Path, tmp_path: Path) -> None:
    done = ok("decompress", archive, "-o", tmp_path / "out", "--originals", "-j", "1")
    text = done.stderr.decode()
    assert "3 images written" in text
    assert "1 image without an original" in text
    assert tree(tmp_path / "out") == [path.name for path in DIGITS]
    for path in DIGITS:
        with Image.open(tmp_path / "out" / path.name) as image:
            assert image.mode == "1"
            assert image.width == image.height >= 20
            bits = np.asarray(image).astype(np.uint8)
        assert np.array_equal(MNIST.render(bits[None])[0][0], load(path))


def test_info_counts_the_images_that_are_coded_by_originals(archive: Path, tmp_path: Path) -> None:
    assert "3 of them by their black-and-white originals" in ok("info", archive).stdout.decode()
    (row,) = json.loads(ok("info", archive, "--json").stdout)["files"]
    assert (row["images"], row["originals"]) == (4, 3)
    ok("compress", DIGITS[0], "-o", tmp_path / "lossy.aez", "-q")
    assert "originals" not in ok("info", tmp_path / "lossy.aez").stdout.decode()


def test_no_very_large_archive_is_read_to_count_originals(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe, "MOST_COUNTED", 0)
    row = describe.describe_file(AezFile(archive, "x", "x", "x"))
    assert (row["images"], row["originals"]) == (4, None)


def test_one_original_goes_into_a_file_or_to_standard_output(archive: Path, tmp_path: Path) -> None:
    name = DIGITS[1].name
    ok("decompress", archive, name, "-o", tmp_path / "one.png", "--originals")
    out = ok("decompress", archive, name, "-o", "-", "--originals").stdout
    assert out == (tmp_path / "one.png").read_bytes()
    done = ok("decompress", archive, "inverted.png", "-o", tmp_path / "none.png", "--originals")
    assert "1 image without an original" in done.stderr.decode()
    assert not (tmp_path / "none.png").exists()


def test_the_same_command_again_changes_nothing(archive: Path, tmp_path: Path) -> None:
    command = "decompress", archive, "-o", tmp_path / "out", "--originals"
    ok(*command)
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert "3 images there already" in ok(*command).stderr.decode()
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}


def test_a_data_set_of_originals_is_refused(archive: Path, tmp_path: Path) -> None:
    text = fails("decompress", archive, "-o", tmp_path / "x.npz", "--originals", code=2)
    assert "name a folder for their originals" in text
