"""`aecodec models summary`, `plot` and `import` at the terminal; listing is in test_cli."""

from pathlib import Path

import pytest
from helpers import K2, ROOT, fails, ok
from keras_files import autoencoder, autoencoder_weights, layer, model, write_h5, write_zip

DIGITS = ROOT / "examples" / "digits"


@pytest.mark.parametrize("name", ["tiny-k2", str(K2)])
def test_summary_prints_the_layers_of_a_model_file(name: str) -> None:
    text = ok("models", "summary", name).stdout.decode()
    assert "kind classic" in text
    assert "2 latents of 8 bits, 2 bytes" in text
    (layer_line,) = [line for line in text.splitlines() if line.startswith("decoder.0 ")]
    assert "relu" in layer_line
    assert "decoder.greys" in text


def test_every_kind_has_a_summary() -> None:
    for path in sorted((ROOT / "weights").glob("*.aem")):
        assert "An image is" in ok("models", "summary", path).stdout.decode()


def test_import_at_the_terminal_makes_a_model_that_compresses(tmp_path: Path) -> None:
    source = write_h5(tmp_path / "theirs.h5", autoencoder(3), autoencoder_weights(3))
    target = tmp_path / "mine-classic.aem"
    done = ok("models", "import", source, "--data", DIGITS, "-o", target)
    assert b"MSE" in done.stderr
    assert b"written, with its card" in done.stderr
    ok("compress", DIGITS / "7_00.png", "-o", tmp_path / "7.aez", "--model", target)
    ok("decompress", tmp_path / "7.aez", "-o", tmp_path / "7.png", "--model", target)
    assert "exists already" in fails("models", "import", source, "--data", DIGITS, "-o", target)


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


def _usage(*arguments: object) -> bytes:
    from helpers import run

    done = run(*arguments)
    assert done.returncode == 2
    return b" ".join(done.stderr.split())
