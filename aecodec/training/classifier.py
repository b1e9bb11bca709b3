"""A small classifier, whose accuracy on decoded images shows what coding changed."""

import keras
import numpy as np

from aecodec.datasets import Labels
from aecodec.images import SIDE, Images
from aecodec.training.arrays import predict, to_floats

EPOCHS = 6


class Classifier:
    """A small convolutional network (LeCun et al. 1998), trained on original images only."""

    def __init__(self, images: Images, labels: Labels, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        layers = keras.layers
        self._model = keras.Sequential(
            [
                keras.Input((SIDE, SIDE)),
                layers.Reshape((SIDE, SIDE, 1)),
                layers.Conv2D(16, 5, strides=2, activation="relu"),
                layers.Conv2D(32, 3, strides=2, activation="relu"),
                layers.Flatten(),
                layers.Dropout(0.3),
                layers.Dense(128, activation="relu"),
                layers.Dense(int(labels.max()) + 1),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        steps = EPOCHS * -(-len(images) // 128)
        rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
        self._model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
        self._model.fit(to_floats(images), labels, batch_size=128, epochs=EPOCHS, verbose=0)

    def misclassified(self, images: Images, labels: Labels) -> float:
        """The share of images that are not classified as their label."""
        return float(np.mean(predict(self._model, to_floats(images)).argmax(1) != labels))
