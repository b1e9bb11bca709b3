"""The trainer of x392, with networks small enough for seconds."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.kinds.code16 import Code16Coder

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from aecodec.training import code16
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.export_code16 import export_code16

IMAGES = load_dataset(ROOT / "examples" / "digits").images
LEARN, BEGIN, ROUNDS = 4, 2, 3
ALL = LEARN + BEGIN + ROUNDS
Weights = dict[str, np.ndarray]


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    sizes = {"ENCODER": (40, 30), "HIDDEN": (24, 24), "LATENTS": 12, "RANK": 4, "BATCH": 25}
    sizes |= {"LEARN_EPOCHS": LEARN, "BEGIN_EPOCHS": BEGIN}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sizes.items():
            patch.setattr(code16, name, value)
        yield


class Log:
    """Takes the progress of a training; interrupts it after `last` epochs."""

    def __init__(self, last: int = ALL) -> None:
        self.last = last
        self.told: list[tuple[str, int, int]] = []

    def __call__(self, stage: str, done: int, total: int, *_: object) -> None:
        self.told.append((stage, done, total))
        if done > self.last:
            raise KeyboardInterrupt


def train(log: Log, checkpoint: Checkpoint | None = None) -> Weights:
    return code16.train(IMAGES, ROUNDS, 1, log, checkpoint)


@pytest.fixture(scope="module")
def whole() -> tuple[Weights, Log]:
    log = Log()
    return train(log), log


def test_every_epoch_of_every_stage_is_told(whole: tuple[Weights, Log]) -> None:
    told = whole[1].told
    assert [done for _, done, _ in told] == list(range(1, ALL + 1))
    assert {total for *_, total in told} == {ALL}
    assert list(dict.fromkeys(stage for stage, *_ in told)) == ["learn", "begin", "settle"]


def test_an_interrupted_training_goes_on_to_the_same_weights(
    whole: tuple[Weights, Log], tmp_path: Path
) -> None:
    checkpoint = Checkpoint(tmp_path / "t-x392.checkpoint.npz", {})
    with pytest.raises(KeyboardInterrupt):
        train(Log(ALL - 2), checkpoint)
    log = Log()
    resumed = train(log, checkpoint)
    assert [stage for stage, *_ in log.told] == ["settle"] * 2
    assert log.told[-1] == whole[1].told[-1]
    assert all(np.array_equal(resumed[name], whole[0][name]) for name in whole[0])


def test_the_exported_code_draws_what_the_float_one_draws(whole: tuple[Weights, Log]) -> None:
    coder = Code16Coder(export_code16(whole[0], IMAGES))
    codes = coder.codes(IMAGES)
    floats = code16.draw(whole[0], codes)
    assert np.mean((floats - coder.rebuild(codes) / 255) ** 2) < 1e-4
