import io
import tracemalloc
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from helpers import K3, folder_of, load, pattern, save, tree

import aecodec
from aecodec.codec import encode_chunk
from aecodec.container import Chunk
from aecodec.container.writer import ContainerWriter
from aecodec.library import find_codec


class Setting(TypedDict, total=False):
    effort: int
    max_mse: float


def test_an_image_goes_into_a_file_and_back(tmp_path: Path) -> None:
    save(tmp_path / "a.b.png", pattern(1)[0])
    report = aecodec.compress_file(tmp_path / "a.b.png")
    assert (tmp_path / "a.b.aez").read_bytes() == aecodec.compress(pattern(1))
    assert (report.images, report.payload_bytes, report.file_bytes) == (1, 2, 27)
    back = aecodec.decompress_file(tmp_path / "a.b.aez", tmp_path / "out.png")
    assert back.images == 1
    expected = aecodec.decompress(aecodec.compress(pattern(1)))[0]
    assert np.array_equal(load(tmp_path / "out.png"), expected)


def test_a_folder_goes_into_an_archive_and_back(scans: Path, tmp_path: Path) -> None:
    report = aecodec.compress_file(str(scans))
    assert report.images == 5
    assert report.output == str(tmp_path / "scans.aez")
    aecodec.decompress_file(tmp_path / "scans.aez", str(tmp_path / "out"))
    assert tree(tmp_path / "out") == tree(scans)


def test_results_stand_beside_their_sources(scans: Path, tmp_path: Path) -> None:
    aecodec.compress_file(scans, tmp_path / "x.y.aez")
    aecodec.decompress_file(tmp_path / "x.y.aez")
    assert tree(tmp_path / "x.y-decoded") == tree(scans)


def test_every_choice_of_the_command_line_is_a_keyword(tmp_path: Path) -> None:
    folder_of(tmp_path / "in/deep", 255 - pattern(2).repeat(2, 1).repeat(2, 2))
    report = aecodec.compress_file(
        tmp_path / "in",
        tmp_path / "x.aez",
        level="k3",
        model="tiny",
        names=False,
        recursive=True,
        fit=True,
        invert=True,
        jobs=2,
    )
    assert report.images == 2
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert not archive.named
        assert archive.summary()["models"] == [K3.read_bytes()[5:13].hex()]


def test_nothing_is_overwritten_unasked(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "scans.aez").write_bytes(b"precious")
    with pytest.raises(aecodec.OutputError, match="exists already"):
        aecodec.compress_file(scans)
    assert (tmp_path / "scans.aez").read_bytes() == b"precious"
    aecodec.compress_file(scans, overwrite=True)
    aecodec.decompress_file(tmp_path / "scans.aez", tmp_path / "out")
    assert not aecodec.decompress_file(tmp_path / "scans.aez", tmp_path / "out").failures
    (tmp_path / "out/03.png").write_bytes(b"precious")
    (failure,) = aecodec.decompress_file(tmp_path / "scans.aez", tmp_path / "out").failures
    assert "03.png: exists already" in failure.message
    assert (tmp_path / "out/03.png").read_bytes() == b"precious"
    assert not aecodec.decompress_file(
        tmp_path / "scans.aez", tmp_path / "out", overwrite=True
    ).failures


def test_a_bad_image_is_in_the_report_or_ends_the_run(scans: Path, tmp_path: Path) -> None:
    (scans / "02.png").write_bytes(b"no image")
    report = aecodec.compress_file(scans)
    assert [failure.path for failure in report.failures] == [str(scans / "02.png")]
    assert report.images == 4
    with pytest.raises(aecodec.InvalidImageError, match=r"02\.png.*Nothing was written"):
        aecodec.compress_file(scans, tmp_path / "x.aez", names=False)
    assert not (tmp_path / "x.aez").exists()


def test_damage_is_in_the_report_of_an_archive(tmp_path: Path) -> None:
    data = bytearray(aecodec.compress(pattern(3000)))
    data[1500] ^= 1
    (tmp_path / "x.aez").write_bytes(bytes(data))
    report = aecodec.decompress_file(tmp_path / "x.aez", jobs=2)
    assert len(report.failures) == 1
    assert report.images in (3000 - 1024, 3000 - 952)
    assert len(tree(tmp_path / "x-decoded")) == report.images


def test_damage_of_a_single_file_is_raised_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.aez").write_bytes(aecodec.compress(pattern(1))[:-1])
    with pytest.raises(aecodec.CorruptFileError, match=r"x\.aez: .*truncated"):
        aecodec.decompress_file(tmp_path / "x.aez")
    assert tree(tmp_path) == ["x.aez"]


def test_a_folder_without_images_is_told(tmp_path: Path) -> None:
    folder_of(tmp_path / "in/deep", pattern(1))
    (tmp_path / "in/deep/none").mkdir()
    with pytest.raises(aecodec.InvalidImageError, match=r"in: no images.*recursive=True"):
        aecodec.compress_file(tmp_path / "in")
    with pytest.raises(aecodec.InvalidImageError, match=r"none: no images found\.$"):
        aecodec.compress_file(tmp_path / "in/deep/none")
    assert tree(tmp_path) == ["in/deep/00.png"]


@pytest.mark.parametrize(
    "setting",
    [
        {"effort": 0},
        {"effort": 4},
        {"max_mse": -1},
        {"max_mse": float("nan")},
        {"max_mse": float("inf")},
    ],
)
def test_a_setting_that_cannot_be_met_is_told(scans: Path, setting: Setting) -> None:
    (argument,) = setting
    with pytest.raises(aecodec.InvalidArgumentError, match=argument) as caught:
        aecodec.compress(pattern(1), **setting)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(aecodec.InvalidArgumentError, match=argument) as caught:
        aecodec.compress_file(scans, **setting)
    assert isinstance(caught.value, ValueError)
    assert tree(scans.parent) == [f"scans/0{n}.png" for n in range(5)]


# ------------------------------------------------------------------------------ many in few bytes


@pytest.fixture(scope="module")
def millions() -> bytes:
    """An archive of 1,024,000 images in few bytes: one chunk, many times over."""
    codec = find_codec()
    chunk, _ = encode_chunk(codec.coder, np.zeros((1024, 28, 28), np.uint8))
    small = Chunk(4096, (0,), (chunk.payloads[0] * 4,), chunk.pixel_check)
    buffer = io.BytesIO()
    writer = ContainerWriter(buffer, [codec.id])
    for _ in range(250):
        writer.write(small)
    writer.close()
    return buffer.getvalue()


def test_more_images_than_asked_for_are_refused_before_they_take_memory(millions: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(aecodec.InvalidArgumentError, match=r"1,024,000 .*max_images=1,000,000"):
        aecodec.decompress(millions)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_max_images_is_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    data = aecodec.compress(pattern(5))
    assert len(aecodec.decompress(data, max_images=5)) == 5
    with pytest.raises(aecodec.InvalidArgumentError, match=r"5 images, .*max_images=4\."):
        aecodec.decompress(data, max_images=4)
    monkeypatch.setattr("aecodec.api.MAX_IMAGES", 0)
    assert len(aecodec.decompress(data, max_images=None)) == 5


def test_the_version_is_that_of_the_package() -> None:
    assert aecodec.__version__ == version("aecodec")
