import json
import os
import re
import shutil
import stat
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K3, ROOT, complaint, fails, folder_of, ok, one_line, pattern, run, save, tree
from PIL import Image

import aecodec

DIGIT = ROOT / "examples/digits/3_00.png"
MODEL = ("--model", "tiny", "--level", "k3")


@pytest.fixture
def digit(tmp_path: Path) -> Path:
    return save(tmp_path / "digit.png", pattern(1)[0])


# ------------------------------------------------------------------------------- where results go


def test_one_image_goes_beside_itself(digit: Path) -> None:
    ok("compress", digit)
    assert digit.with_suffix(".aez").read_bytes() == aecodec.compress(pattern(1))


def test_one_image_goes_where_output_says(digit: Path, tmp_path: Path) -> None:
    ok("compress", digit, "-o", tmp_path / "a.aez")
    ok("compress", digit, "-o", tmp_path / "without-suffix")
    (tmp_path / "folder").mkdir()
    ok("compress", digit, "-o", tmp_path / "folder")
    ok("compress", digit, "-o", f"{tmp_path}/new/")
    for name in ("a.aez", "without-suffix/digit.aez", "folder/digit.aez", "new/digit.aez"):
        assert (tmp_path / name).read_bytes() == aecodec.compress(pattern(1)), name


@pytest.mark.parametrize("name", ["x.png", "x.JPG", "x.tiff"])
def test_an_output_named_like_an_image_is_wrong_usage(digit: Path, name: str) -> None:
    text = one_line(fails("compress", digit, "-o", name, code=2, cwd=digit.parent))
    assert "use x.aez for one archive, or x/ for a folder" in text
    assert tree(digit.parent) == ["digit.png"]


def test_an_archive_named_without_o_is_told(digit: Path, tmp_path: Path) -> None:
    text = one_line(fails("compress", digit, "b.aez", code=2, cwd=tmp_path))
    assert "Did you mean -o b.aez?" in text
    assert tree(tmp_path) == ["digit.png"]


def test_a_name_with_dots_keeps_them(tmp_path: Path) -> None:
    save(tmp_path / "a.b.png", pattern(1)[0])
    ok("compress", tmp_path / "a.b.png")
    assert tree(tmp_path) == ["a.b.aez", "a.b.png"]


def test_several_images_go_beside_themselves_each(scans: Path) -> None:
    ok("compress", scans / "00.png", scans / "03.png")
    assert (scans / "03.aez").read_bytes() == aecodec.compress(pattern(5)[3])
    assert len(tree(scans)) == 7


def test_several_images_go_into_one_archive_with_names(scans: Path, tmp_path: Path) -> None:
    ok("compress", scans / "03.png", scans / "00.png", "-o", tmp_path / "two.aez")
    with aecodec.open(tmp_path / "two.aez") as archive:
        assert list(archive.names) == ["00.png", "03.png"]


def test_a_folder_goes_into_an_archive_beside_it(scans: Path, tmp_path: Path) -> None:
    ok("compress", scans)
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert list(archive.names) == [f"0{i}.png" for i in range(5)]
        assert np.array_equal(archive[2], aecodec.decompress(aecodec.compress(pattern(5)))[2])


def test_the_working_folder_can_be_named_by_a_dot(scans: Path, tmp_path: Path) -> None:
    ok("compress", ".", cwd=scans)
    assert (tmp_path / "scans.aez").is_file()


