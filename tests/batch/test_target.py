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
            one_file("x.aez", name, single=single)
    with pytest.raises(InvalidArgumentError, match=r"x\.aez for one archive, or x/ for a folder"):
        compressed(name)


def test_one_decompressed_image_goes_into_a_png_file_or_a_folder() -> None:
    assert one_file("in/x.aez", "x.PNG", single=True) == Target(Form.IMAGE, Path("x.PNG"))
    for name in ("x", "x.png/", "old.png", "there"):
        for single in (True, False):
            target = Target(Form.FOLDER, Path(name))
            assert one_file("in/x.aez", name, single=single) == target
    with pytest.raises(InvalidArgumentError, match="several images"):
        one_file("in/x.aez", "x.png", single=False)
    with pytest.raises(InvalidArgumentError, match=r"x\.png for the image"):
        one_file("in/x.aez", "x.aez", single=True)


def one_file(
    source: str, output: str | None, *, single: bool = True, alone: bool = False
) -> Target:
    return decompress_target(source, output, single=single, alone=alone)


@pytest.mark.parametrize("output", ["there", "there/", "new", "new.png/"])
def test_in_a_folder_an_image_without_a_name_is_called_as_its_file(output: str) -> None:
    for source, name in (("a.b.aez", "a.b.png"), ("in/A.AEZ", "A.png"), ("x", "x.png")):
        target = Target(Form.IMAGE, Path(output, name))
        assert one_file(source, output, alone=True) == target
    assert one_file("-", output, alone=True) == Target(Form.IMAGE, Path(output, "stdin.png"))


def test_beside_its_file_a_result_never_has_the_originals_place(tmp_path: Path) -> None:
    for source, stem in (("a.b.aez", "a.b"), ("in/A.AEZ", "in/A"), ("x", "x"), (".aez", "")):
        image = Target(Form.IMAGE, Path(f"{stem}.decoded.png"), named=False)
        folder = Target(Form.FOLDER, Path(f"{stem}-decoded"), named=False)
        assert one_file(source, None, alone=True) == image
        assert one_file(source, None, single=False) == folder
    for output in (".", "./", str(tmp_path)):
        named = Target(Form.IMAGE, Path(output, "x.decoded.png"))
        assert one_file("x.aez", output, alone=True) == named
        below = decompress_target("x.aez", output, single=False, alone=False, below="x.aez")
        assert below == Target(Form.FOLDER, Path(output, "x-decoded"), named=False)


def test_several_files_go_below_the_output_and_archives_into_folders_nobody_named() -> None:
    def below(name: str, *, alone: bool) -> Target:
        return decompress_target(f"in/{name}", "out", single=alone, alone=alone, below=name)

    assert below("x.aez", alone=True) == Target(Form.IMAGE, Path("out/x.png"))
    assert below("x.aez", alone=False) == Target(Form.FOLDER, Path("out/x"), named=False)
    assert below("d/x.aez", alone=True) == Target(Form.IMAGE, Path("out/d/x.png"), named=False)
    with pytest.raises(InvalidArgumentError, match="several images"):
        decompress_target("in/x.aez", "x.png", single=True, alone=True, below="x.aez")
    with pytest.raises(InvalidArgumentError, match="-o FOLDER"):
        decompress_target("in/x.aez", "-", single=True, alone=True, below="x.aez")


def test_a_dash_is_standard_output() -> None:
    assert compressed("-") == Target(Form.STDOUT, Path("-"))
    for source, output in (("x.aez", "-"), ("-", "-"), ("-", None)):
        assert one_file(source, output) == Target(Form.STDOUT, Path("-"))
        with pytest.raises(InvalidArgumentError, match="-o FOLDER"):
            one_file(source, output, single=False)


def test_an_output_has_a_name() -> None:
    with pytest.raises(InvalidArgumentError):
        compressed("")


def test_binary_data_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(InvalidArgumentError, match="terminal"):
        compressed("-")
    with pytest.raises(InvalidArgumentError, match="terminal"):
        one_file("-", None)


def test_by_default_results_of_compress_stand_beside_their_inputs(tmp_path: Path) -> None:
    beside = Target(Form.BESIDE, Path())
    archive = Target(Form.ARCHIVE, tmp_path / "scans.aez")
    assert compress_targets(["a.png", "b.png"]) == [(["a.png", "b.png"], beside)]
    assert compress_targets(["a.png", "scans/"]) == [
        (["a.png"], beside),
        (["scans/"], archive),
    ]
    assert compress_targets(["scans", "./scans/"]) == [(["./scans/"], archive)]
    assert compress_targets(["-"]) == [(["-"], Target(Form.STDOUT, Path("-")))]
    with pytest.raises(InvalidArgumentError, match="standard input"):
        compress_targets(["-", "a.png"])


def test_an_archive_among_the_inputs_of_compress_is_told_with_what_was_meant(
    tmp_path: Path,
) -> None:
    (tmp_path / "b.aez").write_bytes(b"\x89AEZ")
    for name in ("b.aez", "new.aez", "new.AEZ"):
        with pytest.raises(InvalidArgumentError, match=f"Did you mean -o {name}"):
            compress_targets(["a.png", name])
    with pytest.raises(InvalidArgumentError, match=r"Did you mean 'aecodec decompress b\.aez'"):
        compress_targets(["b.aez"])
    assert len(compress_targets(["a.png", "old.aez"])) == 2  # a folder
    with pytest.raises(InvalidArgumentError, match="An input needs a name"):
        compress_targets(["a.png", ""])
