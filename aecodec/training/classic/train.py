"""Train the `classic` kind: an auto-encoder whose code is a few latents of 8 bits each.

Two stages, top to bottom in `train`:

1. `pretrain`: encoder and decoder learn together, by binary cross-entropy, without quantisation.
2. `alternate`, as Lloyd's k-means does: find for every image the code whose decoded image is
   nearest, not too far from where the encoder puts it; then train the decoder on those codes, and
   both networks together through the rounded code, on squared error. The pull towards the encoder
   keeps the latent space in one piece, so that the encoder can follow. Noise on the codes, which
   fades away, keeps neighbours alike, as the shrinking neighbourhood of a self-organising map does
   (Kohonen 1982).

With two latents the nearest code is searched for; otherwise it is the one that the encoder gives.
"""

import math
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from aecodec.images import Images
from aecodec.training.arrays import Floats, predict, squared_error, to_floats
from aecodec.training.augment import warp
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classic.config import ClassicConfig
from aecodec.training.classic.networks import Quantise, build, rescale_latents, to_codes, to_latents
from aecodec.training.classic.search import Codebook, FloatSearch
from aecodec.training.code_table import STEPS
from aecodec.training.loop import TrainingLoop
from aecodec.training.progress import Progress

DEFAULT = ClassicConfig()


@dataclass(frozen=True)
class Trained:
    """Trained float networks, whose latents lie on the grid `-1 + 2 * code / 255`.

    Attributes:
        autoencoder: Both halves in a chain.
        encoder: (N, 28, 28) to (N, latents).
        decoder: (N, latents) to (N, 28, 28).
        notes: What is to be known about the training, a sentence each.
        linear: Whether the decoder ends in a clip to [0, 1] in place of a sigmoid.
    """

    autoencoder: keras.Model
    encoder: keras.Model
    decoder: keras.Model
    notes: tuple[str, ...] = ()
    linear: bool = False


def train(
    images: Images,
    latents: int,
    epochs: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
    validation: Images | None = None,
    config: ClassicConfig = DEFAULT,
) -> Trained:
    """Train the auto-encoder. The same seed gives the same weights on the same machine.

    Args:
        images: uint8 (N, 28, 28).
        latents: How many numbers a code has.
        epochs: Passes over the images.
        seed: The random seed.
        progress: Told of every epoch.
        checkpoint: Keeps the state after every epoch; where it holds one, training goes on from it.
        validation: uint8 (M, 28, 28), by which early stopping judges.
        config: Sizes and schedule.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    x = to_floats(images)
    held = None if validation is None else to_floats(validation)
    learning = max(1, round(config.pretraining * epochs))
    total = learning + max(1, epochs - learning)
    autoencoder, encoder, decoder = build(latents, config)
    loop = TrainingLoop(autoencoder, total, seed, checkpoint, config.patience)
    if loop.done <= learning:
        _pretrain(autoencoder, x, held, learning, loop, progress, config)
        rescale_latents(encoder, decoder, x)
    _alternate(encoder, decoder, x, held, learning, loop, progress, config)
    notes = loop.end()
    fresh = build(latents, config)  # without the optimiser's state
    fresh[0].set_weights(autoencoder.get_weights())
    return Trained(*fresh, notes)


def _pretrain(
    model: keras.Model,
    x: Floats,
    held: Floats | None,
    epochs: int,
    loop: TrainingLoop,
    progress: Progress,
    config: ClassicConfig,
) -> None:
    """Both halves by binary cross-entropy, the image being its own label."""
    model.compile(adam(), "binary_crossentropy", metrics=["mse"], jit_compile=False)
    loop.begin(model)
    while loop.done < epochs:
        rows = warped_rows(x, loop.rng, config)
        figures = one_epoch(model, rows, rows, loop.done / epochs, config)
        loop.finish_epoch(model.optimizer)
        validation = None if held is None else squared_error(held, predict(model, held))
        progress.epoch("pretrain", loop.done, loop.epochs, figures["mse"], validation=validation)


def _alternate(
    encoder: keras.Model,
    decoder: keras.Model,
    x: Floats,
    held: Floats | None,
    pretrained: int,
    loop: TrainingLoop,
    progress: Progress,
    config: ClassicConfig,
) -> None:
    """The nearest code for every image, then an epoch on those codes, in turn."""
    code = keras.Input(encoder.output_shape[1:])
    latent = encoder(encoder.inputs[0])
    outputs = [decoder(code), decoder(Quantise()(latent)), latent]
    both = keras.Model([encoder.inputs[0], code], outputs)
    both.compile(adam(), ["mse"] * 3, loss_weights=[1.0, 1.0, config.nearness], jit_compile=False)
    loop.begin(both)
    search = FloatSearch(x) if encoder.output_shape[1] == 2 else None
    epochs = loop.epochs - pretrained

    def codebook(done: float) -> Codebook | None:
        return search.codebook(decoder, fine=done > config.settled) if search else None

    done = (loop.done - pretrained) / epochs
    book = codebook(done)
    while done < 1 and not loop.stopped_early:
        rows = warp(repeat(x, config), loop.rng, config.warped)
        guess = predict(encoder, rows)
        codes = book(rows, guess, config.pull) if book else to_codes(guess)
        spread = 2 / (STEPS - 1) * config.noise * max(0.0, 1 - done / config.settled)
        noise = loop.rng.normal(0, spread, codes.shape)
        latents = to_latents(codes)
        noisy = latents + noise.astype(np.float32)
        figures = one_epoch(both, [rows, noisy], [rows, rows, latents], done, config)
        done = (loop.done + 1 - pretrained) / epochs
        book = codebook(done)
        validation = None if held is None else _validate(encoder, decoder, book, held)
        loop.finish_epoch(both.optimizer, validation)
        progress.epoch(
            "alternate", loop.done, loop.epochs, figures["decoder_loss"], validation=validation
        )


def _validate(
    encoder: keras.Model, decoder: keras.Model, book: Codebook | None, held: Floats
) -> float:
    """The mean squared error of images (M, 28, 28) through their codes."""
    guess = predict(encoder, held)
    codes = book(held, guess) if book else to_codes(guess)
    return squared_error(held, predict(decoder, to_latents(codes)))


def warped_rows(x: Floats, rng: np.random.Generator, config: ClassicConfig) -> Floats:
    """Rows for an epoch: images (N, 28, 28) as they are, or few ones repeated and augmented."""
    return warp(repeat(x, config), rng, 0.0 if len(x) > config.least_rows else config.warped)


def adam() -> keras.optimizers.Optimizer:
    """Adam as all classic networks are trained with."""
    return keras.optimizers.Adam(beta_2=0.99)


def one_epoch(
    model: keras.Model,
    rows: Floats | list[Floats],
    wanted: Floats | list[Floats] | dict[str, Floats],
    done: float,
    config: ClassicConfig,
) -> dict[str, float]:
    """One pass over the rows, the learning rate falling along a cosine; its mean losses."""
    falling = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))
    model.optimizer.learning_rate = config.rate * falling
    history = model.fit(rows, wanted, batch_size=config.batch, epochs=1, verbose=0)
    return {name: float(values[0]) for name, values in history.history.items()}


def repeat(x: Floats, config: ClassicConfig) -> Floats:
    """A small training set several times over; augmentation makes the copies differ."""
    return np.concatenate([x] * math.ceil(config.least_rows / len(x)))
