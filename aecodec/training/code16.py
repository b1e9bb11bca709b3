"""Train the `code16` model: 65,536 images that together lie near every image of a kind.

A code is two bytes: `z = M[c1] + A[c1] E[c2]`, image = sigmoid(MLP(z)). M and A are the middle
and the axes of region c1, E is one codebook of points that all regions share. Three stages, top
to bottom in `train`:

1. `learn`: an auto-encoder with noise of a rounding step on its latents, trained on rate plus
   distortion (Balle et al. 2017, "End-to-end optimized image compression"). Its latents lay the
   space out: what costs no bits is smooth, what shows is apart.
2. `begin`: regions by k-means of the images; M and A the mean and the principal axes of each
   region's latents; E by k-means of all latents along those axes; a fresh decoder learns them.
3. `settle`, in turns as in Lloyd's k-means: find for every image the code whose decoded image is
   nearest, then train all of M, A, E and the decoder for an epoch on those codes. Images are bent
   anew in each turn, some take their second-best code at first, and latents get noise: what
   limits the code is how it generalises, not what it can hold.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.images import PIXELS, Images
from aecodec.training import mlp
from aecodec.training.checkpoint import Arrays, Checkpoint
from aecodec.training.code16_search import SIDES, Search, kmeans
from aecodec.training.elastic import bend
from aecodec.training.networks import Codes, Floats
from aecodec.training.progress import Progress

ENCODER = (1024, 512)
LATENTS = 80
HIDDEN = (512, 640)
RANK = 10
BATCH = 250
LEARN_EPOCHS, BEGIN_EPOCHS = 16, 6
LEARN_RATE, BEGIN_RATE, RATE = 2e-3, 1.5e-3, 1e-3
TABLE_RATE = 12.0  # how much faster M, A and E learn than the decoder: each row is seen seldom
LAMBDA = 15.0  # bits that a unit of squared error, summed over the pixels, is worth in `learn`
USED = 0.3  # a latent that varies less than this, in rounding steps, carries nothing
REGION_DIMENSIONS = 48
POINT_WEIGHTS = (1.6, 0.8)  # of the first and of the last axis when points are clustered
BENT = 0.5  # the share of images that is bent in each turn
SECOND = 0.5  # the share that takes the second-best code, fading over the second half
NOISE = 0.3  # on z, in rounding steps of `learn`
DECODE_ROWS = 4096

Step = Callable[[Codes], tuple[tf.Tensor, ...]]


def train(
    images: Images,
    rounds: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
) -> dict[str, Floats]:
    """Train on uint8 (N, 28, 28); return floats as `export_code16` takes them.

    The same seed gives the same weights on the same machine. checkpoint: keeps the state
    of `settle` after every round; where it holds one, training goes on from it.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    search = Search(images)
    state = checkpoint.load() if checkpoint else None
    if state is not None:
        weights = mlp.saved_weights(state)
    else:
        total = LEARN_EPOCHS + BEGIN_EPOCHS + rounds
        weights = _begin(_learn(images, total, progress), images, search, total, progress)
    _settle(weights, state, images, search, rounds, seed, progress, checkpoint)
    tables = _tables(weights)
    return {n: np.asarray(tables.get(n, v)) for n, v in weights.items()}


def _learn(images: Images, total: int, progress: Progress) -> Floats:
    """Latents (N, K) of a rate-distortion auto-encoder; one that varies too little is left out."""
    encoder = mlp.layers("enc", (PIXELS, *ENCODER, LATENTS), 8.0)
    decoder = mlp.layers("dec", (LATENTS, *reversed(ENCODER), PIXELS), 0.5)
    scale = tf.Variable(tf.zeros(LATENTS))  # of each latent's logistic distribution, a logarithm
    variables = [*encoder.values(), *decoder.values(), scale]
    steps = LEARN_EPOCHS * mlp.batches(len(images), BATCH)
    adam = _adam(LEARN_RATE, steps)
    adam.build(variables)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            y = mlp.forward(encoder, "enc", x)
            y += tf.random.uniform(tf.shape(y), -0.5, 0.5)
            low, high = ((y + half) * tf.exp(-scale) for half in (-0.5, 0.5))
            share = tf.sigmoid(-tf.abs(low)) - tf.sigmoid(-tf.abs(high))  # without cancellation
            share = tf.where(low * high > 0, tf.abs(share), tf.sigmoid(high) - tf.sigmoid(low))
            bits = -tf.reduce_sum(tf.math.log(share + 1e-9), 1) / math.log(2)
            error = mlp.squared_error(tf.sigmoid(mlp.forward(decoder, "dec", y)), x)
            loss = tf.reduce_mean(bits + LAMBDA * error)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), 200.0)
        adam.apply(gradients, variables)
        return tf.reduce_mean(error) / PIXELS, tf.reduce_mean(bits)

    def one(batch: NDArray[np.int64]) -> tuple[tf.Tensor, ...]:
        return step(mlp.to_pixels(images[batch]))  # type: ignore[no-any-return]

    for epoch, figures in enumerate(_epochs(LEARN_EPOCHS, images, one)):
        progress("learn", epoch + 1, total, *figures)
    encode = tf.function(lambda x: mlp.forward(encoder, "enc", x))
    latents = np.concatenate([encode(mlp.to_pixels(part)).numpy() for part in _blocks(images)])
    return np.asarray(latents[:, latents.std(0) > USED])


