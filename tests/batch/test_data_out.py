"""Archives into data sets: what comes out is what went in."""

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from helpers import fails, ok, pattern, tree
from pyarrow.parquet import read_table, write_table

import aecodec
from aecodec.datasets import labels_path, open_dataset
from aecodec.images import png_bytes

IMAGES = pattern(30)
DIGITS = (np.arange(30) % 7).astype(np.uint8)
SPLITS = {"train": 20, "test": 10}
NAMES = [f"{number:02}.png" for number in range(30)]


def made(folder: Path, **more: Any) -> Path:
    """An archive that holds the images exactly."""
    path = folder / "made.aez"
    path.write_bytes(aecodec.compress(IMAGES, model="tiny", max_mse=0, **more))
    return path


def idx(array: np.ndarray[Any, Any]) -> bytes:
    return (
        bytes([0, 0, 8, array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.tobytes()
    )


def test_idx_comes_out_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "t-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "t-labels-idx1-ubyte").write_bytes(idx(DIGITS))
    archive = tmp_path / "t.aez"
    aecodec.compress_file(tmp_path / "t-images-idx3-ubyte", archive, model="tiny", max_mse=0)
    report = aecodec.decompress_file(archive, tmp_path / "again-images-idx3-ubyte")
    assert report.images == 30
    assert (tmp_path / "again-images-idx3-ubyte").read_bytes() == idx(IMAGES)
    assert (tmp_path / "again-labels-idx1-ubyte").read_bytes() == idx(DIGITS)


@pytest.mark.parametrize(
    "labels",
    [
        DIGITS,
        DIGITS.astype(np.int64)[:, None],
        np.eye(7, dtype=np.float32)[DIGITS],
        np.array(["cat", "dog", "é"])[DIGITS % 3],
        np.arange(60, dtype=np.int32).reshape(30, 2),
        None,
    ],
    ids=lambda labels: "none" if labels is None else f"{labels.dtype}{labels.shape}",
)
def test_npz_holds_splits_and_labels_as_they_were(tmp_path: Path, labels: Any) -> None:
    target = tmp_path / "x.npz"
    aecodec.decompress_file(made(tmp_path, labels=labels, splits=SPLITS), target)
    with np.load(target) as found:
        assert np.array_equal(found["x_train"], IMAGES[:20])
        assert np.array_equal(found["x_test"], IMAGES[20:])
        assert ("y_train" in found) is (labels is not None)
        if labels is not None:
            assert found["y_train"].dtype == labels.dtype
            assert np.array_equal(found["y_train"], labels[:20])
            assert np.array_equal(found["y_test"], labels[20:])


def test_a_split_that_returns_is_joined(tmp_path: Path) -> None:
    splits = [("train", 5), ("test", 5), ("train", 20)]
    aecodec.decompress_file(made(tmp_path, labels=DIGITS, splits=splits), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as found:
        assert np.array_equal(found["x_train"], np.concatenate([IMAGES[:5], IMAGES[10:]]))
        assert np.array_equal(found["y_test"], DIGITS[5:10])


@pytest.mark.parametrize(
    "name",
    ["x.npz", "x.npy", "k.npy", "x.idx", "k.idx", "a-idx3-ubyte", "x.csv", "x.zip", "x.parquet"],
)
def test_what_comes_out_goes_in_again(tmp_path: Path, name: str) -> None:
    archive = made(tmp_path, labels=DIGITS)
    aecodec.decompress_file(archive, tmp_path / name)
    assert aecodec.decompress_file(archive, tmp_path / name).present == 30
    (split,) = open_dataset(tmp_path / name).splits
    batches = list(split.read())
    assert np.array_equal(np.concatenate([batch.images for batch in batches]), IMAGES)
    labels = [batch.labels for batch in batches if batch.labels is not None]
    assert np.array_equal(np.concatenate(labels).ravel(), DIGITS)


@pytest.mark.parametrize("hot", [False, True])
def test_zip_has_folders_of_splits_and_classes(tmp_path: Path, hot: bool) -> None:
    labels = np.eye(7, dtype=np.float32)[DIGITS] if hot else DIGITS
    names = ["nil", "one", "two", "a/b", "four", "five", "six"]
    archive = made(tmp_path, labels=labels, splits=SPLITS, class_names=names)
    aecodec.decompress_file(archive, tmp_path / "x.zip")
    train, test = open_dataset(tmp_path / "x.zip").splits
    assert (train.name, test.name) == ("train", "test")
    assert train.class_names == tuple(sorted(name.replace("/", "_") for name in names))
    with zipfile.ZipFile(tmp_path / "x.zip") as file:
        found = file.namelist()
    folders = [*names[:3], "a_b"]
    assert found[:4] == [f"train/{folder}/{n:06}.png" for n, folder in enumerate(folders)]
    assert found[20] == "test/six/000020.png"


@pytest.mark.parametrize("suffix", ["zip", "npz", "parquet"])
def test_splits_lead_nowhere_whatever_they_are_called(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "a").mkdir()
    archive = made(tmp_path, splits={"../../x": 10, "/b": 20})
    aecodec.decompress_file(archive, tmp_path / "a" / f"o.{suffix}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "made.aez"]
    if suffix != "parquet":
        with zipfile.ZipFile(tmp_path / "a" / f"o.{suffix}") as file:
            parts = [part for name in file.namelist() for part in name.split("/")]
        assert ".." not in parts and "" not in parts
    archive = made(tmp_path, splits={"b ": 10, "b/": 20})
    with pytest.raises(aecodec.InvalidArgumentError, match="would share a name; use --split"):
        aecodec.decompress_file(archive, tmp_path / f"x.{suffix}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "made.aez"]


def test_labels_that_would_share_a_folder_are_refused(tmp_path: Path) -> None:
    archive = made(tmp_path, labels=["a b", "a/b"] * 15)
    with pytest.raises(aecodec.InvalidArgumentError, match=r"would both be the folder a_b"):
        aecodec.decompress_file(archive, tmp_path / "x.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["made.aez"]


@pytest.mark.parametrize(
    "labels",
    [DIGITS, DIGITS > 3, np.array(["cat", "é"])[DIGITS % 2], np.arange(60).reshape(30, 2), None],
    ids=["u1", "bool", "str", "rows", "none"],
)
def test_parquet_has_a_file_for_each_split(tmp_path: Path, labels: Any) -> None:
    archive = made(tmp_path, labels=labels, splits=SPLITS)
    aecodec.decompress_file(archive, tmp_path / "x.parquet")
    for name, part in (("train", slice(0, 20)), ("test", slice(20, 30))):
        path = tmp_path / f"x-{name}.parquet"
        (split,) = open_dataset(path).splits
        (batch,) = split.read()
        assert np.array_equal(batch.images, IMAGES[part])
        table = read_table(path)
        assert table.column_names == ["image", "label"][: 1 + (labels is not None)]
        if labels is not None:
            assert table.column("label").to_pylist() == labels[part].tolist()


def test_parquet_names_classes_as_hugging_face_does(tmp_path: Path) -> None:
    names = ("nil", "one", "two", "3", "four", "five", "six")
    archive = made(tmp_path, labels=DIGITS, class_names=list(names))
    aecodec.decompress_file(archive, tmp_path / "x.parquet")
    (split,) = open_dataset(tmp_path / "x.parquet").splits
    assert split.class_names == names
    again = aecodec.compress_file(tmp_path / "x.parquet", tmp_path / "y.aez", max_mse=0)
    assert again.images == 30
    with aecodec.open(tmp_path / "y.aez") as found:
        assert np.array_equal(found[:], IMAGES)
        assert list(found.class_names.values()) == list(names)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "int64", "uint64"])
def test_labels_of_parquet_keep_their_type(tmp_path: Path, kind: str, named: bool) -> None:
    labels, names = DIGITS[:8].astype(kind), list("abcdefg") if named else None
    data = aecodec.compress(IMAGES[:8], "lossless", labels=labels, class_names=names)
    (tmp_path / "x.aez").write_bytes(data)
    aecodec.decompress_file(tmp_path / "x.aez", tmp_path / "x.parquet")
    aecodec.compress_file(tmp_path / "x.parquet", tmp_path / "y.aez", level="lossless")
    with aecodec.open(tmp_path / "y.aez") as found:
        assert found.labels is not None
        assert found.labels.dtype == labels.dtype
        assert np.array_equal(found.labels, labels)
        assert list(found.class_names.values()) == (names or [])


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pa.array([3, 1], pa.uint8()), np.array([3, 1], np.uint8)),
        (pa.array([-3, 1], pa.int16()), np.array([-3, 1], np.int16)),
        (pa.array([True, False]), np.array([True, False])),
        (pa.array(["a", "bc"]).dictionary_encode(), np.array(["a", "bc"])),
        (pa.array(["a", "bc"], pa.large_string()), np.array(["a", "bc"])),
        (pa.array([[1, 2], [3, 4]], pa.list_(pa.int8())), np.array([[1, 2], [3, 4]], np.int8)),
        (pa.array([[1], [3]], pa.list_(pa.uint16(), 1)), np.array([[1], [3]], np.uint16)),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_any_column_of_labels_is_taken_as_what_it_is(
    tmp_path: Path, column: Any, wanted: np.ndarray[Any, Any]
) -> None:
    images = [png_bytes(image) for image in IMAGES[:2]]
    write_table(pa.table({"image": images, "label": column}), tmp_path / "x.parquet")
    ((batch,),) = [list(split.read()) for split in open_dataset(tmp_path / "x.parquet").splits]
    assert batch.labels is not None
    assert batch.labels.dtype == wanted.dtype
    assert np.array_equal(batch.labels, wanted)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array([3, None]), "rows without a label"),
        (pa.array([[3, None], [1, 2]]), "rows without a label"),
        (pa.array([[3], [1, 2]]), "rows of labels of different lengths"),
    ],
    ids=["none", "inside", "ragged"],
)
def test_a_column_of_labels_with_gaps_is_told(tmp_path: Path, column: Any, text: str) -> None:
    images = [png_bytes(image) for image in IMAGES[:2]]
    write_table(pa.table({"image": images, "label": column}), tmp_path / "x.parquet")
    with pytest.raises(aecodec.InvalidImageError, match=text):
        aecodec.compress_file(tmp_path / "x.parquet", tmp_path / "y.aez")
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_labels_that_a_format_cannot_hold_leave_nothing_behind(tmp_path: Path) -> None:
    archive = made(tmp_path, labels=["a"] * 30)
    with pytest.raises(aecodec.InvalidArgumentError, match="npz"):
        aecodec.decompress_file(archive, tmp_path / "x.idx")
    assert [path.name for path in tmp_path.iterdir()] == ["made.aez"]


