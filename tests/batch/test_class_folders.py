"""Class folders into archives: labels and splits are those that the loaders of data sets read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K2, fails, ok, pattern, run, save
from PIL import Image

import aecodec
from aecodec.datasets import open_dataset

IMAGES = pattern(12)
MODEL = ("--model", K2)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(K2.parent))


def folders(place: Path, *paths: str) -> Path:
    for number, path in enumerate(paths):
        save(place / path, IMAGES[number])
    return place


def packed(source: Path, *options: str) -> aecodec.Archive:
    target = source.with_name(f"{source.name}.aez")
    ok("compress", "-f", "-r", *options, *MODEL, source, "-o", target)
    return aecodec.open(target.read_bytes())


def titled(archive: aecodec.Archive) -> dict[str, str]:
    """The name of the class of each image, by the image's name."""
    labels = archive.labels
    assert labels is not None
    titles = [archive.class_names[label] for label in labels.tolist()]
    return dict(zip(archive.names, titles, strict=True))


def split_of(archive: aecodec.Archive) -> dict[str, list[int]]:
    return {name: numbers.tolist() for name, numbers in archive.splits.items()}


SPLIT = ("training/cat/1.png", "training/dog/1.png", "val/cat/1.png", "testing/dog/2.png")


@pytest.mark.parametrize("front", ["", "set/"])
@pytest.mark.parametrize("options", [(), ("--no-names",), ("-j", "2")])
def test_labels_and_splits_are_those_that_the_loader_reads(
    tmp_path: Path, front: str, options: tuple[str, ...]
) -> None:
    source = folders(tmp_path / "x", *(front + path for path in SPLIT))
    archive = packed(source, *options)
    assert archive.class_names == {0: "cat", 1: "dog"}
    assert archive.names == (
        () if "--no-names" in options else tuple(sorted(front + p for p in SPLIT))
    )
    labels = archive.labels
    assert labels is not None and labels.dtype == np.int64
    for split in open_dataset(source).splits:
        numbers = archive.splits[split.name]
        (batch,) = split.read()
        assert batch.labels is not None and batch.labels.tolist() == labels[numbers].tolist()
    assert len(archive.splits) == 3


def test_folders_without_splits_are_classes(tmp_path: Path) -> None:
    archive = packed(folders(tmp_path / "x", "7/a.png", "7/b.png", "3/c.png"))
    assert titled(archive) == {"3/c.png": "3", "7/a.png": "7", "7/b.png": "7"}
    assert archive.splits == {} and archive.with_label("7").tolist() == [1, 2]


def test_splits_without_classes_are_kept(tmp_path: Path) -> None:
    archive = packed(folders(tmp_path / "x", "train/a.png", "test/b.png", "test/c.png"))
    assert archive.labels is None and split_of(archive) == {"test": [0, 1], "train": [2]}


@pytest.mark.parametrize(
    "paths",
    [
        ("a.png", "b.png"),
        ("2024/01/a.png", "2024/01/b.png", "2024/02/a.png"),  # deeper than a class
        ("a.png", "7/b.png", "7/c.png"),  # some lie in none
        ("a/1.png", "b/1.png", "c/1.png"),  # one image each
        ("7/a.png", "7/b.png"),  # one folder is no choice
    ],
)
def test_folders_that_are_no_classes_change_nothing(tmp_path: Path, paths: tuple[str, ...]) -> None:
    archive = packed(folders(tmp_path / "x", *paths))
    assert archive.summary()["version"] == 1 and archive.labels is None
    assert archive.names == tuple(sorted(paths))


def test_two_folders_for_one_split_are_told(tmp_path: Path) -> None:
    folders(tmp_path / "x", "train/7/a.png", "training/7/b.png")
    done = run("compress", "-r", *MODEL, tmp_path / "x", "-o", tmp_path / "x.aez")
    assert done.returncode == 0 and b"not kept: two folders for one split" in done.stderr


def test_several_inputs_are_classes_where_they_are_splits(tmp_path: Path) -> None:
    """Whoever names two folders of scans does not say that these are classes."""
    folders(tmp_path, "train/7/a.png", "test/3/b.png", "monday/1.png", "tuesday/2.png")
    for names, classes in ((("train", "test"), ["3", "7"]), (("monday", "tuesday"), [])):
        target = tmp_path / "x.aez"
        ok("compress", "-f", "-r", *MODEL, *(tmp_path / name for name in names), "-o", target)
        assert list(aecodec.open(target.read_bytes()).class_names.values()) == classes


