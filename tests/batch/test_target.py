from pathlib import Path

import pytest

from aecodec.batch.target import Form, Target, compress_targets, decompress_target
from aecodec.errors import InvalidArgumentError


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("there", "old.aez", "old.png", "scans"):
        (tmp_path / name).mkdir()


def compressed(output: str) -> Target:
    ((inputs, target),) = compress_targets(["a.png", "scans"], output)
    assert inputs == ["a.png", "scans"]
    return target


@pytest.mark.parametrize("name", ["x.aez", "x.AEZ", "a.b/x.aez", ".aez", "new/x.y.aez"])
def test_a_name_that_ends_in_aez_is_one_archive(name: str) -> None:
    assert compressed(name) == Target(Form.ARCHIVE, Path(name))


@pytest.mark.parametrize("name", ["x", "x.d", "new/x", "x.aez/", "x.png/", "there", "old.aez", "."])
def test_any_other_output_of_compress_is_a_folder(name: str) -> None:
    assert compressed(name) == Target(Form.FOLDER, Path(name))


@pytest.mark.parametrize("name", ["x.png", "x.JPG", "x.tif", "x.pgm", "d/x.gif", "x.jxl"])
def test_the_name_of_an_image_is_refused_with_what_is_possible(name: str) -> None:
    for single in (True, False) if name != "x.png" else (False,):
        with pytest.raises(InvalidArgumentError, match="x/ for a folder"):
            decompress_target(name, single=single)
    with pytest.raises(InvalidArgumentError, match=r"x\.aez for one archive, or x/ for a folder"):
        compressed(name)


def test_one_decompressed_image_goes_into_a_png_file_or_a_folder() -> None:
    assert decompress_target("x.PNG", single=True) == Target(Form.IMAGE, Path("x.PNG"))
    for name in ("x", "x.png/", "old.png", "there"):
        for single in (True, False):
            assert decompress_target(name, single=single) == Target(Form.FOLDER, Path(name))
    with pytest.raises(InvalidArgumentError, match="several images"):
        decompress_target("x.png", single=False)
    with pytest.raises(InvalidArgumentError, match=r"x\.png for the image"):
        decompress_target("x.aez", single=True)


def test_a_dash_is_standard_output() -> None:
    assert compressed("-") == Target(Form.STDOUT, Path("-"))
    assert decompress_target("-", single=True) == Target(Form.STDOUT, Path("-"))
    with pytest.raises(InvalidArgumentError, match="-o FOLDER"):
        decompress_target("-", single=False)


def test_an_output_has_a_name() -> None:
    with pytest.raises(InvalidArgumentError):
        compressed("")


def test_binary_data_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(InvalidArgumentError, match="terminal"):
        compressed("-")
    with pytest.raises(InvalidArgumentError, match="terminal"):
        decompress_target("-", single=True)


def test_by_default_results_of_compress_stand_beside_their_inputs(tmp_path: Path) -> None:
    beside = Target(Form.BESIDE, Path())
    archive = Target(Form.ARCHIVE, tmp_path / "scans.aez")
    assert compress_targets(["a.png", "b.png"]) == [(["a.png", "b.png"], beside)]
    assert compress_targets(["a.png", "scans/"]) == [
        (["a.png"], beside),
        (["scans/"], archive),
    ]
    assert compress_targets(["-"]) == [(["-"], Target(Form.STDOUT, Path("-")))]
    with pytest.raises(InvalidArgumentError, match="standard input"):
        compress_targets(["-", "a.png"])
