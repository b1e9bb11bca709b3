import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import Images, folder_of, pattern, save, tree
from PIL import Image

import aecodec
from aecodec.batch.compress import compress_sources
from aecodec.batch.sources import Sources, gather
from aecodec.batch.target import Form, Target
from aecodec.distortion import mean_squared_error, squared_errors
from aecodec.selection import make_plan


def sources(folder: Path) -> Sources:
    return gather([str(folder)], recursive=True)


def archive(path: Path) -> Target:
    return Target(Form.ARCHIVE, path)


def test_a_report_counts_images_bytes_and_errors(scans: Path, tmp_path: Path) -> None:
    plans = make_plan("k3", "tiny")
    report = compress_sources(sources(scans), archive(tmp_path / "x.aez"), plans)
    errors = squared_errors(
        pattern(5), aecodec.decompress((tmp_path / "x.aez").read_bytes())
    ).tolist()
    assert report.images == 5
    assert report.squared_error == sum(errors)
    assert report.worst == max(
        (error, str(scans / f"{n:02}.png")) for n, error in enumerate(errors)
    )
    outliers = [(error, str(scans / f"{n:02}.png")) for n, error in enumerate(errors)]
    outliers = [pair for pair in outliers if pair[0] > 3000]
    assert report.outliers == len(outliers) > 0
    assert report.worst_outlier
    assert (report.worst_outlier.squared_error, report.worst_outlier.path) == max(outliers)
    assert [report.output] == report.outputs == [str(tmp_path / "x.aez")]
    assert (report.sources, report.present) == (5, 0)
    assert report.file_bytes == (tmp_path / "x.aez").stat().st_size
    assert report.source_bytes == sum(p.stat().st_size for p in scans.iterdir())
    assert report.payload_bytes == 15
    assert report.models == {"tiny-k3": 5}
    assert report.mse == pytest.approx(sum(errors) / 5 / 784 / 255**2)


