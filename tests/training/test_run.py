"""`aecodec train`, for real but short: 100 digits and three epochs."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, fails, folder_of, ok, one_line, pattern, save

from aecodec import compress, decompress
from aecodec.datasets import load_dataset
from aecodec.errors import CheckpointError
from aecodec.levels import TRAINED
from aecodec.library import find_codec
from aecodec.training import TrainingOptions
from aecodec.training.data import split

DIGITS = ROOT / "examples" / "digits"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("trained") / "mine-classic.aem"
    done = ok("train", DIGITS, "-o", target, "--epochs", "3", "--h5")
    report = done.stderr.decode()
    assert "90 images to train on, 10 to validate on" in report
    (last,) = (line for line in report.splitlines() if line.startswith("classic 3/3"))
    assert "alternate: MSE 0." in last
    assert "left" not in last
    assert "classic: measuring" in report  # what goes on after the last epoch is told
    assert "validation: 16.0 bits an image, MSE 0." in report
    assert "The linear view" in report
    assert f"aecodec compress IMAGES -o images.aez --model {target}" in report
    return target


def test_a_model_its_float_networks_and_a_card_are_written(trained: Path) -> None:
    suffixes = sorted(path.suffix for path in trained.parent.iterdir())
    assert suffixes == [".aem", ".h5", ".keras", ".md"]
    card = trained.with_suffix(".md").read_text()
    assert find_codec(model=str(trained)).id.hex() in card
    assert "90 images to train on" in card
    assert "The linear view" in card


def test_the_trained_model_codes_in_two_bytes(trained: Path) -> None:
    images = load_dataset(DIGITS).images
    data = compress(images, model=str(trained))
    assert len(data) <= 26 + 2 * len(images)
    assert decompress(data, model=str(trained)).shape == images.shape


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_the_float_model_loads_and_agrees_with_the_integer_one(trained: Path, suffix: str) -> None:
    import keras

    from aecodec.kinds.classic.coder import ClassicCoder
    from aecodec.model_file import read_model
    from aecodec.training.arrays import to_floats
    from aecodec.training.classic.networks import to_latents

    model = keras.models.load_model(trained.with_suffix(suffix), compile=False)
    encoder, decoder = model.layers
    assert (encoder.name, decoder.name) == ("encoder", "decoder")
    coder = ClassicCoder(read_model(trained).arrays)
    images = load_dataset(DIGITS).images
    codes = coder.codes(images)
    floats = np.asarray(decoder(to_latents(codes)))
    integers = to_floats(coder.rebuild(codes))
    originals = to_floats(images)
    assert np.mean((integers - originals) ** 2) < 1.01 * np.mean((floats - originals) ** 2)
    assert np.mean((integers - floats) ** 2) < 1e-4


def interrupt(target: Path, how: signal.Signals, *, after: Path) -> str:
    """Train, and send a signal when the checkpoint is there anew; return what was told."""
    before = after.stat().st_mtime_ns if after.exists() else 0
    command = [sys.executable, "-m", "aecodec", "train", DIGITS, "-o", target, "--epochs", "3"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            if after.exists() and after.stat().st_mtime_ns > before:
                process.send_signal(how)
                break
            time.sleep(0.02)
        return process.communicate(timeout=60)[1].decode()


@pytest.mark.skipif(os.name != "posix", reason="signals are sent")
def test_a_killed_training_goes_on_to_the_same_model_file(trained: Path, tmp_path: Path) -> None:
    again = tmp_path / "again-classic.aem"
    checkpoint = again.with_suffix(".checkpoint.npz")
    interrupt(again, signal.SIGKILL, after=checkpoint)
    assert not again.exists()
    assert "seed 1 instead of 2" in fails("train", DIGITS, "-o", again, "--seed", "2")
    text = interrupt(again, signal.SIGINT, after=checkpoint)
    assert "the same command goes on" in text
    assert "Traceback" not in text
    text = ok("train", DIGITS, "-o", again, "--epochs", "3").stderr.decode()
    assert "going on from there" in text
    assert "classic 1/3" not in text
    assert again.read_bytes() == trained.read_bytes()
    assert not checkpoint.exists()


def test_any_number_of_latents_takes_a_byte_each(tmp_path: Path) -> None:
    target = tmp_path / "three-classic.aem"
    ok("train", DIGITS, "-o", target, "--epochs", "1", "--latent", "3")
    codec = find_codec(model=str(target))
    assert len(codec.coder.encode(load_dataset(DIGITS).images)) == 300


def test_training_refuses_to_overwrite(trained: Path) -> None:
    assert "-f" in fails("train", DIGITS, "-o", trained, "--epochs", "1")


@pytest.mark.parametrize(
    "options",
    [
        ("-o", "mine.bin"),
        ("-o", "mine.aem", "--level", "classic", "--level", "x392"),
        ("-o", "mine", "--level", "nonsense"),
        ("-o", "mine", "--linear", "--variational"),
        ("-o", "mine", "--kl-weight", "2"),
        ("-o", "mine", "--few-greys"),
        ("-o", "mine", "--few-greys", "--level", "x392"),
    ],
)
def test_wrong_usage_is_told_at_once(options: tuple[str, ...], tmp_path: Path) -> None:
    fails("train", DIGITS, *options, code=2, cwd=tmp_path)


@pytest.fixture
def no_tensorflow(tmp_path: Path) -> dict[str, str]:
    """An environment where the import of TensorFlow or Keras tells itself."""
    for name in ("tensorflow", "keras"):
        (tmp_path / "modules" / name).mkdir(parents=True)
        (tmp_path / "modules" / name / "__init__.py").write_text("raise ImportError(name='it')")
    return {"PYTHONPATH": f"{tmp_path / 'modules'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


def test_data_are_checked_before_tensorflow_starts(
    tmp_path: Path, no_tensorflow: dict[str, str]
) -> None:
    def told(*args: str | Path) -> str:
        text = fails("train", *args, "-o", tmp_path / "mine", env=no_tensorflow)
        return one_line(text.splitlines()[-1])

    assert "nowhere" in told(tmp_path / "nowhere")
    folder = folder_of(tmp_path / "glyphs" / "a", pattern(5)).parent
    assert "need at least 50" in told(folder)
    for name in ("x", "y"):
        save(folder / "b" / f"{name}.png", np.zeros((30, 20), np.uint8))
    text = told(folder)
    assert "b/x.png: found 20x30" in text
    assert "--fit" in text
    assert "Nor can 1 more of the 7 files be taken: y.png (found 20x30)." in text
    assert "need at least 50" in told(folder, "--fit")
    assert "pip install" in told(DIGITS)


def test_several_levels_are_named_after_a_family_or_a_folder(tmp_path: Path) -> None:
    from aecodec.training import model_files

    def names(output: str, *levels: str) -> list[str]:
        targets = model_files(f"{tmp_path}/{output}", levels)
        return [str(path.relative_to(tmp_path)) for path in targets.values()]

    assert names("my", "classic", "X392", "x392") == ["my-classic.aem", "my-x392.aem"]
    assert names("glyphs/", "classic") == ["glyphs/glyphs-classic.aem"]
    (tmp_path / "v1.2").mkdir()
    assert names("v1.2", "classic") == ["v1.2/v1.2-classic.aem"]
    assert names("any.aem", "x392") == ["any.aem"]
    everything = names("my", "all")
    assert set(everything) == {f"my-{level}.aem" for level in TRAINED}
    assert everything.index("my-q3.aem") < everything.index("my-q2.aem")


def test_every_level_that_can_be_trained_is_in_the_help() -> None:
    text = " ".join(ok("train", "--help").stdout.decode().split())
    for name, training in TRAINED.items():
        assert f"{name} {training.epochs}" in text


@pytest.mark.parametrize("suffix", [".md", ".keras"])
def test_files_that_cannot_be_written_are_told_before_the_data_are_read(
    tmp_path: Path, suffix: str
) -> None:
    (tmp_path / f"mine{suffix}").mkdir()
    text = fails("train", tmp_path / "no-data", "-o", tmp_path / "mine.aem")
    assert f"mine{suffix}: is a folder" in text


def test_a_damaged_checkpoint_is_told_and_made_anew_with_f(tmp_path: Path) -> None:
    checkpoint = tmp_path / "mine-classic.checkpoint.npz"
    checkpoint.write_bytes(b"damaged")
    from aecodec.training.run import Session

    options = TrainingOptions("digits", {"classic": tmp_path / "mine-classic.aem"})
    session = Session(options, split(load_dataset(DIGITS)))
    with pytest.raises(CheckpointError, match=r"checkpoint\.npz: is damaged; remove it"):
        session.checkpoint("classic")
    Session(replace(options, overwrite=True), session.data).checkpoint("classic")
    assert not checkpoint.exists()


def test_the_documents_tell_how_long_each_level_takes() -> None:
    page = (ROOT / "docs" / "training.md").read_text("utf-8")
    for name, training in TRAINED.items():
        (row,) = (line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"| {training.epochs}" in row
        assert training.start is None or f"`{training.start}`" in row
