from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from helpers import VECTORS, load, pattern, tree

import aecodec
from aecodec.batch.aez_files import AezFile
from aecodec.batch.decompress import DecompressReport, Settings, decompress_one
from aecodec.batch.progress import Bar, no_bar


def given(path: Path) -> AezFile:
    return AezFile(path, str(path), path.name, str(path))


def decompress_folder(
    path: Path, target: Path, *, overwrite: bool = False, jobs: int = 1, bar: Bar = no_bar
) -> DecompressReport:
    return decompress_one(given(path), Settings(target, None, overwrite, jobs), bar)


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
    totals: list[int] = []

    def bar(total: int) -> AbstractContextManager[Callable[[int], None]]:
        totals.append(total)
        return nullcontext(seen.append)

    decompress_folder(archive, tmp_path / "out", bar=bar)
    assert (totals, seen) == ([1030], [1024, 6])


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
    report = decompress_folder(VECTORS / "good/one.aez", tmp_path / "new/x.png")
    assert report.images == 1
    expected = aecodec.decompress((VECTORS / "good/one.aez").read_bytes())[0]
    assert np.array_equal(load(tmp_path / "new/x.png"), expected)