def test_each_image_can_have_a_file_of_its_own(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = compress_sources(sources(scans), Target(Form.FOLDER, out), make_plan(), jobs=2)
    assert report.output == str(out)
    assert report.outputs == [f"{out}/0{i}.aez" for i in range(5)]
    assert tree(out) == [f"0{i}.aez" for i in range(5)]
    assert report.file_bytes == sum(p.stat().st_size for p in out.iterdir())
    for number in range(5):
        assert (out / f"0{number}.aez").read_bytes() == aecodec.compress(pattern(5)[number])


def test_progress_counts_every_input(scans: Path, tmp_path: Path) -> None:
    (scans / "02.png").write_bytes(b"no image")
    seen: list[int] = []
    target = archive(tmp_path / "x.aez")
    compress_sources(sources(scans), target, make_plan(), progress=seen.append)
    assert sum(seen) == 5


def test_without_names_the_first_bad_image_ends_the_run(tmp_path: Path) -> None:
    folder_of(tmp_path / "in", pattern(3))
    (tmp_path / "in/01.png").write_bytes(b"no image")
    with pytest.raises(aecodec.InvalidImageError, match=r"01\.png.*numbers|01\.png.*shift"):
        compress_sources(
            sources(tmp_path / "in"), archive(tmp_path / "x.aez"), make_plan(), names=False
        )
    assert not (tmp_path / "x.aez").exists()


def test_a_link_in_a_mirrored_folder_is_not_written_through(scans: Path, tmp_path: Path) -> None:
    (scans / "deep").mkdir()
    (scans / "04.png").rename(scans / "deep/04.png")
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/03.aez").symlink_to(tmp_path / "outside/precious")
    (tmp_path / "outside/precious").write_bytes(b"precious")
    target = Target(Form.FOLDER, tmp_path / "out")
    compress_sources(sources(scans), target, make_plan(), overwrite=True)
    assert (tmp_path / "outside/precious").read_bytes() == b"precious"
    assert not (tmp_path / "out/03.aez").is_symlink()


def test_mean_squared_error_is_on_the_scale_of_0_to_1() -> None:
    assert mean_squared_error(784 * 255**2) == 1.0
    assert mean_squared_error(784 * 255**2, 4) == 0.25
    assert mean_squared_error(0, 0) == 0.0
    black, white = np.zeros((1, 28, 28), np.uint8), np.full((1, 28, 28), 255, np.uint8)
    assert mean_squared_error(int(squared_errors(black, white)[0])) == 1.0


def frames(path: Path, images: Images) -> Path:
    """A TIFF of several images."""
    pages = [Image.fromarray(image) for image in images]
    path.parent.mkdir(parents=True, exist_ok=True)
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def test_every_image_of_a_file_goes_into_an_archive_under_a_name(tmp_path: Path) -> None:
    frames(tmp_path / "in/b.tif", pattern(12))
    save(tmp_path / "in/a.png", pattern(14)[12])
    save(tmp_path / "in/b.5x.png", pattern(14)[13])
    report = compress_sources(sources(tmp_path / "in"), archive(tmp_path / "x.aez"), make_plan())
    assert (report.images, report.sources, report.failures) == (14, 3, [])
    names = ["a.png", *(f"b.{n:02}.png" for n in range(12)), "b.5x.png"]
    with aecodec.open(tmp_path / "x.aez") as opened:
        assert list(opened.names) == sorted(names)
        for number, name in zip([12, *range(12), 13], names, strict=True):
            expected = aecodec.decompress(aecodec.compress(pattern(14)[number]))[0]
            assert np.array_equal(opened[opened.names.index(name)], expected), name


def test_a_file_of_several_images_becomes_one_file_of_them(tmp_path: Path) -> None:
    path = frames(tmp_path / "x.tif", pattern(3))
    target = Target(Form.BESIDE, Path())
    report = compress_sources(gather([str(path)]), target, make_plan())
    assert report.outputs == [str(tmp_path / "x.aez")]
    data = (tmp_path / "x.aez").read_bytes()
    assert np.array_equal(
        aecodec.decompress(data), aecodec.decompress(aecodec.compress(pattern(3)))
    )


def test_an_image_in_a_file_whose_name_another_has_is_told(tmp_path: Path) -> None:
    frames(tmp_path / "in/b.tif", pattern(3))
    save(tmp_path / "in/b.1.png", pattern(1)[0])
    report = compress_sources(sources(tmp_path / "in"), archive(tmp_path / "x.aez"), make_plan())
    (failure,) = report.failures
    assert "b.tif: its images would be named b.0.png" in failure.message
    assert report.images == 1


def test_the_same_run_again_finds_its_work_done(scans: Path, tmp_path: Path) -> None:
    for target in (archive(tmp_path / "x.aez"), Target(Form.FOLDER, tmp_path / "out")):
        first = compress_sources(sources(scans), target, make_plan())
        again = compress_sources(sources(scans), target, make_plan(), jobs=2)
        assert (first.present, again.present) == (0, len(first.outputs))
        assert (again.outputs, again.failures) == (first.outputs, [])
        assert again.file_bytes == first.file_bytes
    (tmp_path / "out/02.aez").unlink()
    (tmp_path / "out/03.aez").write_bytes(b"precious")
    report = compress_sources(sources(scans), target, make_plan())
    assert (len(report.outputs), report.present) == (4, 3)
    assert [failure.path for failure in report.failures] == [str(scans / "03.png")]
    assert (tmp_path / "out/03.aez").read_bytes() == b"precious"


def test_an_input_named_like_a_result_is_not_replaced(tmp_path: Path) -> None:
    save(tmp_path / "a.png", pattern(1)[0])
    shutil.copy(save(tmp_path / "b.png", pattern(2)[1]), tmp_path / "a.aez")
    before = (tmp_path / "a.aez").read_bytes()
    inputs = gather([str(tmp_path / "a.png"), str(tmp_path / "a.aez")])
    target = Target(Form.BESIDE, Path())
    report = compress_sources(inputs, target, make_plan(), overwrite=True)
    assert len(report.failures) == 1
    assert report.outputs == [str(tmp_path / "a.aez.aez")]
    assert (tmp_path / "a.aez").read_bytes() == before


def test_models_are_not_embedded_into_each_of_many_files(scans: Path, tmp_path: Path) -> None:
    plans = make_plan(embed=True)
    target = Target(Form.FOLDER, tmp_path / "out")
    with pytest.raises(aecodec.InvalidArgumentError, match=r"one archive with -o x\.aez"):
        compress_sources(sources(scans), target, plans)
    assert not (tmp_path / "out").exists()
    compress_sources(sources(scans), archive(tmp_path / "x.aez"), plans)
    compress_sources(gather([str(scans / "00.png")]), target, plans)
    assert tree(tmp_path / "out") == ["00.aez"]
