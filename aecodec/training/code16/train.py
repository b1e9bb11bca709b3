"""Train the `code16` model: 65,536 images that together lie near every image of a kind.

A code is two bytes: `z = M[c1] + A[c1] E[c2]`, image = sigmoid(MLP(z)). M and A are the middle
and the axes of region c1, E is one codebook of points that all regions share. It starts from the
latents of level q3, which lay the space out: what costs no bits is smooth, what shows is apart.
Three stages, top to bottom in `train`:

1. `initialise`: regions by k-means of the images; M and A the mean and the principal axes of each
   region's latents; E by k-means of all latents along those axes; a fresh decoder learns them.
2. `alternate`, an ensemble of several members, as Lloyd's k-means does: find for every image the
   code whose image is nearest, on the members' average, then train M, A, E and the decoder of each
   for an epoch on those codes. Images are augmented anew in each turn, some take their second-best
   code at first, and latents get noise: what limits the code is how it generalises, not what it
   can hold.
3. `distill`: one member learns what the ensemble draws on average.
"""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.images import PIXELS, Images
from aecodec.kinds.code16 import SIDES
from aecodec.training import mlp
from aecodec.training.arrays import Codes, Floats
from aecodec.training.checkpoint import Arrays, Checkpoint
from aecodec.training.code16 import network
from aecodec.training.code16.config import Code16Config
from aecodec.training.code16.distill import distill
from aecodec.training.code16.network import Report
from aecodec.training.code16.search import EnsembleSearch, kmeans
from aecodec.training.elastic import bend
from aecodec.training.progress import Progress

BEGIN_RATE, RATE = 1.5e-3, 1e-3
USED = 0.1  # a latent that varies less than this, in rounding steps, carries nothing
REGION_DIMENSIONS = 48
POINT_WEIGHTS = (1.6, 0.8)  # of the first and of the last axis when points are clustered
FRESH_ROUNDS = 2  # in which fresh decoders have no say in which code is nearest
BENT = 0.5  # the share of images that is bent in each turn
SECOND = 0.5  # the share that takes the second-best code, fading over the second half
NOISE = 0.3  # on z, in rounding steps of the latents
COARSE = 0.9  # of the rounds of `alternate` run in bfloat16
DEFAULT = Code16Config()

Step = Callable[[Codes], tf.Tensor]


