import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from keras_files import autoencoder, autoencoder_weights, layer, model, write_h5, write_zip

from aecodec.errors import InvalidModelError
from aecodec.training.importing.file import read_content
from aecodec.training.importing.isolated import KerasFile
from aecodec.training.importing.network import read_autoencoder
from aecodec.training.importing.structure import read_structure

PLACE = "model_weights/encoder/a/0:0"


def read(path: Path) -> Any:
    """Read in this process, for speed: `test_isolated` does it in another."""
    content = read_content(path, weights=True)
    structure = read_structure(content.config)
    return read_autoencoder(KerasFile(structure, content.version, content.arrays))


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    return write_h5(tmp_path / "ae.h5", autoencoder(), autoencoder_weights())


def test_a_legacy_file_is_read_with_its_weights(legacy: Path) -> None:
    network = read(legacy)
    assert network.latents == 2
    expected = autoencoder_weights()
    for dense in (*network.encoder, *network.decoder):
        assert np.array_equal(dense.weights, expected[dense.name][0].astype(np.float32))
        assert np.array_equal(dense.bias, expected[dense.name][1].astype(np.float32))


@pytest.mark.parametrize("frozen", [None, "b"])
def test_a_legacy_model_lists_what_is_not_trained_last(tmp_path: Path, frozen: str | None) -> None:
    spec = autoencoder()
    encoder = spec["config"]["layers"][1]["config"]["layers"]
    encoder.insert(2, layer("BatchNormalization", epsilon=0.0, axis=[1]))
    for inner in encoder:
        inner["config"]["trainable"] = inner["config"]["name"] != frozen
    weights = autoencoder_weights()
    path = write_h5(tmp_path / "ae.h5", spec, weights | {"batchnormalization": []})
    norm = [np.full(8, value) for value in (3.0, 0.5, 1.0, 4.0)]  # gamma, beta, mean, variance
    with h5py.File(path, "r+") as file:
        group = file["model_weights/encoder"]
        for number, array in enumerate(norm):
            group[f"n/{number}"] = array
        trained = ["a/0:0", "a/1:0", "n/0", "n/1"]
        rest = ["n/2", "n/3"]
        latent = ["b/0:0", "b/1:0"]
        names = trained + rest + latent if frozen else trained + latent + rest
        group.attrs["weight_names"] = names
    network = read(path)
    x = np.random.default_rng(2).random((4, 784))
    y = np.maximum(x @ weights["a"][0] + weights["a"][1], 0)
    y = ((y - 1) * 3 / 2 + 0.5) @ weights["b"][0] + weights["b"][1]
    found = x
    for dense in network.encoder:
        found = dense(found)
    assert np.allclose(found, y, atol=1e-4)


def _replaced(path: Path, make: Any) -> Path:
    with h5py.File(path, "r+") as file:
        del file[PLACE]
        make(file)
    return path


def _external(file: h5py.File) -> None:
    file.create_dataset(PLACE, (784, 8), "f4", external=[("/etc/passwd", 0, 784 * 32)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((784, 8), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (784, 8))
    file.create_virtual_dataset(PLACE, layout)


def _bomb(file: h5py.File) -> None:
    file.create_dataset(PLACE, (2**30, 2**10), "f4", chunks=(2**10, 2**10), compression="gzip")


def _link(file: h5py.File) -> None:
    file[PLACE] = h5py.ExternalLink("other.h5", "x")


def _soft(file: h5py.File) -> None:
    file[PLACE] = h5py.SoftLink("/model_weights/decoder/d/0:0")


def _text(file: h5py.File) -> None:
    file[PLACE] = np.full((784, 8), b"x")


def _shape(file: h5py.File) -> None:
    file[PLACE] = np.zeros((784, 9), np.float32)


def _nan(file: h5py.File) -> None:
    file[PLACE] = np.full((784, 8), np.nan, np.float32)


def _group(file: h5py.File) -> None:
    file.create_group(PLACE)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_external, "plain floats"),
        (_virtual, "plain floats"),
        (_bomb, "plain floats"),
        (_text, "plain floats"),
        (_link, "'a' are missing"),
        (_soft, "'a' are missing"),
        (_group, "'a' are missing"),
        (_shape, r"'a' has weights of shapes \[\(784, 9\)"),
        (_nan, "'a' has weights that are not finite"),
        (lambda _: None, "'a' are missing"),
    ],
)
def test_weights_that_are_no_plain_arrays_are_refused(
    legacy: Path, make: Any, message: str
) -> None:
    with pytest.raises(InvalidModelError, match=message):
        read(_replaced(legacy, make))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no Keras file"),
        (b"nonsense", "no Keras file"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\x89HDF\r\n\x1a\n and no more", "cannot be read"),
    ],
)
def test_what_is_no_keras_file_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.keras"
    path.write_bytes(content)
    with pytest.raises(InvalidModelError, match=message):
        read(path)


def test_weights_without_a_structure_are_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["dense/kernel"] = np.zeros(3)
    with pytest.raises(InvalidModelError, match="weights but no structure"):
        read(tmp_path / "w.h5")


