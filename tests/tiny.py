"""Tiny models of seeded integers, of every kind and with the searches of their encoders."""

from typing import Any

import numpy as np
from helpers import K2, random_layer
from numpy.typing import NDArray
from vectors.model_bytes import model_file
from vectors.pixels_models import p8
from vectors.scan_models import s8

from aecodec.integer import dense_arrays
from aecodec.model_file import Model, read_model
from aecodec.training.quantise import odds_table

Arrays = dict[str, NDArray[Any]]
D = 3


def plane_search(seed: int = 1) -> Model:
    """A classic model of two latents with a table of codes in D dimensions."""
    rng = np.random.default_rng(seed)
    kept = {k: v for k, v in read_model(K2).arrays.items() if not k.startswith("encoder.")}
    project = [random_layer(rng, 784, D, (-127, 127), shift=(12, 13))]
    table = rng.integers(-40, 40, (256, 256, D), endpoint=True).astype(np.int8)
    squares = (table.astype(np.int64) ** 2).sum(2) // 2
    own: Arrays = {"encoder.table": table, "encoder.norms": squares.astype(np.int32)}
    return Model("classic", kept | own | dense_arrays("encoder.project", project))


def region_search(seed: int = 2) -> Model:
    """A model of 16-bit codes that can encode, with many equal rows in its table."""
    rng = np.random.default_rng(seed)
    decoder = [random_layer(rng, 4, 8, shift=(3, 5)), random_layer(rng, 8, 784, shift=(5, 7))]
    project = [random_layer(rng, 784, D, (-2032, 2032), shift=(8, 9))]
    own: Arrays = {
        "decoder.greys": np.arange(256, dtype=np.uint8),
        "regions.points": rng.integers(-99, 99, (256, 3)).astype(np.int8),
        "regions.axes": rng.integers(-99, 99, (256, 3, 4)).astype(np.int8),
        "regions.means": rng.integers(-(2**14), 2**14, (256, 4)).astype(np.int32),
        "regions.shift": np.array([8, 8, 7, 7], np.int8),
        "encoder.table": rng.integers(-9, 9, (256, 256, D)).astype(np.int8),
    }
    nets = dense_arrays("decoder", decoder) | dense_arrays("encoder.project", project)
    return Model("code16", own | nets)


LATENTS, HIDDEN, ALPHABET, LOWEST = 6, 20, 5, -2
RANGE = (LOWEST, LOWEST + ALPHABET - 1)
DEGREE = np.arange(HIDDEN) * LATENTS // HIDDEN


def transform_arrays(seed: int = 0) -> Arrays:
    """A transform model of seeded integers, with degrees from 0 to LATENTS - 1."""
    rng = np.random.default_rng(seed)
    seen = np.arange(1, LATENTS + 1)
    inputs = [seen, DEGREE, DEGREE]
    outputs = [DEGREE, DEGREE, np.repeat(seen - 1, ALPHABET)]
    prior = [
        random_layer(rng, LATENTS, HIDDEN, shift=(0, 2), bias=100),
        random_layer(rng, HIDDEN, HIDDEN, shift=(5, 7), bias=2000),
        random_layer(rng, HIDDEN, LATENTS * ALPHABET, (-512, 511), shift=(5, 7), bias=2000),
    ]
    for layer, given_, wanted in zip(prior, inputs, outputs, strict=True):
        layer.weights[given_[:, None] > wanted] = 0
    decoder = [
        random_layer(rng, LATENTS, HIDDEN, shift=(0, 2), bias=300),
        random_layer(rng, HIDDEN, 784, shift=(7, 9)),
    ]
    encoder = [
        random_layer(rng, 784, HIDDEN, shift=(9, 13)),
        random_layer(rng, HIDDEN, LATENTS, RANGE, shift=(12, 13)),
    ]
    return (
        dense_arrays("prior", prior)
        | dense_arrays("decoder", decoder)
        | dense_arrays("encoder", encoder)
        | {
            "decoder.greys": np.arange(256, dtype=np.uint8),
            "prior.degree": DEGREE.astype(np.uint16),
            "prior.symbols": np.array([LOWEST, ALPHABET], np.int16),
            "prior.odds": odds_table(),
            "encoder.lambda": np.array([300], np.uint32),
            "encoder.curvature": np.full(LATENTS, 100_000, np.uint32),
        }
    )


def pixels_model() -> Model:
    """The model of the kind `pixels` that its vectors are coded with."""
    return Model.from_bytes(model_file("pixels", p8()))


def few_greys_model(worth: int = 500, step: int = 17) -> Model:
    """The same with logits for the multiples of a step alone: it draws images with these."""
    arrays = dict(pixels_model().arrays)
    never = np.arange(256) % step > 0
    weights, bias = arrays["value.2.weights"].copy(), arrays["value.2.bias"].copy()
    weights[:, :256][:, never], bias[:256][never] = 0, -(2**21)
    arrays |= {"value.2.weights": weights, "value.2.bias": bias}
    arrays["value.2.shift"] = np.where(np.arange(len(bias)) < 256, 8, arrays["value.2.shift"])
    arrays["value.2.shift"] = arrays["value.2.shift"].astype(np.int8)
    return Model("pixels", arrays | {"encoder.worth": np.array([worth], np.uint32)})


def scan_model() -> Model:
    """The model `s8` of the kind `scan`, with what its search needs."""
    rng = np.random.default_rng(0)
    arrays = dict(Model.from_bytes(model_file("scan", s8())).arrays)
    arrays["encoder.patterns"] = rng.integers(0, 256, 5440).astype(np.uint8)
    return Model("scan", arrays)
