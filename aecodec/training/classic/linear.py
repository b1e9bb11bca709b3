"""The linear view: what principal components and a purely linear network reach with K latents.

The best linear auto-encoder spans the principal components (Baldi and Hornik 1989); gradient
descent comes near it. Both are fitted to squared error, and what they decode is clipped to [0, 1].
"""

import keras
import numpy as np
import tensorflow as tf

from aecodec.images import PIXELS, SIDE, Images
from aecodec.training.arrays import Floats, predict, squared_error, to_floats
from aecodec.training.classic.config import ClassicConfig
from aecodec.training.classic.networks import rescale_latents
from aecodec.training.classic.train import Trained, adam, one_epoch, repeat
from aecodec.training.progress import Progress

CONFIG = ClassicConfig(rate=1e-2)
VIEW_EPOCHS = 20
VIEW_IMAGES = 10_000


def train(
    images: Images,
    latents: int,
    epochs: int,
    seed: int,
    progress: Progress | None = None,
    validation: Images | None = None,
) -> Trained:
    """Train a linear network; see `classic.train`."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    x = to_floats(images)
    autoencoder, encoder, decoder = build(latents)
    straight = keras.Model(decoder.inputs, decoder.layers[-2].output)  # without the clip
    model = keras.Sequential([encoder, straight])
    model.compile(adam(), "mse", jit_compile=False)
    rows = repeat(x, CONFIG)
    for epoch in range(epochs):
        error = one_epoch(model, rows, rows, epoch / epochs, CONFIG)["loss"]
        if progress and validation is not None:
            held = to_floats(validation)
            figure = squared_error(held, predict(autoencoder, held))
            progress.epoch("train", epoch + 1, epochs, error, validation=figure)
    rescale_latents(encoder, decoder, x)
    return Trained(autoencoder, encoder, decoder, linear=True)


def build(latents: int) -> tuple[keras.Model, keras.Model, keras.Model]:
    """Build the linear auto-encoder and its halves, as `networks.build` does."""
    layers = keras.layers
    encoder = keras.Sequential(
        [keras.Input((SIDE, SIDE)), layers.Flatten(), layers.Dense(latents, name="latent")],
        name="encoder",
    )
    decoder = keras.Sequential(
        [
            keras.Input((latents,)),
            layers.Dense(PIXELS),
            layers.Reshape((SIDE, SIDE)),
            layers.ReLU(max_value=1.0),
        ],
        name="decoder",
    )
    return keras.Sequential([encoder, decoder], name="autoencoder"), encoder, decoder


def view(images: Images, validation: Images, latents: int, seed: int) -> tuple[float, float]:
    """The mean squared errors of `validation` by principal components and a linear network.

    images, validation: uint8 (N, 28, 28); both are fitted to the first, the network to some.
    """
    some = images[:: -(-len(images) // VIEW_IMAGES)]
    network = train(some, latents, VIEW_EPOCHS, seed)
    held = to_floats(validation)
    error = squared_error(held, predict(network.autoencoder, held))
    return _principal_components_error(to_floats(images), held, latents), error


def _principal_components_error(x: Floats, held: Floats, latents: int) -> float:
    flat, rows = x.reshape(-1, PIXELS), held.reshape(-1, PIXELS)
    mean = flat.mean(0)
    _, directions = np.linalg.eigh(np.cov((flat - mean).T))
    basis = directions[:, -latents:].astype(np.float32)
    rebuilt = np.clip(mean + (rows - mean) @ basis @ basis.T, 0, 1)
    return squared_error(rows, rebuilt)