def test_a_zip_without_its_parts_or_weights_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.keras", "w") as archive:
        archive.writestr("other", "")
    with pytest.raises(InvalidModelError, match=r"without config\.json"):
        read(tmp_path / "x.keras")
    with pytest.raises(InvalidModelError, match="'a' are missing"):
        read(write_zip(tmp_path / "x.keras", autoencoder()))
    with pytest.raises(InvalidModelError, match="cannot be read"):
        read(write_zip(tmp_path / "x.keras", autoencoder(), b"no hdf5"))


def test_a_zip_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.keras", b" " * (5 * 2**20))
    assert path.stat().st_size < 2**16
    with pytest.raises(InvalidModelError, match=r"config\.json in it would have 5,242,880 bytes"):
        read(path)


def test_a_zip_that_lies_about_a_size_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.keras", b" " * (5 * 2**20))
    data = path.read_bytes()
    lie = data.replace(struct.pack("<I", 5 * 2**20), struct.pack("<I", 100))
    path.write_bytes(lie)
    with pytest.raises(InvalidModelError):
        read(path)


def test_members_with_paths_of_their_own_are_written_nowhere(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "x.keras"
    write_zip(path, autoencoder(), **{"../escaped": b"x", str(tmp_path / "absolute"): b"x"})
    with pytest.raises(InvalidModelError):
        read(path)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["in", "x.keras"]


def test_a_huge_layer_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    spec = autoencoder()
    spec["config"]["layers"][1]["config"]["layers"][1]["config"]["units"] = 10**12
    with pytest.raises(InvalidModelError, match="'a' is not 1 to 4096 wide"):
        read(write_zip(tmp_path / "x.keras", spec))


def test_a_truncated_file_is_told(legacy: Path, tmp_path: Path) -> None:
    data = legacy.read_bytes()
    for size in range(100, len(data), len(data) // 12):
        path = tmp_path / "cut.h5"
        path.write_bytes(data[:size])
        with pytest.raises(InvalidModelError):
            read(path)


def test_a_lambda_is_refused_and_not_run(tmp_path: Path) -> None:
    """A real Keras file with a marshalled function that would leave a trace."""
    import keras

    trace = tmp_path / "trace"
    touch = f"__import__('pathlib').Path({str(trace)!r}).touch()"
    code = eval(f"lambda x: ({touch}, x)[1]")  # noqa: S307 - the attack itself
    layers = keras.layers
    evil = keras.Sequential(
        [keras.Input((784,)), layers.Dense(2), layers.Lambda(code), layers.Dense(784)]
    )
    assert trace.exists()
    trace.unlink()
    for suffix in ("keras", "h5"):
        path = tmp_path / f"evil.{suffix}"
        evil.save(path)
        with pytest.raises(InvalidModelError, match="is a Lambda: it carries code"):
            read(path)
    assert not trace.exists()


def test_a_config_of_random_json_never_escapes(tmp_path: Path) -> None:
    spec = json.dumps(autoencoder())
    rng = np.random.default_rng(5)
    for _ in range(200):
        at = int(rng.integers(len(spec)))
        broken = spec[:at] + rng.choice(list('{}[]",:0aZ')) + spec[at + 1 :]
        path = write_zip(tmp_path / "x.keras", broken.encode())
        with pytest.raises(InvalidModelError):
            read(path)


def test_a_shape_that_is_no_image_is_refused(tmp_path: Path) -> None:
    spec = model("ae", *autoencoder()["config"]["layers"][1:], shape=(32, 32))
    with pytest.raises(InvalidModelError, match=r"input has the shape \(32, 32\)"):
        read(write_h5(tmp_path / "x.h5", spec, autoencoder_weights()))


def test_the_file_is_closed_again(legacy: Path) -> None:
    read(legacy)
    with h5py.File(legacy, "r+") as again:
        assert "model_weights" in again


def test_weights_that_share_their_bytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """Unwritten datasets take no room in a file, however large they say that they are."""
    path = write_h5(tmp_path / "x.h5", autoencoder(), autoencoder_weights())
    with h5py.File(path, "r+") as file:
        del file[PLACE]
        file.create_dataset(PLACE, (2**20, 2**10), "f4")
    assert path.stat().st_size < 2**18
    with pytest.raises(InvalidModelError, match="its weights would take 4,29"):
        read(path)


@pytest.mark.parametrize(("version", "major"), [("2.15.0", 2), ("3.4.1", 3), ("odd", 2)])
def test_the_version_of_keras_is_read(tmp_path: Path, version: str, major: int) -> None:
    old = write_h5(tmp_path / "x.h5", autoencoder(), autoencoder_weights())
    assert read_content(old, weights=False).version == 2
    with h5py.File(old, "r+") as file:
        file.attrs["keras_version"] = version
    assert read_content(old, weights=False).version == major
    assert read_content(write_zip(tmp_path / "x.keras", autoencoder()), weights=False).version == 3
