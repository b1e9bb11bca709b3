"""A Keras model's structure, read from its JSON against an allow-list of layers and settings.

Nothing here imports Keras or anything that the JSON names. What is not on the list is refused
by the layer's name.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aecodec.errors import InvalidModelError
from aecodec.integer import MAX_WIDTH
from aecodec.training.importing.activations import ACTIVATIONS, LAYER_FUNCTIONS
from aecodec.training.importing.settings import check_needed, check_setting

MAX_FILE_BYTES = 2**28  # of a Keras file, and of all its weights
MODELS = ("Sequential", "Functional", "Model")
# the layers that can be imported, and the settings that decide what each computes
IMPORTED: dict[str, tuple[str, ...]] = {
    "InputLayer": ("batch_shape",),
    "Dense": ("units", "activation", "use_bias"),
    "Flatten": (),
    "Reshape": ("target_shape",),
    "Rescaling": ("scale", "offset"),
    "BatchNormalization": ("axis", "epsilon", "center", "scale"),
    "Activation": ("activation",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope",),
    "ELU": ("alpha",),
    "Dropout": ("rate",),
    "AlphaDropout": ("rate",),
    "GaussianDropout": ("rate",),
    "GaussianNoise": ("stddev",),
    "ActivityRegularization": ("l1", "l2"),
}
# those that `models summary` and `models plot` show besides
SHOWN: dict[str, tuple[str, ...]] = {
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "activation", "use_bias"),
    "Conv2DTranspose": ("filters", "kernel_size", "strides", "padding", "activation", "use_bias"),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "UpSampling2D": ("size", "interpolation"),
    "ZeroPadding2D": ("padding",),
    "Cropping2D": ("cropping",),
}
LAYERS = IMPORTED | SHOWN
# settings of training, of bookkeeping, or without effect on the layers above
IGNORED = (
    "name",
    "trainable",
    "dtype",
    "seed",
    "noise_shape",
    "momentum",
    "renorm_momentum",
    "synchronized",
    "batch_input_shape",
    "shared_object_id",
    "sparse",
    "ragged",
    "optional",
)
IGNORED_ENDINGS = ("_initializer", "_regularizer", "_constraint")
DEFAULTS = {"data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1}
OLD_NAMES = {"batch_input_shape": "batch_shape", "alpha": "negative_slope"}
PACKAGES = ("keras", "tf_keras", "tensorflow")
MOST_LAYERS = 256
MOST_DEPTH = 4


@dataclass(frozen=True)
class Layer:
    """One layer, or a model with `layers` of its own in a chain.

    Attributes:
        name: Its name in the file.
        kind: Its class.
        config: The checked settings that decide its function.
        path: Where a .keras file keeps its weights.
        trainable: Whether Keras would train it, which decides the order of weights in an .h5 file.
        layers: The chain, if it is a model.
        input_shape: That of the chain's first layer, without the batch, where it is written down.
    """

    name: str
    kind: str
    config: Mapping[str, Any]
    path: str
    trainable: bool = True
    layers: tuple["Layer", ...] = ()
    input_shape: tuple[int, ...] | None = field(default=None)

    @property
    def is_model(self) -> bool:
        """Whether it is a chain of layers."""
        return self.kind in MODELS

    def leaves(self) -> Iterator["Layer"]:
        """All layers that are no models, in order."""
        if not self.is_model:
            yield self
        for layer in self.layers:
            yield from layer.leaves()

    @property
    def variables(self) -> list[bool]:
        """For each of its variables, in Keras' order, whether it is trained."""
        if self.kind == "BatchNormalization":
            learnt = self.config.get("scale", True) + self.config.get("center", True)
            return [self.trainable] * learnt + [False, False]
        if self.kind in ("Dense", "Conv2D", "Conv2DTranspose"):
            return [self.trainable] * (1 + self.config.get("use_bias", True))
        return []


def check_imported(structure: Layer) -> None:
    """Refuse a model with layers that can be shown, but not imported, or that are too wide.

    Raises:
        InvalidModelError: It has one; the message names it.
    """
    for leaf in structure.leaves():
        if not 1 <= leaf.config.get("units", 1) <= MAX_WIDTH:
            raise InvalidModelError(f"layer {leaf.name!r} is not 1 to {MAX_WIDTH} wide")
        if leaf.kind not in IMPORTED:
            raise InvalidModelError(
                f"layer {leaf.name!r} is a {leaf.kind}: only dense networks can be imported"
            )


def read_structure(text: str | bytes) -> Layer:
    """Read the structure of a model.

    Args:
        text: What Keras keeps as `config.json`, or as the attribute `model_config`.

    Raises:
        InvalidModelError: It is no chain of layers on the list; the message names the layer.
    """
    try:
        spec = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidModelError(f"its structure is no JSON: {error}.") from error
    try:
        model = _layer(spec, "", 0, trainable=True)
    except (TypeError, KeyError, AttributeError, ValueError, IndexError) as error:
        raise InvalidModelError(f"its structure is not as Keras writes it: {error!r}.") from error
    if not model.is_model:
        raise InvalidModelError(f"it holds a single {model.kind} layer and no model.")
    return model


