"""URLs of a real S3 server: everything goes there and comes from there as with files."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from helpers import K2, folder_of, pattern, tree
from storage.commands import commands
from storage.s3_server import Request, S3Server

import aecodec
from aecodec.batch import appending, find_aez_files, verify_all
from aecodec.errors import OutputError
from aecodec.storage import UrlPath, to_path, uploaded
from aecodec.storage.uploading import Upload

IMAGES = pattern(60)
LABELS = (np.arange(60) % 7).astype(np.uint8)
BOTH = ("train", 40), ("test", 20)
OPTIONS: dict[str, Any] = {"model": str(K2)}


def made(**more: Any) -> bytes:
    return aecodec.compress(IMAGES, **(OPTIONS | more))


def noise(count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Images that take 784 bytes each."""
    return np.random.default_rng(1).integers(0, 256, (count, 28, 28)).astype(np.uint8)


def ranged(requests: list[Request]) -> int:
    """How many reads there were, each of a range."""
    reads = [request for request in requests if request.method == "GET"]
    assert all(request.range for request in reads)
    return len(reads)


def sent(requests: list[Request]) -> int:
    return sum(request.sent for request in requests if request.method == "GET")


def put_tree(s3: S3Server, folder: Path, prefix: str) -> None:
    for name in tree(folder):
        s3.put(f"{prefix}/{name}", (folder / name).read_bytes())


def got_tree(s3: S3Server, prefix: str) -> dict[str, bytes]:
    keys = [key for key in s3.names() if key.startswith(f"{prefix}/")]
    return {key.removeprefix(f"{prefix}/"): s3.get(key) for key in keys}


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in tree(folder)}


def test_one_image_takes_the_index_and_its_chunk(s3: S3Server) -> None:
    images = noise(600)
    data = aecodec.compress(images, max_mse=0, chunk_images=20, **OPTIONS)
    s3.put("x.aez", data)
    with s3.counted() as requests, aecodec.open("s3://set/x.aez") as archive:
        assert (archive[300] == images[300]).all()
        assert len(archive) == 600
    assert ranged(requests) <= 4
    assert sent(requests) < len(data) / 10


def test_a_whole_archive_is_read_once_and_in_few_requests(s3: S3Server) -> None:
    data = aecodec.compress(noise(700), max_mse=0, chunk_images=50, **OPTIONS)
    s3.put("x.aez", data)
    with s3.counted() as requests, find_aez_files(["s3://set/x.aez"]) as found:
        (report,) = verify_all(found)
    assert report.images == 700 and not report.failures
    assert ranged(requests) <= 10
    assert max(request.sent for request in requests) < len(data) * 0.9
    assert sent(requests) < len(data) * 1.1


@pytest.mark.parametrize("suffix", ["npz", "npy", "idx", "csv", "zip", "parquet"])
def test_data_sets_go_out_and_come_in_as_with_files(
    s3: S3Server, tmp_path: Path, suffix: str
) -> None:
    splits = {} if suffix in ("npy", "idx") else {"splits": BOTH}
    s3.put("x.aez", made(labels=LABELS, **splits))
    (tmp_path / "x.aez").write_bytes(s3.get("x.aez"))
    aecodec.decompress_file("s3://set/x.aez", f"s3://set/out/x.{suffix}")
    aecodec.decompress_file(tmp_path / "x.aez", tmp_path / "out" / f"x.{suffix}")
    assert got_tree(s3, "out") == files(tmp_path / "out")
    source = "out" if suffix == "parquet" else f"out/x.{suffix}"  # it has a file for each split
    aecodec.compress_file(f"s3://set/{source}", "s3://set/again.aez", **OPTIONS)
    aecodec.compress_file(tmp_path / source, tmp_path / "again.aez", **OPTIONS)
    assert s3.get("again.aez") == (tmp_path / "again.aez").read_bytes()
    with aecodec.open("s3://set/again.aez") as archive:
        assert archive.labels is not None and len(archive) == 60


