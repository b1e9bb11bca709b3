"""Train the `transform` levels q1 to q5: latents, the prior they are coded under, the networks.

    image -- encoder --> latents -- round, clip --> integers -- decoder, sigmoid --> image
    prior: P(latent i | latents before i), a masked network (MADE: Germain et al. 2015)

`fit` trains all three at once on bits + lambda * squared error (Ballé et al. 2017, "End-to-end
optimized image compression"; autoregressive prior: Minnen et al. 2018). Rate and distortion both
see the rounded latents, and gradients pass the rounding as if it was not there (Bengio et al.
2013); what a latent itself costs has the slope of its bits between two integers, at a place
that uniform noise chooses. One transform serves all levels: q3 is fitted first, and the others
go on from a neighbour with a lambda that moves to their own.

`fine_tune` ends each level: the codec's own search finds the latents that it would code, and the
networks are trained on those latents.
"""

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.images import PIXELS, Images
from aecodec.kinds import GreyDecoder
from aecodec.kinds.transform import LatentSearch, Prior
from aecodec.levels import TRAINED
from aecodec.training import mlp
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.elastic import bend
from aecodec.training.progress import Progress
from aecodec.training.transform.config import TransformConfig
from aecodec.training.transform.export import export_transform

LOWEST, ALPHABET = -8, 16
PIXEL_MEAN = 0.13
WARM_UP = 200  # steps
COARSE = 0.9  # of the epochs run in bfloat16
STEEPEST = 8.0  # bits that a step of one can count for in a slope
OUTSIDE = 10.0  # what a squared step outside the alphabet costs
MOST_GRADIENT = 200.0
USED = 1e-3  # of the images, at least, must use more than one value of a latent that is kept
MOST_EFFORT = 3  # of the search for the latents to fine-tune on
DEFAULT = TransformConfig()