def test_damage_writes_nothing(tmp_path: Path) -> None:
    archive = made(tmp_path, labels=DIGITS)
    data = bytearray(archive.read_bytes())
    data[-20] ^= 1
    archive.write_bytes(bytes(data))
    with pytest.raises(aecodec.CorruptFileError):
        aecodec.decompress_file(archive, tmp_path / "x.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["made.aez"]


def test_a_data_set_replaces_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"mine")
    with pytest.raises(aecodec.OutputError, match="exists already"):
        aecodec.decompress_file(made(tmp_path), tmp_path / "x.npy")
    assert (tmp_path / "x.npy").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        ({"label": 3}, np.flatnonzero(DIGITS == 3)),
        ({"numbers": slice(5, 23)}, np.arange(5, 23)),
        ({"numbers": slice(28, None)}, np.arange(28, 30)),
        ({"names": ["00001?.png", "000003.png"]}, np.r_[3, 10:20]),
        ({"label": 3, "split": "train", "numbers": slice(4, 99)}, np.r_[10, 17]),
    ],
    ids=str,
)
def test_some_images_are_a_data_set(
    tmp_path: Path, chosen: dict[str, Any], numbers: np.ndarray[Any, Any]
) -> None:
    archive = made(tmp_path, labels=DIGITS, splits=SPLITS, chunk_images=4)
    for name in ("x.npz", "x.npy", "x.idx", "x.csv", "x.parquet"):
        target = tmp_path / name / name
        assert aecodec.decompress_file(archive, target, **chosen).images == len(numbers)
        assert aecodec.decompress_file(archive, target, **chosen).present == len(numbers)
        splits = open_dataset(target.parent if name == "x.parquet" else target).splits
        batches = [batch for split in splits for batch in split.read()]
        assert np.array_equal(np.concatenate([one.images for one in batches]), IMAGES[numbers])
        labels = [batch.labels for batch in batches if batch.labels is not None]
        assert np.concatenate(labels).ravel().tolist() == DIGITS[numbers].tolist()
        if name in ("x.npz", "x.parquet"):
            wanted = {"train" if number < 20 else "test" for number in numbers}
            assert {split.name for split in splits} == wanted


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--label", "8"], 1, "has no image with the label '8'"),
        (["--split", "validation"], 2, "has no split validation, only train and test"),
        (["--split", "test", "--range", ":20"], 1, "has no image in the split test numbered :20"),
        (["--range", "30:"], 1, "has no image numbered 30:"),
        (["nobody.png"], 1, "has no image of this name"),
    ],
)
def test_a_selection_of_nothing_writes_nothing(
    tmp_path: Path, arguments: list[str], code: int, text: str
) -> None:
    made(tmp_path, labels=DIGITS, splits=SPLITS)
    for target in ("x.npz", "folder"):
        command = ("decompress", "made.aez", *arguments, "-o", target)
        told = fails(*command, cwd=tmp_path, code=code)
        assert text in told
    assert [path.name for path in tmp_path.iterdir()] == ["made.aez"]


