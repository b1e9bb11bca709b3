from pathlib import Path

import numpy as np
import pytest
from helpers import VECTORS, load, pattern, tree

import aecodec
from aecodec.archive import Archive, open_archive
from aecodec.batch import decompress as decompressing
from aecodec.batch.decompress import (
    Part,
    check_chunk,
    decompress_folder,
    decompress_single,
    each_chunk,
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(1030)))
    return path


def test_numbers_have_six_digits(archive: Path, tmp_path: Path) -> None:
    report = decompress_folder(archive, tmp_path / "out", jobs=2)
    assert (report.images, report.failures) == (1030, [])
    assert tree(tmp_path / "out") == [f"{number:06}.png" for number in range(1030)]
    whole = aecodec.decompress(archive.read_bytes())
    for number in (0, 1023, 1024, 1029):
        assert np.array_equal(load(tmp_path / f"out/{number:06}.png"), whole[number])
    assert report.file_bytes == sum(p.stat().st_size for p in (tmp_path / "out").iterdir())


def test_progress_counts_every_image(archive: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    decompress_folder(archive, tmp_path / "out", progress=seen.append)
    assert seen == [1024, 6]


def test_names_become_folders(tmp_path: Path) -> None:
    decompress_folder(VECTORS / "good/named.aez", tmp_path / "out")
    assert tree(tmp_path / "out") == [
        "0/a08.png",
        "0/a09.png",
        "0/a10.png",
        "0/b.png",
        "0/b10.png",
        "1/grün/ß9.png",
        "1/字.png",
    ]


@pytest.mark.parametrize("name", ["names-twice-across", "names-order-across"])
def test_names_out_of_order_across_chunks_write_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(aecodec.CorruptFileError, match="twice or out of order"):
        decompress_folder(VECTORS / f"bad/{name}.aez", tmp_path / "out", overwrite=True)
    assert tree(tmp_path) == []


def test_an_unknown_model_ends_the_run_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(aecodec.UnknownModelError):
        decompress_folder(VECTORS / "bad/id-unknown.aez", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_single_image_becomes_a_png(tmp_path: Path) -> None:
    report = decompress_single(VECTORS / "good/one.aez", tmp_path / "new/x.png")
    assert report.images == 1
    expected = aecodec.decompress((VECTORS / "good/one.aez").read_bytes())[0]
    assert np.array_equal(load(tmp_path / "new/x.png"), expected)


def test_a_chunk_can_be_checked_without_writing(archive: Path) -> None:
    with open_archive(archive) as opened:
        assert check_chunk(archive, opened, 0).images == 1024
    data = bytearray(archive.read_bytes())
    data[200] ^= 1
    archive.write_bytes(bytes(data))
    with open_archive(archive) as opened:
        (failure,) = check_chunk(archive, opened, 0).failures
        assert check_chunk(archive, opened, 1).failures == []
    assert "images 0 to 1023 are lost" in failure.message


OPENED: list[Path] = []


def opened_so_far(*_: object) -> Part:
    return Part(images=len(OPENED))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_process_opens_an_archive_once(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = VECTORS / "good/archive.aez"

    def counted(source: Path, model: str | None = None) -> Archive:
        OPENED.append(source)
        return open_archive(source, model)

    OPENED.clear()
    monkeypatch.setattr(decompressing, "open_archive", counted)
    with open_archive(path) as archive:
        parts = list(each_chunk(opened_so_far, path, archive, None, jobs))
    assert len(parts) == 3
    assert {part.images for part in parts} == {jobs - 1}