def fit(
    name: str,
    start: Mapping[str, Floats] | None,
    images: Images,
    epochs: int,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
    config: TransformConfig = DEFAULT,
) -> dict[str, Floats]:
    """Train encoder, prior and decoder. The same seed gives the same weights on a machine.

    Args:
        name: The level.
        start: What `fit` gave for the level that this one starts from, if any, or other networks
            of the kind by the same names.
        images: uint8 (N, 28, 28).
        epochs: Passes over the images.
        seed: The random seed.
        progress: Told of every epoch.
        checkpoint: Keeps the state after every epoch; where it holds one, training goes on from it.
        config: Sizes and schedule.

    Returns:
        Float weights and biases by name: `encI_w`, `encI_b`, `decI_w` ..., `priI_w` ..., and the
        settings that `export_transform` takes.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    level = TRAINED[name]
    state = checkpoint.load() if checkpoint else None
    if state is not None:
        weights = mlp.saved_weights(state)
    elif start:
        weights = _variables(start)
    else:
        weights = _networks(config)
    variables = [weights[key] for key in sorted(weights)]
    adam = _adam(level.rate, epochs * mlp.batches(len(images), config.batch))
    adam.build(variables)
    count = int(weights["dec0_w"].shape[0])
    degree = start["degree"] if start else _degrees(config)
    masks = masks_of(degree, count)
    first = mlp.resume(state, adam)

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(x: tf.Tensor, weight: tf.Tensor, noise: tf.Tensor, coarse: bool) -> Any:
        dtype = tf.bfloat16 if coarse else tf.float32
        with tf.GradientTape() as tape:
            y = tf.cast(mlp.forward(weights, "enc", tf.cast(x - PIXEL_MEAN, dtype)), tf.float32)
            inside = _clip(y)
            outside = tf.reduce_mean(mlp.squared_error(y, inside))
            latents = inside + tf.stop_gradient(tf.round(inside) - inside)
            costs = prices(weights, masks, tf.cast(latents, dtype))
            slope = _slope(costs, _clip(inside + noise))
            own = price_of(costs, tf.stop_gradient(latents))
            bits = tf.reduce_mean(tf.reduce_sum(own + slope - tf.stop_gradient(slope), 1))
            error = tf.reduce_mean(mlp.squared_error(_draw(weights, tf.cast(latents, dtype)), x))
            loss = bits + weight * error + OUTSIDE * outside
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), MOST_GRADIENT)
        adam.apply(gradients, variables)
        return bits, error / PIXELS

    from_weight = float(start["lam"]) if start else level.weight
    for epoch in range(first, epochs):
        rng = np.random.default_rng([seed, epoch])  # so that a resumed run draws the same
        seen = bend(images, rng, config.bent) if epoch < epochs - 1 else images
        done = min(1.0, 3 * epoch / epochs)
        weight = tf.constant(from_weight * (level.weight / from_weight) ** done, tf.float32)
        figures = []
        for batch in mlp.shuffled(len(seen), config.batch, rng):
            noise = tf.constant(rng.uniform(-0.5, 0.5, (config.batch, count)), tf.float32)
            x = mlp.to_pixels(seen[batch])
            figures.append(step(x, weight, noise, epoch < COARSE * epochs))
        bits, error = np.mean(figures, 0)
        if checkpoint is not None:
            mlp.save(checkpoint, weights, adam, epoch + 1)
        progress.epoch(f"fit {name}", epoch + 1, epochs, float(error), float(bits))
    return mlp.to_arrays(weights) | _settings(level.weight) | {"degree": degree}


def fine_tune(
    name: str,
    fitted: Mapping[str, Floats],
    images: Images,
    seed: int,
    progress: Progress,
    config: TransformConfig = DEFAULT,
) -> dict[str, Floats]:
    """Train what `fit` gave on the latents that the codec's search finds.

    The latents that no image uses are left out.

    Returns:
        What `export_transform` takes.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng([seed, 1])
    count = config.fine_tune_epochs
    trained = prune(fitted, guess(fitted, images))
    few = rng.permutation(len(images))[: int(config.copies * len(images))]
    seen = np.concatenate([images, bend(images[few], rng, 1.0)])
    progress.busy("searching for the latents to fine-tune on")
    arrays = export_transform(trained, images)
    prior = Prior(arrays)
    search = LatentSearch(arrays, prior, GreyDecoder(arrays, prior.range))
    latents = search(seen, MOST_EFFORT).latents.astype(np.float32)
    weights = _variables(trained)
    variables = [weights[key] for key in sorted(weights)]
    adam = _adam(config.fine_tune_rate, count * mlp.batches(len(seen), config.batch))
    adam.build(variables)
    masks = masks_of(trained["degree"], latents.shape[1])

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def step(x: tf.Tensor, y: tf.Tensor, coarse: bool) -> Any:
        dtype = tf.bfloat16 if coarse else tf.float32
        with tf.GradientTape() as tape:
            given = tf.cast(y, dtype)
            bits = tf.reduce_sum(price_of(prices(weights, masks, given), y), 1)
            error = mlp.squared_error(_draw(weights, given), x)
            guess = mlp.forward(weights, "enc", tf.cast(x - PIXEL_MEAN, dtype))
            miss = mlp.squared_error(tf.cast(guess, tf.float32), y)
            loss = tf.reduce_mean(bits + TRAINED[name].weight * error + miss)
        adam.apply(tape.gradient(loss, variables), variables)
        return tf.reduce_mean(bits), tf.reduce_mean(error) / PIXELS

    for epoch in range(count):
        figures = [
            step(mlp.to_pixels(seen[batch]), latents[batch], epoch < COARSE * count)
            for batch in mlp.shuffled(len(seen), config.batch, rng)
        ]
        bits, error = np.mean(figures, 0)
        progress.epoch(f"fine-tune {name}", epoch + 1, count, float(error), float(bits))
    tuned = trained | mlp.to_arrays(weights)
    return tuned | {k: tuned[k] * m.numpy() for k, m in masks.items()}


