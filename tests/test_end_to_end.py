"""What ships: the model in weights/ and the digits in examples/."""

from pathlib import Path

import numpy as np
import pytest
import reference
from helpers import ROOT, Images, load, ok, tree

import aecodec
from aecodec.distortion import squared_errors
from aecodec.library import find_codec
from aecodec.model_file import read_model

DIGITS = ROOT / "examples/digits"
MODEL = ROOT / "weights/mnist-x392.aem"


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")


@pytest.fixture(scope="module")
def digits() -> Images:
    return np.stack([load(path) for path in sorted(DIGITS.glob("*.png"))])


def test_a_digit_takes_27_bytes_and_comes_back_recognisable(tmp_path: Path) -> None:
    digit = sorted(DIGITS.glob("*.png"))[0]
    ok("compress", digit, "-o", tmp_path / "digit.aez")
    ok("decompress", tmp_path / "digit.aez", "-o", tmp_path / "digit.png")
    assert (tmp_path / "digit.aez").stat().st_size == 27
    error = int(squared_errors(load(digit)[None], load(tmp_path / "digit.png")[None])[0])
    assert error < 0.1 * 784 * 255**2


def test_a_folder_goes_and_comes_back_under_its_names(tmp_path: Path) -> None:
    ok("compress", DIGITS, "-o", tmp_path / "x.aez")
    ok("verify", tmp_path / "x.aez")
    ok("decompress", tmp_path / "x.aez", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == [name for name in tree(DIGITS) if name.endswith(".png")]


def test_the_digits_are_what_the_model_was_made_for(digits: Images) -> None:
    codec = find_codec()
    assert codec.id == read_model(MODEL).id
    assert codec.validation is not None
    errors = squared_errors(digits, aecodec.decompress(aecodec.compress(digits)))
    assert np.median(errors) < 2 * codec.validation[0]
    assert sum(map(codec.is_outlier, errors.tolist())) <= 2


def test_the_reference_decoder_agrees_on_every_pixel(digits: Images) -> None:
    data = aecodec.compress(digits[:8])
    model = MODEL.read_bytes()
    pictures = reference.decode(data, {model[5:13]: model})
    assert b"".join(p.pixels for p in pictures) == aecodec.decompress(data).tobytes()


def test_a_bound_holds_for_every_digit(digits: Images) -> None:
    decoded = aecodec.decompress(aecodec.compress(digits, max_mse=0.03))
    assert (squared_errors(digits, decoded) <= 0.03 * 784 * 255**2).all()