def test_files_that_are_left_out_leave_the_others_their_labels(tmp_path: Path) -> None:
    source = folders(tmp_path / "x", "train/7/a.png", "train/3/b.png", "test/7/c.png")
    (source / "train" / "3" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    first, *rest = map(Image.fromarray, IMAGES[5:8])
    first.save(source / "train" / "7" / "0.tif", save_all=True, append_images=rest)
    target = tmp_path / "x.aez"
    assert run("compress", "-r", *MODEL, source, "-o", target).returncode == 1
    archive = aecodec.open(target.read_bytes())
    assert titled(archive) == {
        "test/7/c.png": "7",
        "train/3/b.png": "3",
        **{f"train/7/0.{number}.png": "7" for number in range(3)},
        "train/7/a.png": "7",
    }
    assert split_of(archive) == {"test": [0], "train": [1, 2, 3, 4, 5]}


def test_they_come_out_as_they_went_in(tmp_path: Path) -> None:
    source = folders(tmp_path / "x", *SPLIT)
    packed(source)
    ok("decompress", tmp_path / "x.aez", "-o", tmp_path / "again")
    again = packed(tmp_path / "again")
    assert titled(again) == titled(aecodec.open((tmp_path / "x.aez").read_bytes()))
    ok("decompress", tmp_path / "x.aez", "-o", tmp_path / "x.zip")
    ok("compress", *MODEL, tmp_path / "x.zip", "-o", tmp_path / "zip.aez")
    archive = aecodec.open((tmp_path / "zip.aez").read_bytes())
    assert archive.class_names == {0: "cat", 1: "dog"}
    assert {name: len(numbers) for name, numbers in archive.splits.items()} == {
        "train": 2,
        "validation": 1,
        "test": 1,
    }


@pytest.mark.parametrize(
    ("new", "titles"),
    [
        (("9/d.png", "9/e.png", "7/f.png"), {"9/d.png": "9", "9/e.png": "9", "7/f.png": "7"}),
        (("7/d.png",), {"7/d.png": "7"}),  # one folder, but it is called as a class
        (("3/d.png", "7/e.png"), {"3/d.png": "3", "7/e.png": "7"}),
    ],
)
def test_append_matches_classes_by_their_names(
    tmp_path: Path, new: tuple[str, ...], titles: dict[str, str]
) -> None:
    packed(folders(tmp_path / "x", "3/a.png", "3/b.png", "7/c.png"))
    ok("append", "-r", tmp_path / "x.aez", folders(tmp_path / "new", *new))
    archive = aecodec.open((tmp_path / "x.aez").read_bytes())
    before = {"3/a.png": "3", "3/b.png": "3", "7/c.png": "7"}
    assert titled(archive) == dict(sorted((before | titles).items()))
    assert archive.class_names == {0: "3", 1: "7"} | ({2: "9"} if "9" in titles.values() else {})


def test_append_says_what_it_needs_to_know(tmp_path: Path) -> None:
    packed(folders(tmp_path / "x", "train/3/a.png", "test/7/b.png"))
    one = folders(tmp_path / "new", "c.png") / "c.png"
    assert "say with --label" in fails("append", tmp_path / "x.aez", one, code=2)
    ok("append", tmp_path / "x.aez", one, "--label", "7", "--into", "test")
    archive = aecodec.open((tmp_path / "x.aez").read_bytes())
    assert titled(archive)["c.png"] == "7" and len(archive.splits["test"]) == 2


def test_folders_called_as_numbers_are_the_labels_of_an_archive_without_classes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.aez"
    names = [f"{number}.png" for number in range(4)]
    path.write_bytes(aecodec.compress(IMAGES[:4], names=names, labels=np.array([3, 7, 5, 3], "u1")))
    ok("append", "-r", path, folders(tmp_path / "new", "7/a.png", "7/b.png", "3/c.png"))
    labels = aecodec.open(path.read_bytes()).labels
    assert labels is not None and labels.tolist() == [3, 7, 5, 3, 3, 7, 7]


def archive_of(path: Path, labels: list[int], classes: list[str], **more: Any) -> Path:
    images = IMAGES[: len(labels)]
    data = aecodec.compress(images, model=str(K2), labels=labels, class_names=classes, **more)
    path.write_bytes(data)
    return path


def test_joined_archives_have_the_classes_of_both(tmp_path: Path) -> None:
    one = archive_of(tmp_path / "a.aez", [0, 1, 0], ["cat", "dog"])
    two = archive_of(tmp_path / "b.aez", [0, 1, 1], ["bird", "cat"])
    aecodec.join([one, two], tmp_path / "x.aez")
    archive = aecodec.open((tmp_path / "x.aez").read_bytes())
    labels = archive.labels
    assert labels is not None and archive.class_names == {0: "cat", 1: "dog", 2: "bird"}
    titles = [archive.class_names[label] for label in labels.tolist()]
    assert titles == ["cat", "dog", "cat", "bird", "cat", "cat"]


def test_classes_that_have_no_numbers_left_are_told(tmp_path: Path) -> None:
    many = np.arange(256, dtype=np.uint8)
    paths = []
    for letter in "ab":
        paths.append(tmp_path / f"{letter}.aez")
        data = aecodec.compress(
            pattern(256),
            model=str(K2),
            labels=many,
            class_names=[f"{letter}{number}" for number in range(256)],
        )
        paths[-1].write_bytes(data)
    with pytest.raises(aecodec.InvalidArgumentError, match="u1 have no numbers for 512 classes"):
        aecodec.join(paths, tmp_path / "x.aez")