def test_a_folder_is_mirrored_file_by_file(tmp_path: Path) -> None:
    folder_of(tmp_path / "scans/a/b", pattern(2))
    folder_of(tmp_path / "scans", pattern(1))
    ok("compress", tmp_path / "scans", "-r", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == ["00.aez", "a/b/00.aez", "a/b/01.aez"]
    assert (tmp_path / "out/a/b/01.aez").read_bytes() == aecodec.compress(pattern(2)[1])


def test_folders_inside_are_entered_with_r_only(tmp_path: Path) -> None:
    folder_of(tmp_path / "scans/inside", pattern(2))
    folder_of(tmp_path / "scans", pattern(3))
    done = ok("compress", tmp_path / "scans")
    assert b"1 folder inside not entered (use -r)" in done.stderr
    ok("compress", tmp_path / "scans", "-r", "-f")
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert list(archive.names) == [
            "00.png",
            "01.png",
            "02.png",
            "inside/00.png",
            "inside/01.png",
        ]


def test_an_archive_has_its_images_in_the_order_of_their_paths_bytes(tmp_path: Path) -> None:
    names = ["Z.png", "a-b.png", "a.png", "a/z.png", "a0.png", "é.png", "字.png", "\U0001f600.png"]
    for number, name in enumerate(reversed(names)):
        save(tmp_path / "in" / name, pattern(8)[number])
    ok("compress", tmp_path / "in", "-r", "-o", tmp_path / "x.aez")
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert list(archive.names) == sorted(names, key=str.encode)


def test_other_files_in_a_folder_are_left_alone(scans: Path, tmp_path: Path) -> None:
    (scans / "notes.txt").write_text("no image")
    (scans / "Thumbs.db").write_bytes(bytes(9))
    save(scans / "05.BMP", pattern(1)[0], format="BMP")
    ok("compress", scans)
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert list(archive.names)[-1] == "05.png"
        assert len(archive) == 6


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".PNG"])
def test_other_lossless_formats_are_read(tmp_path: Path, suffix: str) -> None:
    options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    save(tmp_path / f"x{suffix}", pattern(1)[0], **options)
    ok("compress", tmp_path / f"x{suffix}")
    assert (tmp_path / "x.aez").read_bytes() == aecodec.compress(pattern(1))


# -------------------------------------------------------------------------------- names or numbers


def test_names_can_be_left_out_and_asked_for(scans: Path, digit: Path, tmp_path: Path) -> None:
    ok("compress", scans, "--no-names", "-o", tmp_path / "a.aez")
    assert (tmp_path / "a.aez").read_bytes() == aecodec.compress(pattern(5))
    ok("compress", digit, "--names", "-o", tmp_path / "b.aez")
    with aecodec.open(tmp_path / "b.aez") as archive:
        assert list(archive.names) == ["digit.png"]


def test_two_inputs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folder_of(tmp_path / "a", pattern(1))
    folder_of(tmp_path / "b", pattern(2))
    ok("compress", "a", "b", "-o", "x.aez", cwd=tmp_path)
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert list(archive.names) == ["a/00.png", "b/00.png", "b/01.png"]
    ok("compress", "a", "b", "a/", "-o", "out", cwd=tmp_path)
    assert tree(tmp_path / "out") == ["a/00.aez", "b/00.aez", "b/01.aez"]


def test_two_formats_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    save(tmp_path / "in/a.png", pattern(1)[0])
    save(tmp_path / "in/a.bmp", pattern(2)[1])
    ok("compress", tmp_path / "in", "-o", tmp_path / "out")
    assert (tmp_path / "out/a.aez").read_bytes() == aecodec.compress(pattern(1))
    assert (tmp_path / "out/a.bmp.aez").read_bytes() == aecodec.compress(pattern(2)[1])


def test_a_folder_given_twice_is_taken_once_quietly(scans: Path, tmp_path: Path) -> None:
    done = ok("compress", scans, f"{scans}/", "-o", tmp_path / "x.aez")
    assert len(done.stderr.splitlines()) == 1
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert len(archive) == 5


