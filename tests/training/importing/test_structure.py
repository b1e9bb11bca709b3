import json
import re
from typing import Any

import pytest
from helpers import ROOT
from keras_files import Spec, autoencoder, chain, dense, layer, model

from aecodec.errors import InvalidModelError
from aecodec.training.importing.activations import ACTIVATIONS
from aecodec.training.importing.structure import IMPORTED, read_structure, snake_case

INPUT = layer("InputLayer", batch_shape=[None, 784])


def read(spec: Any) -> Any:
    return read_structure(json.dumps(spec))


def test_layers_of_inner_models_come_in_order_with_their_paths() -> None:
    structure = read(autoencoder(3))
    leaves = {leaf.name: leaf.path for leaf in structure.leaves()}
    assert list(leaves) == ["inputlayer", "flatten", "a", "b", "c", "d"]
    assert leaves["b"] == "layers/sequential/layers/dense_1/"
    assert leaves["c"] == "layers/sequential_1/layers/dense/"
    assert structure.input_shape == (28, 28)


def test_a_functional_chain_is_read_as_keras_2_and_3_write_it() -> None:
    spec = chain("ae", INPUT, dense("a", 2), dense("b", 784))
    assert [leaf.name for leaf in read(spec).leaves()] == ["inputlayer", "a", "b"]
    for inner, before in zip(spec["config"]["layers"][1:], ("inputlayer", "a"), strict=True):
        tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [before, 0, 0]}}
        inner["inbound_nodes"] = [{"args": [tensor], "kwargs": {"mask": None}}]
    spec["config"] |= {"input_layers": ["inputlayer", 0, 0], "output_layers": ["b", 0, 0]}
    assert [leaf.name for leaf in read(spec).leaves()] == ["inputlayer", "a", "b"]


def _branch() -> Spec:
    spec = chain("vae", INPUT, dense("mean", 2), dense("variance", 2), dense("out", 784))
    spec["config"]["layers"][2]["inbound_nodes"] = [[["inputlayer", 0, 0, {}]]]
    return spec


def _two_outputs() -> Spec:
    spec = chain("ae", INPUT, dense("a", 2), dense("b", 784))
    spec["config"]["output_layers"] = [["a", 0, 0], ["b", 0, 0]]
    return spec


def _called_twice() -> Spec:
    spec = chain("ae", INPUT, dense("a", 784), dense("b", 784))
    spec["config"]["layers"][1]["inbound_nodes"] *= 2
    return spec


def _deep() -> Spec:
    spec = model("m", dense("a", 2))
    for _ in range(9):
        spec = model("m", spec)
    return spec


def _own(**keys: Any) -> Spec:
    return model("ae", dense("a", 2) | keys)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (model("ae", layer("Lambda", function=["code", None, None])), "'lambda' is a Lambda"),
        (model("ae", layer("Sampling")), "'sampling' is of class 'Sampling'"),
        (layer("MyAutoencoder", layers=[]), "'myautoencoder' is of class"),
        (_own(module="evil.layers"), "'a' is of a class of its own, evil.layers.Dense"),
        (_own(registered_name="evil>Dense"), "'a' is of a class of its own, evil>Dense"),
        (model("ae", dense("a", 2, "my_activation")), "'a' has the activation 'my_activation'"),
        (model("ae", dense("a", 2, "softmax")), "'a' has the activation 'softmax'"),
        (
            model("ae", dense("a", 2, {"class_name": "function", "config": "mine"})),
            "'a' has the activation 'mine'",
        ),
        (model("ae", dense("a", 2, lora_rank=4)), "'a' .Dense.: lora_rank = 4 is not known"),
        (model("ae", layer("Flatten", data_format="channels_first")), "data_format"),
        (
            model("ae", dense("a", {"class_name": "Lambda"})),  # type: ignore[arg-type]  # refused
            "'a': units",
        ),
        (model("ae", dense("a", True)), "'a': units = True"),
        (model("ae", dense("a", 2, use_bias="no")), "'a': use_bias = 'no'"),
        (model("ae", layer("BatchNormalization", axis=[])), "axis = .. is not"),
        (model("ae", layer("BatchNormalization", scale=2)), "scale = 2 is not"),
        (model("ae", layer("BatchNormalization", epsilon="x")), "epsilon = 'x' is not"),
        (model("ae", layer("Reshape", target_shape=28)), "target_shape = 28 is not"),
        (model("ae", layer("Dense")), "'dense' .Dense. does not state its units"),
        (model("ae", layer("Activation")), "does not state its activation"),
        (model("ae", layer("Reshape")), "does not state its target_shape"),
        (model("ae", layer("Rescaling")), "does not state its scale"),
        (_branch(), "'variance' of 'vae' takes 'inputlayer'"),
        (_two_outputs(), "several outputs"),
        (_called_twice(), "'a' of 'ae' takes 'inputlayer' and 'inputlayer'"),
        (_deep(), "nested too deeply"),
        (model("ae"), "empty"),
        (model("ae", *[layer("Flatten")] * 300), "too long"),
        (dense("a", 2), "single Dense layer"),
        ([], "not as Keras writes it"),
        ({"class_name": "Dense"}, "not as Keras writes it"),
        ({"class_name": ["Dense"], "config": {}}, "not as Keras writes it"),
        ({"class_name": "Sequential", "config": {"layers": 3}}, "not as Keras writes it"),
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(spec: Any, message: str) -> None:
    with pytest.raises(InvalidModelError, match=message):
        read(spec)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidModelError, match="no JSON"):
        read_structure(text)


def test_class_names_are_spelt_as_keras_spells_them() -> None:
    from keras.src.utils.naming import to_snake_case

    for name in ("Dense", "InputLayer", "ReLU", "LeakyReLU", "ELU", "BatchNormalization", "Conv2D"):
        assert snake_case(name) == to_snake_case(name)


def test_the_documents_list_what_is_taken() -> None:
    page = (ROOT / "docs" / "importing.md").read_text("utf-8")
    for start, names in (
        ("Layers: ", IMPORTED),
        ("Activations, as names or layers: ", ACTIVATIONS),
    ):
        (line,) = (line for line in page.splitlines() if line.startswith(start))
        assert re.findall(r"`(\w+)`", line) == list(names)
