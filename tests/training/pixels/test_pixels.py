"""The trainer of `lossless`, with networks small enough for seconds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.images import PIXELS
from aecodec.kinds import COST_UNIT
from aecodec.kinds.pixels import PixelsCoder

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from training.log import Log

from aecodec.training.card import Figures, Making, card
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.data import split
from aecodec.training.measure import figures_line, measure
from aecodec.training.pixels import PixelsConfig, train_few_greys, train_pixels
from aecodec.training.pixels.contexts import Contexts, make_window
from aecodec.training.task import TrainedModel, TrainingTask

DATA = load_dataset(ROOT / "examples" / "digits")
PARTS = split(DATA)
EPOCHS = 2
SMALL = PixelsConfig(width=16, flat_width=8, embedding=2, batch=512, rate=1e-2, round_steps=30)
SMALL_GREYS = replace(SMALL, step=17)
MARGIN = 0.01  # of the float networks' bits that the integer ones may take more or fewer


def make(path: Path, log: Log, seed: int = 1) -> TrainedModel:
    place = Checkpoint(path / "t-lossless.checkpoint.npz", {"seed": seed})
    task = TrainingTask("lossless", PARTS.train, PARTS.validation, EPOCHS, seed, log, place)
    return train_pixels(task, SMALL)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainedModel, Log]:
    log = Log()
    return make(tmp_path_factory.mktemp("whole"), log), log


def test_the_integer_model_takes_the_bits_of_the_float_one(
    whole: tuple[TrainedModel, Log],
) -> None:
    made, log = whole
    coder = PixelsCoder(made.arrays)
    bits = coder.costs(coder.codes(PARTS.validation)).mean() / COST_UNIT
    assert bits == pytest.approx(min(log.validation), rel=MARGIN)
    assert log.validation[-1] < log.validation[0] < 8 * PIXELS / 4
    payload = coder.encode(PARTS.validation)
    assert np.array_equal(coder.decode(payload, len(PARTS.validation)), PARTS.validation)


def test_an_interrupted_training_goes_on_to_the_same_model(
    whole: tuple[TrainedModel, Log], tmp_path: Path
) -> None:
    made, log = whole
    (total,) = log.totals
    assert total == len(log.validation) > EPOCHS  # rounds shorter than an epoch
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, Log(stop=total // 2 + 1))
    rest = Log()
    resumed = make(tmp_path, rest)
    assert rest.validation == log.validation[total // 2 + 1 :]
    assert all(np.array_equal(resumed.arrays[k], v) for k, v in made.arrays.items())


def test_what_a_lossless_model_reaches_is_told_in_bits(whole: tuple[TrainedModel, Log]) -> None:
    figures, decoded = measure(whole[0], DATA, None)
    assert np.array_equal(decoded, DATA.images)
    assert figures.errors is None
    line = figures_line("validation", Figures(1000, 784.0))
    assert line == (
        "validation: 784.0 bits an image, 98.0 bytes, 1.000 bits a pixel, exact, on 1,000 images"
    )
    making = Making("m", "id", 9, "d", 9, "v", "c", "u", 1, 1.0, "v", whole[0].structure, "pixels")
    text = card(making, {"test": Figures(1000, 784.0)}, ())
    assert "| test | 1,000 | 784.00 | 98.00 | 1.0000 |" in text
    assert "lossy" not in text
    assert "isclassified" not in text


def test_the_float_model_is_saved(whole: tuple[TrainedModel, Log], tmp_path: Path) -> None:
    whole[0].save(tmp_path / "m-lossless.aem", False)
    with np.load(tmp_path / "m-lossless.npz", allow_pickle=False) as arrays:
        assert arrays["value.1.weights"].shape == (SMALL.width, SMALL.width)


def test_contexts_are_those_of_the_coder() -> None:
    """Every pixel is in one pool, or in both where it differs from its flat context."""
    window = make_window(SMALL)
    contexts = Contexts(DATA.images[:3], window)
    both = np.intersect1d(contexts.flat, contexts.full)
    assert len(contexts.flat) + len(contexts.full) - len(both) == 3 * PIXELS
    at = 2 * PIXELS + 5 * 28 + 14  # row 5, column 14 of the third image
    batch = contexts.batch(np.array([2 * PIXELS, at]))
    image = DATA.images[2].astype(int)
    wanted = [image[5 + row, 14 + column] for row, column in window.offsets]
    assert batch.near[1].tolist() == wanted
    assert not batch.near[0].any()
    assert set(np.flatnonzero(batch.seen[1])) == set(image.reshape(-1)[: 5 * 28 + 14].tolist())
    assert not batch.seen[0].any()


@pytest.fixture(scope="module")
def greys(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainedModel, Log]:
    log = Log()
    place = Checkpoint(tmp_path_factory.mktemp("greys") / "t-q3.checkpoint.npz", {"seed": 1})
    task = TrainingTask("q3", PARTS.train, PARTS.validation, EPOCHS, 1, log, place)
    return train_few_greys(task, SMALL_GREYS), log


def test_a_model_of_few_greys_codes_what_it_draws(greys: tuple[TrainedModel, Log]) -> None:
    made, log = greys
    coder = PixelsCoder(made.arrays)
    assert not coder.lossless
    codes = coder.codes(PARTS.validation)
    assert set(np.unique(codes)) <= set(range(0, 256, 17))
    assert np.array_equal(coder.decode(coder.pack(codes), len(codes)), codes)
    bits = coder.costs(codes).mean() / COST_UNIT
    assert bits == pytest.approx(min(log.validation), rel=0.2)  # of drawings at other worths too
    assert log.validation[-1] < log.validation[0]


def test_a_model_of_few_greys_takes_less_than_an_exact_one(
    greys: tuple[TrainedModel, Log], whole: tuple[TrainedModel, Log]
) -> None:
    figures, _ = measure(greys[0], DATA, None)
    exact, _ = measure(whole[0], DATA, None)
    assert figures.errors is not None
    assert figures.bits < 0.7 * exact.bits
    assert figures.errors.integers < 0.01
    assert figures.errors.floats == pytest.approx(figures.errors.integers)
    assert "bits an image, MSE 0.0" in figures_line("validation", figures)
