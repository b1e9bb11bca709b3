"""The containers of Keras models: .keras zips (Keras 3, and 2 from 2.12) and legacy .h5 files.

Both hold a structure as JSON and weights as HDF5 datasets. Sizes are checked before anything is
read, nothing is unpacked to disk, and only plain datasets are taken: HDF5 can also point to other
files, or unfold to far more than a file holds.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.training.importing.structure import Layer, read_structure

ZIP_MAGIC, HDF5_MAGIC = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
MAX_FILE_BYTES = 2**28
MAX_JSON_BYTES = 2**22

Datasets = dict[str, list[h5py.Dataset]]


class KerasFile:
    """An open file: its structure, checked, and the weights of each layer, unread."""

    def __init__(self, structure: Layer, weights: h5py.File, *, legacy: bool) -> None:
        self.structure = structure
        self._weights = weights
        self._legacy = legacy
        self._datasets: Datasets = {}

    def arrays(self, layer: Layer, shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.float64]]:
        """The weights of a layer in Keras' order, float64 of the shapes that it must have.

        Raises InvalidModelError when they are missing, of other shapes or not finite.
        """
        with _damage():
            if not self._datasets:
                find = _legacy_datasets if self._legacy else _datasets
                self._datasets = find(self._weights, self.structure)
            found = self._datasets[layer.path]
        told = [tuple(dataset.shape) for dataset in found]
        if told != list(shapes):
            raise InvalidModelError(
                f"layer {layer.name!r} has weights of shapes {told}, where its place in the "
                f"network needs {list(shapes)}."
            )
        with _damage():
            arrays = [np.asarray(dataset[()], np.float64) for dataset in found]
        if not all(np.isfinite(array).all() for array in arrays):
            raise InvalidModelError(f"layer {layer.name!r} has weights that are not finite.")
        return arrays


@contextmanager
def open_keras(path: Path) -> Iterator[KerasFile]:
    """Open a .keras or .h5 file. Raises InvalidModelError, naming the file."""
    with ExitStack() as stack:
        try:
            with _damage():
                file = _open(path, stack)
            yield file
        except InvalidModelError as error:
            raise InvalidModelError(f"{path}: {error}") from error


@contextmanager
def _damage() -> Iterator[None]:
    """Tell by one error all that zipfile and h5py raise for what is damaged."""
    try:
        yield
    except (OSError, EOFError, KeyError, ValueError, TypeError, RuntimeError, zlib.error) as error:
        raise InvalidModelError(f"cannot be read as a Keras file: {error}.") from error
    except zipfile.BadZipFile as error:
        raise InvalidModelError(f"is damaged: {error}.") from error


def _open(path: Path, stack: ExitStack) -> KerasFile:
    if path.is_dir():
        raise InvalidModelError("is a folder (a SavedModel?): save the model as one .keras file.")
    if not path.is_file():
        raise InvalidModelError("there is no such file.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidModelError(f"has more than {MAX_FILE_BYTES // 2**20} MB.")
    with path.open("rb") as file:
        magic = file.read(len(HDF5_MAGIC))
    if magic == HDF5_MAGIC:
        weights = stack.enter_context(h5py.File(path, "r"))
        return KerasFile(read_structure(_config(weights)), weights, legacy=True)
    if not magic.startswith(ZIP_MAGIC):
        raise InvalidModelError("is no Keras file: neither a .keras zip nor an .h5 file.")
    with zipfile.ZipFile(path) as archive:
        structure = read_structure(_member(archive, "config.json", MAX_JSON_BYTES))
        data = io.BytesIO(_member(archive, "model.weights.h5", MAX_FILE_BYTES))
    weights = stack.enter_context(h5py.File(data, "r"))
    return KerasFile(structure, weights, legacy=False)


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One member of a zip, in memory; zipfile never gives more than the size stated."""
    try:
        member = archive.getinfo(name)
    except KeyError:
        raise InvalidModelError(f"is a zip without {name}, so no .keras file.") from None
    if member.file_size > most:
        raise InvalidModelError(f"{name} in it would have {member.file_size:,} bytes.")
    return archive.read(member)


def _config(file: h5py.File) -> str:
    text = file.attrs.get("model_config")
    if text is None:
        raise InvalidModelError(
            "holds weights but no structure: save the whole model, model.save('model.keras')."
        )
    text = text.decode() if isinstance(text, bytes) else text
    if not isinstance(text, str) or len(text) > MAX_JSON_BYTES:
        raise InvalidModelError("its structure is no text, or too long.")
    return text


def variables(layer: Layer) -> list[bool]:
    """For each variable of a layer, in Keras' order, whether it is trained."""
    config = layer.config
    if layer.kind == "BatchNormalization":
        learnt = config.get("scale", True) + config.get("center", True)
        return [layer.trainable] * learnt + [False, False]
    if layer.kind in ("Dense", "Conv2D", "Conv2DTranspose"):
        return [layer.trainable] * (1 + config.get("use_bias", True))
    return []


def _datasets(weights: h5py.File, structure: Layer) -> Datasets:
    """A dataset a variable, under the layer's path (`keras.saving.saving_lib`)."""
    return {
        leaf.path: [
            _dataset(weights, f"{leaf.path}vars/{i}", leaf.name)
            for i in range(len(variables(leaf)))
        ]
        for leaf in structure.leaves()
    }


def _legacy_datasets(file: h5py.File, structure: Layer) -> Datasets:
    """The variables of each layer of the outermost model, listed by its group.

    Those of a model inside are listed together: what is trained first, the rest after it.
    """
    weights = _child(file, "model_weights", "the model")
    found: Datasets = {leaf.path: [] for leaf in structure.leaves()}
    for layer in structure.layers:
        owners = [(leaf, learnt) for leaf in layer.leaves() for learnt in variables(leaf)]
        if not owners:
            continue
        owners.sort(key=lambda owner: not owner[1])  # stable
        group = _child(weights, layer.name, layer.name)
        names = [_text(name) for name in group.attrs["weight_names"]]
        if len(names) != len(owners):
            raise InvalidModelError(
                f"layer {layer.name!r} has {len(names)} arrays of weights, not {len(owners)}."
            )
        for (leaf, _), name in zip(owners, names, strict=True):
            found[leaf.path].append(_dataset(group, name, leaf.name))
    return found


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _dataset(group: Any, path: str, layer: str) -> h5py.Dataset:
    """A dataset as Keras writes it: floats, in one piece, in this file."""
    for part in path.split("/"):
        group = _child(group, part, layer)
    if not isinstance(group, h5py.Dataset):
        raise InvalidModelError(f"the weights of layer {layer!r} are missing.")
    plain = group.chunks is None and group.external is None and not group.is_virtual
    if not plain or group.dtype.kind != "f" or group.dtype.itemsize > 8:
        raise InvalidModelError(
            f"the weights of layer {layer!r} are stored as {group.dtype} in a way that Keras "
            "does not use; only plain floats are read."
        )
    return group


def _child(group: Any, name: str, layer: str) -> Any:
    """A group's member, which no link may make one of another file."""
    if not isinstance(group, h5py.Group) or not isinstance(
        group.get(name, getlink=True), h5py.HardLink
    ):
        raise InvalidModelError(f"the weights of layer {layer!r} are missing.")
    return group[name]
