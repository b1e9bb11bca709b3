"""Train the `transform` levels q1 to q5: latents, the prior they are coded under, the networks.

    image -- encoder --> latents -- round, clip --> integers -- decoder, sigmoid --> image
    prior: P(latent i | latents before i), a masked network (MADE: Germain et al. 2015)

`fit` trains all three at once on bits + lambda * squared error (Balle et al. 2017, "End-to-end
optimized image compression"; autoregressive prior: Minnen et al. 2018). Rate and distortion both
see the rounded latents, and gradients pass the rounding as if it was not there (Bengio et al.
2013); what a latent itself costs has the slope of its bits between two integers, at a place
that uniform noise chooses. One transform serves all levels: q3 is fitted first, and the others
go on from a neighbour with a lambda that moves to their own.

`refine` ends each level as in Lloyd's k-means: the codec's own search finds the latents that it
would code, and the networks learn those latents.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.images import PIXELS, Images
from aecodec.kinds.image_networks import GreyDecoder
from aecodec.kinds.transform.prior import Prior
from aecodec.kinds.transform.search import LatentSearch
from aecodec.training import mlp
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.elastic import bend
from aecodec.training.progress import Progress
from aecodec.training.transform.export import export_transform

ENCODER, DECODER, PRIOR = (1024, 512), (640, 1024), (384, 384)
LATENTS = 80
LOWEST, ALPHABET = -8, 16
PIXEL_MEAN = 0.13
BATCH = 256
WARM_UP = 200  # steps
BENT = 0.5  # the share of images that is bent in each epoch but the last
COARSE = 0.9  # of the epochs run in bfloat16
STEEPEST = 8.0  # bits that a step of one can count for in a slope
OUTSIDE = 10.0  # what a squared step outside the alphabet costs
MOST_GRADIENT = 200.0
USED = 1e-3  # of the images, at least, must use more than one value of a latent that is kept
COPIES = 0.3  # bent copies that `refine` adds, for each image
ROUNDS = 6  # of search, for each of them
REFINE_EPOCHS, REFINE_RATE = 8, 8e-4


@dataclass(frozen=True)
class Level:
    """A point of the curve: its weight lambda, in bits a unit of squared error, and its rate.

    start: the level whose fit it goes on from.
    """

    weight: float
    start: str | None
    rate: float


LEVELS = {
    "q1": Level(1.75, "q2", 2.5e-3),
    "q2": Level(5.0, "q3", 2.5e-3),
    "q3": Level(15.0, None, 4e-3),
    "q4": Level(50.0, "q3", 3e-3),
    "q5": Level(200.0, "q4", 2.5e-3),
}


def fit(
    name: str,
    start: Mapping[str, Floats] | None,
    images: Images,
    epochs: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
) -> dict[str, Floats]:
    """Train on uint8 (N, 28, 28) from what `fit` gave for the level's start, or from nothing.

    The same seed gives the same weights on the same machine. checkpoint: keeps the state
    after every epoch; where it holds one, training goes on from it.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    level = LEVELS[name]
    state = checkpoint.load() if checkpoint else None
    if state is not None:
        weights = mlp.saved_weights(state)
    elif start:
        weights = {name: tf.Variable(value) for name, value in start.items()}
    else:
        weights = _networks()
    variables = [weights[key] for key in sorted(weights)]
    adam = _adam(level.rate, epochs * mlp.batches(len(images), BATCH))
    adam.build(variables)
    masks = _masks(_degrees(), LATENTS)
    first = mlp.resume(state, adam)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(x: tf.Tensor, weight: tf.Tensor, noise: tf.Tensor, coarse: bool) -> Any:
        dtype = tf.bfloat16 if coarse else tf.float32
        with tf.GradientTape() as tape:
            y = tf.cast(mlp.forward(weights, "enc", tf.cast(x - PIXEL_MEAN, dtype)), tf.float32)
            inside = _clip(y)
            outside = tf.reduce_mean(mlp.squared_error(y, inside))
            latents = inside + tf.stop_gradient(tf.round(inside) - inside)
            prices = _prices(weights, masks, tf.cast(latents, dtype))
            slope = _slope(prices, _clip(inside + noise))
            own = _price_of(prices, tf.stop_gradient(latents))
            bits = tf.reduce_mean(tf.reduce_sum(own + slope - tf.stop_gradient(slope), 1))
            error = tf.reduce_mean(mlp.squared_error(_draw(weights, tf.cast(latents, dtype)), x))
            loss = bits + weight * error + OUTSIDE * outside
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), MOST_GRADIENT)
        adam.apply(gradients, variables)
        return bits, error / PIXELS

    from_weight = LEVELS[level.start].weight if start and level.start else level.weight
    for epoch in range(first, epochs):
        rng = np.random.default_rng([seed, epoch])  # so that a resumed run draws the same
        seen = bend(images, rng, BENT) if epoch < epochs - 1 else images
        done = min(1.0, 3 * epoch / epochs)
        weight = tf.constant(from_weight * (level.weight / from_weight) ** done, tf.float32)
        figures = []
        for batch in mlp.shuffled(len(seen), BATCH, rng):
            noise = tf.constant(rng.uniform(-0.5, 0.5, (BATCH, LATENTS)), tf.float32)
            x = mlp.to_pixels(seen[batch])
            figures.append(step(x, weight, noise, epoch < COARSE * epochs))
        bits, error = np.mean(figures, 0)
        if checkpoint is not None:
            mlp.save(checkpoint, weights, adam, epoch + 1)
        progress(f"fit {name}", epoch + 1, epochs, float(error), float(bits))
    return mlp.to_arrays(weights)


