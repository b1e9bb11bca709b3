"""Train the classifier of digits that `aecodec bench` ships with.

python -m aecodec.training.digit_classifier DATA -o aecodec/bench/classifier.npz

DATA: MNIST as `aecodec train` takes it. Some minutes on one core.
"""

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np

from aecodec.bench import DigitClassifier
from aecodec.datasets import load_dataset
from aecodec.images import SIDE
from aecodec.training.arrays import to_floats
from aecodec.training.augment import warp
from aecodec.training.data import load_split

EPOCHS = 14
BATCH = 128
RATE = 2e-3
WARPED = 0.6  # the share of the images of an epoch that are warped
SEED = 1


def build() -> keras.Model:
    """Build the network: (N, 28, 28, 1) to logits (N, 10), 83,000 weights."""
    layers = keras.layers
    convolutions = zip((16, 32, 64), (5, 5, 4), DigitClassifier.strides, strict=True)
    return keras.Sequential(
        [keras.Input((SIDE, SIDE, 1))]
        + [layers.Conv2D(n, size, strides=s, activation="relu") for n, size, s in convolutions]
        + [layers.Flatten(), layers.Dropout(0.3), layers.Dense(64, activation="relu")]
        + [layers.Dropout(0.3), layers.Dense(10)]
    )


def quantise(model: keras.Model) -> dict[str, Any]:
    """Round each layer's weights to int8, with a scale an output."""
    arrays = {}
    layers = [layer for layer in model.layers if layer.get_weights()]
    for number, layer in enumerate(layers):
        weights, bias = layer.get_weights()
        scale = np.abs(weights).reshape(-1, weights.shape[-1]).max(0) / 127
        arrays[f"layer{number}.weights"] = np.rint(weights / scale).astype(np.int8)
        arrays[f"layer{number}.scale"] = scale.astype(np.float32)
        arrays[f"layer{number}.bias"] = bias.astype(np.float32)
    return arrays


def main() -> None:
    """Train on the training digits without the validation ones; save; report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("-o", dest="output", type=Path, required=True)
    options = parser.parse_args()
    keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    data = load_split(options.data)
    if data.train_labels is None or data.validation_labels is None:
        raise SystemExit(f"{options.data}: has no labels.")
    images, labels = to_floats(data.train), data.train_labels
    model = build()
    steps = EPOCHS * -(-len(images) // BATCH)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    for epoch in range(EPOCHS):
        history = model.fit(
            warp(images, rng, WARPED)[..., None], labels, batch_size=BATCH, verbose=0
        )
        print(f"epoch {epoch + 1}: loss {history.history['loss'][0]:.4f}", flush=True)
    with options.output.open("wb") as file:
        np.savez_compressed(file, **quantise(model))
    classifier, test = DigitClassifier(options.output), load_dataset(options.data, "test")
    tested = np.mean(classifier.classify(test.images) == test.labels)
    validation = np.mean(classifier.classify(data.validation) == data.validation_labels)
    print(f"validation: {validation:.4f}; test: {tested:.4f}")


if __name__ == "__main__":
    main()
