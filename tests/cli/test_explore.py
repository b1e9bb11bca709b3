from pathlib import Path

import pytest
from helpers import K3, fails, folder_of, ok, pattern, run, tree
from PIL import Image

from aecodec.cli.explore import explore


def test_it_writes_the_page_and_the_figure(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("one", "two"):
        folder_of(tmp_path / "data" / name, pattern(5, len(name)))
    page, figure = tmp_path / "latent.html", tmp_path / "latent.png"
    for model in ("tiny-k2", str(K3)):
        explore(str(tmp_path / "data"), page, figure, model=model, force=True)
        assert page.read_text("utf-8").startswith("<!doctype html>")
        assert f"Latent space of {Path(model).stem}" in page.read_text("utf-8")
        with Image.open(figure) as image:
            assert min(image.size) > 800


def test_without_data_it_shows_digits(tmp_path: Path) -> None:
    done = ok("explore", "-o", tmp_path / "latent.html", "--model", "tiny-k2")
    assert b"3,000 images" in done.stderr


def test_it_overwrites_nothing_and_tells_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")
    assert "exists already" in fails("explore", "-o", tmp_path / "mine.html")
    assert (tmp_path / "mine.html").read_text() == "mine"
    assert "no such file" in fails("explore", tmp_path / "none", "-o", tmp_path / "new.html")
    assert run("explore").returncode == 2


@pytest.mark.parametrize("flag", ["-o", "--figure"])
def test_it_writes_files_only_and_tells_first_where_it_cannot(tmp_path: Path, flag: str) -> None:
    assert "name a file" in fails("explore", flag, "-", code=2, cwd=tmp_path)
    target = tmp_path / "none" / "x"
    assert "cannot be written" in fails("explore", "no-data", flag, target, cwd=tmp_path)
    assert tree(tmp_path) == []