def refine(
    name: str, fitted: Mapping[str, Floats], images: Images, seed: int, progress: Progress
) -> dict[str, Floats]:
    """Fit what `fit` gave to the latents that the search finds; return what is exported.

    The latents that no image uses are left out.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng([seed, 1])
    trained = prune(fitted, guess(fitted, images)) | _settings(LEVELS[name].weight)
    few = rng.permutation(len(images))[: int(COPIES * len(images))]
    seen = np.concatenate([images, bend(images[few], rng, 1.0)])
    arrays = export_transform(trained, images)
    prior = Prior(arrays)
    search = LatentSearch(arrays, prior, GreyDecoder(arrays, prior.range))
    latents = search(seen, ROUNDS).astype(np.float32)
    weights = {k: tf.Variable(v) for k, v in trained.items() if k[-2:] in ("_w", "_b")}
    variables = [weights[key] for key in sorted(weights)]
    adam = _adam(REFINE_RATE, REFINE_EPOCHS * mlp.batches(len(seen), BATCH))
    adam.build(variables)
    masks = _masks(trained["degree"], latents.shape[1])

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(x: tf.Tensor, y: tf.Tensor, coarse: bool) -> Any:
        dtype = tf.bfloat16 if coarse else tf.float32
        with tf.GradientTape() as tape:
            given = tf.cast(y, dtype)
            bits = tf.reduce_sum(_price_of(_prices(weights, masks, given), y), 1)
            error = mlp.squared_error(_draw(weights, given), x)
            guess = mlp.forward(weights, "enc", tf.cast(x - PIXEL_MEAN, dtype))
            miss = mlp.squared_error(tf.cast(guess, tf.float32), y)
            loss = tf.reduce_mean(bits + LEVELS[name].weight * error + miss)
        adam.apply(tape.gradient(loss, variables), variables)
        return tf.reduce_mean(bits), tf.reduce_mean(error) / PIXELS

    for epoch in range(REFINE_EPOCHS):
        figures = [
            step(mlp.to_pixels(seen[batch]), latents[batch], epoch < COARSE * REFINE_EPOCHS)
            for batch in mlp.shuffled(len(seen), BATCH, rng)
        ]
        bits, error = np.mean(figures, 0)
        progress(f"refine {name}", epoch + 1, REFINE_EPOCHS, float(error), float(bits))
    refined = trained | mlp.to_arrays(weights)
    return refined | {k: refined[k] * m.numpy() for k, m in masks.items()}


def prune(fitted: Mapping[str, Floats], latents: Floats) -> dict[str, Floats]:
    """Leave out the latents that have one value in nearly all of `latents` (N, LATENTS).

    That value goes into the biases of what takes it. The prior's masks are multiplied in.
    """
    masks = _masks(_degrees(), LATENTS)
    kept = {k: v * masks[k].numpy() if k in masks else v for k, v in fitted.items()}
    usual = np.median(latents, 0)
    used = (latents != usual).mean(0) > USED
    fixed = np.where(used, 0, usual).astype(np.float32)
    last = len(ENCODER)
    for name in ("dec0", "pri0"):
        kept[f"{name}_b"] = kept[f"{name}_b"] + fixed @ kept[f"{name}_w"]
        kept[f"{name}_w"] = kept[f"{name}_w"][used]
    for part in (f"enc{last}_w", f"enc{last}_b"):
        kept[part] = kept[part][..., used]
    for part in (f"pri{len(PRIOR)}_w", f"pri{len(PRIOR)}_b"):
        table = kept[part].reshape(-1, LATENTS, ALPHABET)[:, used]
        kept[part] = table.reshape(*fitted[part].shape[:-1], -1)
    seen = np.concatenate([[0], np.cumsum(used)])[_degrees()]
    kept["degree"] = np.minimum(seen, used.sum() - 1)  # a unit that saw all would serve none
    masks = _masks(kept["degree"], int(used.sum()))
    return kept | {k: kept[k] * mask.numpy() for k, mask in masks.items()}


def _settings(weight: float) -> dict[str, NDArray[Any]]:
    settings = {"lo": LOWEST, "alphabet": ALPHABET, "pixel_mean": PIXEL_MEAN, "lam": weight}
    return {name: np.array(value, np.float32) for name, value in settings.items()}


def _networks() -> mlp.Weights:
    """Networks whose latents spread over a few integers and whose prior is a bell about 0."""
    prior = mlp.layers("pri", (LATENTS, *PRIOR, LATENTS * ALPHABET), 0.0)
    bell = -0.7 * np.abs(np.arange(LOWEST, LOWEST + ALPHABET))
    prior[f"pri{len(PRIOR)}_b"].assign(np.tile(bell, LATENTS))
    return (
        mlp.layers("enc", (PIXELS, *ENCODER, LATENTS), 8.0)
        | mlp.layers("dec", (LATENTS, *DECODER, PIXELS), 0.5)
        | prior
    )


def _degrees() -> NDArray[np.int64]:
    """How many latents each hidden unit of the prior sees, ascending, (H,)."""
    return np.arange(PRIOR[0]) * (LATENTS - 1) // PRIOR[0] + 1


def _masks(degree: NDArray[Any], latents: int) -> dict[str, tf.Tensor]:
    """What keeps each layer of the prior from seeing a latent before its turn (MADE)."""
    place, degree = np.arange(latents)[:, None], degree[None]
    last = np.repeat(degree.T <= place.T, ALPHABET, 1)
    masks = (place < degree, degree >= degree.T, last)
    return {f"pri{i}_w": tf.constant(mask, tf.float32) for i, mask in enumerate(masks)}


def _prices(weights: mlp.Weights, masks: Mapping[str, tf.Tensor], latents: tf.Tensor) -> tf.Tensor:
    """What each value of each latent costs after those before it, bits (N, K, ALPHABET)."""
    odds = tf.cast(mlp.forward(weights, "pri", latents, masks), tf.float32)
    odds = tf.reshape(odds, (tf.shape(odds)[0], -1, ALPHABET))
    return tf.nn.log_softmax(odds) * (-1 / math.log(2))


def _price_of(prices: tf.Tensor, latents: tf.Tensor) -> tf.Tensor:
    """What integer latents (N, K) cost, bits (N, K)."""
    return tf.gather(prices, tf.cast(latents, tf.int32) - LOWEST, batch_dims=2)


def _slope(prices: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Bits (N, K) at real-valued places (N, K), linear between integers, for its gradient only."""
    values = tf.range(LOWEST, LOWEST + ALPHABET, dtype=tf.float32)
    tent = tf.nn.relu(1 - tf.abs(places[..., None] - values))
    least = tf.reduce_min(prices, -1, keepdims=True)
    return tf.reduce_sum(tent * tf.stop_gradient(tf.minimum(prices, least + STEEPEST)), -1)


