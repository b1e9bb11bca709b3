"""Distill an ensemble: one network learns what all members of a 16-bit code draw on average.

The average of several networks errs less than each (Breiman 1996, "Bagging predictors"), and one
network can learn it from no image at all, since all 65,536 codes can be listed (Hinton, Vinyals,
Dean 2015, "Distilling the knowledge in a neural network").
"""

import numpy as np
import tensorflow as tf

from aecodec.kinds.code16 import CODES
from aecodec.training import mlp
from aecodec.training.code16.network import Report, adam, average_all, draw

RATE, BATCH = 1.2e-3, 256
COARSE = 0.8  # of the epochs run in bfloat16


def distill(members: mlp.Weights, epochs: int, seed: int, report: Report) -> mlp.Weights:
    """Train the first member on every code's average image; return it, alone on the first axis."""
    goal = average_all(members)
    weights = {name: tf.Variable(value[:1]) for name, value in members.items()}
    variables = [weights[name] for name in sorted(weights)]
    optimizer = adam(RATE, epochs * mlp.batches(CODES, BATCH))
    optimizer.build(variables)
    rng = np.random.default_rng(seed)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(codes: tf.Tensor, x: tf.Tensor, coarse: bool) -> tf.Tensor:
        with tf.GradientTape() as tape:
            error = tf.reduce_mean((draw(weights, codes, coarse=coarse) - x) ** 2)
        optimizer.apply(tape.gradient(error, variables), variables)
        return error

    for epoch in range(epochs):
        coarse = epoch < COARSE * epochs
        errors = [
            step(tf.constant(batch), tf.constant(goal[batch]), coarse)
            for batch in mlp.shuffled(CODES, BATCH, rng)
        ]
        report("distill", float(np.mean(errors)))
    return weights
