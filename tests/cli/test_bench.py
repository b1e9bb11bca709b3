import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import ROOT, fails, folder_of, one_line, pattern, save, tree
from PIL import Image

from aecodec.bench import measure, table
from aecodec.cli.bench import bench
from aecodec.errors import InvalidImageError
from aecodec.images.files import read_image

KEYS = (
    "name bytes_per_image single_file_bytes payload_bytes_per_image ratio_raw ratio_png bpp mse "
    "psnr_db ssim encode_images_per_s decode_images_per_s lossless worst_image worst_mse"
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SPEED_SECONDS", 0)
    quick = tuple(entry for entry in table.ENTRIES if not entry.most or entry.codec == "jpeg xl")
    monkeypatch.setattr(table, "ENTRIES", quick)  # test_table tries the slow ones
    monkeypatch.setattr("aecodec.bench.run.start_up", lambda _: dict.fromkeys(STARTS, 1.0))


STARTS = ("compress_cpu_ms", "imports_cpu_ms")


def _labelled(path: Path) -> Path:
    digits = sorted((ROOT / "examples" / "digits").glob("*_0[01].png"))
    images = np.stack([read_image(digit) for digit in digits])
    np.savez(path, x=images, y=np.arange(20) // 2)
    return path


def _report(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    report = json.loads(path.read_text("utf-8"))
    return report, {row["name"]: row for row in report["codecs"]}


def test_bench_prints_a_table_and_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "digits", pattern(8))
    bench(str(folder), model="tiny-k2", json=tmp_path / "report.json")
    text = capsys.readouterr().out
    for part in (
        "aecodec tiny-k2",
        "pca-2",
        "png optimised",
        "webp q5",
        "PSNR",
        "equal MSE",
        "Start-up",
    ):
        assert part in text, part
    report, rows = _report(tmp_path / "report.json")
    for row in report["codecs"]:
        assert set(KEYS.split()) <= row.keys()
    assert rows["png"]["lossless"]
    assert rows["png"]["mse"] == 0
    assert rows["raw"]["bytes_per_image"] == 784
    assert rows["aecodec tiny-k2"]["payload_bytes_per_image"] == 2
    assert report["data"] == {"path": str(folder), "images": 8, "skipped": 0}
    assert report["best_archive"]["kind"] == "archive"
    assert report["accuracy_original"] is None
    assert {"machine", "versions", "command", "start_up", "rate_distortion"} <= report.keys()


def test_without_the_extra_packages_it_says_what_is_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(table, "import_module", missing)
    bench(str(folder_of(tmp_path / "digits", pattern(3))), model="tiny-k2")
    text = capsys.readouterr().out
    assert "Skipped: jpeg-ls, qoi" in text
    assert "pip install 'aecodec[bench]'" in text


def test_where_there_are_labels_decoded_digits_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = _labelled(tmp_path / "digits.npz")
    bench(str(data), json=tmp_path / "report.json")
    report, rows = _report(tmp_path / "report.json")
    assert report["accuracy_original"] >= 0.95
    assert rows["png"]["accuracy"] == report["accuracy_original"]
    assert rows["aecodec mnist-x392"]["accuracy"] < 0.5  # the tests' is a tiny stand-in
    assert "read: the share" in capsys.readouterr().out


def test_pictures_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pictures = [tmp_path / f"{name}.png" for name in ("plot", "rd", "compare")]
    plot, rd, compare = pictures
    bench(str(_labelled(tmp_path / "digits.npz")), plot=plot, rd=rd, compare=compare)
    for picture in pictures:
        with Image.open(picture) as image:
            assert image.format == "PNG"
            assert image.width > 500


def test_bench_overwrites_nothing_and_tells_what_is_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("mine")
    report = tmp_path / "report.json"
    assert "exists already" in fails("bench", tmp_path, "--json", report)
    assert "there is no such file" in fails("bench", tmp_path / "none")


def test_a_data_set_of_no_images_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "empty.npy", pattern(0))
    assert "empty.npy: holds no images" in one_line(fails("bench", tmp_path / "empty.npy"))


def test_without_models_the_others_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")
    monkeypatch.setattr("aecodec.library.shipped_folder", lambda: tmp_path / "none")
    monkeypatch.setattr("aecodec.bench.run.start_up", lambda _: None)
    bench(str(folder_of(tmp_path / "digits", pattern(3))))
    shown = capsys.readouterr()
    assert "No models are installed" in shown.err
    assert str(tmp_path / "none") in shown.err
    assert "png optimised" in shown.out
    assert "Start-up: not measured" in shown.out


def test_a_report_can_be_printed_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench(str(folder_of(tmp_path / "digits", pattern(3))), model="tiny-k2", json=Path("-"))
    assert json.loads(capsys.readouterr().out)["data"]["images"] == 3


@pytest.mark.parametrize("flag", ["--json", "--plot", "--rd", "--compare"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(
    tmp_path: Path, flag: str
) -> None:
    target = tmp_path / "none" / "x"
    assert f"{target}: cannot be written" in one_line(fails("bench", "no-data", flag, target))
    assert tree(tmp_path) == []


def test_pictures_do_not_go_to_standard_output(tmp_path: Path) -> None:
    assert "name a file" in fails("bench", "no-data", "--plot", "-", code=2, cwd=tmp_path)


def test_bad_images_are_skipped_where_asked_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "digits", pattern(8))
    save(folder / "01.png", np.zeros((9, 9), np.uint8))
    with pytest.raises(InvalidImageError, match=r"01\.png.*--skip-bad"):
        bench(str(folder), model="tiny-k2")
    bench(str(folder), model="tiny-k2", skip_bad=True, json=tmp_path / "report.json")
    assert "Skipped 1 file that could not be read: 01.png (found 9x9)" in capsys.readouterr().err
    report, _ = _report(tmp_path / "report.json")
    assert report["data"] == {"path": str(folder), "images": 7, "skipped": 1}