@pytest.mark.skipif(os.name == "nt", reason="such names need POSIX")
@pytest.mark.parametrize("name", ["C:a.png", "a\\b.png", "a\nb.png", "\x1b[31mred.png"])
def test_an_unsafe_name_is_left_out_and_told(scans: Path, tmp_path: Path, name: str) -> None:
    save(scans / name, pattern(1)[0])
    text = complaint(fails("compress", scans))
    assert "not a plain relative path, without backslashes, control characters" in text
    assert "\x1b" not in text
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert len(archive) == 5
    ok("compress", scans, "--no-names", "-f")
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert len(archive) == 6


@pytest.mark.skipif(os.name == "nt", reason="such names need POSIX")
def test_a_bad_file_of_an_odd_name_is_told_in_one_line_without_controls(scans: Path) -> None:
    (scans / "a\n\x1b[31mb.png").write_bytes(b"no image")
    text = fails("compress", scans)
    assert "\x1b" not in text
    assert len(text.strip().splitlines()) == 2  # the report and the complaint


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_a_name_that_is_not_utf8_is_left_out_and_told(scans: Path, tmp_path: Path) -> None:
    shutil.copy(scans / "00.png", os.fsdecode(os.fsencode(scans) + b"/\xff.png"))
    assert "not valid UTF-8" in complaint(fails("compress", scans))
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert len(archive) == 5


# ------------------------------------------------------------------------------------ overwriting


def test_nothing_is_overwritten_without_f(digit: Path) -> None:
    target = digit.with_suffix(".aez")
    target.write_bytes(b"precious")
    text = one_line(fails("compress", digit))
    assert "exists already" in text
    assert "-f" in text
    assert target.read_bytes() == b"precious"
    ok("compress", digit, "-f")
    assert target.read_bytes() == aecodec.compress(pattern(1))


def test_an_archive_is_not_overwritten_without_f(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "scans.aez").write_bytes(b"precious")
    fails("compress", scans)
    assert (tmp_path / "scans.aez").read_bytes() == b"precious"


def test_a_symbolic_link_is_replaced_not_written_through(digit: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    link = tmp_path / "digit.aez"
    link.symlink_to(tmp_path / "elsewhere")
    fails("compress", digit)
    ok("compress", digit, "-f")
    assert not link.is_symlink()
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"


def test_a_folder_is_never_replaced(digit: Path, tmp_path: Path) -> None:
    (tmp_path / "digit.aez").mkdir()
    assert "is a folder" in one_line(fails("compress", digit, "-f"))


def test_the_originals_are_not_touched(scans: Path, tmp_path: Path) -> None:
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in scans.iterdir()}
    ok("compress", scans)
    ok("compress", scans, "-o", tmp_path / "out")
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in scans.iterdir()} == before


def test_a_missing_output_folder_is_made_or_told(digit: Path, tmp_path: Path) -> None:
    done = run("compress", digit, "-o", tmp_path / "new/x.aez")
    if done.returncode:
        assert "cannot be written" in one_line(done.stderr.decode())
    else:
        assert (tmp_path / "new/x.aez").is_file()


def test_no_temporary_file_is_left(scans: Path, tmp_path: Path) -> None:
    (scans / "zz.png").write_bytes(b"bad")
    fails("compress", scans, "--no-names")
    assert tree(tmp_path) == [f"scans/0{i}.png" for i in range(5)] + ["scans/zz.png"]


# --------------------------------------------------------------------------------- standard input


def test_an_image_flows_through_pipes(digit: Path, tmp_path: Path) -> None:
    data = ok("compress", "-", stdin=digit.read_bytes()).stdout
    assert data == aecodec.compress(pattern(1))
    assert ok("compress", "-", "-o", "-", stdin=digit.read_bytes()).stdout == data
    assert ok("compress", digit, "-o", "-").stdout == data
    ok("compress", "-", "-o", tmp_path / "x.aez", stdin=digit.read_bytes())
    assert (tmp_path / "x.aez").read_bytes() == data


@pytest.mark.parametrize(
    "data", [b"", b"text", b"\x89PNG\r\n\x1a\n", pytest.param(b"P5 28 28 255 " * 2**23, id="large")]
)
def test_bad_standard_input_is_told(data: bytes) -> None:
    assert "standard input" in one_line(fails("compress", "-", stdin=data))


