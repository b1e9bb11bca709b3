"""Bent copies: new images that keep what a set of images has in common."""

import numpy as np
import pytest
from helpers import ROOT

from aecodec.datasets import load_dataset
from aecodec.images import SIDE, Images
from aecodec.training.ruled import bend


@pytest.fixture(scope="module")
def digits() -> Images:
    return load_dataset(ROOT / "examples" / "digits").images


def _middles(images: Images) -> np.ndarray:
    places = np.arange(SIDE)
    grey = images / images.sum((1, 2), keepdims=True)
    return np.stack([grey.sum(2) @ places, grey.sum(1) @ places])


def _longer_sides(images: Images) -> np.ndarray:
    ink = images > 127
    sides = [SIDE - line.argmax(1) - line[:, ::-1].argmax(1) for line in (ink.any(1), ink.any(2))]
    return np.maximum(*sides)


def test_copies_differ_but_keep_the_middle_and_the_longer_side(digits: Images) -> None:
    bent = bend(digits, np.random.default_rng(0), 1.0)
    assert bent.dtype == np.uint8
    assert np.abs(bent.astype(int) - digits).mean((1, 2)).min() > 1
    assert np.abs(_middles(bent) - _middles(digits)).max() < 0.5
    assert np.abs(_longer_sides(bent) - _longer_sides(digits)).max() <= 2


def test_a_share_is_bent_the_same_way_by_the_same_seed(digits: Images) -> None:
    bent, again = (bend(digits, np.random.default_rng(3), 0.3) for _ in range(2))
    assert (bent == again).all()
    changed = (bent != digits).any((1, 2)).mean()
    assert 0.1 < changed < 0.5


def test_images_without_an_edge_are_bent_too() -> None:
    plain = np.zeros((3, SIDE, SIDE), np.uint8)
    plain[1], plain[2, 3, 4] = 255, 200
    assert bend(plain, np.random.default_rng(0), 1.0)[0].max() == 0
