"""Train the variational auto-encoder (Kingma and Welling 2014), to be exported as `classic` is.

The encoder gives the mean and the logarithm of the variance of a normal distribution for each
image; the decoder gets a sample of it, drawn as mean + deviation * noise so that gradients pass
(the reparametrisation). The loss is the cross-entropy of all pixels, plus a weight times the
Kullback-Leibler divergence from a standard normal distribution. The codec codes the mean.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from aecodec.images import PIXELS, Images
from aecodec.training.arrays import Floats, predict, squared_error, to_floats
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classic.config import ClassicConfig
from aecodec.training.classic.networks import build, rescale_latents
from aecodec.training.classic.train import DEFAULT, Trained, adam, one_epoch, warped_rows
from aecodec.training.loop import TrainingLoop
from aecodec.training.progress import Progress


def train(
    images: Images,
    latents: int,
    epochs: int,
    seed: int,
    weight: float,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
    validation: Images | None = None,
    config: ClassicConfig = DEFAULT,
) -> Trained:
    """Train with the divergence weighted; all else as `classic.train`.

    The rate that `progress` is told is the divergence.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    autoencoder, encoder, decoder = build(latents, config)
    model = _with_noise(encoder, decoder, weight)
    loop = TrainingLoop(model, epochs, seed, checkpoint, config.patience)
    loop.begin(model)
    x = to_floats(images)
    held = None if validation is None else to_floats(validation)
    while loop.done < epochs and not loop.stopped_early:
        rows = warped_rows(x, loop.rng, config)
        given, wanted = _pairs(rows, latents, loop.rng)
        figures = one_epoch(model, given, wanted, loop.done / epochs, config)
        loss = error = None
        if held is not None:
            given, wanted = _pairs(held, latents, np.random.default_rng(seed))
            loss = float(model.evaluate(given, wanted, 4096, verbose=0, return_dict=True)["loss"])
            error = squared_error(held, predict(autoencoder, held))
        loop.finish_epoch(model.optimizer, loss)
        bits = figures["divergence_loss"] / math.log(2)
        progress.epoch("train", loop.done, epochs, figures["image_mse"], bits, error)
    notes = loop.end()
    rescale_latents(encoder, decoder, x)
    fresh = build(latents, config)  # without the optimiser's state
    fresh[0].set_weights(autoencoder.get_weights())
    return Trained(*fresh, notes)


def _with_noise(encoder: keras.Model, decoder: keras.Model, weight: float) -> keras.Model:
    """The network that is trained: images (N, 28, 28) and noise (N, latents) to both losses."""
    mean = encoder.outputs[0]
    latents = mean.shape[-1]
    log_variance = keras.layers.Dense(latents, name="log_variance")(encoder.layers[-2].output)
    variance = keras.ops.exp(log_variance)
    noise = keras.Input((latents,))
    divergence = 0.5 * keras.ops.sum(mean**2 + variance - 1 - log_variance, axis=1)
    outputs = {"image": decoder(mean + keras.ops.sqrt(variance) * noise), "divergence": divergence}
    model = keras.Model([encoder.inputs[0], noise], outputs)
    model.compile(
        adam(),
        {"image": "binary_crossentropy", "divergence": lambda _, value: keras.ops.mean(value)},
        loss_weights={"image": float(PIXELS), "divergence": weight},
        metrics={"image": ["mse"]},
        jit_compile=False,
    )
    return model


def _pairs(
    rows: Floats, latents: int, rng: np.random.Generator
) -> tuple[list[Floats], dict[str, Floats]]:
    """What the network is given, and what is wanted of it."""
    noise = rng.normal(size=(len(rows), latents)).astype(np.float32)
    return [rows, noise], {"image": rows, "divergence": np.zeros(len(rows), np.float32)}
