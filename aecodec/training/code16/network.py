"""The float networks of a 16-bit code: tables of regions and points, and decoders.

Several members learn side by side, so every weight has one for each on its first axis: `M`
(J, 256, K), `A` (J, 256, K, R) and `E` (J, 256, R), and the decoders' `decI_w` and `decI_b`. A
code c stands for the latents M[c1] + A[c1] E[c2], its first and its second byte.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from aecodec.kinds.code16 import CODES, SIDES
from aecodec.training import mlp
from aecodec.training.arrays import Floats

TABLE_RATE = 12.0  # how much faster M, A and E learn than the decoder: each row is seen seldom
DRAW_ROWS = 4096

Report = Callable[[str, float], None]  # takes a stage's name and its error, after each epoch


def tables(weights: mlp.Weights) -> dict[str, tf.Tensor]:
    """M, A and E; their variables are kept small, so that Adam moves them TABLE_RATE times."""
    return {name: weights[name] * TABLE_RATE for name in "MAE"}


def draw(
    weights: mlp.Weights, codes: tf.Tensor, noise: tf.Tensor | float = 0.0, *, coarse: bool = False
) -> tf.Tensor:
    """Map codes (N,) to what each member draws, pixels in [0, 1], float32 (J, N, 784).

    noise: added to the latents (J, N, K); coarse: compute in bfloat16.
    """
    table = tables(weights)
    first, second = codes // SIDES, codes % SIDES
    axes, points = tf.gather(table["A"], first, axis=1), tf.gather(table["E"], second, axis=1)
    z = tf.gather(table["M"], first, axis=1) + tf.einsum("jnkr,jnr->jnk", axes, points)
    z = tf.cast(z + noise, tf.bfloat16 if coarse else tf.float32)
    rows = {name: v[:, None] if name.endswith("_b") else v for name, v in weights.items()}
    return tf.sigmoid(tf.cast(mlp.forward(rows, "dec", z), tf.float32))


def average(weights: mlp.Weights, codes: tf.Tensor) -> tf.Tensor:
    """Map codes (N,) to the mean of what the members draw, float32 (N, 784)."""
    return tf.reduce_mean(draw(weights, codes), 0)


def average_all(weights: mlp.Weights) -> Floats:
    """The average image of every code, float32 (65,536, 784)."""
    some = tf.function(lambda codes: average(weights, codes))
    blocks = np.arange(CODES).reshape(-1, DRAW_ROWS)
    return np.concatenate([some(tf.constant(block)).numpy() for block in blocks])


def adam(rate: float, steps: int) -> keras.optimizers.Optimizer:
    """Adam whose rate falls along a cosine."""
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.015)
    return keras.optimizers.Adam(schedule, epsilon=1e-8)
