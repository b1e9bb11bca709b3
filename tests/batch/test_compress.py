from pathlib import Path

import numpy as np
import pytest
from helpers import folder_of, pattern, tree

import aecodec
from aecodec.batch.compress import Reading, compress_archive, compress_each, single_file
from aecodec.batch.sources import Sources, gather
from aecodec.distortion import mean_squared_error, squared_errors
from aecodec.images import is_image_path
from aecodec.selection import make_plans


def sources(folder: Path) -> Sources:
    return gather([str(folder)], is_image_path, recursive=True)[0]


def test_a_report_counts_images_bytes_and_errors(scans: Path, tmp_path: Path) -> None:
    plans = make_plans("k3", "tiny")
    report = compress_archive(
        sources(scans), tmp_path / "x.aez", plans, Reading(), named=True, jobs=1
    )
    errors = squared_errors(
        pattern(5), aecodec.decompress((tmp_path / "x.aez").read_bytes())
    ).tolist()
    assert report.images == 5
    assert report.squared_error == sum(errors)
    assert report.worst == max(
        (error, str(scans / f"{n:02}.png")) for n, error in enumerate(errors)
    )
    assert report.unusual == sum(error > 3000 for error in errors)
    assert report.file_bytes == (tmp_path / "x.aez").stat().st_size
    assert report.source_bytes == sum(p.stat().st_size for p in scans.iterdir())
    assert report.payload_bytes == 15
    assert report.models == {"tiny-k3": 5}
    assert report.mse == pytest.approx(sum(errors) / 5 / 784 / 255**2)


def test_each_image_can_have_a_file_of_its_own(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = compress_each(
        sources(scans),
        lambda _root, relative: f"{out}/{relative[:-4]}.aez",
        str(out),
        make_plans(),
        Reading(),
        jobs=2,
    )
    assert tree(out) == [f"0{i}.aez" for i in range(5)]
    assert report.file_bytes == sum(p.stat().st_size for p in out.iterdir())
    for number in range(5):
        assert (out / f"0{number}.aez").read_bytes() == aecodec.compress(pattern(5)[number])


def test_progress_counts_every_input(scans: Path, tmp_path: Path) -> None:
    (scans / "02.png").write_bytes(b"no image")
    seen: list[int] = []
    compress_archive(
        sources(scans),
        tmp_path / "x.aez",
        make_plans(),
        Reading(),
        named=True,
        progress=seen.append,
    )
    assert sum(seen) == 5


def test_without_names_the_first_bad_image_ends_the_run(tmp_path: Path) -> None:
    folder_of(tmp_path / "in", pattern(3))
    (tmp_path / "in/01.png").write_bytes(b"no image")
    with pytest.raises(aecodec.InvalidImageError, match=r"01\.png.*numbers|01\.png.*shift"):
        compress_archive(
            sources(tmp_path / "in"), tmp_path / "x.aez", make_plans(), Reading(), named=False
        )
    assert not (tmp_path / "x.aez").exists()


def test_a_link_in_a_mirrored_folder_is_not_written_through(scans: Path, tmp_path: Path) -> None:
    (scans / "deep").mkdir()
    (scans / "04.png").rename(scans / "deep/04.png")
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/03.aez").symlink_to(tmp_path / "outside/precious")
    (tmp_path / "outside/precious").write_bytes(b"precious")
    compress_each(
        sources(scans),
        lambda _root, relative: f"{tmp_path}/out/{relative[:-4]}.aez",
        "out",
        make_plans(),
        Reading(),
        overwrite=True,
    )
    assert (tmp_path / "outside/precious").read_bytes() == b"precious"
    assert not (tmp_path / "out/03.aez").is_symlink()


def test_a_single_file_is_the_short_form() -> None:
    (plan,) = make_plans()
    chunk, _ = plan.encode(pattern(1))
    assert single_file(chunk, plan) == aecodec.compress(pattern(1))


def test_mean_squared_error_is_on_the_scale_of_0_to_1() -> None:
    assert mean_squared_error(784 * 255**2) == 1.0
    assert mean_squared_error(784 * 255**2, 4) == 0.25
    assert mean_squared_error(0, 0) == 0.0
    black, white = np.zeros((1, 28, 28), np.uint8), np.full((1, 28, 28), 255, np.uint8)
    assert mean_squared_error(int(squared_errors(black, white)[0])) == 1.0
