import json
import shutil
from pathlib import Path

import pytest
from keras_files import autoencoder, layer, model

from aecodec.errors import InvalidModelError, MissingDependencyError
from aecodec.training.importing import draw
from aecodec.training.importing.structure import Layer, read_structure


def structure(spec: object) -> Layer:
    return read_structure(json.dumps(spec))


CONVOLUTIONAL = model(
    "ae",
    layer("Conv2D", filters=4, kernel_size=[3, 3], strides=2, padding="same", activation="relu"),
    layer("MaxPooling2D", pool_size=[2, 2]),
    layer("Flatten"),
    layer("Reshape", target_shape=[7, 7, 4]),
    layer("UpSampling2D", size=[2, 2]),
    layer("Conv2DTranspose", filters=1, kernel_size=3, strides=2, padding="same"),
    shape=(28, 28, 1),
)


def test_the_summary_is_keras_own_with_the_layers_of_inner_models() -> None:
    lines: list[str] = []
    draw.summary(structure(autoencoder()), lines.append)
    text = "\n".join(lines)
    for part in ('Model: "ae"', "encoder", "decoder", "(None, 784)", "13,378"):
        assert part in text, part


def test_convolutional_networks_are_summarised_too() -> None:
    lines: list[str] = []
    draw.summary(structure(CONVOLUTIONAL), lines.append)
    assert "(None, 7, 7, 4)" in "\n".join(lines)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (autoencoder(10**9), "'b' would have"),
        (model("m", layer("Conv2D", filters=10**7, kernel_size=[9, 9]), shape=(28, 28, 1)), "have"),
        (model("m", layer("Conv2D", filters=3, kernel_size=0), shape=(28, 28, 1)), "'conv2d'"),
        (model("m", layer("Flatten")), "input is not written down"),
    ],
)
def test_what_cannot_be_built_is_told_before_memory_is_taken(spec: object, message: str) -> None:
    with pytest.raises(InvalidModelError, match=message):
        draw.summary(structure(spec), print)


def test_a_picture_is_drawn() -> None:
    pytest.importorskip("pydot")
    if not shutil.which("dot"):
        pytest.skip("Graphviz is not installed: apt install graphviz")
    assert draw.plot(structure(autoencoder())).startswith(b"\x89PNG")


def test_without_graphviz_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="pip install pydot, and Graphviz"):
        draw.plot(structure(autoencoder()))
