"""`aecodec train`, for real but short: 100 digits and two epochs."""

from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, fails, ok

from aecodec import compress, decompress
from aecodec.codec import find_codec
from aecodec.datasets import load_dataset

DIGITS = ROOT / "examples" / "digits"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("trained") / "mine-classic.aem"
    ok("train", DIGITS, "-o", target, "--epochs", "2", "--h5")
    return target


def test_a_model_its_float_networks_and_a_card_are_written(trained: Path) -> None:
    suffixes = sorted(path.suffix for path in trained.parent.iterdir())
    assert suffixes == [".aem", ".h5", ".keras", ".md"]
    card = trained.with_suffix(".md").read_text()
    assert find_codec(model=str(trained)).id.hex() in card
    assert "90 images to train on" in card


def test_the_trained_model_codes_in_two_bytes(trained: Path) -> None:
    images = load_dataset(DIGITS).images
    data = compress(images, model=str(trained))
    assert len(data) <= 26 + 2 * len(images)
    assert decompress(data, model=str(trained)).shape == images.shape


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_the_float_model_loads_and_agrees_with_the_integer_one(trained: Path, suffix: str) -> None:
    import keras

    from aecodec.kinds.classic import ClassicCoder
    from aecodec.models import read_model
    from aecodec.training.networks import to_floats, to_latents

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


def test_the_same_seed_gives_the_same_model_file(trained: Path, tmp_path: Path) -> None:
    again = tmp_path / "again-classic.aem"
    ok("train", DIGITS, "-o", again, "--epochs", "2")
    assert again.read_bytes() == trained.read_bytes()


def test_any_number_of_latents_takes_a_byte_each(tmp_path: Path) -> None:
    target = tmp_path / "three-classic.aem"
    ok("train", DIGITS, "-o", target, "--epochs", "1", "--latent", "3")
    codec = find_codec(model=str(target))
    assert len(codec.coder.encode(load_dataset(DIGITS).images)) == 300


def test_training_refuses_to_overwrite(trained: Path) -> None:
    assert "-f" in fails("train", DIGITS, "-o", trained, "--epochs", "1")


def test_a_model_file_must_be_named_as_one(tmp_path: Path) -> None:
    fails("train", DIGITS, "-o", tmp_path / "mine.bin", code=2)


def test_data_that_are_not_there_are_named(tmp_path: Path) -> None:
    text = fails("train", tmp_path / "nowhere", "-o", tmp_path / "mine-classic.aem")
    assert "nowhere" in text
