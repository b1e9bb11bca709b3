"""Every format gives the images of its splits, in their order, with their labels as they are."""

import gzip
import io
import json
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import folder_of, pattern, save
from numpy.typing import NDArray

from aecodec.datasets import Options, Split, as_classes, load_dataset, open_dataset
from aecodec.errors import InvalidImageError, MissingDependencyError
from aecodec.images import png_bytes

PLAIN = Options()


def read(split: Split) -> tuple[NDArray[np.uint8], Any]:
    batches = list(split.read())
    images = np.concatenate([batch.images for batch in batches])
    labels = [batch.labels for batch in batches if batch.labels is not None]
    return images, np.concatenate(labels) if labels else None


def table(images: NDArray[Any], labels: list[Any] | None = None, header: str = "") -> str:
    rows = [",".join(map(str, image.reshape(-1).tolist())) for image in images]
    if labels is not None:
        rows = [f"{label},{row}" for label, row in zip(labels, rows, strict=True)]
    return "".join(f"{line}\n" for line in ([header] if header else []) + rows)


PIXEL_NAMES = ",".join(f"pixel{number}" for number in range(784))


@pytest.mark.parametrize(
    ("x", "y", "z"),
    [
        ("x_train", "y_train", "x_test"),
        ("X_train", "y_train", "X_test"),
        ("train_images", "train_labels", "test_images"),
        ("training_images", "training_labels", "testing_images"),
        ("trainX", "trainY", "testX"),
        ("X_TRAIN", "Y_TRAIN", "X_TEST"),
    ],
)
def test_npz_keys_in_use_are_splits(tmp_path: Path, x: str, y: str, z: str) -> None:
    np.savez_compressed(tmp_path / "a.npz", **{x: pattern(1500), y: np.arange(1500), z: pattern(2)})  # type: ignore[arg-type]
    data = open_dataset(tmp_path / "a.npz")
    assert [(split.name, split.count) for split in data.splits] == [("train", 1500), ("test", 2)]
    images, labels = read(data.split("train"))
    assert np.array_equal(images, pattern(1500))
    assert np.array_equal(labels, np.arange(1500))
    assert read(data.split("test"))[1] is None


@pytest.mark.parametrize(
    "keys", [("x", "y"), ("X", "y"), ("images", "labels"), ("data", "labels"), ("arr_0", None)]
)
def test_npz_keys_without_splits(tmp_path: Path, keys: tuple[str, str | None]) -> None:
    arrays = {keys[0]: pattern(3)} | ({keys[1]: np.arange(3)} if keys[1] else {})
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    (split,) = open_dataset(tmp_path / "a.npz").splits
    assert np.array_equal(read(split)[0], pattern(3))
    assert (read(split)[1] is None) == (keys[1] is None)


def test_two_npz_keys_of_one_split_are_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=pattern(3), x_val=pattern(2), X_valid=pattern(1))
    with pytest.raises(InvalidImageError, match="holds x_val and X_valid, of which only one can"):
        open_dataset(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.zeros((3, 32, 32), np.uint8), r"not \(3, 32, 32\)\. --fit converts them\.$"),
        (np.zeros((3, 28, 28, 3), np.uint8), r"28, 3\)\. --fit converts them\.$"),
        (np.full((3, 784), 300), r"scale them first\. --fit converts them\.$"),
        (np.full((3, 28, 28), 200.0), r"astype\(np.uint8\)` converts them\. So does --fit\.$"),
        (np.zeros((3, 700), np.uint8), r"not \(3, 700\)\.$"),
        (np.full((3, 28, 28), "a"), r"images must be uint8, 0 to 255, not <U1\.$"),
    ],
)
def test_arrays_that_are_refused_say_what_converts_them(
    tmp_path: Path, array: NDArray[Any], told: str
) -> None:
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(InvalidImageError, match=told):
        load_dataset(tmp_path / "x.npy")
    if "--fit" in told:
        assert load_dataset(tmp_path / "x.npy", fit=True).images.shape == (3, 28, 28)


def test_other_npz_keys_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", glyphs=pattern(3), which=np.arange(3))
    with pytest.raises(InvalidImageError, match="holds glyphs, which; name the images with --imag"):
        open_dataset(tmp_path / "a.npz")
    data = load_dataset(tmp_path / "a.npz", images="glyphs", labels="which")
    assert np.array_equal(data.images, pattern(3))
    assert data.labels is not None
    np.savez(tmp_path / "b.npz", glyphs=pattern(3), y=np.arange(3))
    assert load_dataset(tmp_path / "b.npz", images="glyphs").labels is not None
    with pytest.raises(InvalidImageError, match="has no array none, only glyphs, which"):
        load_dataset(tmp_path / "a.npz", images="none")


