import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K2, ROOT, fails, folder_of, one_line, pattern, save, terminal, tree
from PIL import Image

from aecodec.bench import benchmark, codecs, registry, speed_peers, speed_result
from aecodec.bench.measure import Pace
from aecodec.bench.speed import SpeedPace
from aecodec.cli.bench import bench
from aecodec.errors import InvalidImageError
from aecodec.images.files import read_image

KEYS = (
    "name bytes_per_image single_file_bytes payload_bytes_per_image ratio_raw ratio_png bpp mse "
    "psnr_db ssim encode_images_per_s decode_images_per_s lossless worst_image worst_mse"
)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "QUICK", Pace(300, 3, 0))
    monkeypatch.setattr(benchmark, "THOROUGH", Pace(None, 3, 0))
    quick = tuple(e for e in registry.PEERS if not e.slow or e.codec == "jpeg xl")
    monkeypatch.setattr(registry, "PEERS", quick)  # test_registry tries the slow ones
    monkeypatch.setattr(benchmark, "start_up", lambda _: dict.fromkeys(STARTS, 1.0))


STARTS = ("compress_cpu_ms", "imports_cpu_ms")


def _labelled(path: Path) -> Path:
    digits = sorted((ROOT / "examples" / "digits").glob("*_0[01].png"))
    images = np.stack([read_image(digit) for digit in digits])
    np.savez(path, x=images, y=np.arange(20) // 2)
    return path


def _report(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    report = json.loads(path.read_text("utf-8"))
    return report, {row["name"]: row for row in report["codecs"]}


@pytest.mark.usefixtures("_quick")
def test_bench_prints_a_table_and_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "digits", pattern(8))
    bench(str(folder), model="tiny-k2", json=tmp_path / "report.json")
    text = capsys.readouterr().out
    for part in (
        "tiny-k2",
        "pca k2",
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
    data = {"path": str(folder), "images": 8, "measured": 8, "skipped": 0}
    assert report["data"] == data
    assert report["best_archive"]["kind"] == "archive"
    assert report["accuracy_original"] is None
    assert {"machine", "versions", "command", "start_up", "rate_distortion"} <= report.keys()


@pytest.mark.usefixtures("_quick")
def test_without_the_extra_packages_it_says_what_is_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(codecs, "import_module", missing)
    bench(str(folder_of(tmp_path / "digits", pattern(3))), model="tiny-k2")
    text = capsys.readouterr().out
    assert "Skipped: jpeg-ls, qoi" in text
    assert "pip install 'aecodec[bench]'" in text


@pytest.mark.usefixtures("_quick")
def test_where_there_are_labels_decoded_digits_are_classified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = _labelled(tmp_path / "digits.npz")
    bench(str(data), model="mnist-x392", json=tmp_path / "report.json")
    report, rows = _report(tmp_path / "report.json")
    assert report["accuracy_original"] >= 0.95
    assert rows["png"]["accuracy"] == report["accuracy_original"]
    assert rows["aecodec mnist-x392"]["accuracy"] < 0.5  # the tests' is a tiny stand-in
    text = capsys.readouterr().out
    assert "accuracy: of a digit classifier" in text
    assert "accuracy" in next(line for line in text.splitlines() if line.startswith("codec\t"))


@pytest.mark.usefixtures("_quick")
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


@pytest.mark.usefixtures("_quick")
def test_without_models_the_others_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")
    monkeypatch.setattr("aecodec.library.shipped_folder", lambda: tmp_path / "none")
    monkeypatch.setattr(benchmark, "start_up", lambda _: None)
    bench(str(folder_of(tmp_path / "digits", pattern(3))))
    shown = capsys.readouterr()
    assert "No models are installed" in shown.err
    assert str(tmp_path / "none") in shown.err
    assert "png optimised" in shown.out
    assert "Start-up: not measured" in shown.out


@pytest.mark.usefixtures("_quick")
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


@pytest.mark.usefixtures("_quick")
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
    assert report["data"] == {"path": str(folder), "images": 7, "measured": 7, "skipped": 1}


@pytest.fixture(scope="module")
def report_script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A script that prints the report of a real run, whatever the terminal."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECODEC_MODELS", "")
        patch.setattr(benchmark, "QUICK", Pace(300, 1, 0))
        patch.setattr(benchmark, "start_up", lambda _: None)
        bench(str(_labelled(folder / "digits.npz")), json=folder / "report.json")
    return (
        "import json, sys\n"
        "from aecodec.cli.bench_report import print_report\n"
        f"report = json.load(open({str(folder / 'report.json')!r}))\n"
        "report['data']['path'] = 'digits.npz'\n"
        "print_report(report, wide=len(sys.argv) > 1)\n"
    )


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("wide", [[], ["--wide"]])
def test_the_tables_fit_a_terminal_and_break_no_number(
    report_script: str, columns: int, wide: list[str]
) -> None:
    text = terminal("-c", report_script, *wide, columns=columns)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= columns
    lines = [line.split() for line in text.splitlines() if line.startswith("mnist-")]
    levels = [cells for cells in lines if cells[1:2] != ["exact:"]]  # a sentence about one of them
    names = [f"mnist-{level}" for level in ("classic", "x392", "q1", "q2", "q3", "q4", "q5")]
    assert [cells[0] for cells in levels[:7]] == names
    whole = re.compile(r"\d{1,3}(,\d{3})*(\.\d+)?%?|never|exact")
    assert all(whole.fullmatch(cell) for _, *cells in levels for cell in cells), levels
    assert all(len(cells) > 3 for cells in levels[:7]) or columns == 40
    assert ("With --wide also" in text) != bool(wide)


def test_at_80_columns_size_error_accuracy_and_sample_are_shown(report_script: str) -> None:
    text = terminal("-c", report_script)
    head = text[: text.index("\u2500\u2500")]
    for word in ("file", "PNG", "archive", "bits", "MSE", "accuracy", "images"):
        assert word in head, head


@pytest.mark.usefixtures("_quick")
def test_a_sample_is_told_in_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from aecodec.cli.bench_report import print_report

    folder = folder_of(tmp_path / "digits", pattern(8))
    bench(str(folder), model="tiny-k2", json=tmp_path / "report.json")
    capsys.readouterr()
    report, _ = _report(tmp_path / "report.json")
    report["data"]["images"] = 70_000
    print_report(report)
    title, *lines = capsys.readouterr().out.splitlines()
    (note,) = [line for line in lines if "Measured on a sample" in line]
    assert "pca 4" in note
    assert "on a sample of 8 of the 70,000 images" in title


def test_progress_names_what_is_measured_and_its_estimate_falls(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "digits", pattern(6))
    text = terminal("-m", "aecodec", "bench", folder, "--model", "tiny-k2")
    assert "measuring aecodec tiny-k2" in text
    lefts = [int(left) for left in re.findall(r"(\d+) s left", text)]
    assert len(set(lefts)) > 1
    assert lefts == sorted(lefts, reverse=True)


@pytest.mark.usefixtures("_quick")
def test_a_damaged_installed_model_is_skipped_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "digits", pattern(3))
    (tmp_path / "mnist-x392.aem").write_bytes(K2.read_bytes()[:-40])
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    bench(str(folder))
    text = capsys.readouterr().out
    assert "Skipped: mnist-x392: " in text
    assert "png optimised" in text


