"""The trainer of x392, with networks small enough for seconds."""

from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.kinds.code16.coder import Code16Coder

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.code16 import Code16Config, train_code16
from aecodec.training.code16 import train as code16
from aecodec.training.code16.export import export_code16
from aecodec.training.progress import Progress
from aecodec.training.task import TrainingTask
from aecodec.training.transform import TransformConfig

IMAGES = load_dataset(ROOT / "examples" / "digits").images
BEGIN, ROUNDS, DISTILL = 2, 4, 2
ALL = BEGIN + ROUNDS + DISTILL
LATENTS = (IMAGES.reshape(len(IMAGES), -1)[:, 340:352] / 32).astype(np.float32)
Weights = dict[str, np.ndarray]


TRANSFORM = TransformConfig(
    encoder=(20, 20), decoder=(20, 20), prior=(12, 12), latents=6, start_epochs=2
)
SMALL = Code16Config(
    hidden=(24, 24),
    members=2,
    rank=4,
    batch=25,
    initial_epochs=BEGIN,
    distill_epochs=DISTILL,
    transform=TRANSFORM,
)


class Log(Progress):
    """Takes the progress of a training; interrupts it after `last` epochs."""

    def __init__(self, last: int = ALL) -> None:
        self.last = last
        self.told: list[tuple[str, int, int]] = []

    def epoch(self, stage: str, done: int, total: int, *_: object, **__: object) -> None:
        self.told.append((stage, done, total))
        if done > self.last:
            raise KeyboardInterrupt


def train(log: Log, checkpoint: Checkpoint | None = None) -> Weights:
    return code16.train(IMAGES, LATENTS, ROUNDS, 1, log, checkpoint, SMALL)


@pytest.fixture(scope="module")
def whole() -> tuple[Weights, Log]:
    log = Log()
    return train(log), log


def test_every_epoch_of_every_stage_is_told(whole: tuple[Weights, Log]) -> None:
    told = whole[1].told
    assert [done for _, done, _ in told] == list(range(1, ALL + 1))
    assert {total for *_, total in told} == {ALL}
    assert list(dict.fromkeys(stage for stage, *_ in told)) == [
        "initialise",
        "alternate",
        "distill",
    ]


def test_an_interrupted_training_goes_on_to_the_same_weights(
    whole: tuple[Weights, Log], tmp_path: Path
) -> None:
    checkpoint = Checkpoint(tmp_path / "t-x392.checkpoint.npz", {})
    with pytest.raises(KeyboardInterrupt):
        train(Log(BEGIN + ROUNDS - 2), checkpoint)
    log = Log()
    resumed = train(log, checkpoint)
    assert [stage for stage, *_ in log.told] == ["alternate"] * 2 + ["distill"] * DISTILL
    assert log.told[-1] == whole[1].told[-1]
    assert all(np.array_equal(resumed[name], whole[0][name]) for name in whole[0])


def test_it_starts_from_the_kept_fit_of_q3(tmp_path: Path) -> None:
    def make() -> list[str]:
        log = Log(99)
        place = Checkpoint(tmp_path / "t-x392.checkpoint.npz", {"level": "x392"})
        train_code16(TrainingTask("x392", IMAGES, IMAGES[:5], ROUNDS, 1, log, place), SMALL)
        place.clear()
        return list(dict.fromkeys(stage for stage, *_ in log.told))

    assert make() == ["fit q3", "initialise", "alternate", "distill"]
    assert make() == ["initialise", "alternate", "distill"]
    assert (tmp_path / "t-q3.fit.npz").exists()


@pytest.mark.parametrize("value", [0.0, 0.01])
def test_latents_that_hardly_vary_are_trained_on_where_there_are_no_others(value: float) -> None:
    latents = np.full((len(IMAGES), 3), value, np.float32)
    latents[::2] = 0
    assert code16.train(IMAGES, latents, 1, 1, Log(), config=SMALL)["M"].shape == (256, 3)


def test_the_exported_code_draws_what_the_float_one_draws(whole: tuple[Weights, Log]) -> None:
    coder = Code16Coder(export_code16(whole[0], IMAGES))
    codes = coder.codes(IMAGES)
    floats = code16.draw(whole[0], codes)
    assert np.mean((floats - coder.rebuild(codes) / 255) ** 2) < 1e-4
