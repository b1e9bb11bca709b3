"""The trainer of x392, with networks small enough for seconds."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.kinds.code16.coder import Code16Coder

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from aecodec.training import levels
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.code16 import distill
from aecodec.training.code16 import train as code16
from aecodec.training.code16.export import export_code16
from aecodec.training.transform import train as transform

IMAGES = load_dataset(ROOT / "examples" / "digits").images
BEGIN, ROUNDS, UNITE = 2, 4, 2
ALL = BEGIN + ROUNDS + UNITE
LATENTS = IMAGES.reshape(len(IMAGES), -1) @ np.eye(784, 12, -340, np.float32) / 32
Weights = dict[str, np.ndarray]


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    sizes = {"HIDDEN": (24, 24), "MEMBERS": 2, "RANK": 4, "BATCH": 25, "BEGIN_EPOCHS": BEGIN}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distill, "EPOCHS", UNITE)
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
    return code16.train(IMAGES, LATENTS, ROUNDS, 1, log, checkpoint)


@pytest.fixture(scope="module")
def whole() -> tuple[Weights, Log]:
    log = Log()
    return train(log), log


def test_every_epoch_of_every_stage_is_told(whole: tuple[Weights, Log]) -> None:
    told = whole[1].told
    assert [done for _, done, _ in told] == list(range(1, ALL + 1))
    assert {total for *_, total in told} == {ALL}
    assert list(dict.fromkeys(stage for stage, *_ in told)) == ["begin", "settle", "unite"]


def test_an_interrupted_training_goes_on_to_the_same_weights(
    whole: tuple[Weights, Log], tmp_path: Path
) -> None:
    checkpoint = Checkpoint(tmp_path / "t-x392.checkpoint.npz", {})
    with pytest.raises(KeyboardInterrupt):
        train(Log(BEGIN + ROUNDS - 2), checkpoint)
    log = Log()
    resumed = train(log, checkpoint)
    assert [stage for stage, *_ in log.told] == ["settle"] * 2 + ["unite"] * UNITE
    assert log.told[-1] == whole[1].told[-1]
    assert all(np.array_equal(resumed[name], whole[0][name]) for name in whole[0])


def test_it_starts_from_the_kept_fit_of_q3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"ENCODER": (20, 20), "DECODER": (20, 20), "PRIOR": (12, 12), "LATENTS": 6}
    for name, size in sizes.items():
        monkeypatch.setattr(transform, name, size)
    monkeypatch.setitem(levels.EPOCHS, "q3", 2)

    def make() -> list[str]:
        log = Log(99)
        place = Checkpoint(tmp_path / "t-x392.checkpoint.npz", {"level": "x392"})
        levels.make("x392", IMAGES, 2, ROUNDS, 1, log, place, validation=IMAGES)
        place.clear()
        return list(dict.fromkeys(stage for stage, *_ in log.told))

    assert make() == ["fit q3", "begin", "settle", "unite"]
    assert make() == ["begin", "settle", "unite"]
    assert (tmp_path / "t-q3.fit.npz").exists()


@pytest.mark.parametrize("value", [0.0, 0.01])
def test_latents_that_hardly_vary_are_trained_on_where_there_are_no_others(value: float) -> None:
    latents = np.full((len(IMAGES), 3), value, np.float32)
    latents[::2] = 0
    assert code16.train(IMAGES, latents, 1, 1, Log())["M"].shape == (256, 3)


def test_the_exported_code_draws_what_the_float_one_draws(whole: tuple[Weights, Log]) -> None:
    coder = Code16Coder(export_code16(whole[0], IMAGES))
    codes = coder.codes(IMAGES)
    floats = code16.draw(whole[0], codes)
    assert np.mean((floats - coder.rebuild(codes) / 255) ** 2) < 1e-4