@pytest.mark.parametrize("name", ["x.npz", "x.npy", "t10k-images-idx3-ubyte", "x.png"])
def test_a_broken_data_set_is_one_clear_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 or not")
    assert name in one_line(fails("bench", tmp_path / name))


@pytest.fixture
def _few_speeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed_result, "QUICK", SpeedPace(4, 1, 0.001, 0.001))
    quick = tuple(e for e in speed_peers.ENTRIES if e.codec in ("png", "jpeg"))
    monkeypatch.setattr(speed_peers, "ENTRIES", quick)


@pytest.mark.usefixtures("_few_speeds")
def test_speed_prints_tables_and_writes_a_report_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    data = _labelled(tmp_path / "digits.npz")
    report, plot = tmp_path / "report.json", tmp_path / "speed.png"
    bench(str(data), model="tiny-k2", speed=True, json=report, plot=plot)
    text = capsys.readouterr().out
    for part in ("tiny-k2\t1\t", "png\t\t", "At equal error", "Milliseconds of decoding", "numba"):
        assert part in text, part
    figures = json.loads(report.read_text("utf-8"))
    assert {"speed", "growth", "equal_mse", "skipped", "versions"} <= figures.keys()
    assert figures["data"] == {"path": str(data), "images": 20, "measured": 4, "skipped": 0}
    with Image.open(plot) as image:
        assert image.format == "PNG"


@pytest.mark.parametrize("flag", ["--rd", "--compare"])
def test_speed_draws_no_picture_of_errors(tmp_path: Path, flag: str) -> None:
    text = fails("bench", "no-data", "--speed", flag, tmp_path / "x.png", code=2)
    assert "--plot" in text


@pytest.mark.usefixtures("_few_speeds")
def test_the_tables_of_speed_fit_a_terminal(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "digits", pattern(8))
    bench(str(folder), model="tiny", speed=True, json=tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    for row in report["growth"]:  # as many images and as long a time as there may be
        if row["images"] == 1:
            more = {"images": 100_000, "encode_s": 60.0, "decode_s": 60.0}
            report["growth"].append({**row, **more})
            break
    (tmp_path / "report.json").write_text(json.dumps(report))
    script = (
        "import json, sys\n"
        "from aecodec.cli.speed_report import print_speed\n"
        "print_speed(json.load(open(sys.argv[1])))\n"
    )
    text = terminal("-c", script, tmp_path / "report.json")
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "60,000.0" in text
    heads = text[: text.index("\u2500\u2500")]
    for word in ("effort", "bytes", "MSE", "enc/s", "dec/s"):
        assert word in heads, heads