def _begin(
    latents: Floats, images: Images, search: Search, total: int, progress: Progress
) -> mlp.Weights:
    """Regions, axes and points of latents (N, K), and a decoder that has learnt the latents."""
    rng = np.random.default_rng(0)
    count, width = latents.shape
    rank = min(RANK, width)
    regions = kmeans(search.project(images)[:, :REGION_DIMENSIONS], SIDES, rng)[1]
    means, axes = np.zeros((SIDES, width)), np.zeros((SIDES, width, rank))
    along = np.zeros((count, rank), np.float32)
    for region in range(SIDES):
        members = np.flatnonzero(regions == region)
        if len(members) == 0:
            means[region] = latents[rng.integers(count)]
            continue
        means[region] = latents[members].mean(0)
        rest = latents[members] - means[region]
        values, vectors = np.linalg.eigh(rest.T @ rest / len(members))
        deviation = np.sqrt(np.maximum(values[::-1][:rank], 1e-3))
        vectors = vectors[:, ::-1][:, :rank]
        vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(rank)])
        axes[region], along[members] = vectors * deviation, rest @ vectors / deviation
    weight = np.linspace(*POINT_WEIGHTS, rank, dtype=np.float32)
    points = kmeans(along * weight, SIDES, rng)[0] / weight
    tables = {"M": means, "A": axes, "E": points}
    weights = {n: tf.Variable(v / TABLE_RATE, dtype=tf.float32) for n, v in tables.items()}
    decoder = mlp.layers("dec", (width, *HIDDEN, PIXELS), 0.5)
    variables = list(decoder.values())
    adam = _adam(BEGIN_RATE, BEGIN_EPOCHS * mlp.batches(len(images), BATCH))
    adam.build(variables)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            y += tf.random.uniform(tf.shape(y), -0.5, 0.5)
            error = tf.reduce_mean(mlp.squared_error(tf.sigmoid(mlp.forward(decoder, "dec", y)), x))
        adam.apply(tape.gradient(error, variables), variables)
        return error / PIXELS

    def one(batch: NDArray[np.int64]) -> tuple[tf.Tensor, ...]:
        return (step(tf.constant(latents[batch]), mlp.to_pixels(images[batch])),)

    for epoch, figures in enumerate(_epochs(BEGIN_EPOCHS, images, one)):
        progress("begin", LEARN_EPOCHS + epoch + 1, total, *figures)
    return weights | decoder


def _settle(
    weights: mlp.Weights,
    state: Arrays | None,
    images: Images,
    search: Search,
    rounds: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> None:
    """The nearest code for every image, then an epoch on those codes, in turn."""
    variables = [weights[name] for name in sorted(weights)]
    adam = _adam(RATE, rounds * mlp.batches(len(images), BATCH))
    adam.build(variables)
    first = mlp.resume(state, adam)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(codes: tf.Tensor, x: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            drawn = _draw(weights, codes, noise)
            error = tf.reduce_mean(mlp.squared_error(drawn, x))
        adam.apply(tape.gradient(error, variables), variables)
        return error / PIXELS

    draw = tf.function(lambda codes: _draw(weights, codes, 0.0))
    for turn in range(first, rounds):
        rng = np.random.default_rng([seed, turn])  # so that a resumed run draws the same
        last = turn == rounds - 1
        seen = images if last else bend(images, rng, BENT)
        best, second = search(search.project(seen), lambda codes: draw(codes).numpy())
        swapped = rng.random(len(seen)) < SECOND * min(1.0, 2 * (1 - turn / rounds)) * (not last)
        codes = np.where(swapped, second, best)
        losses = []
        for batch in mlp.shuffled(len(seen), BATCH, rng):
            noise = NOISE * rng.normal(size=(len(batch), weights["M"].shape[1]))
            given = tf.constant(codes[batch]), mlp.to_pixels(seen[batch])
            losses.append(step(*given, tf.constant(noise, tf.float32)))
        before = LEARN_EPOCHS + BEGIN_EPOCHS
        progress("settle", before + turn + 1, before + rounds, float(np.mean(losses)))
        if checkpoint is not None:
            mlp.save(checkpoint, weights, adam, turn + 1)


def _tables(weights: mlp.Weights) -> dict[str, tf.Tensor]:
    """M, A and E; their variables are kept small, so that Adam moves them TABLE_RATE times."""
    return {name: weights[name] * TABLE_RATE for name in "MAE"}


def _draw(weights: mlp.Weights, codes: tf.Tensor, noise: tf.Tensor | float) -> tf.Tensor:
    """Map codes (N,) to pixels in [0, 1], (N, 784)."""
    tables = _tables(weights)
    first, second = codes // SIDES, codes % SIDES
    axes, points = tf.gather(tables["A"], first), tf.gather(tables["E"], second)
    z = tf.gather(tables["M"], first) + tf.einsum("nkr,nr->nk", axes, points)
    return tf.sigmoid(mlp.forward(weights, "dec", z + noise))


def draw(weights: dict[str, Floats], codes: NDArray[np.integer[Any]]) -> Floats:
    """Decode codes (N,) in float by what `train` returned, (N, 28, 28) in [0, 1]."""
    first, second = codes // SIDES, codes % SIDES
    along = np.einsum("nkr,nr->nk", weights["A"][first], weights["E"][second])
    return mlp.draw(weights, weights["M"][first] + along)


def _adam(rate: float, steps: int) -> keras.optimizers.Optimizer:
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.015)
    return keras.optimizers.Adam(schedule, epsilon=1e-8)


def _blocks(images: Images) -> list[Images]:
    return [images[start : start + DECODE_ROWS] for start in range(0, len(images), DECODE_ROWS)]


def _epochs(epochs: int, images: Images, step: Step) -> Iterator[list[float]]:
    """Step through all batches, epoch by epoch; yield the means of what a step returns."""
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        figures = [step(batch) for batch in mlp.shuffled(len(images), BATCH, rng)]
        yield np.mean(figures, 0).tolist()