def test_a_selection_is_taken_by_the_command(tmp_path: Path) -> None:
    made(tmp_path, labels=DIGITS, splits=SPLITS)
    more = ("--split", "train", "--label", "3", "--range", "4:20")
    ok("decompress", "made.aez", *more, "-o", "x.npz", cwd=tmp_path)
    with np.load(tmp_path / "x.npz") as found:
        assert sorted(found) == ["x_train", "y_train"]
        assert np.array_equal(found["x_train"], IMAGES[[10, 17]])
    ok("decompress", "made.aez", *more, "-o", "some", cwd=tmp_path)
    assert tree(tmp_path / "some") == ["000010.png", "000017.png"]
    text = fails("decompress", "made.aez", "--range", "4-20", "-o", "no.npz", cwd=tmp_path, code=2)
    assert "found '4-20', need numbers such as 100:200" in text


@pytest.mark.parametrize(
    ("target", "options", "told"),
    [
        ("x.csv", (), "splits are not kept in x.csv;"),
        ("x-images-idx3-ubyte", (), "splits are not kept in x-images-idx3-ubyte;"),
        ("x", (), ""),
        ("x", ("--split", "train"), ""),
        ("x.csv", ("--split", "train"), ""),
        ("x.npz", (), ""),
        ("x", ("--split", "train", "--label", "3"), ""),
    ],
)
def test_what_has_no_place_is_told(
    tmp_path: Path, target: str, options: tuple[str, ...], told: str
) -> None:
    made(tmp_path, labels=DIGITS, splits=SPLITS)
    text = ok("decompress", "made.aez", *options, "-o", target, cwd=tmp_path).stderr.decode()
    assert told in text and ("not kept" in text) == bool(told)