def test_standard_input_among_several_inputs_needs_an_output(digit: Path) -> None:
    assert "standard input" in fails("compress", "-", digit, code=2)


def test_standard_input_can_be_one_of_several_inputs(digit: Path, tmp_path: Path) -> None:
    data = save(tmp_path / "other.png", pattern(2)[1]).read_bytes()
    ok("compress", "-", digit, "-o", tmp_path / "x.aez", stdin=data)
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert list(archive.names) == ["digit.png", "stdin.png"]
        expected = aecodec.decompress(aecodec.compress(pattern(2)[1]))[0]
        assert np.array_equal(archive["stdin.png"], expected)


def test_a_folder_goes_to_standard_output_as_one_archive(scans: Path) -> None:
    data = ok("compress", scans, "-o", "-").stdout
    assert aecodec.decompress(data).shape == (5, 28, 28)


@pytest.mark.skipif(sys.platform != "linux", reason="needs pseudo terminals")
def test_binary_is_not_written_to_a_terminal(digit: Path) -> None:
    import pty
    import subprocess

    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "aecodec", "compress", str(digit), "-o", "-"],
        stdout=follower,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(follower)
    os.close(leader)
    assert done.returncode == 2
    assert b"terminal" in done.stderr


# ---------------------------------------------------------------------------------------- reports


def test_a_report_is_one_line_of_what_was_written(digit: Path, scans: Path) -> None:
    done = ok("compress", "digit.png", cwd=digit.parent)
    assert done.stdout == b""
    size = digit.stat().st_size
    assert done.stderr.decode().splitlines() == [
        f"digit.aez: 1 image, 27 bytes, {size / 27:.3g}x smaller than the original, PSNR 6.3 dB"
    ]
    done = ok("compress", "scans", cwd=digit.parent)
    assert re.match(rb"scans.aez: 5 images, \d+ bytes, [\d.]+x smaller than", done.stderr)
    done = ok("compress", "scans", "-o", "out", cwd=digit.parent)
    assert done.stderr.startswith(b"out/: 5 images in 5 files, 135 bytes, ")
    done = ok("compress", *sorted(scans.iterdir()))
    assert done.stderr.startswith(b"beside the originals: 5 images in 5 files, 135 bytes, ")
    assert len(done.stderr.splitlines()) == 1
    done = ok("compress", "-", "-o", "-", stdin=digit.read_bytes())
    assert done.stderr.startswith(b"standard output: 1 image, 27 bytes")


def test_a_report_can_tell_all_or_nothing(scans: Path) -> None:
    text = ok("compress", scans, *MODEL, "-v").stderr.decode()
    for part in ("tiny-k3 5", "coded images 15", "MSE", "worst", "misclassifies 20.0%", "0.5%"):
        assert part in text, part
    assert "does not hold for the 5 images unlike its training data" in text
    assert ok("compress", scans, *MODEL, "-f", "-q").stderr == b""
    text = ok("compress", scans, "--max-mse", "0", "-f", "-v").stderr.decode()
    assert ", exact\n" in text


def test_a_report_tells_what_is_larger_than_the_original(tmp_path: Path) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "x.png")
    text = ok("compress", tmp_path / "x.png", "--embed-model").stderr.decode()
    assert "x larger than the original" in text


