"""`aecodec models summary`, `plot` and `import` at the terminal; listing is in test_cli."""

from pathlib import Path

import pytest
from helpers import K2, ROOT, fails, ok, one_line, run, terminal
from keras_files import autoencoder, autoencoder_weights, layer, model, write_h5, write_zip

DIGITS = ROOT / "examples" / "digits"


@pytest.mark.parametrize("name", ["tiny-k2", str(K2)])
def test_summary_prints_the_layers_of_a_model_file(name: str) -> None:
    text = ok("models", "summary", name).stdout.decode()
    assert "kind classic" in text
    assert "2 latents of 8 bits, 2 bytes" in text
    (row,) = [line.split("\t") for line in text.splitlines() if line.startswith("decoder.0\t")]
    assert "relu" in row[2]
    assert "decoder.greys" in text


def test_every_kind_has_a_summary() -> None:
    for path in sorted((ROOT / "weights").glob("*.aem")):
        assert "An image is" in ok("models", "summary", path).stdout.decode()


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("wide", [[], ["--wide"]])
def test_lists_and_summaries_fit_a_terminal(
    tmp_path: Path, columns: int, wide: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(ROOT / "weights"))
    keras = write_h5(tmp_path / "theirs.h5", autoencoder(3), autoencoder_weights(3))
    for command, numbers in (
        (["models"], ["3,557,682"]),
        (["models", "summary", "mnist-q3"], ["502,544"] * (columns > 40 or bool(wide))),
        (["models", "summary", keras], ["7,056", "13,395 parameters"]),
    ):
        text = terminal("-m", "aecodec", *command, *wide, columns=columns)
        table = text[text.find("theirs.h5") :] if keras in command else text  # TensorFlow's before
        assert max(len(line.rstrip()) for line in table.splitlines()) <= columns, text
        assert all(number in text for number in numbers), text


def test_at_80_columns_no_column_of_a_summary_is_left_out() -> None:
    for level in ("classic", "x392", "q3"):
        path = ROOT / "weights" / f"mnist-{level}.aem"
        assert "--wide" not in terminal("-m", "aecodec", "models", "summary", path)


def test_a_list_that_is_piped_has_whole_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(ROOT / "weights"))
    head, *rows = ok("models").stdout.decode().splitlines()
    names = ("classic", "x392", "q1", "q2", "q3", "q4", "q5", "lossless")
    levels = [f"mnist-{level}" for level in names]
    assert [row.split("\t")[0] for row in rows if row.startswith("mnist")] == levels
    assert head.split("\t") == ["model", "kind", "bytes", "id", "file"]
    row = next(row for row in rows if row.startswith("mnist-x392\t"))
    cells = dict(zip(head.split("\t"), row.split("\t"), strict=True))
    assert cells["file"] == str(ROOT / "weights" / "mnist-x392.aem")
    assert cells["bytes"] == str((ROOT / "weights" / "mnist-x392.aem").stat().st_size)


def test_a_damaged_model_is_listed_as_unusable_and_the_others_as_ever(tmp_path: Path) -> None:
    (tmp_path / "bad-one.aem").write_bytes(b"nonsense")
    done = ok("models", env={"AECODEC_MODELS": str(tmp_path)})
    assert b"bad-one\tunusable" in done.stdout
    assert b"mnist-x392\tcode16" in done.stdout
    assert "bad-one.aem" in one_line(done.stderr.decode())


def test_a_link_to_a_model_that_is_gone_is_unusable_too(tmp_path: Path) -> None:
    (tmp_path / "gone-x392.aem").symlink_to(tmp_path / "nowhere.aem")
    done = ok("models", env={"AECODEC_MODELS": str(tmp_path)})
    assert b"gone-x392\tunusable" in done.stdout
    assert "gone-x392.aem" in one_line(done.stderr.decode())


def test_import_at_the_terminal_makes_a_model_that_compresses(tmp_path: Path) -> None:
    source = write_h5(tmp_path / "theirs.h5", autoencoder(3), autoencoder_weights(3))
    target = tmp_path / "mine-classic.aem"
    done = ok("models", "import", source, "--data", DIGITS, "-o", target)
    told = done.stderr.decode().splitlines()
    assert [line.split()[0] for line in told] == ["No", "Validation,", f"{target}:"]
    assert "MSE" in told[1]
    assert "written, with its card" in told[2]
    ok("compress", DIGITS / "7_00.png", "-o", tmp_path / "7.aez", "--model", target)
    ok("decompress", tmp_path / "7.aez", "-o", tmp_path / "7.png", "--model", target)
    assert "exists already" in fails("models", "import", source, "--data", DIGITS, "-o", target)


def test_the_scale_of_its_pixels_can_be_stated(tmp_path: Path) -> None:
    source = write_h5(tmp_path / "theirs.h5", autoencoder(3), autoencoder_weights(3))
    command = ("models", "import", source, "--data", DIGITS, "-o", tmp_path / "mine.aem", "--range")
    for wrong in (("1", "1"), ("0", "nan"), ("0",)):
        assert run(*command, *wrong).returncode == 2
    ok(*command, "-0.5", "0.5")
    assert "to its encoder" in (card := (tmp_path / "mine.md").read_text()) or "No scale" in card


def test_half_an_autoencoder_is_told(tmp_path: Path) -> None:
    encoder = model("encoder", *autoencoder()["config"]["layers"][1]["config"]["layers"])
    decoder = model("decoder", *autoencoder()["config"]["layers"][2]["config"]["layers"])
    for half, shape in ((encoder, [None, 28, 28]), (decoder, [None, 2])):
        half["config"]["layers"].insert(0, layer("InputLayer", batch_shape=shape))
        source = write_h5(tmp_path / "half.h5", half, autoencoder_weights())
        text = fails("models", "import", source, "--data", DIGITS, "-o", tmp_path / "x.aem")
        assert "one half of an auto-encoder" in text


def test_a_file_that_carries_code_is_refused_in_a_sentence(tmp_path: Path) -> None:
    evil = write_zip(tmp_path / "evil.keras", model("ae", layer("Lambda", function="code")))
    target = tmp_path / "mine-classic.aem"
    message = fails("models", "import", evil, "--data", DIGITS, "-o", target)
    assert "'lambda' is a Lambda" in message
    assert not target.exists()


def test_plot_and_import_say_what_they_take(tmp_path: Path) -> None:
    assert b"FILE.png" in _usage("models", "plot", "x.keras", "-o", tmp_path / "x.jpg")
    assert b".keras file" in _usage("models", "plot", "tiny-k2", "-o", tmp_path / "x.png")
    assert b"FAMILY-LEVEL.aem" in _usage("models", "import", "x.h5", "--data", "x", "-o", "x")


def test_a_place_that_takes_no_file_is_told_before_anything_is_read(tmp_path: Path) -> None:
    picture, target = tmp_path / "none/x.png", tmp_path / "none/x.aem"
    for place, *command in (
        (picture, "plot", "unread.keras"),
        (target, "import", "unread.h5", "--data", DIGITS),
    ):
        assert f"{place}: cannot be written" in fails("models", *command, "-o", place)


def _usage(*arguments: str | Path) -> bytes:
    done = run(*arguments)
    assert done.returncode == 2
    return b" ".join(done.stderr.split())
