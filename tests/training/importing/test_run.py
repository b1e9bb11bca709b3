"""`aecodec models import` on files that Keras writes here, and on those of Keras 2."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import ROOT
from keras_files import autoencoder, autoencoder_weights, dense, layer, model, write_h5

from aecodec.api import compress, decompress
from aecodec.datasets import load_dataset
from aecodec.errors import InvalidModelError
from aecodec.kinds.classic.coder import ClassicCoder
from aecodec.model_file import read_model
from aecodec.training.importing import Import, import_model
from aecodec.training.importing.scale import Scales

DIGITS = ROOT / "examples" / "digits"


def imported(source: Path) -> tuple[Path, Import]:
    target = source.with_name("mine-classic.aem")
    said: list[str] = []
    errors = import_model(
        source, str(DIGITS), target, "aecodec models import", overwrite=True, say=said.append
    )
    return target, errors


def assert_exact(errors: Import) -> None:
    """Integers give what floats give of the same codes, to within a fraction of a grey level."""
    assert errors.integers == pytest.approx(errors.same, rel=0.02)


def _keras(*parts: Any, shape: tuple[int, ...] = (784,)) -> Any:
    import keras

    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input(shape), *parts])


def test_an_autoencoder_of_two_models_becomes_a_codec(tmp_path: Path) -> None:
    import keras

    layers = keras.layers
    encoder = _keras(
        layers.Flatten(),
        layers.Dense(12),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Dropout(0.3),
        layers.Dense(3, activation="relu", bias_initializer="ones"),
        shape=(28, 28),
    )
    decoder = _keras(
        layers.Dense(12, activation="relu"),
        layers.Dense(784, activation="sigmoid"),
        layers.Reshape((28, 28)),
        shape=(3,),
    )
    image = keras.Input((28, 28))
    keras.Model(image, decoder(encoder(image))).save(tmp_path / "mine.keras")
    target, errors = imported(tmp_path / "mine.keras")
    assert_exact(errors)
    images = load_dataset(DIGITS).images
    data = compress(images, model=str(target))
    assert len(data) <= 26 + 3 * len(images)
    decoded = decompress(data, model=str(target))
    codes = ClassicCoder(read_model(target).arrays).codes(images)
    assert decoded.shape == images.shape
    assert np.ptp(codes, axis=0).min() > 100  # the codes' range is used
    card = target.with_suffix(".md").read_text()
    assert read_model(target).id.hex() in card
    assert "12 LeakyReLU - 3 relu" in card


@pytest.mark.parametrize("activation", ["tanh", "gelu", "elu"])
def test_curved_functions_are_carried_by_ramps(tmp_path: Path, activation: str) -> None:
    from keras import layers

    made = _keras(
        layers.Dense(16, activation=activation),
        layers.Dense(4, activation="tanh"),
        layers.Dense(16, activation=activation),
        layers.Dense(784, activation="tanh"),
    )
    made.save(tmp_path / "mine.h5")
    target, errors = imported(tmp_path / "mine.h5")
    assert_exact(errors)
    assert "4 tanh" in target.with_suffix(".md").read_text()


def test_a_file_of_keras_2_with_two_latents_is_searched(tmp_path: Path) -> None:
    source = write_h5(tmp_path / "mine.h5", autoencoder(), autoencoder_weights())
    target, errors = imported(source)
    assert_exact(errors)
    assert errors.integers < errors.coded
    assert "encoder.table" in read_model(target).arrays


def test_networks_on_greys_of_0_to_255_are_recognised(tmp_path: Path) -> None:
    from keras import layers

    images = load_dataset(DIGITS).images.reshape(-1, 784).astype(np.float64)
    mean = images.mean(0)
    _, directions = np.linalg.eigh(np.cov((images - mean).T))
    basis = directions[:, -8:]
    made = _keras(layers.Dense(8), layers.Dense(784, activation="relu"))
    made.set_weights([basis, -mean @ basis, basis.T, mean])
    made.save(tmp_path / "mine.keras")
    target, errors = imported(tmp_path / "mine.keras")
    assert errors.integers < 0.05
    assert errors.integers == pytest.approx(errors.floats, rel=0.02)
    assert "are 0 and 255 to its encoder, 0 and 255" in target.with_suffix(".md").read_text()


def test_a_network_that_knows_nothing_is_told() -> None:
    unknown = Import(10, 0.2, 0.2, 0.2, 0.2, 0.07, Scales((0, 1), (0, 1), explained=False))
    assert "No scale of its input and output explains" in unknown.notes[0]
    assert "0.07000" in unknown.notes[0]
    known = Import(10, 0.03, 0.03, 0.03, 0.03, 0.07, Scales((-0.5, 0.5), (0, 1)))
    assert "are -0.5 and 0.5 to its encoder, 0 and 1 to its decoder" in known.notes[0]


SPECS = {
    "no bottleneck": model("ae", dense("a", 784), dense("b", 784), shape=(784,)),
    "it gives 8 numbers, not an image.*one half": model("ae", dense("a", 8), shape=(784,)),
    "'a' is a dense layer on the rows": model("ae", dense("a", 8), shape=(28, 28)),
    "'conv2d' is a Conv2D": model("ae", layer("Conv2D", filters=2), shape=(28, 28, 1)),
    "'relu' comes before any dense": model("ae", layer("ReLU"), shape=(784,)),
    "'reshape' cannot reshape": model("ae", layer("Reshape", target_shape=[3, -1]), shape=(784,)),
    "'rescaling': scale = 'x' is not": model("ae", layer("Rescaling", scale="x"), shape=(784,)),
}


@pytest.mark.parametrize("message", SPECS)
def test_what_is_no_dense_autoencoder_is_refused(tmp_path: Path, message: str) -> None:
    square = [np.zeros((784, 784)), np.zeros(784)]
    weights = {"a": square, "b": square}
    if "8 numbers" in message:
        weights = {"a": [np.zeros((784, 8)), np.zeros(8)]}
    source = write_h5(tmp_path / "x.h5", SPECS[message], weights)
    with pytest.raises(InvalidModelError, match=message):
        imported(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.h5"]


@pytest.mark.parametrize(
    ("name", "factor", "message"),
    [("a", 1e200, "'a' gives numbers that are not finite"), ("d", 0, "'d' gives one grey")],
)
def test_weights_that_integers_cannot_follow_are_refused(
    tmp_path: Path, name: str, factor: float, message: str
) -> None:
    weights = autoencoder_weights(3)
    weights[name] = [array * factor for array in weights[name]]
    source = write_h5(tmp_path / "x.h5", autoencoder(3), weights, np.float64)
    with pytest.raises(InvalidModelError, match=message):
        imported(source)