def _draw(weights: mlp.Weights, latents: tf.Tensor) -> tf.Tensor:
    """Map latents (N, K) to pixels in [0, 1], float32 (N, 784)."""
    return tf.sigmoid(tf.cast(mlp.forward(weights, "dec", latents), tf.float32))


def draw(weights: Mapping[str, Floats], latents: NDArray[np.integer[Any]]) -> Floats:
    """Decode integer latents (N, K) in float by what `refine` returned, (N, 28, 28) in [0, 1]."""
    return mlp.draw(weights, latents.astype(np.float32))


def guess(fitted: Mapping[str, Floats], images: Images) -> Floats:
    """The integer latents (N, LATENTS) that the encoder network alone gives."""
    weights = {k: tf.constant(v) for k, v in fitted.items()}
    encode = tf.function(lambda x: _clip(tf.round(mlp.forward(weights, "enc", x - PIXEL_MEAN))))
    blocks = range(0, len(images), 5000)
    return np.concatenate([encode(mlp.to_pixels(images[i : i + 5000])).numpy() for i in blocks])


def _clip(latents: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(latents, float(LOWEST), float(LOWEST + ALPHABET - 1))


def _adam(rate: float, steps: int) -> keras.optimizers.Optimizer:
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - WARM_UP), alpha=0.005, warmup_target=rate, warmup_steps=WARM_UP
    )
    return keras.optimizers.Adam(schedule, epsilon=1e-8)
