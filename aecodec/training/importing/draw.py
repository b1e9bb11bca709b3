"""A summary and a picture of a Keras file's structure, of layers built anew from what was checked.

No weights are needed for either, and nothing that the file carries is run.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from aecodec.errors import InvalidModelError, MissingDependencyError
from aecodec.training.importing.structure import Layer

MOST_WEIGHTS = 2**26
PYDOT = (
    "Drawing needs pydot and Graphviz: pip install pydot, and Graphviz from your system's packages "
    "(apt install graphviz, brew install graphviz) or https://graphviz.org/download."
)


def build(structure: Layer) -> keras.Model:
    """Build untrained layers of this structure.

    Raises:
        InvalidModelError: A layer cannot be built; the message names it.
    """
    shape = structure.input_shape
    if shape is None:
        raise InvalidModelError("the shape of its input is not written down")
    model, _, _ = _build(structure, (None, *shape), 0)
    return model


def _build(model: Layer, shape: Any, weights: int) -> tuple[keras.Model, Any, int]:
    """A chain of layers, the shape that it gives, and how many weights there are so far.

    They are counted before they are made, for a file can ask for any number.
    """
    with _building(f"the model {model.name!r}"):
        built: list[Any] = [keras.Input(shape[1:])]
    for layer in model.layers:
        if layer.kind == "InputLayer":
            continue
        if layer.is_model:
            inner, shape, weights = _build(layer, shape, weights)
        else:
            with _building(f"layer {layer.name!r}"):
                inner = _layer(layer)
                given, shape = shape, inner.compute_output_shape(shape)
            if "units" in layer.config or "filters" in layer.config:
                window = math.prod(getattr(inner, "kernel_size", ()))
                weights += given[-1] * shape[-1] * window
        if weights > MOST_WEIGHTS:
            raise InvalidModelError(f"layer {layer.name!r} would have {weights:,} weights")
        built.append(inner)
    with _building(f"the model {model.name!r}"):
        return keras.Sequential(built, name=_name(model.name)), shape, weights


@contextmanager
def _building(what: str) -> Iterator[None]:
    """Raise one error for all that Keras raises for what it cannot build."""
    try:
        yield
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        told = str(error).partition("\n")[0]
        raise InvalidModelError(f"{what} cannot be built: {told}") from error


def _layer(layer: Layer) -> Any:
    settings = dict(layer.config)
    activation = settings.get("activation")
    if isinstance(activation, Layer):
        settings["activation"] = _layer(activation)
    return getattr(keras.layers, layer.kind)(name=_name(layer.name), **settings)


def _name(name: str) -> str:
    """A name that Keras and Graphviz take as plain text."""
    return "".join(c if c.isalnum() or c in "_-." else "_" for c in name[:64]) or "_"


@dataclass(frozen=True)
class LayerRow:
    """A layer of a summary.

    Attributes:
        name: Its name, after those of the models that it is in.
        kind: Its Keras class.
        output: The shape of its output without the batch's axis.
        parameters: How many numbers it has.
    """

    name: str
    kind: str
    output: tuple[int | None, ...]
    parameters: int


def layers(structure: Layer) -> list[LayerRow]:
    """The layers of a structure in order, with those of inner models in their places.

    Raises:
        InvalidModelError: A layer cannot be built.
    """
    return list(_rows(build(structure), ""))


def _rows(model: keras.Model, prefix: str) -> Iterator[LayerRow]:
    for layer in model.layers:
        name = prefix + layer.name
        if isinstance(layer, keras.Sequential):
            yield from _rows(layer, f"{name}/")
        else:
            shape = tuple(layer.output.shape[1:])
            yield LayerRow(name, type(layer).__name__, shape, layer.count_params())


def plot(structure: Layer) -> bytes:
    """Draw a structure with Keras' plot_model, as a PNG.

    Raises:
        InvalidModelError: A layer cannot be built.
        MissingDependencyError: pydot or Graphviz is not installed.
    """
    model = build(structure)
    try:
        import pydot

        dot = keras.utils.model_to_dot(
            model,
            show_shapes=True,
            show_layer_names=True,
            show_layer_activations=True,
            expand_nested=True,
            dpi=120,
        )
        return bytes(dot.create(format="png"))
    except (ImportError, OSError) as error:
        raise MissingDependencyError(PYDOT) from error
    except pydot.PydotException as error:
        raise MissingDependencyError(f"Graphviz could not draw it. {PYDOT}") from error
