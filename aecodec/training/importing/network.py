"""From a file's layers to the dense layers that count: an encoder and a decoder, in float.

Layers without effect on 784 numbers in raster order (reshape, flatten, dropout) fall away; batch
normalisation and rescaling are folded into the dense layers beside them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, SIDE
from aecodec.training.importing import activations
from aecodec.training.importing.activations import LAYER_FUNCTIONS, Floats, Function
from aecodec.training.importing.isolated import KerasFile
from aecodec.training.importing.structure import Layer, check_imported

FLOAT32_MAX = float(np.finfo(np.float32).max)
IMAGE_SHAPES = ((PIXELS,), (SIDE, SIDE), (SIDE, SIDE, 1))
_HALF = (
    "It looks like one half of an auto-encoder: save both joined, "
    "keras.Sequential([encoder, decoder])"
)


@dataclass(frozen=True)
class FloatLayer:
    """`function(x @ weights + bias)`: weights float64 (inputs, outputs), bias (outputs,).

    activation: the name of the function, elementwise, for people.
    """

    name: str
    weights: Floats
    bias: Floats
    function: Function | None = None
    activation: str = "linear"

    def __call__(self, x: Floats) -> Floats:
        """Map (N, inputs) to (N, outputs). Raises InvalidModelError where it is not finite."""
        with np.errstate(all="ignore"):
            y = self.apply(x @ self.weights + self.bias)
        if not (np.abs(y) <= FLOAT32_MAX).all():  # which is what Keras computes in
            raise InvalidModelError(f"layer {self.name!r} gives numbers that are not finite")
        return y

    def apply(self, sums: Floats) -> Floats:
        """The function alone, (N, outputs) to the same."""
        if self.function is None:
            return sums
        with np.errstate(all="ignore"):
            return self.function(sums)


@dataclass(frozen=True)
class AutoEncoder:
    """The two halves of a network: 784 numbers to the latents, and back."""

    encoder: tuple[FloatLayer, ...]
    decoder: tuple[FloatLayer, ...]

    @property
    def latents(self) -> int:
        """How many numbers the halves exchange."""
        return len(self.encoder[-1].bias)


def run(layers: Sequence[FloatLayer], x: Floats) -> Floats:
    """Run float layers on (N, inputs)."""
    for layer in layers:
        x = layer(x)
    return x


def read_autoencoder(file: KerasFile) -> AutoEncoder:
    """Read the halves of a file's network, split where it is narrowest.

    Of equally narrow places the one between two models is taken, else the first.

    Raises:
        InvalidModelError: It is no dense auto-encoder of 28x28 images; the message names the
            layer.
    """
    structure = file.structure
    check_imported(structure)
    shape = structure.input_shape or (PIXELS,)
    if shape not in IMAGE_SHAPES:
        raise InvalidModelError(
            f"it takes {_shape(shape)}, not an image of (28, 28) or (784,). {_HALF}"
            if math.prod(shape) < PIXELS
            else f"its input has the shape {shape}, not (28, 28) or (784,)"
        )
    reader = _NetworkReader(file, shape)
    seams = set()
    for layer in structure.layers:
        for leaf in layer.leaves():
            reader.take(leaf)
        if layer.is_model:
            seams.add(len(reader.dense))
    layers = reader.finish()
    widths = [len(layer.bias) for layer in layers[:-1]]
    if not widths or min(widths) >= PIXELS:
        raise InvalidModelError(
            f"it has no bottleneck: no layer before the last has fewer than {PIXELS} numbers"
        )
    cut = min(range(1, len(layers)), key=lambda i: (widths[i - 1], i not in seams))
    return AutoEncoder(_merge(layers[:cut]), _merge(layers[cut:]))


def _merge(layers: Sequence[FloatLayer]) -> tuple[FloatLayer, ...]:
    """The same function with a product of matrices for layers that follow linear ones."""
    merged: list[FloatLayer] = []
    for layer in layers:
        if merged and merged[-1].function is None:
            before = merged.pop()
            bias = before.bias @ layer.weights + layer.bias
            layer = replace(layer, weights=before.weights @ layer.weights, bias=bias)
        merged.append(layer)
    return tuple(merged)


@dataclass
class _NetworkReader:
    """Takes layer after layer; `shape` is what the next one is given, without the batch.

    gain, offset: what the next dense layer's inputs still have to be multiplied by, and what
    added after that, each a number for all or (inputs,).
    """

    file: KerasFile
    shape: tuple[int, ...]
    dense: list[FloatLayer] = field(default_factory=list)
    gain: Floats | None = None
    offset: Floats | None = None

    def take(self, layer: Layer) -> None:
        """Take one layer, or refuse it by name."""
        if layer.kind == "Dense":
            self._dense(layer)
        elif layer.kind == "Activation":
            self._activate(layer, layer.config["activation"])
        elif layer.kind in LAYER_FUNCTIONS:
            self._activate(layer, layer)
        elif layer.kind == "Rescaling":
            self._rescale(layer)
        elif layer.kind == "BatchNormalization":
            self._normalise(layer)
        elif layer.kind == "Flatten":
            self.shape = (math.prod(self.shape),)
        elif layer.kind == "Reshape":
            self._reshape(layer)  # all others have no effect once training is over

    def finish(self) -> list[FloatLayer]:
        """All dense layers, once the network has ended with an image."""
        if self.shape not in IMAGE_SHAPES:
            raise InvalidModelError(
                f"it gives {_shape(self.shape)}, not an image of (28, 28) or (784,). {_HALF}"
                if math.prod(self.shape) < PIXELS
                else f"its output has the shape {self.shape}, not (28, 28) or (784,)"
            )
        if self.gain is not None and self.offset is not None and self.dense:
            gain, offset, last = self.gain, self.offset, self.dense[-1]
            if gain.size > 1:
                raise InvalidModelError("it ends with a batch normalisation, not with an image.")
            self.dense[-1] = replace(last, function=lambda z: last.apply(z) * gain + offset)
        return self.dense

    def _dense(self, layer: Layer) -> None:
        units = layer.config["units"]
        if len(self.shape) != 1:
            raise InvalidModelError(
                f"layer {layer.name!r} is a dense layer on the rows of {self.shape}, not on all "
                "of it: put a Flatten before it"
            )
        shapes: list[tuple[int, ...]] = [(self.shape[0], units), (units,)]
        biased = layer.config.get("use_bias", True)
        weights, *bias = self.file.arrays(layer, shapes if biased else shapes[:1])
        self._add(layer.name, weights, bias[0] if bias else np.zeros(units))
        self.shape = (units,)
        self._activate(layer, layer.config.get("activation", "linear"))

    def _add(self, name: str, weights: Floats, bias: Floats) -> None:
        if self.gain is not None and self.offset is not None:
            bias = bias + np.broadcast_to(self.offset, len(weights)) @ weights
            weights = np.reshape(self.gain, (-1, 1)) * weights
            self.gain = self.offset = None
        self.dense.append(FloatLayer(name, weights, bias))

    def _activate(self, layer: Layer, activation: str | Layer) -> None:
        if activation == "linear":
            return
        if not self.dense:
            raise InvalidModelError(f"layer {layer.name!r} comes before any dense layer")
        if self.gain is not None:  # of what an earlier function gives: a layer of its own
            width = len(self.dense[-1].bias)
            self._add(layer.name, np.eye(width), np.zeros(width))
        last, function = self.dense[-1], self._function(layer, activation)
        told = activation if isinstance(activation, str) else activation.kind
        name = told if last.function is None else f"{last.activation}, {told}"
        self.dense[-1] = replace(last, function=_after(function, last), activation=name)

    def _function(self, layer: Layer, activation: str | Layer) -> Function:
        """The function of a name on the list, or of a layer with its checked settings."""
        if isinstance(activation, str):
            return activations.named(activation, self.file.version)
        try:
            return activations.of_layer(activation.kind, activation.config)
        except ValueError as error:
            raise InvalidModelError(f"layer {layer.name!r}: {error}") from error

    def _scale(self, gain: Floats, offset: Floats) -> None:
        """Multiply and add, elementwise, to what the next layer is given."""
        if self.dense and self.dense[-1].function is None:
            last = self.dense[-1]
            bias = last.bias * gain + offset
            self.dense[-1] = replace(last, weights=last.weights * gain, bias=bias)
        elif self.gain is None or self.offset is None:
            self.gain, self.offset = gain, offset
        else:
            self.gain, self.offset = self.gain * gain, self.offset * gain + offset

    def _rescale(self, layer: Layer) -> None:
        scale, offset = layer.config["scale"], layer.config.get("offset", 0.0)
        self._scale(np.asarray(scale, np.float64), np.asarray(offset, np.float64))

    def _normalise(self, layer: Layer) -> None:
        config = layer.config
        axis, width = config.get("axis", -1), self.shape[-1]
        if (axis[-1] if isinstance(axis, list) else axis) not in (-1, len(self.shape)):
            raise InvalidModelError(f"layer {layer.name!r} normalises axis {axis}, not the last")
        learnt = config.get("scale", True) + config.get("center", True)
        arrays = self.file.arrays(layer, [(width,)] * (learnt + 2))
        gain = arrays.pop(0) if config.get("scale", True) else np.ones(width)
        beta = arrays.pop(0) if config.get("center", True) else np.zeros(width)
        mean, variance = arrays
        spread = variance + float(config.get("epsilon", 1e-3))
        if spread.min() <= 0:
            raise InvalidModelError(f"layer {layer.name!r} has a variance below zero")
        gain = gain / np.sqrt(spread)
        repeat = math.prod(self.shape[:-1])
        self._scale(np.tile(gain, repeat), np.tile(beta - mean * gain, repeat))

    def _reshape(self, layer: Layer) -> None:
        size, target = math.prod(self.shape), list(layer.config["target_shape"])
        known = math.prod(n for n in target if n != -1)
        if target.count(-1) == 1 and known > 0:
            target[target.index(-1)] = size // known
        if math.prod(target) != size:
            raise InvalidModelError(
                f"layer {layer.name!r} cannot reshape {self.shape} to {tuple(target)}"
            )
        self.shape = tuple(target)


def _after(function: Function, layer: FloatLayer) -> Function:
    return function if layer.function is None else lambda z: function(layer.apply(z))


def _shape(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return f"{math.prod(shape)} numbers" if len(shape) == 1 else f"the shape {shape}"
