"""`aecodec list`: names, sizes and models, to people, pipes and machines."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from helpers import VECTORS, complaint, fails, folder_of, load, ok, one_line, pattern, run

import aecodec
from aecodec.codec import encode_chunk
from aecodec.container.reader import ContainerReader
from aecodec.container.writer import ContainerWriter
from aecodec.library import find_codec

NAMES = ("caf\u00e9.png", "da/\u5b57.png", "e.png", "\U0001f600.png")


def named(path: Path, *chunks: tuple[str, ...]) -> Path:
    codec = find_codec()
    with path.open("wb") as file:
        writer = ContainerWriter(file, [codec.id], named=True)
        for names in chunks:
            writer.write(encode_chunk(codec.coder, pattern(len(names)), names)[0])
        writer.close()
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return named(tmp_path / "x.aez", NAMES[:3], NAMES[3:])


def lines(*args: str | Path, **kwargs: bytes) -> list[str]:
    done = ok("list", *args, **kwargs)
    assert done.stderr == b""
    return done.stdout.decode("utf-8").splitlines()


def test_names_are_listed_a_line_each(archive: Path) -> None:
    assert lines(archive) == list(NAMES)
    assert lines("-", stdin=archive.read_bytes()) == list(NAMES)


def test_every_line_names_an_image_for_decompress(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "y.aez").write_bytes(aecodec.compress(pattern(3)))
    for path in (archive, tmp_path / "y.aez"):
        whole = aecodec.decompress(path.read_bytes())
        for name, image in zip(lines(path), whole, strict=True):
            ok("decompress", path, name, "-o", tmp_path / "one.png", "-f")
            assert np.array_equal(load(tmp_path / "one.png"), image)


def test_a_long_list_tells_bytes_and_model(archive: Path, tmp_path: Path) -> None:
    assert lines("-l", archive)[0] == "2.00\tmnist-x392\tcaf\u00e9.png"
    data = aecodec.compress(pattern(5), "k3", "tiny", max_mse=0.05)
    (tmp_path / "y.aez").write_bytes(data)
    rows = [line.split("\t") for line in lines("-l", tmp_path / "y.aez")]
    payload = sum(map(len, ContainerReader(io.BytesIO(data)).read(0).payloads))
    assert sum(float(size) for size, _, _ in rows) == pytest.approx(payload, abs=0.03)
    assert [name for _, _, name in rows] == [f"00000{n}.png" for n in range(5)]


def test_without_its_model_a_file_is_listed_by_the_models_id(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(1), "k3", "tiny"))
    done = run("list", "-l", path, env={"AECODEC_MODELS": ""})
    assert done.returncode == 0
    with aecodec.open(path) as archive:
        (model,) = archive.summary()["models"]
    assert done.stdout.decode().split("\t")[1] == model


def test_several_files_have_headings_and_a_report_has_all(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "y.aez").write_bytes(aecodec.compress(pattern(2)))
    text = ["000000.png", "000001.png"]
    expected = [f"{archive}:", *NAMES, "", f"{tmp_path}/y.aez:", *text]
    assert lines(tmp_path) == expected
    report = json.loads(ok("list", "--json", tmp_path).stdout)
    assert [row["named"] for row in report["files"]] == [True, False]
    assert [image["name"] for image in report["files"][0]["images"]] == list(NAMES)
    assert report["files"][1]["images"][1] == {
        "name": "000001.png",
        "bytes": 2.0,
        "model": "mnist-x392",
        "label": None,
    }


def test_labels_splits_and_metadata_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    splits, metadata = {"train": 2, "test": 1}, {"year": 2026, "raw": b"\x01"}
    path.write_bytes(
        aecodec.compress(pattern(3), labels=["a", "b", "a"], splits=splits, metadata=metadata)
    )
    assert [line.split("\t")[3] for line in lines("-l", path)] == ["a", "b", "a"]
    (row,) = json.loads(ok("info", "--json", path).stdout)["files"]
    assert (row["version"], row["labels"]) == (2, "str")
    assert row["splits"] == [["train", 2], ["test", 1]]
    assert row["metadata"] == {"year": 2026, "raw": "01"}
    told = ok("info", path).stdout.decode()
    assert "labels  str" in told
    assert "train 2, test 1" in told


def test_classes_are_told_the_first_ones_by_name(tmp_path: Path) -> None:
    path, names = tmp_path / "x.aez", [f"class {number}" for number in range(12)]
    path.write_bytes(aecodec.compress(pattern(12), labels=list(range(12)), class_names=names))
    (row,) = json.loads(ok("info", "--json", path).stdout)["files"]
    assert row["classes"] == names
    told = ok("info", path).stdout.decode()
    assert "labels  i8 of 12 classes: class 0, class 1, " in told
    assert "class 9, ...\n" in told


def test_damage_costs_the_names_of_its_chunk(archive: Path) -> None:
    with archive.open("rb") as file:
        place = ContainerReader(file).places[0]
    data = bytearray(archive.read_bytes())
    data[place.offset + 9] ^= 1
    archive.write_bytes(bytes(data))
    done = run("list", archive)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [NAMES[3]]
    assert "x.aez: images 0 to 2 are lost: " in one_line(done.stderr.decode())


def test_what_cannot_be_listed_is_told_and_the_others_are_listed(
    archive: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.aez").write_bytes(b"nonsense")
    done = run("list", tmp_path / "none.aez", tmp_path / "bad.aez", archive)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[-4:] == list(NAMES)
    assert [line.split(": ")[1] for line in done.stderr.decode().splitlines()] == [
        str(tmp_path / "none.aez"),
        str(tmp_path / "bad.aez"),
    ]


@pytest.mark.parametrize("command", ["list", "verify", "decompress"])
@pytest.mark.parametrize("name", ["names-twice-across", "names-order-across"])
def test_list_verify_and_decompress_agree_on_names(command: str, name: str, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "out") if command == "decompress" else ()
    path = VECTORS / f"bad/{name}.aez"
    text = complaint(fails(command, path, *out))
    assert text.startswith(f"aecodec: {path}: the name ")
    assert "twice or out of order" in text
    text = complaint(fails(command, "-", *out, stdin=path.read_bytes()))
    assert text.startswith("aecodec: standard input: the name ")
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_a_folder_inside_is_told(tmp_path: Path) -> None:
    folder_of(tmp_path / "in/deep", pattern(1))
    (tmp_path / "in/x.aez").write_bytes(aecodec.compress(pattern(1)))
    (tmp_path / "in/deep/y.aez").write_bytes(aecodec.compress(pattern(1)))
    done = ok("list", tmp_path / "in")
    assert b"1 folder inside not entered; use -r" in done.stderr
    assert done.stdout == b"000000.png\n"
    assert len(lines("-r", tmp_path / "in")) == 5