def prune(fitted: Mapping[str, Floats], latents: Floats) -> dict[str, Floats]:
    """Leave out the latents that have one value in nearly all of `latents` (N, K).

    That value goes into the biases of what takes it. The prior's masks are multiplied in.
    """
    count = latents.shape[1]
    masks = masks_of(fitted["degree"], count)
    kept = {k: v * masks[k].numpy() if k in masks else v for k, v in fitted.items()}
    usual = np.median(latents, 0)
    used = (latents != usual).mean(0) > USED
    fixed = np.where(used, 0, usual).astype(np.float32)
    for name in ("dec0", "pri0"):
        kept[f"{name}_b"] = kept[f"{name}_b"] + fixed @ kept[f"{name}_w"]
        kept[f"{name}_w"] = kept[f"{name}_w"][used]
    for part in mlp.last(fitted, "enc"):
        kept[part] = kept[part][..., used]
    for part in mlp.last(fitted, "pri"):
        table = kept[part].reshape(-1, count, ALPHABET)[:, used]
        kept[part] = table.reshape(*fitted[part].shape[:-1], -1)
    seen = np.concatenate([[0], np.cumsum(used)])[fitted["degree"]]
    kept["degree"] = np.minimum(seen, used.sum() - 1)  # a unit that saw all would serve none
    masks = masks_of(kept["degree"], int(used.sum()))
    return kept | {k: kept[k] * mask.numpy() for k, mask in masks.items()}


def _variables(trained: Mapping[str, Floats]) -> mlp.Weights:
    return {name: tf.Variable(v) for name, v in trained.items() if name[-2:] in ("_w", "_b")}


def _settings(weight: float) -> dict[str, NDArray[Any]]:
    settings = {"lo": LOWEST, "alphabet": ALPHABET, "pixel_mean": PIXEL_MEAN, "lam": weight}
    return {name: np.array(value, np.float32) for name, value in settings.items()}


def _networks(config: TransformConfig) -> mlp.Weights:
    """Networks whose latents spread over a few integers and whose prior is a bell about 0."""
    prior = mlp.layers("pri", (config.latents, *config.prior, config.latents * ALPHABET), 0.0)
    bell = -0.7 * np.abs(np.arange(LOWEST, LOWEST + ALPHABET))
    prior[f"pri{len(config.prior)}_b"].assign(np.tile(bell, config.latents))
    return (
        mlp.layers("enc", (PIXELS, *config.encoder, config.latents), 8.0)
        | mlp.layers("dec", (config.latents, *config.decoder, PIXELS), 0.5)
        | prior
    )


def _degrees(config: TransformConfig) -> NDArray[np.int64]:
    """How many latents each hidden unit of the prior sees, ascending, (H,)."""
    width = config.prior[0]
    return np.arange(width) * (config.latents - 1) // width + 1


def masks_of(degree: NDArray[Any], latents: int) -> dict[str, tf.Tensor]:
    """What keeps each layer of the prior from seeing a latent before its turn (MADE)."""
    place, degree = np.arange(latents)[:, None], degree[None]
    last = np.repeat(degree.T <= place.T, ALPHABET, 1)
    masks = (place < degree, degree >= degree.T, last)
    return {f"pri{i}_w": tf.constant(mask, tf.float32) for i, mask in enumerate(masks)}


def prices(
    weights: mlp.Weights,
    masks: Mapping[str, tf.Tensor],
    latents: tf.Tensor,
    hidden: dict[str, tf.Tensor] | None = None,
) -> tf.Tensor:
    """What each value of each latent costs after those before it, bits (N, K, ALPHABET)."""
    odds = tf.cast(mlp.forward(weights, "pri", latents, masks, hidden), tf.float32)
    odds = tf.reshape(odds, (tf.shape(odds)[0], -1, ALPHABET))
    return tf.nn.log_softmax(odds) * (-1 / math.log(2))


def price_of(prices: tf.Tensor, latents: tf.Tensor) -> tf.Tensor:
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
    """Decode integer latents (N, K) by the float decoder, (N, 28, 28) in [0, 1]."""
    return mlp.draw(weights, latents.astype(np.float32))


def guess(fitted: Mapping[str, Floats], images: Images) -> Floats:
    """The integer latents (N, K) that the encoder network alone gives."""
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
