"""Data sets through `compress`: one archive, in their order, the same bytes from every format."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from helpers import K2, complaint, fails, folder_of, ok, one_line, pattern, run
from pyarrow import parquet

import aecodec
from aecodec.batch import DataInput, Reading
from aecodec.batch.target import compress_targets
from aecodec.images import png_bytes

IMAGES = pattern(1500)
MODEL = ("--model", K2)
SKIPPING = Reading(skip_bad=True)


def idx(images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    return b"\0\0\x08\3" + struct.pack(">3I", *images.shape) + images.tobytes()


def write(folder: Path, name: str) -> Path:
    """The images in a format, told by a name."""
    path = folder / name
    if name.endswith(".npz"):
        np.savez_compressed(path, x_train=IMAGES[:700], x_test=IMAGES[700:], y_train=np.arange(700))
    elif name.endswith(".npy"):
        np.save(path, IMAGES.reshape(-1, 784) / 255)
    elif name.endswith(".csv"):
        path.write_text("".join(f"7,{','.join(map(str, x.ravel()))}\n" for x in IMAGES))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as members:
            for number, image in enumerate(IMAGES):
                members.writestr(f"{number:04}.png", png_bytes(image))
    else:
        path.write_bytes(gzip.compress(idx(IMAGES)))
    return path


SPLITS = {"train": 700, "test": 800}
EXTRAS: dict[str, dict[str, Any]] = {
    "x.npz": {"splits": SPLITS},
    "x.csv": {"labels": np.full(1500, 7)},
}


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.csv", "x.zip", "x-images-idx3-ubyte.gz"])
def test_a_data_set_becomes_one_archive_in_its_order(tmp_path: Path, name: str) -> None:
    made = {}
    for jobs in ("1", "2"):
        target = tmp_path / f"{jobs}.aez"
        ok("compress", write(tmp_path, name), "-o", target, *MODEL, "-j", jobs)
        made[jobs] = target.read_bytes()
    assert made["1"] == made["2"]
    assert made["1"] == aecodec.compress(IMAGES, model=str(K2), **EXTRAS.get(name, {}))
    with aecodec.open(made["1"]) as archive:
        assert not archive.named


@pytest.mark.parametrize("name", ["x.npz", "x.csv", "x.zip", "x-images-idx3-ubyte.gz"])
def test_ranges_of_data_sets_are_what_they_are_together(tmp_path: Path, name: str) -> None:
    paths = [str(write(tmp_path, name)), str(tmp_path / "y.npy")]
    np.save(paths[1], IMAGES[:300])
    whole = DataInput(paths, Reading())
    assert whole.sizes() == [1500, 300]
    runs = whole.splits
    images = np.concatenate([task.images for task in whole.tasks() if task.images is not None])
    assert np.array_equal(images, np.concatenate([IMAGES, IMAGES[:300]])) and whole.splits == runs
    for first, end in ((0, 500), (500, 1000), (1000, 1500), (1400, 1600), (1024, 1800)):
        tasks = list(DataInput(paths, Reading()).tasks(400, first, end))
        parts = [task.images for task in tasks if task.images is not None]
        assert [len(part) for part in parts[:-1]] == [400] * (len(parts) - 1)
        assert np.array_equal(np.concatenate(parts), images[first:end])


def test_a_range_of_an_array_is_read_without_what_stands_before(tmp_path: Path) -> None:
    values = np.full((3000, 784), 0.5)  # no grey
    values[2000:] = 1.0
    paths = [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")]
    for path in paths:
        np.save(path, values)
    data = DataInput(paths, Reading())
    data.label_type = None  # or it looks for labels at the start
    assert data.sizes() == [3000, 3000]
    assert sum(len(t.images) for t in data.tasks(100, 2000, 3000) if t.images is not None) == 1000
    assert sum(len(t.images) for t in data.tasks(100, 5100, 6000) if t.images is not None) == 900
    with pytest.raises(aecodec.errors.InvalidImageError):
        list(data.tasks(100, 1999, 3000))


def test_labels_that_some_images_lack_are_told_and_one_split_can_be_taken(tmp_path: Path) -> None:
    path = write(tmp_path, "x.npz")
    text = ok("compress", path, *MODEL).stderr.decode()
    assert "labels are not kept: the images of test have none; --split" in text
    ok("compress", path, "-o", tmp_path / "t.aez", "--split", "test", *MODEL)
    expected = aecodec.compress(IMAGES[700:], model=str(K2), splits={"test": 800})
    assert (tmp_path / "t.aez").read_bytes() == expected
    target = tmp_path / "v.aez"
    told = one_line(fails("compress", path, "-o", target, "--split", "validation", *MODEL))
    assert "has no split validation, only train and test" in told
    assert not target.exists()


def test_files_named_together_are_the_splits_that_their_names_say(tmp_path: Path) -> None:
    for name, part in (("d_train.csv", slice(0, 5)), ("d_test.csv", slice(5, 8))):
        rows = (",".join(map(str, image.reshape(-1).tolist())) for image in IMAGES[part])
        (tmp_path / name).write_text(
            "".join(f"{n};{row.replace(',', ';')}\n" for n, row in enumerate(rows))
        )
    both = tmp_path / "d_train.csv", tmp_path / "d_test.csv"
    ok("compress", *both, "-o", tmp_path / "x.aez", *MODEL)
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert {name: list(numbers) for name, numbers in archive.splits.items()} == {
            "train": [0, 1, 2, 3, 4],
            "test": [5, 6, 7],
        }
        assert archive.labels is not None
        assert archive.labels.tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    ok("compress", *both, "-o", tmp_path / "t.aez", "--split", "test", *MODEL)
    with aecodec.open(tmp_path / "t.aez") as archive:
        assert len(archive) == 3
    alone = DataInput([str(both[1])], Reading(split="test"))  # as a worker may have it
    assert [len(task.images) for task in alone.tasks() if task.images is not None] == [3]
    told = one_line(fails("compress", *both, "-o", tmp_path / "v.aez", "--split", "dev", *MODEL))
    assert "has no split dev, only train and test" in told


@pytest.mark.parametrize(
    "labels",
    [
        (np.arange(1500) % 11).astype(np.uint8),
        np.arange(1500),
        np.eye(10, dtype=np.float32)[np.arange(1500) % 10],
        np.array(["cat", "dog", "é"])[np.arange(1500) % 3],
        np.arange(3000, dtype=np.int32).reshape(1500, 2),
    ],
    ids=lambda labels: f"{labels.dtype}{labels.shape}",
)
def test_labels_and_splits_are_kept_as_they_are(
    tmp_path: Path, labels: np.ndarray[Any, Any]
) -> None:
    train = {"x_train": IMAGES[:700], "y_train": labels[:700]}
    test = {"x_test": IMAGES[700:], "y_test": labels[700:]}
    np.savez(tmp_path / "x.npz", allow_pickle=False, **train, **test)
    told = ok("compress", tmp_path / "x.npz", *MODEL).stderr.decode()
    assert "not kept" not in told
    data = (tmp_path / "x.aez").read_bytes()
    assert data == aecodec.compress(IMAGES, model=str(K2), labels=labels, splits=SPLITS)
    with aecodec.open(data) as archive:
        assert archive.labels is not None
        assert archive.labels.dtype == labels.dtype
        assert np.array_equal(archive.labels, labels)


def test_transpose_and_images_and_compress_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", glyphs=IMAGES[:5])
    aecodec.compress_file(
        tmp_path / "x.npz", tmp_path / "x.aez", transpose=True, images="glyphs", model=str(K2)
    )
    turned = IMAGES[:5].transpose(0, 2, 1)
    assert (tmp_path / "x.aez").read_bytes() == aecodec.compress(turned, model=str(K2))


def test_images_and_labels_of_other_keys(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", glyphs=IMAGES[:5], which=np.arange(5, dtype=np.int16))
    keys = ("--images", "glyphs", "--labels", "which")
    ok("compress", tmp_path / "x.npz", *keys, *MODEL)
    ok("append", tmp_path / "x.aez", tmp_path / "x.npz", *keys)
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert archive.labels is not None
        assert archive.labels.dtype == np.int16
        assert archive.labels.tolist() == [0, 1, 2, 3, 4] * 2
    folder = folder_of(tmp_path / "scans", pattern(2))
    assert "are for data sets" in fails("compress", folder, "--labels", "which", code=2)


def test_a_damaged_data_set_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(write(tmp_path, "x.npy").read_bytes()[:-5])
    assert "x.npy: truncated" in one_line(fails("compress", path, *MODEL))
    assert [place.name for place in tmp_path.iterdir()] == ["x.npy"]


def test_data_sets_and_image_files_do_not_share_an_archive(tmp_path: Path) -> None:
    path, scans = write(tmp_path, "x.npy"), folder_of(tmp_path / "scans", pattern(2))
    told = one_line(fails("compress", path, scans, "-o", tmp_path / "all.aez", code=2))
    assert "put them into archives of their own" in told
    ok("compress", path, scans, *MODEL)
    assert (tmp_path / "x.aez").exists()
    assert (tmp_path / "scans.aez").exists()
    missing = tmp_path / "none.npy"
    assert "none.npy: there is no such file" in complaint(
        fails("compress", path, missing, "-f", *MODEL)
    )


def test_an_output_folder_gets_an_archive_for_each_data_set(tmp_path: Path) -> None:
    inputs = [str(write(tmp_path, name)) for name in ("x.npy", "y-images-idx3-ubyte.gz")]
    groups = compress_targets(inputs, tmp_path / "out")
    names = [target.path.name for _, target in groups]
    assert names == ["x.aez", "y-images-idx3-ubyte.aez"]


def test_a_folder_of_images_with_a_table_beside_them_stays_a_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "scans", pattern(3))
    (folder / "labels.csv").write_text("name,label\n00.png,1\n")
    ok("compress", folder, "-o", tmp_path / "x.aez", *MODEL)
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert len(archive.names) == 3


def with_bad_images(folder: Path, name: str) -> Path:
    """IMAGES with some between them that cannot be read: the last one of all too."""
    path = folder / name
    files = [(number, png_bytes(image)) for number, image in enumerate(IMAGES)]
    files = [*files[:3], (3, b"\x89PNG no more"), *files[3:1030], (1030, b""), *files[1030:]]
    files += [(1500, png_bytes(np.zeros((28, 28), np.uint8))[:60])]
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as members:
            for place, (number, data) in enumerate(files):
                members.writestr(f"{number % 2}/{place:04}.png", data)
    elif name.endswith(".tar"):
        with tarfile.open(path, "w") as members:
            for place, (number, data) in enumerate(files):
                info = tarfile.TarInfo(f"{number % 2}/{place:04}.png")
                info.size = len(data)
                members.addfile(info, io.BytesIO(data))
    else:
        rows = {"image": [data for _, data in files], "label": [n % 2 for n, _ in files]}
        parquet.write_table(pyarrow.table(rows), path)
    return path


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.parquet"])
def test_bad_images_of_a_data_set_are_told_and_the_others_coded(tmp_path: Path, name: str) -> None:
    source = with_bad_images(tmp_path, name)
    target = tmp_path / "x.aez"
    told = complaint(fails("compress", source, "-o", target, *MODEL))
    assert name in told and "--skip-bad" in told
    assert not target.exists()
    text = fails("compress", source, "-o", target, *MODEL, "--skip-bad")
    assert text.count(f"{source}") == 3, text
    report = json.loads(
        run("compress", source, "-o", target, *MODEL, "--skip-bad", "--json").stdout
    )
    assert report["images"] == 1500 and len(report["failures"]) == 3
    alone = aecodec.compress(IMAGES, model=str(K2), labels=np.arange(1500) % 2)
    with aecodec.open(target) as archive, aecodec.open(alone) as wanted:
        assert np.array_equal(archive[:], wanted[:])
        assert archive.labels is not None
        assert archive.labels.tolist() == [number % 2 for number in range(1500)]
    done = run("verify", target, "--against", source, "--skip-bad")
    assert b"3 files (cannot be read)" in done.stdout + done.stderr


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("place", [12, 40, 300, None])  # None: the end is missing
def test_a_damaged_compressed_file_is_told(
    tmp_path: Path, compress: Any, place: int | None
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (9, 28, 28), np.uint8)
    data = bytearray(compress(idx(noise)))
    if place is None:
        del data[20:]
    else:
        data[place] ^= 0xFF
    (tmp_path / "x-images-idx3-ubyte.gz").write_bytes(data)
    told = one_line(fails("compress", tmp_path / "x-images-idx3-ubyte.gz", *MODEL))
    assert "x-images-idx3-ubyte.gz: cannot be read: " in told


@pytest.mark.parametrize("name", ["x.zip", "x.parquet"])
def test_any_range_of_a_data_set_tells_its_own_bad_images(tmp_path: Path, name: str) -> None:
    paths = [str(with_bad_images(tmp_path, name))] * 2
    whole = [f.path for t in DataInput(paths, SKIPPING).tasks() for f in t.failures]
    assert len(whole) == 6
    for size in (400, 1024, 1500):
        found = []
        for first in range(0, 3000, size):
            end = min(first + size, 3000)
            data = DataInput(paths, SKIPPING)
            found += [f.path for task in data.tasks(size, first, end) for f in task.failures]
        assert found == whole


def test_bad_images_without_names_are_skipped_where_asked(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "scans", IMAGES[:3])
    (folder / "01.png").write_bytes(b"no image")
    command = ("compress", folder, "-o", tmp_path / "x.aez", "--no-names", *MODEL)
    assert "--skip-bad goes on" in fails(*command)
    assert "01.png" in fails(*command, "--skip-bad")
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert len(archive) == 2


def test_images_that_no_model_knows_are_not_kept_in_memory(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def peak(count: int) -> int:
        np.save(tmp_path / "x.npy", rng.integers(0, 256, (count, 28, 28), np.uint8))
        tracemalloc.start()
        report = aecodec.compress_file(
            tmp_path / "x.npy", level="k3", model="tiny", effort=1, overwrite=True
        )
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.outliers == count
        return most

    peak(1024)  # loads the model
    assert peak(16 * 1024) < peak(4 * 1024) + 2**20


def test_arrays_that_are_not_taken_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x_train=IMAGES[:3], y_train=np.arange(3), ids=np.arange(3), w=np.ones(3))
    done = run("compress", *MODEL, path)
    assert done.returncode == 0
    assert b"not kept of x.npz: the arrays ids, w\n" in done.stderr
    more: dict[str, Any] = {f"a{number}": np.arange(3) for number in range(9)}
    np.savez(path, x=IMAGES[:3], **more)
    told = run("compress", "-f", *MODEL, path).stderr
    assert b"the arrays a0, a1, a2, a3, a4, a5, a6, a7 and 1 more\n" in told
    np.savez(path, x=IMAGES[:3], y=np.arange(3))
    assert b"not kept" not in run("compress", "-f", *MODEL, path).stderr


def rows(path: Path, images: Any, first: str = "") -> None:
    path.write_text("".join(f"{first}{','.join(map(str, x.ravel()))}\n" for x in images))


def test_kaggles_folder_goes_in_without_its_sample_of_a_submission(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    folder.mkdir()
    rows(folder / "train.csv", IMAGES[:4], "7,")
    rows(folder / "test.csv", IMAGES[4:6])
    sample = folder / "sample_submission.csv"
    sample.write_text("ImageId,Label\n1,0\n2,0\n")
    done = run("compress", *MODEL, folder, "--split", "train")
    assert done.returncode == 0
    assert b"sample_submission.csv is not kept: its rows are no images\n" in done.stderr
    with aecodec.open(tmp_path / "digits.aez") as archive:
        assert archive.labels is not None and archive.labels.tolist() == [7] * 4
    told = run("compress", "-f", *MODEL, folder).stderr
    assert b"labels are not kept: the images of test have none; --split takes another" in told
    with aecodec.open(tmp_path / "digits.aez") as archive:
        assert {name: len(own) for name, own in archive.splits.items()} == {"train": 4, "test": 2}
    (folder / "train.csv").unlink()
    (folder / "test.csv").unlink()
    assert "sample_submission.csv: its first line has 2 columns" in fails("compress", folder)
