"""`aecodec verify` and `aecodec info` of one file, of many, and of folders."""

import json
from pathlib import Path

import pytest
from helpers import VECTORS, fails, ok, one_line, pattern, run

import aecodec


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of three files, one of them in a folder inside."""
    for number, name in enumerate(("a.aez", "b.aez", "deep/c.aez"), 1):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(aecodec.compress(pattern(number)))
    return tmp_path


def test_a_folder_is_verified_in_one_line(files: Path) -> None:
    text = ok("verify", files).stderr.decode().splitlines()
    assert text == [
        "aecodec: 1 folder inside not entered; use -r",
        "2 files with 3 images, all well",
    ]
    assert ok("verify", files, "-r").stderr == b"3 files with 6 images, all well\n"
    assert ok("verify", files, "-r", "-q").stderr == b""
    assert ok("verify", files / "b.aez").stderr.decode() == f"{files}/b.aez: 2 images, all well\n"
    data = (files / "a.aez").read_bytes()
    assert ok("verify", "-", stdin=data).stderr == b"standard input: 1 image, all well\n"


def test_what_is_not_well_is_told_beside_what_is(files: Path) -> None:
    (files / "b.aez").write_bytes((files / "b.aez").read_bytes()[:-1])
    text = fails("verify", files, "-r").splitlines()
    assert text[0] == "2 of 3 files are well, with 4 images"
    assert text[1].startswith(f"aecodec: {files}/b.aez: ")
    assert len(text) == 2
    assert "standard input: " in one_line(
        fails("verify", "-", stdin=(files / "b.aez").read_bytes())
    )
    report = json.loads(run("verify", files, "--json").stdout)
    assert [row["ok"] for row in report["files"]] == [True, False]
    assert [row["path"] for row in report["failures"]] == [str(files / "b.aez")]


def test_many_files_with_the_same_fault_are_told_together(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.aez").write_bytes(b"nonsense")
    assert "00.aez and 29 more: this is not an .aez file" in one_line(fails("verify", tmp_path))
    assert len(json.loads(run("verify", tmp_path, "--json").stdout)["failures"]) == 30


def test_several_files_are_described_in_a_table_with_a_summary(files: Path) -> None:
    text = ok("info", files, "-r").stdout.decode().splitlines()
    assert text[0].split("\t")[:4] == ["file", "images", "bytes", "bytes an image"]
    assert [line.split("\t")[1] for line in text[1:4]] == ["1", "2", "3"]
    size = sum(path.stat().st_size for path in files.rglob("*.aez"))
    assert text[4].startswith(f"# 3 files: 6 images in {size} bytes, {size / 6:.2f} an image.")
    assert text[4].endswith("Models: mnist-x392 in 3.")
    assert len(text) == 5


def test_damage_is_a_column_where_there_is_some(files: Path) -> None:
    good = ok("info", files / "a.aez", files / "b.aez").stdout.decode()
    assert "damage" not in good.splitlines()[0].split("\t")
    data = bytearray((files / "b.aez").read_bytes())
    data[-5] ^= 1
    (files / "b.aez").write_bytes(bytes(data))
    done = run("info", files / "a.aez", files / "b.aez")
    text = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert one_line(done.stderr.decode()).startswith(f"aecodec: {files}/b.aez: ")
    report = run("info", files / "b.aez", "--json")
    assert report.returncode == 1
    assert len(json.loads(report.stdout)["failures"]) == 1
    assert run("list", files / "b.aez").returncode == 1
    assert text[0].endswith("\tdamage")
    assert "checksum" in text[2].split("\t")[-1]
    assert "2 files, 1 damaged: " in text[3]


def test_files_of_many_models_name_them() -> None:
    text = ok("info", VECTORS / "good/mixed-short.aez", VECTORS / "good/one.aez").stdout.decode()
    assert text.endswith("Models: mnist-x392 in 2, tiny-k3 in 1.\n")