def test_what_folders_hold_beside_images_is_counted(scans: Path, tmp_path: Path) -> None:
    for name in ("notes.txt", "list.csv", ".DS_Store", "Thumbs.db", "._00.png"):
        (scans / name).write_bytes(b"no image")
    for name in ("a.pbm", "b.jfif", "none"):
        (scans / "05.png").write_bytes((scans / "00.png").read_bytes())
        (scans / "05.png").rename(scans / name)
    (scans / "in").mkdir()
    (tmp_path / "else").mkdir()
    (scans / "00.png").rename(tmp_path / "else/x.png")
    (scans / "link").symlink_to(tmp_path / "else")
    (scans / "in/loop").symlink_to(scans)
    done = ok("compress", scans, "-r")
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 2
    assert "2 files passed over, not of an image format" in lines[1]
    assert f"1 link not followed, in a circle: {scans}/in/loop" in lines[1]
    report = json.loads(ok("compress", scans, "-r", "--json").stdout)
    assert (report["other_files"], report["loops"]) == (2, [f"{scans}/in/loop/"])
    with aecodec.open(tmp_path / "scans.aez") as archive:
        names = ["01.png", "02.png", "03.png", "04.png", "a.png", "b.png", "link/x.png", "none.png"]
        assert list(archive.names) == names


def test_a_json_report_goes_to_standard_output(scans: Path, tmp_path: Path) -> None:
    done = ok("compress", scans, *MODEL, "--json")
    assert done.stderr == b""
    report = json.loads(done.stdout)
    images = pattern(5)
    decoded = aecodec.decompress(aecodec.compress(images, "k3", "tiny"))
    mse = ((images / 255.0 - decoded / 255.0) ** 2).mean()
    assert report["images"] == 5
    assert report["models"] == {"tiny-k3": 5}
    assert report["payload_bytes"] == 15
    assert report["file_bytes"] == (tmp_path / "scans.aez").stat().st_size
    assert report["source_bytes"] == sum(p.stat().st_size for p in scans.iterdir())
    assert report["mse"] == pytest.approx(mse)
    assert report["psnr_db"] == pytest.approx(-10 * np.log10(mse))
    assert report["failures"] == []


def test_json_and_binary_do_not_mix(digit: Path) -> None:
    assert "--json" in fails("compress", digit, "-o", "-", "--json", code=2)


def test_an_unusual_image_is_told(digit: Path) -> None:
    done = ok("compress", digit, *MODEL)
    assert b"warning" in done.stderr
    assert b"unlike what tiny-k3 was trained on" in done.stderr
    assert json.loads(ok("compress", digit, *MODEL, "-f", "--json").stdout)["outliers"] == 1
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("files", [1, 3])
def test_dark_on_light_images_are_told_with_what_to_do(tmp_path: Path, files: int) -> None:
    with Image.open(DIGIT) as image:
        light = np.array(image)
    for number in range(files):
        save(tmp_path / f"in/{number}.png", 255 - light)
        save(tmp_path / f"out/{number}.png", light)
    known = {"AECODEC_MODELS": ""}
    done = ok("compress", tmp_path / "in", "-o", tmp_path / "x.aez", env=known)
    assert b"looks inverted: try --invert" in done.stderr
    done = ok("compress", tmp_path / "in", "-o", tmp_path / "each", env=known)
    assert b"looks inverted: try --invert" in done.stderr
    for arguments in ((tmp_path / "in", "--invert"), (tmp_path / "out",)):
        done = ok("compress", *arguments, "-o", tmp_path / "x.aez", "-f", env=known)
        assert len(done.stderr.splitlines()) == 1


def test_strict_fails_where_images_are_unlike_the_models(digit: Path) -> None:
    done = run("compress", digit, *MODEL, "--strict")
    assert done.returncode == 1
    assert b"warning" in done.stderr


# ---------------------------------------------------------------------------------- error bounds


def test_every_image_stays_within_max_mse(scans: Path, tmp_path: Path) -> None:
    images = pattern(5)
    decoded = aecodec.decompress(aecodec.compress(images, "k2", "tiny"))
    middle = float(np.sort(((images / 255.0 - decoded / 255.0) ** 2).mean((1, 2)))[2])
    target = tmp_path / "x.aez"
    bound = ("--model", "tiny", "--max-mse", str(middle))
    done = ok("compress", scans, *bound, "-o", target, "--json")
    report = json.loads(done.stdout)
    assert report["worst"]["mse"] <= middle
    assert report["models"].keys() & {"residuals", "stored"}
    decoded = aecodec.decompress(target.read_bytes())
    assert ((images / 255.0 - decoded / 255.0) ** 2).mean((1, 2)).max() <= middle


