"""The activation functions of Keras that can be imported, in NumPy.

`ACTIVATIONS` is the one list of their names: the reader of structures, the documents and the tests
all take it from here. Every entry acts on each number alone. Softmax and its relatives do not, so
they cannot be imported.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def relu(
    z: Floats, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0
) -> Floats:
    """Keras' ReLU with its three settings."""
    y = np.where(z >= threshold, z, negative_slope * (z - threshold))
    return np.asarray(y if max_value is None else np.minimum(y, max_value))


def elu(z: Floats, alpha: float = 1.0) -> Floats:
    """The exponential linear unit (Clevert et al. 2016)."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def _erf(z: Floats) -> Floats:
    """The error function to 1.5e-7 (Abramowitz and Stegun 1964, formula 7.1.26)."""
    t = 1 / (1 + 0.3275911 * np.abs(z))
    powers = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    tail = t * np.polynomial.polynomial.polyval(t, powers) * np.exp(-z * z)
    return np.asarray(np.sign(z) * (1 - tail))


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(0.5 * np.tanh(0.5 * z) + 0.5)  # does not overflow


def _softplus(z: Floats) -> Floats:
    return np.logaddexp(0, z)


def _sparse_plus(z: Floats) -> Floats:
    return np.where(z <= -1, 0, np.where(z < 1, (z + 1) ** 2 / 4, z))


def _hard_sigmoid(z: Floats) -> Floats:
    return np.clip(z / 6 + 0.5, 0, 1)


ACTIVATIONS: Mapping[str, Function] = {
    "linear": lambda z: z,
    "relu": relu,
    "relu6": lambda z: relu(z, max_value=6.0),
    "leaky_relu": lambda z: relu(z, negative_slope=0.2),
    "elu": elu,
    "celu": elu,  # the same function at Keras' alpha of 1
    "selu": lambda z: SELU_SCALE * elu(z, SELU_ALPHA),
    "gelu": lambda z: 0.5 * z * (1 + _erf(z / np.sqrt(2))),
    "silu": lambda z: z * _sigmoid(z),
    "swish": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * np.tanh(_softplus(z)),
    "softplus": _softplus,
    "softsign": lambda z: z / (1 + np.abs(z)),
    "squareplus": lambda z: (z + np.sqrt(z * z + 4)) / 2,
    "sparse_plus": _sparse_plus,
    "soft_shrink": lambda z: np.sign(z) * np.maximum(np.abs(z) - 0.5, 0),
    "sigmoid": _sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda z: z * _hard_sigmoid(z),
    "hard_swish": lambda z: z * _hard_sigmoid(z),
    "sparse_sigmoid": lambda z: np.clip(0.5 * (z + 1), 0, 1),
    "log_sigmoid": lambda z: -_softplus(-z),
    "tanh": np.tanh,
    "hard_tanh": lambda z: np.clip(z, -1, 1),
    "tanh_shrink": lambda z: z - np.tanh(z),
    "exponential": np.exp,
}
# Keras 2 computes these names otherwise
KERAS_2: Mapping[str, Function] = {"hard_sigmoid": lambda z: np.clip(0.2 * z + 0.5, 0, 1)}
LAYER_FUNCTIONS: Mapping[str, tuple[Callable[..., Floats], Mapping[str, Any]]] = {
    "ReLU": (relu, {}),
    "LeakyReLU": (relu, {"negative_slope": 0.3}),
    "ELU": (elu, {}),
}


def named(name: str, keras_version: int) -> Function:
    """The function of an activation's name, as this major version of Keras computes it.

    Args:
        name: One of `ACTIVATIONS`.
        keras_version: The major version that wrote the file, 2 or 3.
    """
    return KERAS_2.get(name, ACTIVATIONS[name]) if keras_version < 3 else ACTIVATIONS[name]


def of_layer(kind: str, settings: Mapping[str, Any]) -> Function:
    """The function of an activation layer of `LAYER_FUNCTIONS` with these settings.

    Raises:
        ValueError: A setting is no number.
    """
    function, defaults = LAYER_FUNCTIONS[kind]
    given = dict(defaults) | {key: value for key, value in settings.items() if value is not None}
    for key, value in given.items():
        if not isinstance(value, int | float):
            raise ValueError(f"{key} = {value!r:.40} is no number")
    return lambda z: function(z, **given)