def _layer(spec: Mapping[str, Any], path: str, depth: int, *, trainable: bool) -> Layer:
    kind, config = spec["class_name"], spec["config"]
    if isinstance(config, list):  # what Keras before 2.2 wrote for a Sequential
        config = {"name": kind.lower(), "layers": config}
    name = str(config.get("name", kind))
    _check_class(spec, name)
    trainable = trainable and config.get("trainable", True) is not False
    if kind not in MODELS:
        return Layer(name, kind, _settings(name, kind, config), path, trainable)
    if depth == MOST_DEPTH or not 1 <= len(config["layers"]) <= MOST_LAYERS:
        raise InvalidModelError(f"the model {name!r} is empty, too long or nested too deeply.")
    if kind != "Sequential":
        _check_chain(name, config)
    layers, used = [], dict[str, int]()
    for inner in config["layers"]:
        stem = snake_case(str(inner["class_name"]))
        number = used[stem] = used.get(stem, -1) + 1
        place = f"{path}layers/{stem}_{number}/" if number else f"{path}layers/{stem}/"
        layers.append(_layer(inner, place, depth + 1, trainable=trainable))
    return Layer(name, kind, {}, path, trainable, tuple(layers), _input_shape(config, layers))


def _check_class(spec: Mapping[str, Any], name: str) -> None:
    """Refuse what is not Keras' own class on the list, whatever it calls itself."""
    kind = spec["class_name"]
    module, registered = spec.get("module"), spec.get("registered_name")
    if kind == "Lambda":
        raise InvalidModelError(f"layer {name!r} is a Lambda: it carries code, which is not run.")
    if module is not None and str(module).partition(".")[0] not in PACKAGES:
        raise InvalidModelError(f"layer {name!r} is of a class of its own, {module}.{kind}.")
    if registered not in (None, kind):
        raise InvalidModelError(f"layer {name!r} is of a class of its own, {registered}.")
    if kind not in MODELS and kind not in LAYERS:
        raise InvalidModelError(
            f"layer {name!r} is of class {kind!r}; what can be imported are {', '.join(IMPORTED)}. "
            "If it is a model class of your own, save keras.Sequential([its encoder, its decoder])."
        )


def _settings(name: str, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that decide a layer's function; others must be off or of training only."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        new = key if key in LAYERS[kind] else OLD_NAMES.get(key, key)
        if new == "activation":
            found[new] = _activation(name, value)
        elif new in LAYERS[kind]:
            check_setting(name, kind, new, value)
            found[new] = value
        elif key in DEFAULTS and value in (None, DEFAULTS[key]):
            continue
        elif value and key not in IGNORED and not key.endswith(IGNORED_ENDINGS):
            raise InvalidModelError(f"layer {name!r} ({kind}): {key} = {value!r:.40} is not known.")
    check_needed(name, kind, found)
    return found


def _activation(name: str, value: Any) -> str | Layer:
    """A name of the list, or a layer of the list used as one."""
    if value is None:
        return "linear"
    if isinstance(value, str) and value in ACTIVATIONS:
        return value
    if isinstance(value, dict) and value.get("class_name") in LAYER_FUNCTIONS:
        return _layer(value, "", MOST_DEPTH, trainable=False)
    told = value.get("config", value.get("class_name")) if isinstance(value, dict) else value
    raise InvalidModelError(
        f"layer {name!r} has the activation {told!r:.40}; what can be imported are "
        f"{', '.join(ACTIVATIONS)}."
    )


def _check_chain(name: str, config: Mapping[str, Any]) -> None:
    """Refuse a graph in which any layer takes something else than what the one before gives."""
    before = None
    for spec in config["layers"]:
        inputs = _inbound(spec.get("inbound_nodes", []))
        if inputs != ([] if before is None else [before]):
            told = " and ".join(map(repr, inputs)) or "nothing"
            raise InvalidModelError(
                f"layer {spec['name']!r} of {name!r} takes {told}: only a chain of layers can be "
                "read, without branches, several inputs or outputs, or layers used twice."
            )
        before = spec["name"]
    if _ends(config["output_layers"]) != [before]:
        raise InvalidModelError(f"the model {name!r} has several outputs, or one from its middle.")


def _inbound(nodes: list[Any]) -> list[str]:
    """The names of the layers that a layer takes from; of all calls where it is called twice."""
    names = []
    for node in nodes:
        if isinstance(node, dict):  # Keras 3
            if any(node.get("kwargs", {}).values()) or len(node["args"]) != 1:
                return ["several things"]
            tensors = node["args"][0]
            tensors = tensors if isinstance(tensors, list) else [tensors]
            names += [str(tensor["config"]["keras_history"][0]) for tensor in tensors]
        else:
            names += _ends(node)
    return names


def _ends(value: list[Any]) -> list[str]:
    """The layers named by `[name, node, tensor, ...]` or a list of such."""
    pairs = [value] if isinstance(value[0], str) else value
    return [str(pair[0]) for pair in pairs]


def _input_shape(config: Mapping[str, Any], layers: list[Layer]) -> tuple[int, ...] | None:
    """The shape, without the batch, that the chain is written to take."""
    first = config["layers"][0]["config"]
    places = (
        layers[0].config.get("batch_shape"),
        config.get("build_input_shape"),
        isinstance(first, dict) and first.get("batch_input_shape"),
    )
    for shape in places:
        if isinstance(shape, list) and all(isinstance(n, int) for n in shape[1:]):
            return tuple(shape[1:])
    return layers[0].input_shape


def snake_case(name: str) -> str:
    """A class name as Keras spells it in paths (`keras.utils.naming`)."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
