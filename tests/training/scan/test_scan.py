"""The trainer of exact models, on digits that have originals, and on what has none."""

from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.kinds import COST_UNIT, load_coder
from aecodec.kinds.scan import Resampling, to_originals
from aecodec.model_file import Model

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
from training.log import Log

from aecodec.training.checkpoint import Checkpoint
from aecodec.training.data import split
from aecodec.training.pixels import PixelsConfig
from aecodec.training.scan import train_exact
from aecodec.training.scan.config import ScanConfig
from aecodec.training.scan.contexts import BitContexts, make_window
from aecodec.training.scan.originals import find_resampling
from aecodec.training.task import TrainedModel, TrainingTask

PARTS = split(load_dataset(ROOT / "examples" / "digits"))
GREYS = PixelsConfig(width=8, flat_width=4, embedding=2, batch=512, rate=1e-2, round_steps=30)
SMALL = ScanConfig(rows=4, columns=4, width=16, flat_width=8, batch=256, rate=1e-2, round_steps=40)


def task(path: Path, log: Log) -> TrainingTask:
    place = Checkpoint(path / "t-lossless.checkpoint.npz", {"seed": 1})
    return TrainingTask("lossless", PARTS.train, PARTS.validation, 1, 1, log, place)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainedModel, Log]:
    log = Log()
    return train_exact(task(tmp_path_factory.mktemp("whole"), log), SMALL, GREYS, GREYS), log


def test_how_digits_were_reduced_is_found() -> None:
    assert find_resampling(PARTS.train) == Resampling(20, 990, 0, 90)


def test_images_that_were_not_reduced_are_known_for_such() -> None:
    assert find_resampling(255 - PARTS.train) is None
    assert find_resampling(np.roll(PARTS.train, 2, 1)) is None


def test_a_model_of_originals_codes_every_image_exactly(
    whole: tuple[TrainedModel, Log],
) -> None:
    made, log = whole
    assert made.kind == "scan"
    assert any("of the training images have a black-and-white original" in n for n in made.notes)
    coder = load_coder(Model(made.kind, made.arrays))
    images = np.concatenate([PARTS.validation, 255 - PARTS.validation[:2]])
    codes = coder.codes(images)
    payload = coder.pack(codes)
    assert np.array_equal(coder.decode(payload, len(images)), images)
    assert sum(bits is not None for bits in to_originals(codes)) >= 0.8 * len(PARTS.validation)
    scans = codes[codes[:, 0] > 0]
    assert coder.costs(scans).mean() / COST_UNIT == pytest.approx(log.validation[-1], rel=0.1)


def test_an_interrupted_training_goes_on(tmp_path: Path, whole: tuple[TrainedModel, Log]) -> None:
    rounds = len(whole[1].validation)
    with pytest.raises(KeyboardInterrupt):
        train_exact(task(tmp_path, Log(stop=rounds - 1)), SMALL, GREYS, GREYS)
    log = Log()
    again = task(tmp_path, log)
    made = train_exact(again, SMALL, GREYS, GREYS)
    assert log.searches == 0
    assert len(log.validation) == 1
    for name, array in whole[0].arrays.items():
        assert np.array_equal(made.arrays[name], array), name
    assert len(list(tmp_path.iterdir())) == 4
    again.checkpoint.clear()
    assert list(tmp_path.iterdir()) == []


def test_contexts_show_what_the_coder_sees() -> None:
    bits = (np.random.default_rng(2).random((24, 24)) < 0.3).astype(np.uint8)
    window = make_window(SMALL)
    contexts = BitContexts([bits, bits.T.copy()], window, 2)
    assert len(contexts.full) + len(contexts.flat) == 4 * bits.size
    batch = contexts.batch(np.array([5 * 24 + 7, 2 * bits.size + 3]))
    seen = [bits[5 + row, 7 + column] for row, column in window.offsets]
    assert batch.near[0].tolist() == seen
    before = bits.reshape(-1)[: 5 * 24 + 7].nonzero()[0] % 24
    expected = [5, 18, 7, 16, 24, before.min(), 23 - before.max()]
    assert batch.places[0].tolist() == expected
    assert batch.bits.tolist() == [bits[5, 7], bits[-1, -4]]
    assert batch.orders.tolist() == [0, 1]