@pytest.mark.parametrize("dtype", ["u1", "?", "<i8", ">f4", "f8"])
@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1), (1, 28, 28)])
def test_arrays_are_taken_exactly(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    images = pattern(3)
    if dtype == "?":
        images = np.where(images > 127, 255, 0).astype(np.uint8)
    scale = 255 if np.dtype(dtype).kind in "bf" else 1
    np.save(tmp_path / "x.npy", (images / scale).astype(dtype).reshape(3, *shape))
    assert np.array_equal(load_dataset(tmp_path / "x.npy").images, images)


@pytest.mark.parametrize("array", [pattern(3).astype("f4"), pattern(3) / 127.5 - 1])
def test_fit_converts_what_is_refused(tmp_path: Path, array: NDArray[Any]) -> None:
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(InvalidImageError, match="converts them"):
        load_dataset(tmp_path / "x.npy")
    assert np.array_equal(load_dataset(tmp_path / "x.npy", fit=True).images, pattern(3))


def test_fit_resizes_arrays_of_other_sizes(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((2, 14, 14, 3), 200, np.uint8))
    assert (load_dataset(tmp_path / "x.npy", fit=True).images == 200).all()


def test_arrays_in_the_other_order_of_memory_keep_their_images(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.asfortranarray(pattern(1500).reshape(-1, 784)))
    assert np.array_equal(load_dataset(tmp_path / "x.npy").images, pattern(1500))


@pytest.mark.parametrize("header", ["", f"label,{PIXEL_NAMES}"])
@pytest.mark.parametrize("compressed", [False, True])
def test_csv_in_kaggles_layout(tmp_path: Path, header: str, compressed: bool) -> None:
    text = table(pattern(1100), [n % 10 for n in range(1100)], header).encode()
    (tmp_path / "train.csv").write_bytes(gzip.compress(text) if compressed else text)
    (split,) = open_dataset(tmp_path / "train.csv").splits
    assert split.count == 1100
    images, labels = read(split)
    assert np.array_equal(images, pattern(1100))
    assert np.array_equal(labels, np.arange(1100) % 10)


@pytest.mark.parametrize("name", ["label", "class"])
def test_csv_of_quoted_cells_is_as_without_quotes(tmp_path: Path, name: str) -> None:
    rows = table(pattern(3), [9, 0, 7], f"{name},{PIXEL_NAMES}").splitlines()
    if name == "class":  # which is last
        rows = [",".join([*row.split(",")[1:], row.split(",")[0]]) for row in rows]
    quoted = ("".join(f'"{cell}",' for cell in row.split(","))[:-1] for row in rows)
    (tmp_path / "x.csv").write_text("\n".join(quoted))
    images, labels = read(open_dataset(tmp_path / "x.csv").splits[0])
    assert np.array_equal(images, pattern(3))
    assert labels.dtype == np.int64
    assert labels.tolist() == [9, 0, 7]


def test_names_of_columns_that_pandas_told_apart_are_a_header(tmp_path: Path) -> None:
    header = ",".join(
        ["0", *(f"0.{n}" for n in range(1, 700)), "7", *(f"7.{n}" for n in range(1, 85))]
    )
    (tmp_path / "x.csv").write_text(table(pattern(3), [1, 2, 3], header))
    images, labels = read(open_dataset(tmp_path / "x.csv").splits[0])
    assert np.array_equal(images, pattern(3))
    assert labels.tolist() == [1, 2, 3]


@pytest.mark.parametrize("header", ["", f"label,{PIXEL_NAMES}\n"])
@pytest.mark.parametrize("labels", [[1, 2, 3], ["a b", "c,d", "e"]])
@pytest.mark.parametrize("mark", ["\t", ";"])
def test_tabs_or_semicolons_may_separate_cells(
    tmp_path: Path, header: str, labels: list[Any], mark: str
) -> None:
    rows = [",".join(map(str, image.reshape(-1).tolist())) for image in pattern(3)]
    lines = [
        f"{label}{mark}{row.replace(',', mark)}\n" for label, row in zip(labels, rows, strict=True)
    ]
    (tmp_path / "x.tsv").write_text(header.replace(",", mark) + "".join(lines))
    images, found = read(open_dataset(tmp_path / "x.tsv").splits[0])
    assert np.array_equal(images, pattern(3))
    assert found is not None and found.tolist() == labels
    with (tmp_path / "x.tsv").open("a") as file:
        file.write(f"4{mark}5\n")
    with pytest.raises(InvalidImageError, match="has 2 columns, the first has 785"):
        load_dataset(tmp_path / "x.tsv")


def test_csv_without_labels_of_strings_and_with_the_label_last(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(table(pattern(3), header=PIXEL_NAMES))
    assert load_dataset(path).labels is None
    path.write_text(table(pattern(3), ["b", "a", "b"]))
    data = load_dataset(path)
    assert data.labels is not None
    assert (data.labels.tolist(), data.class_names) == ([1, 0, 1], ("a", "b"))
    rows = table(pattern(3)).splitlines()
    path.write_text(
        f"{PIXEL_NAMES},class\n" + "".join(f"{row},{n}\n" for n, row in enumerate(rows))
    )
    data = load_dataset(path)
    assert np.array_equal(data.images, pattern(3))
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("header", "row", "labels"),
    [
        (f"id,label,{PIXEL_NAMES}", "{n},{label},{pixels}", [7, 8, 9]),
        (f"label,id,{PIXEL_NAMES}", "{label},{n},{pixels}", [7, 8, 9]),
        (f",label,{PIXEL_NAMES}", "{n},{label},{pixels}", [7, 8, 9]),  # as pandas writes an index
        (f"id,{PIXEL_NAMES},class", "{n},{pixels},{label}", [7, 8, 9]),
        (f"id,{PIXEL_NAMES}", "{n},{pixels}", None),
        (f"name,{PIXEL_NAMES}", "{label},{pixels}", [7, 8, 9]),
    ],
    ids=lambda value: value.replace(PIXEL_NAMES, "...") if isinstance(value, str) else None,
)
def test_numbers_of_rows_are_no_labels(
    tmp_path: Path, header: str, row: str, labels: list[int] | None
) -> None:
    lines = [header]
    for n, image in enumerate(pattern(3)):
        pixels = ",".join(map(str, image.reshape(-1).tolist()))
        lines.append(row.format(n=n, label=n + 7, pixels=pixels))
    (tmp_path / "x.csv").write_text("\n".join(lines))
    (split,) = open_dataset(tmp_path / "x.csv").splits
    images, found = read(split)
    assert np.array_equal(images, pattern(3))
    assert (None if found is None else found.tolist()) == labels


def test_the_column_of_labels_of_a_table_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(table(pattern(3), [3, 4, 5], f"id,{PIXEL_NAMES}"))
    (split,) = open_dataset(tmp_path / "x.csv", Options(labels="ID")).splits
    assert read(split)[1].tolist() == [3, 4, 5]
    with pytest.raises(InvalidImageError, match="has no column pixel3 of labels"):
        open_dataset(tmp_path / "x.csv", Options(labels="pixel3"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace(",0,", ",,", 1), "line 1 has a pixel of ''"),
        (lambda text: text + "1,2\n", "line 4 has 2 columns, the first has 785"),
        (lambda text: text.replace(",0,", ",300,", 1), "images must be uint8"),
        (lambda text: text + "9" * 70000, "line 4 is too long"),
        (lambda _: "a,b,c\n1,2,3\n", "has 3 columns"),
    ],
)
def test_a_bad_table_is_told_by_its_line(tmp_path: Path, change: Any, told: str) -> None:
    (tmp_path / "x.csv").write_text(change(table(pattern(3), [1, 2, 3])))
    with pytest.raises(InvalidImageError, match=f"x.csv: .*{told}"):
        load_dataset(tmp_path / "x.csv")