@pytest.mark.parametrize(
    ("target", "known", "told"),
    [
        ("x", {"labels": ["a b", "a/b"] * 15}, "labels are not kept in a folder; -o x.npz or .zip"),
        ("x", {"splits": {"b ": 9, "b/": 21}}, "splits are not kept in a folder; -o x.npz"),
        (
            "x.zip",
            {"labels": np.arange(60).reshape(30, 2)},
            "labels are not kept in x.zip; -o x.npz",
        ),
        (
            "x.npz",
            {"names": NAMES},
            "names are not kept in x.npz; -o x.zip",
        ),
        (
            "x.idx",
            {"labels": DIGITS, "class_names": list("abcdefg")},
            "names of classes are not kept",
        ),
        (
            "x.csv",
            {"labels": [1, 0] * 15, "class_names": ["a", "b"], "names": NAMES, "splits": SPLITS},
            "names of classes, splits and names are not kept in x.csv; -o x.zip or .parquet",
        ),
        ("x.csv", {"metadata": {"by": "me"}}, "metadata are not kept in x.csv; 'aecodec info'"),
        ("x", {"metadata": {"by": "me"}}, "metadata are not kept in a folder; 'aecodec info'"),
    ],
)
def test_whatever_has_no_place_is_told(
    tmp_path: Path, target: str, known: dict[str, Any], told: str
) -> None:
    (note,) = aecodec.decompress_file(made(tmp_path, **known), tmp_path / target).notes
    assert note.startswith(told)


