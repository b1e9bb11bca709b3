"""Images by their label: listed, decompressed, and found in Python."""

from pathlib import Path

import numpy as np
import pytest
from helpers import fails, load, ok, pattern, tree

import aecodec

IMAGES = pattern(6)
LABELS = [0, 1, 0, 2, 1, 0]
CLASSES = ["cat", "dog", "emu"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    data = aecodec.compress(IMAGES, "lossless", labels=LABELS, class_names=CLASSES, chunk_images=2)
    (tmp_path / "x.aez").write_bytes(data)
    return tmp_path / "x.aez"


def test_images_are_found_by_label_and_by_class(path: Path) -> None:
    with aecodec.open(path) as archive:
        assert archive.with_label(0).tolist() == [0, 2, 5]
        assert archive.with_label("dog").tolist() == archive.with_label("1").tolist() == [1, 4]
        assert archive.with_label(7).tolist() == []
        assert np.array_equal(archive[archive.with_label("emu")], IMAGES[3:4])
        with pytest.raises(aecodec.InvalidArgumentError, match=r"x\.aez: .*or one of cat, dog"):
            archive.with_label("cow")
    with (
        aecodec.open(aecodec.compress(IMAGES)) as archive,
        pytest.raises(aecodec.InvalidArgumentError, match="no labels"),
    ):
        archive.with_label(0)


def test_one_hot_and_text_labels_are_found() -> None:
    hot = aecodec.open(aecodec.compress(IMAGES, labels=np.eye(3)[LABELS]))
    assert hot.with_label(2).tolist() == [3]
    text = aecodec.open(aecodec.compress(IMAGES, labels=[CLASSES[n] for n in LABELS]))
    assert text.with_label("dog").tolist() == [1, 4]


def test_images_of_a_label_are_decompressed(path: Path) -> None:
    folder = path.parent
    assert aecodec.decompress_file(path, folder / "cats", label="cat").images == 3
    assert tree(folder / "cats") == ["000000.png", "000002.png", "000005.png"]
    assert np.array_equal(load(folder / "cats/000005.png"), IMAGES[5])
    ok("decompress", "x.aez", "--label", "2", "-o", "emu.png", cwd=folder)
    assert np.array_equal(load(folder / "emu.png"), IMAGES[3])
    ok("decompress", "x.aez", "00000[45].png", "--label", "dog", "-o", "few/", cwd=folder)
    assert [name.rpartition("/")[2] for name in tree(folder / "few")] == ["000004.png"]
    text = fails("decompress", "x.aez", "--label", "9", "-o", "none", cwd=folder)
    assert "has no image with the label '9'" in text
    assert not (folder / "none").exists()


def test_images_of_a_label_are_listed(path: Path) -> None:
    shown = ok("list", "x.aez", "--label", "dog", cwd=path.parent).stdout
    assert shown == b"000001.png\n000004.png\n"
    assert "labels are integers" in fails("list", "x.aez", "--label", "cow", cwd=path.parent)