def train(
    images: Images,
    latents: Floats,
    rounds: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
    config: Code16Config = DEFAULT,
) -> dict[str, Floats]:
    """Train a 16-bit code. The same seed gives the same weights on the same machine.

    Args:
        images: uint8 (N, 28, 28).
        latents: float32 (N, K), latents of the same images that lay the space out.
        rounds: Rounds of `alternate`.
        seed: The random seed.
        progress: Told of every epoch and round.
        checkpoint: Keeps the state after every round; where it holds one, training goes on from it.
        config: Sizes and schedule.

    Returns:
        Float arrays by name, as `export_code16` takes them.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    search = EnsembleSearch(images)
    state = checkpoint.load() if checkpoint else None
    total = config.initial_epochs + rounds + config.distill_epochs
    done = itertools.count(1 if state is None else config.initial_epochs + int(state["done"]) + 1)

    def report(stage: str, error: float) -> None:
        progress.epoch(stage, next(done), total, error)

    if state is not None:
        members = mlp.saved_weights(state)
    else:
        spread = latents.std(0)
        used = latents[:, spread >= min(USED, spread.max())]
        members = _members(_initialise(used, images, search, report, config), config)
    _alternate(members, state, images, search, rounds, seed, report, checkpoint, config)
    weights = distill(members, config.distill_epochs, seed, report)
    tables = network.tables(weights)
    return {name: np.asarray(tables.get(name, value))[0] for name, value in weights.items()}


def _initialise(
    latents: Floats, images: Images, search: EnsembleSearch, report: Report, config: Code16Config
) -> mlp.Weights:
    """Regions, axes and points of latents (N, K), and a decoder that has learnt the latents."""
    rng = np.random.default_rng(0)
    count, width = latents.shape
    rank = min(config.rank, width)
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
    weights = {n: tf.Variable(v / network.TABLE_RATE, dtype=tf.float32) for n, v in tables.items()}
    decoder = mlp.layers("dec", (width, *config.hidden, PIXELS), 0.5)
    variables = list(decoder.values())
    adam = network.adam(BEGIN_RATE, config.initial_epochs * mlp.batches(len(images), config.batch))
    adam.build(variables)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            y += tf.random.uniform(tf.shape(y), -0.5, 0.5)
            error = tf.reduce_mean(mlp.squared_error(tf.sigmoid(mlp.forward(decoder, "dec", y)), x))
        adam.apply(tape.gradient(error, variables), variables)
        return error / PIXELS

    def one(batch: Codes) -> tf.Tensor:
        return step(tf.constant(latents[batch]), mlp.to_pixels(images[batch]))

    for error in _epochs(config.initial_epochs, images, config.batch, one):
        report("initialise", error)
    return weights | decoder


def _members(weights: mlp.Weights, config: Code16Config) -> mlp.Weights:
    """Several networks that begin alike but for the decoder, on a new first axis of each weight.

    The first goes on with the decoder that has learnt the latents, the others with fresh ones.
    """
    width = weights["M"].shape[1]
    fresh = [
        mlp.layers("dec", (width, *config.hidden, PIXELS), 0.5) for _ in range(config.members - 1)
    ]
    return {
        name: tf.Variable(tf.stack([value, *(other.get(name, value) for other in fresh)]))
        for name, value in weights.items()
    }


def _alternate(
    weights: mlp.Weights,
    state: Arrays | None,
    images: Images,
    search: EnsembleSearch,
    rounds: int,
    seed: int,
    report: Report,
    checkpoint: Checkpoint | None,
    config: Code16Config,
) -> None:
    """The code for every image whose average image is nearest, then an epoch on it, in turn."""
    variables = [weights[name] for name in sorted(weights)]
    adam = network.adam(RATE, rounds * mlp.batches(len(images), config.batch))
    adam.build(variables)
    first = mlp.resume(state, adam)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(codes: tf.Tensor, x: tf.Tensor, noise: tf.Tensor, coarse: bool) -> tf.Tensor:
        with tf.GradientTape() as tape:
            drawn = network.draw(weights, codes, noise, coarse=coarse)
            errors = tf.reduce_mean((drawn - x) ** 2, [1, 2])
            loss = PIXELS * tf.reduce_sum(errors)
        adam.apply(tape.gradient(loss, variables), variables)
        return tf.reduce_mean(errors)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def average(codes: tf.Tensor, members: int) -> tf.Tensor:
        return network.average({n: v[:members] for n, v in weights.items()}, codes)

    def vote(members: int, codes: Codes) -> Floats:
        return np.asarray(average(tf.constant(codes), members))

    for turn in range(first, rounds):
        rng = np.random.default_rng([seed, turn])  # so that a resumed run draws the same
        last = turn == rounds - 1
        seen = images if last else bend(images, rng, BENT)
        voters = 1 if turn < FRESH_ROUNDS else config.members
        best, second = search(search.project(seen), functools.partial(vote, voters))
        swapped = rng.random(len(seen)) < SECOND * min(1.0, 2 * (1 - turn / rounds)) * (not last)
        codes = np.where(swapped, second, best)
        losses = []
        for batch in mlp.shuffled(len(seen), config.batch, rng):
            noise = NOISE * rng.normal(size=(config.members, len(batch), weights["M"].shape[-1]))
            given = tf.constant(codes[batch]), mlp.to_pixels(seen[batch])
            losses.append(step(*given, tf.constant(noise, tf.float32), turn < COARSE * rounds))
        report("alternate", float(np.mean(losses)))
        if checkpoint is not None:
            mlp.save(checkpoint, weights, adam, turn + 1)


def draw(weights: dict[str, Floats], codes: NDArray[np.integer[Any]]) -> Floats:
    """Decode codes (N,) in float by what `train` returned, (N, 28, 28) in [0, 1]."""
    first, second = codes // SIDES, codes % SIDES
    along = np.einsum("nkr,nr->nk", weights["A"][first], weights["E"][second])
    return mlp.draw(weights, weights["M"][first] + along)


def _epochs(epochs: int, images: Images, size: int, step: Step) -> Iterator[float]:
    """Step through all batches, epoch by epoch; yield the mean of what a step returns."""
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        yield float(np.mean([step(batch) for batch in mlp.shuffled(len(images), size, rng)]))