@pytest.mark.parametrize("jobs", [1, 2])
def test_images_without_names_go_into_folders_of_splits_and_classes(
    tmp_path: Path, jobs: int
) -> None:
    names = ["nil", "one", "two", "a/b", "four", "five", "six"]
    archive = made(tmp_path, labels=DIGITS, splits=SPLITS, class_names=names, chunk_images=7)
    out = tmp_path / "out"
    assert aecodec.decompress_file(archive, out, jobs=jobs).notes == []
    assert tree(out)[:2] == ["test/a_b/000024.png", "test/five/000026.png"]
    again = aecodec.compress_file(out, tmp_path / "y.aez", model="tiny", max_mse=0, recursive=True)
    assert again.images == 30
    with aecodec.open(tmp_path / "y.aez") as found, aecodec.open(archive) as before:
        for name in found.names:
            number = int(name[-10:-4])
            assert np.array_equal(found[name], IMAGES[number])
        order = [int(name[-10:-4]) for name in found.names]
        assert found.labels is not None
        titles = [found.class_names[label].replace("_", "/") for label in found.labels.tolist()]
        assert titles == [before.class_names[label] for label in DIGITS[order].tolist()]
        assert {name: len(numbers) for name, numbers in found.splits.items()} == SPLITS


def test_what_images_were_chosen_by_needs_no_folder(tmp_path: Path) -> None:
    made(tmp_path, labels=DIGITS, splits=SPLITS)
    for number, (options, first) in enumerate(
        [
            (("--split", "test"), "0/000021.png"),
            (("--label", "3"), "test/000024.png"),
            (("--label", "3", "--split", "test"), "000024.png"),
            (("0000?[13].png",), "000001.png"),
        ]
    ):
        ok("decompress", "made.aez", *options, "-o", f"o{number}", cwd=tmp_path)
        assert tree(tmp_path / f"o{number}")[0] == first


def test_names_are_taken_to_tell_labels_and_splits(tmp_path: Path) -> None:
    names = [f"train/{label}/{number:02}.png" for number, label in enumerate(DIGITS)]
    archive = made(tmp_path, names=names, labels=DIGITS, splits={"train": 30})
    assert aecodec.decompress_file(archive, tmp_path / "x").notes == []


def test_where_labels_go() -> None:
    assert labels_path(Path("a/x_train.npy")) == Path("a/y_train.npy")
    assert labels_path(Path("train-images-idx3-ubyte")) == Path("train-labels-idx1-ubyte")
    assert labels_path(Path("digits.idx")) == Path("digits-labels.idx")


@pytest.mark.parametrize("jobs", [1, 3])
def test_splits_that_share_chunks_come_out_whole(tmp_path: Path, jobs: int) -> None:
    runs = [("a", 7), ("b", 5), ("a", 2), ("b", 16)]
    archive = made(tmp_path, labels=DIGITS, splits=runs, chunk_images=4)
    aecodec.decompress_file(archive, tmp_path / "x.npz", jobs=jobs)
    numbers = np.arange(30)
    a = (numbers < 7) | ((numbers >= 12) & (numbers < 14))
    with np.load(tmp_path / "x.npz") as found:
        for name, wanted in (("a", a), ("b", ~a)):
            assert (found[f"x_{name}"] == IMAGES[wanted]).all()
            assert (found[f"y_{name}"] == DIGITS[wanted]).all()