def test_min_psnr_is_the_same_bound_in_other_words(digit: Path) -> None:
    bound = ("--model", "tiny", "-o", "-")
    one = ok("compress", digit, *bound, "--max-mse", "0.1").stdout
    assert ok("compress", digit, *bound, "--min-psnr", "10").stdout == one


def test_a_bound_of_zero_keeps_every_pixel(scans: Path, tmp_path: Path) -> None:
    ok("compress", scans, "--model", "tiny", "--max-mse", "0", "-o", tmp_path / "x.aez")
    assert np.array_equal(aecodec.decompress((tmp_path / "x.aez").read_bytes()), pattern(5))


@pytest.mark.parametrize("bound", ["-1", "nan", "inf", "x"])
def test_a_bound_that_is_none_is_wrong_usage(digit: Path, bound: str) -> None:
    fails("compress", digit, "--max-mse", bound, code=2)
    fails("compress", digit, "--min-psnr", bound, code=2)


def test_a_psnr_in_the_place_of_an_error_is_told(digit: Path) -> None:
    text = one_line(fails("compress", digit, "--max-mse", "30", code=2))
    assert "from 0 to 1" in text
    assert "did you mean 30 dB?" in text


# ----------------------------------------------------------------------------------------- models


def test_a_model_is_chosen_by_family_name_id_or_path(digit: Path) -> None:
    data = aecodec.compress(pattern(1), "k3", "tiny")
    model_id = data[8:16].hex()
    for choice in (MODEL, ("--model", "tiny-k3"), ("--model", model_id), ("--model", str(K3))):
        assert ok("compress", digit, "-o", "-", *choice).stdout == data, choice


@pytest.mark.parametrize("choice", [("--level", "none"), ("--model", "none"), ("--model", "x.aem")])
def test_an_unknown_model_is_told(digit: Path, choice: tuple[str, str]) -> None:
    code = 1 if choice[1] == "x.aem" else 2  # a missing file, or wrong usage
    assert choice[1] in one_line(fails("compress", digit, *choice, code=code))
    assert not digit.with_suffix(".aez").exists()


def test_a_damaged_model_is_told(digit: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad-one.aem"
    bad.write_bytes(K3.read_bytes()[:-1])
    text = one_line(fails("compress", digit, "--model", bad))
    assert "bad-one.aem" in text
    assert "damaged" in text


# ------------------------------------------------------------------------------------- bad inputs


def test_a_bad_file_among_good_ones_is_left_out_told_and_fails(scans: Path, tmp_path: Path) -> None:
    (scans / "02.png").write_bytes(b"no image")
    text = complaint(fails("compress", scans))
    assert "02.png" in text
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert list(archive.names) == ["00.png", "01.png", "03.png", "04.png"]
    text = complaint(fails("compress", scans, "-o", tmp_path / "out"))
    assert "02.png" in text
    assert tree(tmp_path / "out") == ["00.aez", "01.aez", "03.aez", "04.aez"]


def test_without_names_a_bad_file_ends_the_run_and_nothing_is_written(
    scans: Path, tmp_path: Path
) -> None:
    (scans / "02.png").write_bytes(b"no image")
    text = one_line(fails("compress", scans, "--no-names"))
    assert "02.png" in text
    assert "Nothing was written" in text
    assert not (tmp_path / "scans.aez").exists()


def test_when_all_files_are_bad_each_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "in" / name).write_bytes(b"no image")
    text = fails("compress", tmp_path / "in")
    assert "a.png" in text
    assert "b.png" in text
    assert "without names" not in text
    assert not (tmp_path / "in.aez").exists()


