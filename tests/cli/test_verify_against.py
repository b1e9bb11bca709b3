"""`aecodec verify --against`: whether an archive holds exactly the images it was made of."""

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import Images, fails, folder_of, ok, one_line, pattern, run, save

import aecodec

EXACT = ("--max-mse", "0", "--level", "classic", "--model", "mnist")  # one quick level on trial


def exact(images: Images) -> bytes:
    return aecodec.compress(images, "classic", "mnist", max_mse=0)


def compare(archive: Path, *against: str | Path, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON report, whose verdict the exit code must agree with."""
    sources = [text for path in against for text in ("--against", path)]
    done = run("verify", archive, *sources, *options, "--json")
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if report["exact"] else 1), done.stderr
    return report


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of twelve images, some in folders inside, and one in another format."""
    folder = folder_of(tmp_path / "scans", pattern(10))
    save(folder / "deep/er.bmp", pattern(1, seed=5)[0])
    save(folder / "x.png", pattern(1, seed=6)[0])
    return folder


@pytest.fixture
def archive(scans: Path) -> Path:
    ok("compress", scans, "-r", "-o", scans.with_suffix(".aez"), *EXACT)
    return scans.with_suffix(".aez")


def test_an_exact_archive_is_proved(archive: Path, scans: Path) -> None:
    done = ok("verify", archive, "-r", "--against", scans)
    assert done.stderr.decode() == f"{archive}: holds exactly the 12 images of {scans}, by names\n"
    assert done.stdout == b""
    assert ok("verify", archive, "-r", "--against", scans, "-q").stderr == b""
    for jobs in ("1", "3"):
        report = compare(archive, scans, options=("-r", "-j", jobs))
        assert (report["exact"], report["equal"], report["lossy"]) == (True, 12, False)


def test_what_is_not_compared_is_told(archive: Path, scans: Path) -> None:
    (scans / "notes.txt").write_text("no image")
    text = fails("verify", archive, "--against", scans)
    assert "11 of 11 originals equal, 1 extra" in text
    assert "not compared: 1 file (of no image format)" in text
    assert "not compared: 1 folder inside (use -r)" in text


def test_a_changed_pixel_a_missing_and_an_extra_image_are_found(archive: Path, scans: Path) -> None:
    image = pattern(10)[3]
    image[5, 6] ^= 9
    save(scans / "03.png", image)
    save(scans / "0a.png", image)
    (scans / "deep/er.bmp").unlink()
    greatest = abs(int(image[5, 6]) - int(pattern(10)[3, 5, 6]))
    report = compare(archive, scans, options=("-r",))
    assert report["originals"] == 12
    counts = [report[key] for key in ("equal", "different", "missing", "extra")]
    assert counts == [10, 1, 1, 1]
    assert report["missing_names"] == ["0a.png"]
    assert report["extra_names"] == ["deep/er.png"]
    mse = greatest**2 / (784 * 255**2)
    assert report["differences"] == [{"name": "03.png", "mse": mse, "greatest": greatest}]
    done = run("verify", archive, "-r", "--against", scans)
    assert done.returncode == 1
    rows = done.stdout.decode().splitlines()
    assert rows == [
        "image\tdifference\tMSE\tgreatest",
        "0a.png\tmissing\t\t",
        "deep/er.png\textra\t\t",
        f"03.png\tpixels\t{mse:.6f}\t{greatest}",
    ]


def test_a_lossy_archive_says_how_much_it_lost(scans: Path, tmp_path: Path) -> None:
    ok("compress", scans, "-o", tmp_path / "lossy.aez")
    report = compare(tmp_path / "lossy.aez", scans)
    decoded = aecodec.decompress((tmp_path / "lossy.aez").read_bytes()).astype(float)
    images = np.concatenate([pattern(10), pattern(1, seed=6)])
    errors = ((decoded - images) ** 2).mean((1, 2)) / 255**2
    assert report["different"] == 11
    assert report["mse_of_different"] == pytest.approx(errors.mean())
    found = [one["mse"] for one in report["differences"]]
    assert found == pytest.approx(sorted(errors, reverse=True))
    text = fails("verify", tmp_path / "lossy.aez", "--against", scans)
    assert f"lossy: MSE {errors.mean():.6f} of the 11 that differ, worst {errors.max():.6f}" in text


def test_originals_that_cannot_be_read_fail_unless_they_are_skipped(
    archive: Path, scans: Path
) -> None:
    (scans / "bad.png").write_bytes((scans / "00.png").read_bytes()[:60])
    text = fails("verify", archive, "-r", "--against", scans)
    assert "bad.png" in text
    assert "12 of 12 originals equal" in text
    report = compare(archive, scans, options=("-r", "--skip-bad"))
    assert report["exact"]
    assert [row["path"] for row in report["skipped"]] == [str(scans / "bad.png")]


def test_an_original_that_was_damaged_later_is_no_extra_image(archive: Path, scans: Path) -> None:
    (scans / "04.png").write_bytes((scans / "04.png").read_bytes()[:60])
    report = compare(archive, scans, options=("-r",))
    assert [report[key] for key in ("equal", "different", "missing", "extra")] == [11, 0, 0, 0]
    assert [row["path"] for row in report["failures"]] == [str(scans / "04.png")]


def test_without_names_the_order_counts(scans: Path, tmp_path: Path) -> None:
    path = tmp_path / "plain.aez"
    ok("compress", scans, "-r", "--no-names", "-o", path, *EXACT)
    report = compare(path, scans, options=("-r",))
    assert (report["exact"], report["matched_by"]) == (True, "order")
    (scans / "04.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")  # still holds its place
    report = compare(path, scans, options=("-r",))
    assert [report[key] for key in ("equal", "different", "missing", "extra")] == [11, 0, 0, 0]
    assert not report["exact"]
    (scans / "00.png").unlink()
    report = compare(path, scans, options=("-r",))
    assert report["extra"] == 1
    assert report["different"] > 5
    assert report["differences"][0]["name"].endswith(".png)")


def test_fit_and_invert_give_the_pixels_that_compress_saw(tmp_path: Path) -> None:
    large = save(tmp_path / "in/large.png", np.kron(pattern(1)[0], np.ones((2, 2), np.uint8)))
    path = tmp_path / "x.aez"
    ok("compress", large.parent, "--fit", "--invert", "-o", path, *EXACT)
    assert compare(path, large.parent, options=("--fit", "--invert"))["exact"]
    assert compare(path, large.parent, options=("--fit",))["different"] == 1
    assert compare(path, large.parent)["failures"]
    assert "belong to --against" in fails("verify", path, "--fit", code=2)


def test_several_sources_and_a_single_file(scans: Path, tmp_path: Path) -> None:
    other = folder_of(tmp_path / "more", pattern(3, seed=9))
    both = tmp_path / "both.aez"
    ok("compress", scans, other, "-r", "-o", both, *EXACT)
    assert compare(both, scans, other, options=("-r",))["exact"]
    one = tmp_path / "one.aez"
    ok("compress", scans / "00.png", "-o", one, *EXACT)
    assert compare(one, scans / "00.png")["exact"]
    assert compare(one, scans / "01.png")["different"] == 1


def test_a_file_of_several_images_is_compared_image_by_image(tmp_path: Path) -> None:
    from PIL import Image

    frames = [Image.fromarray(image) for image in pattern(4)]
    (tmp_path / "in").mkdir()
    frames[0].save(tmp_path / "in/pages.tif", save_all=True, append_images=frames[1:])
    save(tmp_path / "in/z.png", pattern(1, seed=3)[0])
    for names in ("--names", "--no-names"):
        path = tmp_path / f"x{names}.aez"
        ok("compress", tmp_path / "in", names, "-o", path, *EXACT)
        report = compare(path, tmp_path / "in")
        assert (report["exact"], report["equal"]) == (True, 5)


@pytest.mark.parametrize("kind", ["idx", "gz", "npy", "npz", "folder"])
def test_data_sets_are_compared_in_order(tmp_path: Path, kind: str) -> None:
    images = np.zeros((1030, 28, 28), np.uint8)  # quick to code, and no two alike
    images[:, 0, :2] = np.stack(np.divmod(np.arange(1030), 256), 1)
    idx = struct.pack(">IIII", 0x803, len(images), 28, 28) + images.tobytes()
    data = tmp_path / "data"
    if kind == "idx":
        data.write_bytes(idx)
    elif kind == "gz":
        data.write_bytes(gzip.compress(idx))
    elif kind == "npy":
        data = data.with_suffix(".npy")
        np.save(data, images)
    elif kind == "npz":
        data = data.with_suffix(".npz")
        np.savez(data, x_test=images)
    else:
        data.mkdir()
        (data / "t10k-images-idx3-ubyte").write_bytes(idx)
    path = tmp_path / "x.aez"
    path.write_bytes(exact(images))
    report = compare(path, data)
    assert (report["exact"], report["equal"], report["matched_by"]) == (True, 1030, "order")
    path.write_bytes(exact(images[:-2]))
    report = compare(path, data)
    assert (report["missing"], report["missing_names"]) == (2, ["1028", "1029"])


def test_one_split_of_a_data_set_can_be_taken(tmp_path: Path) -> None:
    data, path = tmp_path / "data.npz", tmp_path / "x.aez"
    np.savez(data, x_train=pattern(5), x_test=pattern(3, seed=2))
    path.write_bytes(exact(pattern(3, seed=2)))
    assert compare(path, data, options=("--split", "test"))["exact"]
    assert not compare(path, data, options=("--split", "train"))["exact"]
    assert compare(path, data)["originals"] == 8
    path.write_bytes(exact(np.concatenate([pattern(5), pattern(3, seed=2)])))
    assert compare(path, data)["exact"]
    assert "has no split validation" in fails(
        "verify", path, "--against", data, "--split", "validation"
    )


def test_damage_costs_the_images_of_its_chunk_and_is_told(tmp_path: Path) -> None:
    images = np.random.default_rng(7).integers(0, 256, (1030, 28, 28), np.uint8)
    data = bytearray(exact(images))
    data[500] ^= 1
    path = tmp_path / "x.aez"
    path.write_bytes(bytes(data))
    np.save(tmp_path / "x.npy", images)
    report = compare(path, tmp_path / "x.npy")
    assert [report[key] for key in ("equal", "missing", "extra")] == [6, 1024, 0]
    assert "images 0 to 1023 are lost" in report["failures"][0]["message"]


def test_several_data_sets_are_one_behind_the_other(tmp_path: Path) -> None:
    sets = [tmp_path / "d_train.npy", tmp_path / "d_test.npy"]
    for number, path in enumerate(sets):
        np.save(path, pattern(3, number))
    ok("compress", *sets, "-o", tmp_path / "x.aez", "--level", "lossless")
    assert compare(tmp_path / "x.aez", *sets)["equal"] == 6
    assert compare(tmp_path / "x.aez", sets[0])["extra"] == 3
    ok("compress", *sets, "-o", tmp_path / "t.aez", "--split", "test", "--level", "lossless")
    assert compare(tmp_path / "t.aez", sets[1], options=("--split", "test"))["equal"] == 3


def test_wrong_usage_and_missing_inputs_are_plain(archive: Path, scans: Path) -> None:
    assert "no such file" in one_line(fails("verify", archive, "--against", scans / "none"))
    text = fails("verify", archive, archive, archive.parent / "y.aez", "--against", scans, code=2)
    assert "one .aez file" in text
    assert "standard input" in fails("verify", archive, "--against", "-", code=2)
    np.save(scans.parent / "a.npy", pattern(2))
    args = ("--against", scans, "--against", scans.parent / "a.npy")
    assert "takes data sets, or image files" in fails("verify", archive, *args, code=2)
    assert "no such file" in one_line(fails("verify", scans / "none.aez", "--against", scans))


def test_in_python_arrays_and_paths_are_compared(archive: Path, scans: Path) -> None:
    report = aecodec.verify_file(archive, scans, recursive=True, jobs=2)
    assert report.exact
    assert report.originals == report.equal == 12
    assert aecodec.verify_file(archive, [scans], recursive=True).exact
    data = aecodec.compress(pattern(5))
    (scans / "five.aez").write_bytes(data)
    report = aecodec.verify_file(scans / "five.aez", pattern(5))
    assert not report.exact
    assert report.lossy
    errors = ((aecodec.decompress(data).astype(int) - pattern(5)) ** 2).sum((1, 2))
    assert report.squared_error == errors.sum()
    assert [one.squared_error for one in report.worst] == sorted(errors, reverse=True)
    with pytest.raises(aecodec.MissingFileError):
        aecodec.verify_file(archive, "none")
