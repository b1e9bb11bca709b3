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


def test_a_summary_has_the_layers_of_inner_models_in_their_places() -> None:
    rows = [(r.name, r.kind, r.output, r.parameters) for r in draw.layers(structure(autoencoder()))]
    assert rows == [
        ("encoder/flatten", "Flatten", (784,), 0),
        ("encoder/a", "Dense", (8,), 6280),
        ("encoder/b", "Dense", (2,), 18),
        ("decoder/c", "Dense", (8,), 24),
        ("decoder/d", "Dense", (784,), 7056),
    ]


def test_convolutional_networks_are_summarised_too() -> None:
    rows = draw.layers(structure(CONVOLUTIONAL))
    assert rows[1].output == (7, 7, 4)
    assert rows[-1].output == (28, 28, 1)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (autoencoder(10**9), "'b' would have"),
        (model("m", layer("Conv2D", filters=10**7, kernel_size=[9, 9]), shape=(28, 28, 1)), "have"),
        (model("m", layer("Conv2D", filters=3, kernel_size=0), shape=(28, 28, 1)), "'conv2d'"),
        (model("m", layer("Flatten")), "input is not written down"),
        (model("m", layer("Flatten"), layer("Flatten"), shape=(28, 28)), "the model 'm' cannot be"),
        (model("m", layer("Flatten"), shape=(28, -1)), "the model 'm' cannot be built"),
    ],
)
def test_what_cannot_be_built_is_told_before_memory_is_taken(spec: object, message: str) -> None:
    with pytest.raises(InvalidModelError, match=message):
        draw.layers(structure(spec))


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