def test_many_failures_are_summed_up_and_json_lists_them(scans: Path) -> None:
    for number in range(30):
        (scans / f"bad{number:02}.png").write_bytes(b"no image")
    text = complaint(fails("compress", scans))
    assert "bad00.png and 29 more: not an image" in text
    for width in range(1, 26):
        Image.new("L", (width, 28)).save(scans / f"w{width:02}.png")
    text = fails("compress", scans, "-f")
    assert len(text.strip().splitlines()) <= 23
    assert "--json lists them all" in text
    done = run("compress", scans, "--json", "-f")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["failures"]) == 55


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no images found" in one_line(fails("compress", tmp_path / "empty"))


def test_a_missing_input_is_told(tmp_path: Path) -> None:
    assert "there is no such file" in one_line(fails("compress", tmp_path / "none.png"))


def bad_inputs(folder: Path) -> dict[str, str]:
    """A pile of inputs that are no 28x28 8-bit grey image, and a word of each complaint."""
    grey = Image.fromarray(pattern(1)[0])
    frames = [Image.fromarray(image) for image in pattern(3)]
    rgb = np.stack([pattern(1)[0], pattern(1, 2)[0], pattern(1, 3)[0]], -1)
    pile: dict[str, str] = {}

    def add(name: str, word: str) -> Path:
        pile[name] = word
        return folder / name

    save(add("small.png", "27x28"), grey.crop((0, 0, 27, 28)))
    save(add("large.png", "280x280"), grey.resize((280, 280)))
    save(add("colour.png", "colour"), Image.fromarray(rgb))
    save(add("alpha.png", "alpha"), grey.convert("LA"))
    save(add("rgba.png", "alpha"), grey.convert("RGBA"))
    save(add("transparent.png", "alpha"), grey, transparency=0)
    save(add("palette.png", "colour"), Image.fromarray(rgb).quantize(8))
    deep = pattern(1)[0].astype(np.uint16) * 257
    save(add("deep.png", "8 bits"), Image.fromarray(deep))
    save(add("deep2.tif", "8 bits"), Image.fromarray(deep))
    save(add("float.tif", "floating-point"), Image.fromarray(pattern(1)[0].astype(np.float32)))
    add("deep-rgb.png", "8 bits").write_bytes(rgb16_png())
    (folder / "deep3.pgm").write_bytes(b"P5 28 28 65535\n" + deep.byteswap().tobytes())
    pile["deep3.pgm"] = "8 bits"
    save(add("cmyk.tif", "CMYK"), grey.convert("CMYK"))
    save(
        add("gif.png", "not an image"),
        frames[0],
        format="GIF",
        save_all=True,
        append_images=frames[1:],
    )
    save(folder / "whole.png", grey)
    whole = (folder / "whole.png").read_bytes()
    (folder / "whole.png").unlink()
    add("truncated.png", "truncated").write_bytes(whole[:-60])
    add("half.png", "truncated").write_bytes(whole[: len(whole) // 2])
    add("header.png", "").write_bytes(whole[:33])
    add("signature.png", "").write_bytes(whole[:8])
    broken = bytearray(whole)
    broken[60] ^= 1
    add("flipped.png", "damaged").write_bytes(bytes(broken))
    add("empty.png", "not an image").write_bytes(b"")
    add("text.png", "not an image").write_text("I am a text.\n" * 40)
    add("huge.png", "").write_bytes(png_of_size(60_000, 60_000))
    add("bomb.png", "").write_bytes(png_of_size(12_000, 12_000))
    add("zero.png", "").write_bytes(png_of_size(0, 28))
    (folder / "dangling.png").symlink_to(folder / "nowhere")
    pile["dangling.png"] = "is a link to a file that is not there"
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "fifo.png")
        pile["fifo.png"] = "not a regular file"
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        save(add("secret.png", "permission"), grey)
        (folder / "secret.png").chmod(0)
    with (folder / "endless.png").open("wb") as file:
        file.truncate(2**33)  # a hole: it takes no space
    pile["endless.png"] = "too large"
    return pile


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size(
    width: int, height: int, depth: int = 8, colour: int = 0, data: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def rgb16_png() -> bytes:
    """16-bit RGB whose channels are equal, with low bits that 8 bits cannot hold."""
    values = pattern(1)[0].astype(">u2") * 256 + 77
    rows = np.repeat(values[:, :, None], 3, 2)
    return png_of_size(28, 28, 16, 2, b"".join(b"\0" + row.tobytes() for row in rows))


def test_every_bad_input_is_told_in_one_line_and_costs_no_other(tmp_path: Path) -> None:
    scans = folder_of(tmp_path / "scans", pattern(2))
    pile = bad_inputs(scans)
    done = run("compress", scans, "--json")
    assert done.returncode == 1
    failures = {Path(f["path"]).name: f["message"] for f in json.loads(done.stdout)["failures"]}
    assert failures.keys() == pile.keys()
    for name, word in pile.items():
        assert word in failures[name], (name, failures[name])
        assert "\n" not in failures[name]
        assert name in failures[name]
    with aecodec.open(tmp_path / "scans.aez") as archive:
        assert list(archive.names) == ["00.png", "01.png"]
    lines = done.stderr.decode().splitlines()
    assert all(line.startswith("aecodec: ") for line in lines), lines


@pytest.mark.parametrize(
    "name", ["small.png", "bomb.png", "huge.png", "truncated.png", "fifo.png", "endless.png"]
)
def test_a_bad_input_alone_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "pile"
    folder.mkdir()
    if name not in bad_inputs(folder):
        pytest.skip("not on this system")
    assert name in one_line(fails("compress", folder / name))
    assert not list(folder.glob("*.aez"))


def test_a_folder_named_like_an_image_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x.png").mkdir()
    assert "no images found" in one_line(fails("compress", tmp_path / "x.png"))
    scans = folder_of(tmp_path / "scans", pattern(2))
    (scans / "x.png").mkdir()
    done = ok("compress", scans)
    assert b"1 folder inside" in done.stderr


# -------------------------------------------------------------------------------- fit and invert


@pytest.mark.parametrize("mode", ["RGB", "1", "P"])
def test_grey_in_other_clothes_passes_exactly(tmp_path: Path, mode: str) -> None:
    image = pattern(1)[0]
    if mode == "1":
        image = np.where(image > 99, 255, 0).astype(np.uint8)
    save(tmp_path / "x.png", image, mode)
    assert ok("compress", tmp_path / "x.png", "-o", "-").stdout == aecodec.compress(image)


def test_fit_takes_what_is_no_28x28_grey(tmp_path: Path) -> None:
    rgb = np.stack([pattern(1)[0]] * 3, -1).repeat(10, 0).repeat(5, 1)
    save(tmp_path / "x.png", rgb)
    text = one_line(fails("compress", tmp_path / "x.png"))
    assert "--fit" in text
    data = ok("compress", tmp_path / "x.png", "--fit", "-o", "-").stdout
    assert aecodec.decompress(data).shape == (1, 28, 28)


def test_fit_changes_nothing_that_fits(digit: Path) -> None:
    assert ok("compress", digit, "--fit", "-o", "-").stdout == aecodec.compress(pattern(1))


def test_invert_turns_dark_on_light_around(digit: Path) -> None:
    data = ok("compress", digit, "--invert", "-o", "-").stdout
    assert data == aecodec.compress(255 - pattern(1))


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_result_has_ordinary_permissions(digit: Path) -> None:
    ok("compress", digit)
    mask = os.umask(0)
    os.umask(mask)
    mode = stat.S_IMODE(digit.with_suffix(".aez").stat().st_mode)
    assert mode == 0o666 & ~mask
