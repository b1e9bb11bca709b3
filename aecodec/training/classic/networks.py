"""The auto-encoder's networks in Keras, and how its latents become codes."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE
from aecodec.training.arrays import Codes, Floats, predict
from aecodec.training.classic.config import ClassicConfig
from aecodec.training.code_table import STEPS

FOLDS = 1.0  # scale of the decoder's first layer: how finely it may fold the plane at the start


def build(latents: int, config: ClassicConfig) -> tuple[keras.Model, keras.Model, keras.Model]:
    """Build the auto-encoder and its halves: (N, 28, 28) to (N, latents) to (N, 28, 28).

    The exercise puts relu on every layer but the output. On the latent layer that kills the code
    (a unit that is never positive has no gradient, and every image decodes to the mean, an MSE
    of 0.0675 on MNIST), so the latent layer is linear.
    """
    encoder = keras.Sequential(
        [keras.Input((SIDE, SIDE)), keras.layers.Flatten()]
        + [keras.layers.Dense(width, activation="relu") for width in config.encoder]
        + [keras.layers.Dense(latents, name="latent")],
        name="encoder",
    )
    decoder = keras.Sequential(
        [keras.Input((latents,)), _first_layer(config.decoder[0])]
        + [
            keras.layers.Dense(width, activation="relu", kernel_initializer="he_normal")
            for width in config.decoder[1:]
        ]
        + [keras.layers.Dense(PIXELS, activation="sigmoid"), keras.layers.Reshape((SIDE, SIDE))],
        name="decoder",
    )
    return keras.Sequential([encoder, decoder], name="autoencoder"), encoder, decoder


def _first_layer(width: int) -> keras.layers.Dense:
    """A relu layer whose folds lie all over [-1, 1]^K; without biases all would meet at 0."""
    return keras.layers.Dense(
        width,
        activation="relu",
        kernel_initializer=keras.initializers.RandomNormal(stddev=FOLDS),
        bias_initializer=keras.initializers.RandomUniform(-FOLDS, FOLDS),
    )


@keras.saving.register_keras_serializable("aecodec")
class Quantise(keras.layers.Layer):  # type: ignore[misc] # keras has no types
    """Rounds latents to the grid; the gradient passes as if it did not.

    The straight-through estimator of Bengio et al. 2013.
    """

    def call(self, latents: Any) -> Any:
        """Round (N, latents) within [-1, 1]."""
        half = (STEPS - 1) / 2
        rounded = tf.round((tf.clip_by_value(latents, -1.0, 1.0) + 1) * half) / half - 1
        return latents + tf.stop_gradient(rounded - latents)


def rescale_latents(encoder: keras.Model, decoder: keras.Model, images: Floats) -> None:
    """Scale the latents so that images (N, 28, 28) fill [-1, 1]; what is decoded stays the same."""
    low, high = np.percentile(predict(encoder, images), [0.2, 99.8], axis=0)
    scale, shift = 2 / np.maximum(high - low, 1e-6), (low + high) / 2
    last, first = encoder.get_layer("latent"), decoder.layers[0]
    kernel, bias = last.get_weights()
    last.set_weights([kernel * scale, (bias - shift) * scale])
    kernel, bias = first.get_weights()
    first.set_weights([kernel / scale[:, None], bias + shift @ kernel])


def to_latents(codes: NDArray[np.integer[Any]]) -> Floats:
    """Turn codes 0 to 255 into latents in [-1, 1], any shape."""
    return (codes * (2 / (STEPS - 1)) - 1).astype(np.float32)


def to_codes(latents: Floats) -> Codes:
    """Find the nearest codes of latents, same shape."""
    codes = np.clip(np.rint((latents + 1) * ((STEPS - 1) / 2)), 0, STEPS - 1)
    return np.asarray(codes, np.int64)


def dense_layers(model: keras.Model) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """List the weights (inputs, outputs) and biases (outputs,) of a model's dense layers."""
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return [
        (np.asarray(weights, np.float64), np.asarray(bias, np.float64))
        for weights, bias in (layer.get_weights() for layer in dense)
    ]
