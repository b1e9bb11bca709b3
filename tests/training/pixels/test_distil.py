"""Smaller models of trained ones: back to floats, cut, and trained on towards the larger ones."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.errors import InvalidModelError
from aecodec.kinds import COST_UNIT
from aecodec.kinds.pixels import PixelsCoder
from aecodec.model_file import Model, read_model

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from training.log import Log

from aecodec.training.checkpoint import Checkpoint
from aecodec.training.data import split
from aecodec.training.pixels import PixelsConfig, network, train_pixels
from aecodec.training.pixels.contexts import Contexts, make_window
from aecodec.training.pixels.distil import distil, fewer_kernels, fewer_units, main
from aecodec.training.pixels.floats import float_weights
from aecodec.training.task import TrainedModel, TrainingTask

PARTS = split(load_dataset(ROOT / "examples" / "digits"))
SMALL = PixelsConfig(width=16, flat_width=8, embedding=2, batch=512, rate=1e-2, round_steps=30)
WINDOW = make_window(SMALL)
HELD = Contexts(PARTS.validation, WINDOW)


def task(folder: Path, log: Log, epochs: int = 2) -> TrainingTask:
    place = Checkpoint(folder / "t.checkpoint.npz", {})
    return TrainingTask("lossless", PARTS.train, PARTS.validation, epochs, 1, log, place)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return train_pixels(task(tmp_path_factory.mktemp("large"), Log()), SMALL)


def bits_of(weights: network.Tensors) -> float:
    value = network.value_bits(weights, HELD.batch(HELD.full), WINDOW)
    flat = network.flat_bits(weights, HELD.batch(HELD.flat), WINDOW)
    return float(np.sum(value) + np.sum(flat)) / HELD.count


def test_floats_of_a_model_take_the_bits_that_it_takes(large: TrainedModel) -> None:
    costs = PixelsCoder(large.arrays).costs(PARTS.validation)
    assert bits_of(float_weights(large.arrays)) == pytest.approx(costs.mean() / COST_UNIT, rel=1e-3)


def test_units_and_kernels_that_do_not_matter_go_first(large: TrainedModel) -> None:
    whole = float_weights(large.arrays)
    batches = [HELD.batch(HELD.full)]
    dead = np.array([3, 7])
    idle = dict(whole)
    for name in ("value.0.weights", "value.rows", "value.columns", "value.greys"):
        idle[name] = whole[name].copy()
        idle[name][:, dead] = 0
    for name in ("value.0.bias", "value.1.bias"):
        idle[name] = whole[name].copy()
        idle[name][dead] = -1
    idle["value.1.weights"] = whole["value.1.weights"].copy()
    idle["value.1.weights"][:, dead] = 0
    before = bits_of(idle)
    assert bits_of(fewer_units(idle, batches, WINDOW, 14)) == pytest.approx(before, rel=1e-5)
    assert bits_of(fewer_units(idle, batches, WINDOW, 10)) > before

    twice = dict(whole)  # two kernels are multiples of others
    twice["value.kernels"] = whole["value.kernels"].copy()
    twice["value.kernels"][4:6] = whole["value.kernels"][:2] * 0.5
    before = bits_of(twice)
    assert bits_of(fewer_kernels(twice, batches, WINDOW, 10)) == pytest.approx(before, rel=1e-3)
    assert fewer_kernels(twice, batches, WINDOW, 12) is twice


def test_the_command_writes_a_smaller_model_that_learned_back_what_the_cut_lost(
    large: TrainedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, out = tmp_path / "large.aem", tmp_path / "small.aem"
    source.write_bytes(Model("pixels", large.arrays).to_bytes())
    words = (source, ROOT / "examples" / "digits", out)
    options = ("--units", "8", "--kernels", "6", "--epochs", "2")
    monkeypatch.setattr(sys, "argv", ["distil", *map(str, words), *options])
    main()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.aem", "small.aem"]
    *rounds, last = capsys.readouterr().out.splitlines()
    told = [float(line.split()[1]) for line in rounds]
    assert f": {min(told):.2f} bits a validation image" in last

    arrays = read_model(out).arrays
    assert arrays["value.0.weights"].shape[1] == 8
    assert arrays["value.kernels"].shape == (6, 511)
    batches = [HELD.batch(HELD.full)]
    cut = fewer_units(float_weights(large.arrays), batches, WINDOW, 8)
    assert min(told) < bits_of(fewer_kernels(cut, batches, WINDOW, 6))
    coder = PixelsCoder(arrays)
    assert coder.costs(PARTS.validation).mean() / COST_UNIT == pytest.approx(min(told), rel=0.01)
    payload = coder.encode(PARTS.validation)
    assert np.array_equal(coder.decode(payload, len(PARTS.validation)), PARTS.validation)


def test_a_model_of_another_window_is_refused(large: TrainedModel, tmp_path: Path) -> None:
    with pytest.raises(InvalidModelError, match="window"):
        distil(task(tmp_path, Log()), large.arrays, 8, 6, replace(SMALL, rows=3))
