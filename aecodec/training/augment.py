"""Augmentation: training images turned, stretched, slanted and moved a little."""

import numpy as np
import tensorflow as tf

from aecodec.images import SIDE
from aecodec.training.arrays import Floats

TURN = 0.12  # standard deviations: radians,
SLANT = 0.10
STRETCH = 0.07  # of the logarithm,
MOVE = 0.7  # pixels


def warp(images: Floats, rng: np.random.Generator, share: float) -> Floats:
    """Warp a `share` of images (N, 28, 28), chosen at random, each in its own way."""
    chosen = np.flatnonzero(rng.random(len(images)) < share)
    if not len(chosen):
        return images
    warped = images.copy()
    warped[chosen] = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[chosen][..., None],
        transforms=_affine(len(chosen), rng),
        output_shape=(SIDE, SIDE),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    ).numpy()[..., 0]
    return warped


def _affine(count: int, rng: np.random.Generator) -> Floats:
    """Draw affine maps about the image's middle, (count, 8) as TensorFlow's transform wants."""
    angle, slant = rng.normal(0, TURN, count), rng.normal(0, SLANT, count)
    wide, high = np.exp(rng.normal(0, STRETCH, (2, count)))
    right, down = rng.normal(0, MOVE, (2, count))
    a, b = wide * np.cos(angle), slant - wide * np.sin(angle)
    c, d = high * np.sin(angle), high * np.cos(angle)
    middle = (SIDE - 1) / 2
    rows = [a, b, middle + right - middle * (a + b), c, d, middle + down - middle * (c + d)]
    return np.stack([*rows, np.zeros(count), np.zeros(count)], 1).astype(np.float32)
