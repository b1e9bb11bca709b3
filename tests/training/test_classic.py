"""The trainers of the classic kind, with networks small enough for seconds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.kinds.classic.coder import ClassicCoder

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
import keras

from aecodec.training.arrays import predict
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classic import ClassicConfig, linear, networks, variational
from aecodec.training.classic import train as classic
from aecodec.training.classic.export import export_classic
from aecodec.training.loop import TrainingLoop
from aecodec.training.progress import Progress

DIGITS = load_dataset(ROOT / "examples" / "digits").images
IMAGES, HELD = DIGITS[10:], DIGITS[:10]
EPOCHS = 3  # the last two of them join the networks
Train = Callable[[Progress, Checkpoint | None], classic.Trained]


SMALL = ClassicConfig(encoder=(40, 30), decoder=(30, 40), least_rows=100)


class Interrupting(Progress):
    """Interrupts a training after so many epochs."""

    def __init__(self, last: int) -> None:
        self.last = last

    def epoch(self, *figures: object, **_: object) -> None:
        _stage, done, *_rest = figures
        if done == self.last:
            raise KeyboardInterrupt


def train(progress: Progress, checkpoint: Checkpoint | None) -> classic.Trained:
    return classic.train(IMAGES, 2, EPOCHS, 1, progress, checkpoint, HELD, SMALL)


def train_three_latents(progress: Progress, checkpoint: Checkpoint | None) -> classic.Trained:
    return classic.train(IMAGES, 3, EPOCHS, 1, progress, checkpoint, HELD, SMALL)


def train_variational(progress: Progress, checkpoint: Checkpoint | None) -> classic.Trained:
    return variational.train(IMAGES, 2, EPOCHS, 1, 1.0, progress, checkpoint, HELD, SMALL)


def weights(trained: classic.Trained) -> np.ndarray:
    return np.concatenate([value.ravel() for value in trained.autoencoder.get_weights()])


@pytest.mark.parametrize(
    ("train", "interruptions"),
    [(train_three_latents, (1, 2)), (train_variational, (1, 2)), (train, (2,))],
)
def test_an_interrupted_training_goes_on_to_the_same_weights(
    train: Train, interruptions: tuple[int, ...], tmp_path: Path
) -> None:
    checkpoint = Checkpoint(tmp_path / "t.checkpoint.npz", {})
    for last in interruptions:
        with pytest.raises(KeyboardInterrupt):
            train(Interrupting(last), checkpoint)
    resumed, whole = train(Progress(), checkpoint), train(Progress(), None)
    assert np.array_equal(weights(resumed), weights(whole))


def test_validation_changes_no_weight() -> None:
    without = classic.train(IMAGES, 3, EPOCHS, 1, Progress(), config=SMALL)
    assert np.array_equal(weights(without), weights(train_three_latents(Progress(), None)))


def test_every_epoch_is_told_with_what_validation_says() -> None:
    told: list[tuple[int, int]] = []

    class Log(Progress):
        def epoch(
            self,
            stage: str,
            done: int,
            total: int,
            distortion: float | None = None,
            rate: float | None = None,
            validation: float | None = None,
        ) -> None:
            told.append((done, total))
            assert distortion is not None
            assert 0 < distortion < 1
            assert validation is not None
            assert 0 < validation < 1
            assert (rate is not None) == (train is train_variational), stage

    for train in (train_three_latents, train_variational):
        told.clear()
        train(Log(), None)
        assert told == [(done, EPOCHS) for done in range(1, EPOCHS + 1)]


def test_early_stopping_takes_the_best_weights() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    loop = TrainingLoop(model, 8, 1, None, patience=2)
    for epoch, loss in enumerate((4.0, 3.0, 3.5, 3.25)):
        assert not loop.stopped_early
        model.set_weights([np.array([[float(epoch)]]), np.zeros(1)])
        loop.finish_epoch(model.optimizer, loss)
    assert loop.stopped_early
    (note,) = loop.end()
    assert "Stopped early after 4 of 8 epochs" in note
    assert model.get_weights()[0] == 1


def test_a_training_that_gains_to_the_end_keeps_its_last_weights() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    loop = TrainingLoop(model, 30, 1, None)
    for epoch in range(30):
        model.set_weights([np.array([[float(epoch)]]), np.zeros(1)])
        loop.finish_epoch(model.optimizer, 1 / (1 + epoch // 9))  # better every ninth epoch
        assert not loop.stopped_early
    assert loop.end() == ()
    assert model.get_weights()[0] == 29


def test_the_kl_weight_pulls_the_latents_together() -> None:
    bits: list[float] = []

    class Log(Progress):
        def epoch(self, *figures: object, **_: object) -> None:
            _stage, done, _total, _distortion, rate, *_rest = figures
            if done == EPOCHS and isinstance(rate, float):
                bits.append(rate)

    for weight in (0.0, 50.0):
        variational.train(IMAGES, 2, EPOCHS, 1, weight, Log(), config=SMALL)
    free, pulled = bits
    assert pulled < free


def rank_two(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    ramps = np.linspace(0, 60, 28)
    images = 60 + rng.random((count, 1, 1)) * ramps + rng.random((count, 1, 1)) * ramps[:, None]
    return np.rint(images).astype(np.uint8)


def test_the_linear_view_finds_what_is_linear() -> None:
    images = rank_two(300)
    components, network = linear.view(images[100:], images[:100], 2, 1)
    assert components < 2e-6  # the rounding of grey levels
    assert components < network < 0.01
    assert linear.view(images[100:], images[:100], 1, 1)[0] > 1e-4


@pytest.mark.parametrize(
    "train",
    [
        train_variational,
        train_three_latents,
        lambda progress, _: linear.train(IMAGES, 2, 3, 1, progress, HELD),
    ],
)
def test_the_export_decodes_as_the_float_networks_do(train: Train) -> None:
    trained = train(Progress(), None)
    coder = ClassicCoder(export_classic(trained, IMAGES))
    codes = coder.codes(DIGITS)
    floats = predict(trained.decoder, networks.to_latents(codes))
    assert np.mean((coder.rebuild(codes) / 255 - floats) ** 2) < 1e-4
