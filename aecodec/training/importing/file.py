"""Reads the two containers of Keras models: .keras zips and whole-model .h5 files.

Both hold a structure as JSON and weights as HDF5 datasets, of Keras 3 or Keras 2. Sizes are checked
before anything is read, nothing is unpacked to disk, and only plain datasets are taken: HDF5 can
also point to other files, or unfold to far more than a file holds.

A damaged file can still keep the HDF5 library busy for ever, so this module runs in a process of
its own (`isolated`); it is the only one that needs h5py.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError, said
from aecodec.training.importing.structure import (
    MAX_FILE_BYTES,
    Layer,
    check_imported,
    read_structure,
)

ZIP_MAGIC, HDF5_MAGIC = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
MAX_JSON_BYTES = 2**22

Arrays = dict[str, list[NDArray[Any]]]
Datasets = dict[str, list[h5py.Dataset]]


@dataclass(frozen=True)
class Content:
    """What a Keras file holds.

    Attributes:
        config: The structure, as JSON.
        version: The major version of Keras that wrote it.
        arrays: The weights of each layer in Keras' order, by the layer's path; empty unless asked.
    """

    config: str
    version: int
    arrays: Arrays


def read_content(path: Path, *, weights: bool) -> Content:
    """Read a .keras or .h5 file in this process.

    Args:
        path: The file.
        weights: Whether to read the weights too.

    Raises:
        InvalidModelError: It is no Keras file, is damaged, or holds what cannot be imported.
    """
    with ExitStack() as stack, _damage():
        config, version, file, legacy = _open(path, stack)
        structure = read_structure(config)
        if not weights:
            return Content(config, version, {})
        check_imported(structure)
        found = (_legacy_datasets if legacy else _datasets)(file, structure)
        size = sum(dataset.nbytes for datasets in found.values() for dataset in datasets)
        if size > MAX_FILE_BYTES:
            raise InvalidModelError(f"its weights would take {size:,} bytes")
        arrays = {name: [dataset[()] for dataset in datasets] for name, datasets in found.items()}
        return Content(config, version, arrays)


@contextmanager
def _damage() -> Iterator[None]:
    """Raise one error for all that zipfile and h5py raise for what is damaged."""
    try:
        yield
    except zipfile.BadZipFile as error:
        raise InvalidModelError(f"is damaged: {said(error)}") from error
    except MemoryError as error:
        raise InvalidModelError("is damaged: it asks for more memory than a model needs") from error
    except (
        OSError,
        EOFError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,
        zlib.error,
    ) as error:
        raise InvalidModelError(f"cannot be read as a Keras file: {said(error)}") from error


def _open(path: Path, stack: ExitStack) -> tuple[str, int, h5py.File, bool]:
    """The structure, the version of Keras, the weights' file, and whether it is a legacy one."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidModelError(f"has more than {MAX_FILE_BYTES // 2**20} MB")
    with path.open("rb") as raw:
        magic = raw.read(len(HDF5_MAGIC))
    if magic == HDF5_MAGIC:
        file = stack.enter_context(h5py.File(path, "r"))
        return _config(file), _version(file.attrs.get("keras_version", "2")), file, True
    if not magic.startswith(ZIP_MAGIC):
        raise InvalidModelError("is no Keras file: neither a .keras zip nor an .h5 file")
    with zipfile.ZipFile(path) as archive:
        config = _member(archive, "config.json", MAX_JSON_BYTES).decode()
        metadata = json.loads(_member(archive, "metadata.json", MAX_JSON_BYTES))
        data = io.BytesIO(_member(archive, "model.weights.h5", MAX_FILE_BYTES))
    file = stack.enter_context(h5py.File(data, "r"))
    return config, _version(metadata["keras_version"]), file, False


def _version(text: Any) -> int:
    """The major version; what is no version is taken for the oldest that is read."""
    major = _text(text).partition(".")[0]
    return int(major) if major.isdecimal() and len(major) < 3 else 2


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One member of a zip, in memory; zipfile never gives more than the size stated."""
    try:
        member = archive.getinfo(name)
    except KeyError:
        raise InvalidModelError(f"is a zip without {name}, so no .keras file") from None
    if member.file_size > most:
        raise InvalidModelError(f"{name} in it would have {member.file_size:,} bytes")
    return archive.read(member)


def _config(file: h5py.File) -> str:
    text = file.attrs.get("model_config")
    if text is None:
        raise InvalidModelError(
            "holds weights but no structure. Save the whole model: model.save('model.keras')"
        )
    text = text.decode() if isinstance(text, bytes) else text
    if not isinstance(text, str) or len(text) > MAX_JSON_BYTES:
        raise InvalidModelError("its structure is no text, or too long")
    return text


def _datasets(weights: h5py.File, structure: Layer) -> Datasets:
    """A dataset a variable, under the layer's path (`keras.saving.saving_lib`)."""
    return {
        leaf.path: [
            _dataset(weights, f"{leaf.path}vars/{i}", leaf.name) for i in range(len(leaf.variables))
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
        owners = [(leaf, learnt) for leaf in layer.leaves() for learnt in leaf.variables]
        if not owners:
            continue
        owners.sort(key=lambda owner: not owner[1])  # stable
        group = _child(weights, layer.name, layer.name)
        names = [_text(name) for name in group.attrs["weight_names"]]
        if len(names) != len(owners):
            raise InvalidModelError(
                f"layer {layer.name!r} has {len(names)} arrays of weights, not {len(owners)}"
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
        raise InvalidModelError(f"the weights of layer {layer!r} are missing")
    plain = group.chunks is None and group.external is None and not group.is_virtual
    if not plain or group.dtype.kind != "f" or group.dtype.itemsize > 8:
        raise InvalidModelError(
            f"the weights of layer {layer!r} are stored as {group.dtype} in a way that Keras "
            "does not use; only plain floats are read"
        )
    return group


def _child(group: Any, name: str, layer: str) -> Any:
    """A group's member, which no link may make one of another file."""
    if not isinstance(group, h5py.Group) or not isinstance(
        group.get(name, getlink=True), h5py.HardLink
    ):
        raise InvalidModelError(f"the weights of layer {layer!r} are missing")
    return group[name]
