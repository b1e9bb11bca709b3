"""How many images a chunk has: of arrays, folders and data sets alike, at any number of workers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K2, fails, folder_of, ok, pattern

import aecodec

IMAGES = pattern(40)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(K2.parent))


def sizes(data: bytes) -> list[int]:
    with aecodec.open(data) as archive:
        spans = [archive.span(number) for number in range(archive.chunks)]
        return [end - start for start, end in spans]


def test_chunks_have_so_many_images(tmp_path: Path) -> None:
    data = aecodec.compress(IMAGES, model=str(K2), chunk_images=16)
    assert sizes(data) == [16, 16, 8]
    assert np.array_equal(
        aecodec.decompress(data), aecodec.decompress(aecodec.compress(IMAGES, model=str(K2)))
    )
    np.save(tmp_path / "x.npy", IMAGES)
    folder_of(tmp_path / "scans", IMAGES)
    for source in ("x.npy", "scans"):
        target = tmp_path / f"{source}.aez"
        settings: dict[str, Any] = {"model": str(K2), "names": False, "chunk_images": 16}
        aecodec.compress_file(tmp_path / source, target, **settings)
        assert target.read_bytes() == data


def test_chunks_are_full_whatever_their_size(tmp_path: Path) -> None:
    """Also where the images that a worker takes at a time are no multiple of it."""
    np.save(tmp_path / "x.npy", pattern(2500))
    args = ("compress", "x.npy", "--model", str(K2), "--chunk-images", "700")
    ok(*args, "-o", "a.aez", "-j", "1", cwd=tmp_path)
    ok(*args, "-o", "b.aez", "-j", "3", cwd=tmp_path)
    assert sizes((tmp_path / "a.aez").read_bytes()) == [700, 700, 700, 400]
    assert (tmp_path / "a.aez").read_bytes() == (tmp_path / "b.aez").read_bytes()


def test_a_chunk_has_1_to_1024_images(tmp_path: Path) -> None:
    for wrong in (0, -1, 1025):
        with pytest.raises(aecodec.InvalidArgumentError, match="1 to 1,024 images"):
            aecodec.compress(IMAGES, chunk_images=wrong)
    np.save(tmp_path / "x.npy", IMAGES)
    assert "1024" in fails("compress", "x.npy", "--chunk-images", "1025", cwd=tmp_path, code=2)
