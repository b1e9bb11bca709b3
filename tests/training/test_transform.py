"""The trainer of q1 to q5, with networks small enough for seconds."""

from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.kinds.transform.coder import TransformCoder

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.progress import Progress
from aecodec.training.task import TrainedModel, TrainingTask
from aecodec.training.transform import TransformConfig, train_transform
from aecodec.training.transform import train as transform

IMAGES = load_dataset(ROOT / "examples" / "digits").images
EPOCHS = 3


SMALL = TransformConfig(
    encoder=(40, 30), decoder=(30, 40), prior=(24, 24), latents=8, start_epochs=EPOCHS
)


def fit(seed: int = 1, checkpoint: Checkpoint | None = None) -> dict[str, np.ndarray]:
    return transform.fit("q3", None, IMAGES, EPOCHS, seed, Progress(), checkpoint, SMALL)


def test_an_interrupted_fit_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    class Interrupting(Progress):
        def epoch(self, *figures: object, **_: object) -> None:
            _stage, done, *_rest = figures
            if done == EPOCHS - 1:
                raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path / "t-q3.checkpoint.npz", {})
    with pytest.raises(KeyboardInterrupt):
        transform.fit("q3", None, IMAGES, EPOCHS, 1, Interrupting(), checkpoint, SMALL)
    resumed, whole = fit(checkpoint=checkpoint), fit()
    assert all(np.array_equal(resumed[name], whole[name]) for name in whole)


def test_another_seed_gives_other_weights() -> None:
    assert not np.array_equal(fit(1)["dec0_w"], fit(2)["dec0_w"])


def prices(weights: dict[str, np.ndarray], latents: np.ndarray) -> np.ndarray:
    masks = transform.masks_of(weights["degree"], latents.shape[1])
    found: np.ndarray = transform.prices(weights, masks, latents).numpy()
    return found


@pytest.mark.parametrize("idle", [(1, 5), (6, 7), (0, 7)])
def test_pruning_changes_nothing_but_the_latents_left_out(idle: tuple[int, int]) -> None:
    fitted = fit()
    rng = np.random.default_rng(0)
    latents = rng.integers(-2, 3, (50, SMALL.latents)).astype(np.float32)
    latents[:, idle] = 3, -1
    pruned = transform.prune(fitted, latents)
    kept = np.delete(latents, idle, 1)
    assert pruned["degree"].max() < kept.shape[1]
    whole = transform.draw(fitted, latents.astype(np.int64))
    fewer = transform.draw(pruned, kept.astype(np.int64))
    assert np.abs(whole - fewer).max() < 1e-5
    assert np.allclose(prices(pruned, kept), np.delete(prices(fitted, latents), idle, 1), atol=1e-4)


def test_a_level_starts_from_the_kept_fit_of_its_neighbour(tmp_path: Path) -> None:
    checkpoint = tmp_path / "t-q2.checkpoint.npz"
    stages: list[str] = []

    class Log(Progress):
        def epoch(self, stage: str, *_: object, **__: object) -> None:
            stages.append(stage)

    def make(level: str, seed: int) -> TrainedModel:
        stages.clear()
        purpose = {"level": level, "epochs": EPOCHS, "seed": seed}
        place = Checkpoint(tmp_path / f"t-{level}.checkpoint.npz", purpose)
        task = TrainingTask(level, IMAGES, IMAGES[:5], EPOCHS, seed, Log(), place)
        return train_transform(task, SMALL)

    made = make("q2", 1)
    assert list(dict.fromkeys(stages)) == ["fit q3", "fit q2", "fine-tune q2"]
    again = make("q2", 1)
    assert list(dict.fromkeys(stages)) == ["fine-tune q2"]
    assert all(np.array_equal(made.arrays[name], again.arrays[name]) for name in made.arrays)
    make("q2", 2)
    assert "fit q3" in stages
    assert not checkpoint.exists()


def test_the_export_codes_and_agrees_with_the_float_networks(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "t-q3.checkpoint.npz", {})
    task = TrainingTask("q3", IMAGES, IMAGES[:5], EPOCHS, 1, Progress(), checkpoint)
    made = train_transform(task, SMALL)
    coder = TransformCoder(made.arrays)
    codes = coder.codes(IMAGES)
    images = coder.decode(coder.encode(IMAGES), len(IMAGES))
    assert np.array_equal(images, coder.rebuild(codes))
    # a search for so small a model goes where no image was, and units meet the integers' clips
    guessed = coder._search.guess(IMAGES.reshape(-1, 784)).astype(np.int16)
    assert made.decode is not None
    errors = (made.decode(guessed) - coder.rebuild(guessed) / 255) ** 2
    assert errors.mean((1, 2)).max() < 2e-5
