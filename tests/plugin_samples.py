"""What the tests of several plugins compress: digits and their labels, by a tiny exact model."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from helpers import MODELS, ROOT
from PIL import Image

from aecodec.images import Images

EXACT = str(MODELS / "pixels-p8.aem")
ALL = sorted((ROOT / "examples/digits").glob("*.png"))
TRAINING = [*ALL[::5], *ALL[1::5], *ALL[2::5], *ALL[3::5], *ALL[4::5]]
SPLITS = {"train": 80, "test": 20}
CLEAR = 0.5  # of the test digits known right: chance knows a tenth of them


def read(paths: list[Path]) -> Images:
    return np.stack([np.asarray(Image.open(path).convert("L")) for path in paths])


def labels_of(paths: list[Path]) -> list[int]:
    return [int(path.name[0]) for path in paths]


DIGITS = read(ALL[::4])
LABELS = labels_of(ALL[::4])


def classifier() -> Any:
    """A classifier of digits by Keras, which learns 80 of them in a second."""
    keras: Any = import_module("keras")
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def check_learned(losses: list[float], accuracy: float) -> None:
    assert losses[-1] < losses[0] / 4
    assert accuracy >= CLEAR
