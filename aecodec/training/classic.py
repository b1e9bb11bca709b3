"""Train the `classic` model: an auto-encoder whose code is a few numbers of 8 bits each.

Stages, top to bottom in `train`:

1. `learn`: the exercise itself. Encoder and decoder learn together, by binary cross-entropy.
2. `spread` the codes of the training images evenly over the grid of 256 x 256 codes.
3. `alternate`, as in Lloyd's k-means: give every image the code whose decoded image is nearest,
   then train the decoder on those codes. Noise on the codes that fades away keeps neighbours
   alike, as the shrinking neighbourhood of a self-organising map does (Kohonen 1982).
4. `follow`: the encoder learns to find the codes, through the decoder, which stays as it is.

With any other number of latents than two, where not all codes can be tried, stages 2 to 4 give
way to `settle`: both go on together with the code rounded as it will be.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from aecodec.images import Images
from aecodec.training.augment import warp
from aecodec.training.networks import (
    STEPS,
    Codes,
    Floats,
    Quantise,
    build,
    predict,
    to_floats,
    to_latents,
)
from aecodec.training.search import Search, spread

BATCH = 512
RATE = 1e-3
DECODER_RATE = 4e-3  # in `alternate`
SHARES = {"learn": 0.06, "alternate": 0.78, "follow": 0.16}  # of the epochs
WARPED = 0.5  # the share of images that is warped in each epoch
SPREAD = 16.0  # grid steps: the noise on the codes at the start of `alternate`
SETTLED = 0.7  # the share of `alternate` after which that noise is gone
LEAST_ROWS = 10_000  # a small training set is repeated up to this, each copy warped anew

Progress = Callable[[str, int, int, float], None]  # stage, epoch, of epochs, loss


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
    part = {stage: max(1, round(share * epochs)) for stage, share in SHARES.items()}
    autoencoder, encoder, decoder = build(latents)
    _learn(autoencoder, x, part["learn"], rng, progress)
    if latents == 2:
        search = Search(x)
        codes = spread(predict(encoder, x))
        _alternate(decoder, search, x, codes, part["alternate"], rng, progress)
        _follow(encoder, decoder, search, x, part["follow"], rng, progress)
    else:
        _centre(encoder, x)
        _settle(encoder, decoder, x, part["alternate"] + part["follow"], rng, progress)
    return Trained(autoencoder, encoder, decoder)


def _learn(
    model: keras.Model, x: Floats, epochs: int, rng: np.random.Generator, progress: Progress
) -> None:
    """The exercise: the image is its own label, the loss is binary cross-entropy."""
    model.compile(optimizer=_adam(), loss="binary_crossentropy", jit_compile=False)
    for epoch in range(epochs):
        rows = warp(_repeat(x), rng, 0.0 if len(x) > LEAST_ROWS else WARPED)
        progress("learn", epoch + 1, epochs, _one_epoch(model, rows, rows, RATE, epoch / epochs))


def _alternate(
    decoder: keras.Model,
    search: Search,
    x: Floats,
    codes: Codes,
    rounds: int,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """The nearest code for every image, then an epoch of the decoder on those codes, in turn."""
    # the old latents are gone, so the decoder starts afresh
    decoder.set_weights(build(decoder.input_shape[1])[2].get_weights())
    decoder.compile(optimizer=_adam(), loss="mse", jit_compile=False)
    rows = x
    for turn in range(rounds):
        done = turn / rounds
        if turn > 0:
            rows = warp(_repeat(x), rng, WARPED)
            codes = search(decoder, rows, fine=done > SETTLED)
        noise = rng.normal(0, 2 / (STEPS - 1) * SPREAD * max(0.0, 1 - done / SETTLED), codes.shape)
        latents = to_latents(codes) + noise.astype(np.float32)
        loss = _one_epoch(decoder, latents, rows, DECODER_RATE, done)
        progress("alternate", turn + 1, rounds, loss)


def _follow(
    encoder: keras.Model,
    decoder: keras.Model,
    search: Search,
    x: Floats,
    epochs: int,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """The encoder learns the code of an image, and what the decoder makes of it."""
    decoder.trainable = False
    latent = encoder.outputs[0]
    both = keras.Model(encoder.inputs, [latent, decoder(latent)])
    losses = {"loss": ["mae", "mse"], "loss_weights": [0.02, 1.0]}
    both.compile(optimizer=_adam(), jit_compile=False, **losses)
    for epoch in range(epochs):
        rows = warp(_repeat(x), rng, WARPED)
        wanted = to_latents(search(decoder, rows, fine=False))
        loss = _one_epoch(both, rows, [wanted, rows], RATE, epoch / epochs)
        progress("follow", epoch + 1, epochs, loss)
    decoder.trainable = True


def _centre(encoder: keras.Model, x: Floats) -> None:
    """Scale the latents so that the training images fill [-1, 1]; the last layer takes it up."""
    low, high = np.percentile(predict(encoder, x), [0.2, 99.8], axis=0)
    layer = encoder.get_layer("latent")
    kernel, bias = layer.get_weights()
    scale = 2 / np.maximum(high - low, 1e-6)
    layer.set_weights([kernel * scale, (bias - (low + high) / 2) * scale])


def _settle(
    encoder: keras.Model,
    decoder: keras.Model,
    x: Floats,
    epochs: int,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """Go on together, with the code rounded as it will be, on squared error."""
    model = keras.Sequential([encoder, Quantise(), decoder])
    model.compile(optimizer=_adam(), loss="mse", jit_compile=False)
    for epoch in range(epochs):
        rows = warp(_repeat(x), rng, WARPED)
        progress("settle", epoch + 1, epochs, _one_epoch(model, rows, rows, RATE, epoch / epochs))


def _adam() -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(beta_2=0.99)


def _one_epoch(
    model: keras.Model, rows: Floats, wanted: Floats | list[Floats], rate: float, done: float
) -> float:
    """One pass over the rows, the learning rate on its way down a cosine; the mean loss."""
    model.optimizer.learning_rate = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    history = model.fit(rows, wanted, batch_size=BATCH, epochs=1, verbose=0)
    return float(history.history["loss"][0])


def _repeat(x: Floats) -> Floats:
    """A small training set several times over: the warps make the copies differ."""
    return np.concatenate([x] * math.ceil(LEAST_ROWS / len(x)))