FILES = {
    "set/train/b/1.png": 0,
    "set/train/a/2.png": 1,
    "set/testing/a/3.png": 2,
    "set/readme.txt": 3,
}


def packed(path: Path, files: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return path
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
def test_packed_class_folders_are_splits_and_classes(tmp_path: Path, name: str) -> None:
    images = pattern(4)
    path = packed(tmp_path / name, {n: png_bytes(images[i]) for n, i in FILES.items()})
    data = open_dataset(path)
    assert [split.name for split in data.splits] == ["train", "test"]
    (batch,) = data.split("train").read()
    assert np.array_equal(batch.images, images[:2])
    assert batch.labels is not None
    assert data.split("train").class_names == ("a", "b")
    assert batch.labels.tolist() == [1, 0]
    (batch,) = data.split("test").read()
    assert batch.names == ("set/testing/a/3.png",)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
@pytest.mark.parametrize("member", ["../x.png", "/x.png", "a/../../x.png", "C:/x.png"])
def test_members_that_lead_out_of_their_folder_are_refused(
    tmp_path: Path, name: str, member: str
) -> None:
    path = packed(tmp_path / name, {member: png_bytes(pattern(1)[0])})
    with pytest.raises(InvalidImageError, match="leads out of its folder"):
        load_dataset(path)


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz"])
def test_a_bomb_takes_no_memory(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / name, {"x.png": bytes(2**26 + 1)})
    tracemalloc.start()
    with pytest.raises(InvalidImageError, match="too large for an image"):
        load_dataset(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**28


def test_a_link_in_a_tar_file_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        member = tarfile.TarInfo("x.png")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(InvalidImageError, match="is a link"):
        load_dataset(tmp_path / "x.tar")


def test_a_folder_of_splits_keeps_them_apart(tmp_path: Path) -> None:
    for place, seed in (("training/1", 1), ("training/2", 2), ("val/1", 3), ("testing/2", 4)):
        folder_of(tmp_path / place, pattern(2, seed))
    data = open_dataset(tmp_path)
    assert [split.name for split in data.splits] == ["train", "validation", "test"]
    images, labels = read(data.split("train"))
    assert np.array_equal(images, np.concatenate([pattern(2, 1), pattern(2, 2)]))
    assert labels.tolist() == [0, 0, 1, 1]
    assert read(data.split("test"))[1].tolist() == [1, 1]
    folder_of(tmp_path / "validation/1", pattern(1))
    with pytest.raises(InvalidImageError, match="two folders for one split: val, validation"):
        open_dataset(tmp_path)


def test_folders_called_test_beside_others_are_classes(tmp_path: Path) -> None:
    for name in ("test", "other"):
        folder_of(tmp_path / name, pattern(1))
    assert load_dataset(tmp_path).class_names == ("other", "test")


def huggingface(path: Path, images: NDArray[np.uint8], first: int = 0) -> None:
    rows = [{"bytes": png_bytes(image), "path": None} for image in images]
    features = {"label": {"names": ["zero", "one", "two"], "_type": "ClassLabel"}}
    kept = {"huggingface": json.dumps({"info": {"features": features}})}
    found = pa.table({"image": rows, "label": [(first + n) % 3 for n in range(len(rows))]})
    pq.write_table(found.replace_schema_metadata(kept), path)


def test_parquet_of_hugging_face(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    huggingface(tmp_path / "data/train-00000-of-00002.parquet", pattern(3))
    huggingface(tmp_path / "data/train-00001-of-00002.parquet", pattern(2, 5), 3)
    huggingface(tmp_path / "data/test-00000-of-00001.parquet", pattern(2))
    data = open_dataset(tmp_path)
    assert [(split.name, split.count) for split in data.splits] == [("train", 5), ("test", 2)]
    images, labels = read(data.split("train"))
    assert np.array_equal(images, np.concatenate([pattern(3), pattern(2, 5)]))
    assert labels.tolist() == [0, 1, 2, 0, 1]
    assert data.split("train").class_names == ("zero", "one", "two")


def test_parquet_without_its_package_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggingface(tmp_path / "x.parquet", pattern(1))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(MissingDependencyError, match=r"aecodec\[hf\]"):
        load_dataset(tmp_path / "x.parquet")


def test_parquet_without_images_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), tmp_path / "x.parquet")
    with pytest.raises(InvalidImageError, match="its columns are a, b"):
        load_dataset(tmp_path / "x.parquet")


def test_transpose_swaps_rows_and_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pattern(3))
    images = load_dataset(tmp_path / "x.npy", transpose=True).images
    assert np.array_equal(images, pattern(3).transpose(0, 2, 1))
    folder_of(tmp_path / "f", pattern(3))
    assert np.array_equal(load_dataset(tmp_path / "f", transpose=True).images, images)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([[2], [0], [2]]),
        np.eye(3, dtype=np.float32)[[2, 0, 2]],
        np.array(["b", "a", "b"]),
        np.array([2.0, 0.0, 2.0]),
    ],
    ids=["column", "one-hot", "strings", "floats"],
)
def test_labels_are_kept_as_what_they_are_and_are_classes(
    tmp_path: Path, labels: NDArray[Any]
) -> None:
    np.savez(tmp_path / "x.npz", x=pattern(3), y=labels)
    (split,) = open_dataset(tmp_path / "x.npz").splits
    found = read(split)[1]
    assert found.dtype == labels.dtype
    assert np.array_equal(found, labels)
    numbers, _ = as_classes(labels, None)
    assert numbers is not None
    assert numbers.tolist() == ([1, 0, 1] if labels.dtype.kind == "U" else [2, 0, 2])


def test_labels_of_another_number_are_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=pattern(3), y=np.arange(2))
    with pytest.raises(InvalidImageError, match="2 labels for 3 images"):
        open_dataset(tmp_path / "x.npz")


def test_a_split_that_is_not_there_is_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x_train=pattern(3), x_val=pattern(1))
    with pytest.raises(InvalidImageError, match="has no split test, only train and validation"):
        load_dataset(tmp_path / "x.npz")


def test_arrays_stream_in_little_memory(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", x=np.zeros((60_000, 28, 28), np.uint8))
    tracemalloc.start()
    count = sum(len(batch.images) for batch in open_dataset(tmp_path / "x.npz").splits[0].read())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60_000
    assert peak < 2**24


def test_one_image_is_a_data_set(tmp_path: Path) -> None:
    save(tmp_path / "x.png", pattern(1)[0])
    (split,) = open_dataset(tmp_path / "x.png", PLAIN).splits
    assert np.array_equal(read(split)[0], pattern(1))
