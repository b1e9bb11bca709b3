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
from aecodec.training.arrays import Floats, predict, squared_error, to_floats
from aecodec.training.augment import warp
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classic.networks import Quantise, build, centre, to_codes, to_latents
from aecodec.training.classic.search import Codebook, Search
from aecodec.training.classic.tables import STEPS
from aecodec.training.loop import Course
from aecodec.training.progress import Progress

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
    """What training hands over; latents lie on the grid `-1 + 2 * code / 255`.

    notes: what is to be known about its course, a sentence each; linear: whether the decoder ends
    in a clip to [0, 1] in place of a sigmoid.
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
) -> Trained:
    """Train on uint8 (N, 28, 28). The same seed gives the same weights on the same machine.

    checkpoint: keeps the state after every epoch; where it holds one, training goes on from it.
    validation: uint8 (M, 28, 28), which end the training where they no longer gain from it.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    x = to_floats(images)
    held = None if validation is None else to_floats(validation)
    learning = max(1, round(LEARNING * epochs))
    total = learning + max(1, epochs - learning)
    autoencoder, encoder, decoder = build(latents)
    course = Course(autoencoder, total, seed, checkpoint)
    if course.done <= learning:
        _learn(autoencoder, x, held, learning, course, progress)
        centre(encoder, decoder, x)
    _join(encoder, decoder, x, held, learning, course, progress)
    notes = course.end()
    fresh = build(latents)  # without the optimiser's state
    fresh[0].set_weights(autoencoder.get_weights())
    return Trained(*fresh, notes)


def _learn(
    model: keras.Model,
    x: Floats,
    held: Floats | None,
    epochs: int,
    course: Course,
    progress: Progress,
) -> None:
    """The exercise: the image is its own label, the loss is binary cross-entropy."""
    model.compile(adam(), "binary_crossentropy", metrics=["mse"], jit_compile=False)
    course.begin(model)
    while course.done < epochs:
        rows = warped_rows(x, course.rng)
        figures = one_epoch(model, rows, rows, course.done / epochs)
        course.finish_epoch(model.optimizer)
        validation = None if held is None else squared_error(held, predict(model, held))
        progress("learn", course.done, course.epochs, figures["mse"], validation=validation)


def _join(
    encoder: keras.Model,
    decoder: keras.Model,
    x: Floats,
    held: Floats | None,
    learnt: int,
    course: Course,
    progress: Progress,
) -> None:
    """The nearest code for every image, then an epoch on those codes, in turn."""
    code = keras.Input(encoder.output_shape[1:])
    latent = encoder(encoder.inputs[0])
    outputs = [decoder(code), decoder(Quantise()(latent)), latent]
    both = keras.Model([encoder.inputs[0], code], outputs)
    both.compile(adam(), ["mse"] * 3, loss_weights=[1.0, 1.0, NEARNESS], jit_compile=False)
    course.begin(both)
    search = Search(x) if encoder.output_shape[1] == 2 else None
    epochs = course.epochs - learnt

    def codebook(done: float) -> Codebook | None:
        return search.codebook(decoder, fine=done > SETTLED) if search else None

    done = (course.done - learnt) / epochs
    book = codebook(done)
    while done < 1 and not course.exhausted:
        rows = warp(repeat(x), course.rng, WARPED)
        guess = predict(encoder, rows)
        codes = book(rows, guess, PULL) if book else to_codes(guess)
        spread = 2 / (STEPS - 1) * NOISE * max(0.0, 1 - done / SETTLED)
        noise = course.rng.normal(0, spread, codes.shape)
        latents = to_latents(codes)
        noisy = latents + noise.astype(np.float32)
        figures = one_epoch(both, [rows, noisy], [rows, rows, latents], done)
        done = (course.done + 1 - learnt) / epochs
        book = codebook(done)
        validation = None if held is None else _validate(encoder, decoder, book, held)
        course.finish_epoch(both.optimizer, validation)
        progress("join", course.done, course.epochs, figures["decoder_loss"], validation=validation)


def _validate(
    encoder: keras.Model, decoder: keras.Model, book: Codebook | None, held: Floats
) -> float:
    """The mean squared error of images (M, 28, 28) through their codes."""
    guess = predict(encoder, held)
    codes = book(held, guess) if book else to_codes(guess)
    return squared_error(held, predict(decoder, to_latents(codes)))


def warped_rows(x: Floats, rng: np.random.Generator) -> Floats:
    """Rows for an epoch: images (N, 28, 28) as they are, or few ones repeated and warped."""
    return warp(repeat(x), rng, 0.0 if len(x) > LEAST_ROWS else WARPED)


def adam() -> keras.optimizers.Optimizer:
    """Adam as all classic networks are trained with."""
    return keras.optimizers.Adam(beta_2=0.99)


def one_epoch(
    model: keras.Model,
    rows: Floats | list[Floats],
    wanted: Floats | list[Floats] | dict[str, Floats],
    done: float,
    rate: float = RATE,
) -> dict[str, float]:
    """One pass over the rows, the learning rate on its way down a cosine; its mean losses."""
    model.optimizer.learning_rate = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    history = model.fit(rows, wanted, batch_size=BATCH, epochs=1, verbose=0)
    return {name: float(values[0]) for name, values in history.history.items()}


def repeat(x: Floats) -> Floats:
    """A small training set several times over: the warps make the copies differ."""
    return np.concatenate([x] * math.ceil(LEAST_ROWS / len(x)))
