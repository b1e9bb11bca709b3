"""Smaller models of q1 to q5: back to floats, cut, and trained on."""

import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.integer import entropy
from aecodec.kinds.transform import Prior
from aecodec.kinds.transform.coder import TransformCoder
from aecodec.model_file import Model, read_model

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.progress import Progress
from aecodec.training.task import TrainedModel, TrainingTask
from aecodec.training.transform import TransformConfig, train_transform
from aecodec.training.transform import train as transform
from aecodec.training.transform.distil import main, narrowed
from aecodec.training.transform.floats import float_networks

IMAGES = load_dataset(ROOT / "examples" / "digits").images
WIDE = TransformConfig(encoder=(40, 30), decoder=(30, 40), prior=(24, 24), latents=8)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    checkpoint = Checkpoint(tmp_path_factory.mktemp("wide") / "t-q3.checkpoint.npz", {})
    task = TrainingTask("q3", IMAGES, IMAGES[:5], 3, 1, Progress(), checkpoint)
    return train_transform(task, WIDE)


def bits_of(networks: dict[str, np.ndarray], latents: np.ndarray) -> np.ndarray:
    masks = transform.masks_of(networks["degree"], latents.shape[1])
    prices = transform.prices(networks, masks, latents.astype(np.float32))
    found: np.ndarray = transform.price_of(prices, latents).numpy().sum(1)
    return found


def test_floats_of_a_model_guess_draw_and_cost_what_it_does(wide: TrainedModel) -> None:
    coder, networks = TransformCoder(wide.arrays), float_networks(wide.arrays)
    guessed = coder._search.guess(IMAGES.reshape(-1, 784)).astype(np.int16)
    assert (transform.guess(networks, IMAGES) == guessed).mean() > 0.98
    errors = (transform.draw(networks, guessed) - coder.rebuild(guessed) / 255) ** 2
    assert errors.mean((1, 2)).max() < 2e-5
    rates = Prior(wide.arrays).rates(guessed) / 2.0**entropy.RATE_BITS
    assert bits_of(networks, guessed) == pytest.approx(rates, rel=0.01)


def test_units_whose_output_never_changes_go_first_and_what_they_give_stays(
    wide: TrainedModel,
) -> None:
    idle = float_networks(wide.arrays)
    for name, units in (("dec0", [3, 7]), ("dec1", [0, 9, 11]), ("pri0", [23]), ("pri1", [23])):
        idle[f"{name}_w"][:, units] = 0
        idle[f"{name}_b"][units] = 2
    cut = narrowed(idle, IMAGES, TransformConfig(decoder=(28, 37), prior=(23, 23)))
    assert [cut[f"{name}_w"].shape for name in ("dec1", "pri1")] == [(28, 37), (23, 23)]
    latents = transform.guess(idle, IMAGES).astype(np.int64)
    drawn = transform.draw(idle, latents)
    assert np.abs(transform.draw(cut, latents) - drawn).max() < 1e-5
    assert bits_of(cut, latents) == pytest.approx(bits_of(idle, latents), rel=1e-5)
    fewer = narrowed(idle, IMAGES, TransformConfig(decoder=(24, 30), prior=(23, 23)))
    assert np.abs(transform.draw(fewer, latents) - drawn).max() > 1e-3


def test_the_command_writes_a_smaller_model_that_codes(
    wide: TrainedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, out = tmp_path / "wide.aem", tmp_path / "small.aem"
    source.write_bytes(Model("transform", wide.arrays).to_bytes())
    words = (source, "q3", ROOT / "examples" / "digits", out)
    options = ["--decoder", "20", "24", "--prior", "16", "--epochs", "2", "--copies", "1"]
    options += ["--search-weight", "6.5025"]
    monkeypatch.setattr(sys, "argv", ["distil", *map(str, words), *options])
    main()
    printed = capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["distil", *map(str, words), "--decoder", "31", "40"])
    with pytest.raises(SystemExit):
        main()
    assert "no more than [30, 40, 24] hidden units" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.aem", "wide.aem"]
    *epochs, structure, told = printed.splitlines()
    assert epochs[-1].startswith("fine-tune q3 8/8: ")
    assert "masked prior 16-16, dense decoder" in structure
    assert told.startswith("validation: ")
    arrays = read_model(out).arrays
    assert "stats.validation_sse" in arrays
    assert arrays["encoder.lambda"].tolist() == [round(2**28 / 10_000)]
    assert arrays["decoder.1.weights"].shape == (20, 24)
    assert arrays["prior.1.weights"].shape == (16, 16)
    coder = TransformCoder(arrays)
    codes = coder.codes(IMAGES)
    decoded = coder.decode(coder.encode(IMAGES), len(IMAGES))
    assert np.array_equal(decoded, coder.rebuild(codes))
