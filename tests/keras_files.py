"""Keras files as other versions write them, and as nobody should, made without Keras."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

Spec = dict[str, Any]
Weights = dict[str, list[NDArray[Any]]]


def dense(name: str, units: int, activation: Any = "linear", **more: Any) -> Spec:
    config = {"name": name, "units": units, "activation": activation, "use_bias": True, **more}
    return {"class_name": "Dense", "config": config}


def layer(kind: str, **config: Any) -> Spec:
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


def model(name: str, *layers: Spec, shape: tuple[int, ...] | None = None) -> Spec:
    """A Sequential as Keras 2 writes it."""
    first = [layer("InputLayer", batch_input_shape=[None, *shape])] if shape else []
    return {"class_name": "Sequential", "config": {"name": name, "layers": [*first, *layers]}}


def chain(name: str, *layers: Spec) -> Spec:
    """A functional model as Keras 2 writes it; its first layer is the input."""
    names = [spec["config"]["name"] for spec in layers]
    for before, spec in zip([None, *names], layers, strict=False):
        spec["name"] = spec["config"]["name"]
        spec["inbound_nodes"] = [[[before, 0, 0, {}]]] if before else []
    ends = {"input_layers": [[names[0], 0, 0]], "output_layers": [[names[-1], 0, 0]]}
    return {"class_name": "Functional", "config": {"name": name, "layers": list(layers), **ends}}


def autoencoder(latents: int = 2, hidden: Any = "relu", **decoder: Any) -> Spec:
    """A small one of two models."""
    return model(
        "ae",
        model("encoder", layer("Flatten"), dense("a", 8, hidden), dense("b", latents)),
        model("decoder", dense("c", 8, hidden), dense("d", 784, "sigmoid", **decoder)),
        shape=(28, 28),
    )


def autoencoder_weights(latents: int = 2, seed: int = 0) -> Weights:
    rng = np.random.default_rng(seed)
    sizes = {"a": (784, 8), "b": (8, latents), "c": (latents, 8), "d": (8, 784)}
    return {
        name: [rng.normal(0, 2 / a**0.5, (a, b)), rng.normal(0, 0.3, b)]
        for name, (a, b) in sizes.items()
    }


def write_h5(path: Path, spec: Spec, weights: Weights, dtype: Any = np.float32) -> Path:
    """A legacy file: weights by the name of the outermost model's layer."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(spec)
        groups = file.create_group("model_weights")
        for outer in spec["config"]["layers"]:
            name = outer["config"]["name"]
            group = groups.create_group(name)
            inner = outer["config"].get("layers", [outer])
            names = []
            for owner in (spec["config"]["name"] for spec in inner):
                for number, array in enumerate(weights.get(owner, [])):
                    names.append(f"{owner}/{number}:0")
                    group.create_dataset(names[-1], data=array.astype(dtype))
            group.attrs["weight_names"] = [text.encode() for text in names]
    return path


def write_zip(path: Path, spec: Any, weights: bytes = b"", **members: bytes) -> Path:
    """A .keras file of any content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.0.0"}')
        archive.writestr("config.json", spec if isinstance(spec, bytes) else json.dumps(spec))
        archive.writestr("model.weights.h5", weights or h5_bytes())
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def h5_bytes() -> bytes:
    buffer = io.BytesIO()
    h5py.File(buffer, "w").close()
    return buffer.getvalue()


def endless_h5(path: Path) -> Path:
    """A file that keeps the HDF5 library busy for ever: a text of nearly 2^64 bytes in its heap."""
    write_h5(path, autoencoder(), autoencoder_weights())
    data = bytearray(path.read_bytes())
    size = data.index(b"GCOL") + 24  # of the heap's first object
    data[size : size + 8] = (2**64 - 16).to_bytes(8, "little")
    path.write_bytes(data)
    return path
