"""Train the `classic` model: an auto-encoder whose code is a few numbers of 8 bits each.

Two stages, top to bottom in `train`:

1. `learn`: the exercise itself. Encoder and decoder learn together, by binary cross-entropy.
2. `join`, in turns as in Lloyd's k-means: find for every image the code whose decoded image is
   nearest, not too far from where the encoder puts it; then train the decoder on those codes, and
   both networks together through the rounded code, on squared error. The pull towards the encoder
   keeps the latent space in one piece, so that the encoder can follow; noise on the codes that
   fades away keeps neighbours alike, as the shrinking neighbourhood of a self-organising map does
   (Kohonen 1982).

Codes are found by trying them, with two latents; with any other number the encoder's own count.
"""

import math
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from aecodec.images import Images
from aecodec.training.augment import warp
from aecodec.training.networks import (
    STEPS,
    Floats,
    Quantise,
    build,
    centre,
    predict,
    to_codes,
    to_floats,
    to_latents,
)
from aecodec.training.progress import Progress
from aecodec.training.search import Search

BATCH = 512
RATE = 2e-3
LEARNING = 0.12  # the share of the epochs that goes to `learn`
WARPED = 0.5  # the share of images that is warped in each epoch of `join`
PULL = (
    30.0  # squared error that a code may cost for each unit of squared distance, latents in [-1, 1]
)
NEARNESS = 0.02  # weight of the encoder's squared distance from the codes found
NOISE = 4.0  # grid steps: the noise on the codes at the start of `join`
SETTLED = 0.7  # the share of `join` after which that noise is gone
LEAST_ROWS = 10_000  # a small training set is repeated up to this, each copy warped anew


@dataclass(frozen=True)
class Trained:
    """What training hands over; latents lie on the grid `-1 + 2 * code / 255`."""

    autoencoder: keras.Model
    encoder: keras.Model
    decoder: keras.Model


def train(images: Images, latents: int, epochs: int, seed: int, progress: Progress) -> Trained:
    """Train on uint8 (N, 28, 28). The same seed gives the same weights on the same machine."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng(seed)
    x = to_floats(images)
    learning = max(1, round(LEARNING * epochs))
    autoencoder, encoder, decoder = build(latents)
    joining = max(1, epochs - learning)
    _learn(autoencoder, x, learning, joining, rng, progress)
    centre(encoder, decoder, x)
    _join(encoder, decoder, x, learning, joining, rng, progress)
    fresh = build(latents)  # without the optimiser's state
    fresh[0].set_weights(autoencoder.get_weights())
    return Trained(*fresh)


def _learn(
    model: keras.Model,
    x: Floats,
    epochs: int,
    joining: int,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """The exercise: the image is its own label, the loss is binary cross-entropy."""
    model.compile(_adam(), "binary_crossentropy", metrics=["mse"], jit_compile=False)
    for epoch in range(epochs):
        rows = warp(_repeat(x), rng, 0.0 if len(x) > LEAST_ROWS else WARPED)
        figures = _one_epoch(model, rows, rows, RATE, epoch / epochs)
        progress("learn", epoch + 1, epochs + joining, figures["mse"])


def _join(
    encoder: keras.Model,
    decoder: keras.Model,
    x: Floats,
    learnt: int,
    epochs: int,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """The nearest code for every image, then an epoch on those codes, in turn."""
    search = Search(x) if encoder.output_shape[1] == 2 else None
    code = keras.Input(encoder.output_shape[1:])
    latent = encoder(encoder.inputs[0])
    outputs = [decoder(code), decoder(Quantise()(latent)), latent]
    both = keras.Model([encoder.inputs[0], code], outputs)
    both.compile(_adam(), ["mse"] * 3, loss_weights=[1.0, 1.0, NEARNESS], jit_compile=False)
    for epoch in range(epochs):
        done = epoch / epochs
        rows = warp(_repeat(x), rng, WARPED)
        guess = predict(encoder, rows)
        if search:
            codes = search(decoder, rows, guess, PULL, fine=done > SETTLED)
        else:
            codes = to_codes(guess)
        noise = rng.normal(0, 2 / (STEPS - 1) * NOISE * max(0.0, 1 - done / SETTLED), codes.shape)
        latents = to_latents(codes)
        noisy = latents + noise.astype(np.float32)
        figures = _one_epoch(both, [rows, noisy], [rows, rows, latents], RATE, done)
        progress("join", learnt + epoch + 1, learnt + epochs, figures["decoder_loss"])


def _adam() -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(beta_2=0.99)


def _one_epoch(
    model: keras.Model,
    rows: Floats | list[Floats],
    wanted: Floats | list[Floats],
    rate: float,
    done: float,
) -> dict[str, float]:
    """One pass over the rows, the learning rate on its way down a cosine; its mean losses."""
    model.optimizer.learning_rate = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    history = model.fit(rows, wanted, batch_size=BATCH, epochs=1, verbose=0)
    return {name: float(values[0]) for name, values in history.history.items()}


def _repeat(x: Floats) -> Floats:
    """A small training set several times over: the warps make the copies differ."""
    return np.concatenate([x] * math.ceil(LEAST_ROWS / len(x)))