def test_a_folder_of_gzipped_idx_files_is_a_data_set(s3: S3Server, tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    for split, count in (("train", 40), ("t10k", 20)):
        for what, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
            head = bytes([0, 0, 8, array.ndim])
            shape = np.array([count, *array.shape[1:]], ">u4").tobytes()
            data = gzip.compress(head + shape + array[:count].tobytes(), mtime=0)
            (tmp_path / "mnist" / f"{split}-{what}-ubyte.gz").write_bytes(data)
    put_tree(s3, tmp_path / "mnist", "mnist")
    aecodec.compress_file("s3://set/mnist", **OPTIONS)
    aecodec.compress_file(tmp_path / "mnist", **OPTIONS)
    assert s3.get("mnist.aez") == (tmp_path / "mnist.aez").read_bytes()
    with aecodec.open("s3://set/mnist.aez") as archive:
        assert {name: len(part) for name, part in archive.splits.items()} == {
            "train": 40,
            "test": 20,
        }


def test_image_files_and_folders_of_them(s3: S3Server, tmp_path: Path) -> None:
    folder_of(tmp_path / "in" / "a", IMAGES[:4])
    folder_of(tmp_path / "in" / "b" / "c", IMAGES[4:7])
    put_tree(s3, tmp_path / "in", "in")
    for source, target in (
        ("s3://set/in", "s3://set/x.aez"),
        (tmp_path / "in", tmp_path / "x.aez"),
    ):
        done = aecodec.compress_file(source, target, recursive=True, jobs=2, **OPTIONS)
        assert done.images == 7
    assert s3.get("x.aez") == (tmp_path / "x.aez").read_bytes()
    again = [aecodec.decompress_file("s3://set/x.aez", "s3://set/out/", jobs=2) for _ in range(2)]
    aecodec.decompress_file(tmp_path / "x.aez", tmp_path / "out")
    assert got_tree(s3, "out") == files(tmp_path / "out")
    assert [(report.images, report.present) for report in again] == [(7, 0), (0, 7)]
    report = aecodec.decompress_file("s3://set/x.aez", "s3://set/in/", overwrite=False)
    assert len(report.failures) == 7 and "is kept" in report.failures[0].message
    assert got_tree(s3, "in") == files(tmp_path / "in")


def test_archives_are_split_joined_and_appended_to(s3: S3Server, tmp_path: Path) -> None:
    for name, part in (("x.aez", slice(0, 40)), ("y.aez", slice(40, 60))):
        data = aecodec.compress(IMAGES[part], labels=LABELS[part], chunk_images=8, **OPTIONS)
        s3.put(name, data)
        (tmp_path / name).write_bytes(data)
    for place in ("s3://set", str(tmp_path)):
        aecodec.join([f"{place}/x.aez", f"{place}/y.aez"], f"{place}/z.aez")
        aecodec.split(f"{place}/z.aez", f"{place}/parts", by="label")
        aecodec.append(f"{place}/x.aez", IMAGES[40:], labels=LABELS[40:])
    assert {key: s3.get(key) for key in s3.names()} == files(tmp_path)
    assert len(s3.names()) == 3 + 7


@contextmanager
def changing(put: Callable[[bytes], None], place: object, name: str) -> Iterator[None]:
    """Have somebody else write an archive just before a function is called."""
    before = getattr(place, name)

    def meanwhile(*args: Any, **options: Any) -> None:
        put(made(labels=LABELS))
        before(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, name, meanwhile)
        yield


@pytest.mark.parametrize("step", [(appending, "write_merged"), (Upload, "commit")])
def test_an_archive_that_changed_meanwhile_is_left_alone(
    s3: S3Server, memory: MemoryFileSystem, step: tuple[object, str]
) -> None:
    places: dict[str, Callable[[bytes], None]] = {"s3://set/x.aez": partial(s3.put, "x.aez")}
    if step[1] == "write_merged":  # S3 alone compares in the moment of publication
        places["memory://set/x.aez"] = partial(memory.pipe_file, "/set/x.aez")
    for path, put in places.items():
        put(made())
        with (
            changing(put, *step),
            pytest.raises(OutputError, match=r"x\.aez: changed meanwhile, and is left as it is"),
        ):
            aecodec.append(path, IMAGES[:2])
        assert to_path(path).read_bytes() == made(labels=LABELS)


def test_every_command_says_what_it_says_of_files(s3: S3Server, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x_train=IMAGES, y_train=LABELS)
    s3.put("x.npz", (tmp_path / "x.npz").read_bytes())
    there, here = (
        commands(
            f"compress {place}/x.npz -o {place}/x.aez --model {K2}",
            f"info {place}/x.aez",
            f"list -l {place}/x.aez",
            f"verify {place}/x.aez",
            f"decompress {place}/x.aez -o {place}/y.npy",
            f"decompress {place}/x.aez -o {place}/x.npz",
            f"compress {place}/no.npz",
        )
        for place in ("s3://set", tmp_path)
    )
    assert [code for code, _ in here] == [0, 0, 0, 0, 0, 1, 1]
    assert there == [(code, text.replace(str(tmp_path), "s3://set")) for code, text in here]
    assert {name: s3.get(name) for name in s3.names()} == files(tmp_path)


def test_a_result_that_is_there_is_kept_unless_forced(s3: S3Server) -> None:
    s3.put("x.aez", made())
    s3.put("y.npy", b"of another")
    with pytest.raises(OutputError, match=r"s3://set/y\.npy: exists already; overwrite it with -f"):
        aecodec.decompress_file("s3://set/x.aez", "s3://set/y.npy")
    assert s3.get("y.npy") == b"of another"
    aecodec.decompress_file("s3://set/x.aez", "s3://set/y.npy", overwrite=True)
    assert len(s3.get("y.npy")) > 60 * 784


def test_what_is_large_goes_in_parts_and_appears_when_all_are_there(s3: S3Server) -> None:
    data = np.random.default_rng(2).bytes(40 * 2**20)
    with s3.counted() as requests, uploaded(cast(UrlPath, to_path("s3://set/a/x"))) as file:
        for start in range(0, len(data), 2**20):
            file.write(data[start : start + 2**20])
            assert s3.names() == []
    assert s3.get("a/x") == data
    assert len([request for request in requests if request.method == "PUT"]) == 3


def test_what_is_large_replaces_nothing_that_changed_meanwhile(s3: S3Server) -> None:
    data = np.random.default_rng(2).bytes(20 * 2**20)
    path = cast(UrlPath, to_path("s3://set/x"))
    s3.put("x", b"first")
    version = path.version()
    with uploaded(path, version) as file:
        file.write(data)
    assert s3.get("x") == data
    with (
        pytest.raises(OutputError, match="changed meanwhile, and is left as it is"),
        uploaded(path, version) as file,
    ):
        file.write(data[::-1])
    assert s3.get("x") == data
    assert not s3.unfinished()
