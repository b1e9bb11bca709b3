"""Reads a Keras file in a process of its own, with a time limit, so that no file can hang us.

A damaged file can keep the HDF5 library in a loop that neither Ctrl-C nor SIGTERM ends, for Python
handles signals only between its own instructions. The child process leaves signals to the operating
system, which ends it at once; structure and weights come back over a pipe as an npz archive.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import (
    InvalidModelError,
    MissingDependencyError,
    MissingFileError,
    located,
)
from aecodec.storage import UrlPath
from aecodec.training.importing.structure import MAX_FILE_BYTES, Layer, read_structure

SECONDS = 10  # of computing, of which an honest file of the greatest size takes two
PATIENCE = 6  # times as long by the clock, on a machine that is busy
MAX_MEMORY = 2**32  # bytes of address space
REFUSED, INCOMPLETE = 3, 4  # exit codes of the child: what it printed is the reason
_CHILD = f"from {__name__} import main; main()"


@dataclass(frozen=True)
class KerasFile:
    """A Keras file that has been read.

    Attributes:
        structure: Its layers, checked.
        version: The major version of Keras that wrote it.
        weights: The weights of each layer, by its path; none where only the structure was read.
    """

    structure: Layer
    version: int = 3
    weights: dict[str, list[NDArray[np.floating]]] = field(default_factory=dict)

    def arrays(self, layer: Layer, shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.float64]]:
        """The weights of a layer in Keras' order, float64 of the shapes that it must have.

        Raises:
            InvalidModelError: They are missing, of other shapes or not finite.
        """
        found = self.weights.get(layer.path, [])
        told = [array.shape for array in found]
        if told != list(shapes):
            raise InvalidModelError(
                f"layer {layer.name!r} has weights of shapes {told}, where its place in the "
                f"network needs {list(shapes)}"
            )
        if not all(np.isfinite(array).all() for array in found):
            raise InvalidModelError(f"layer {layer.name!r} has weights that are not finite")
        return [array.astype(np.float64) for array in found]


def read_keras(path: Path, *, weights: bool = True, seconds: int = SECONDS) -> KerasFile:
    """Read a .keras or .h5 file in another process.

    Args:
        path: The file.
        weights: Whether to read the weights too, or the structure alone.
        seconds: How much computing that may take; by the clock it is six times as long.

    Raises:
        MissingFileError: There is no such file.
        InvalidModelError: It is no Keras file, is damaged, takes too long to read, or holds what
            cannot be imported.
        MissingDependencyError: h5py is not installed.
    """
    with located(path):
        if path.is_dir():
            raise InvalidModelError(
                "is a folder (a SavedModel?). Save the model as one file: model.save('x.keras')"
            )
        if not path.exists():
            raise MissingFileError("there is no such file")
        if not path.is_file():
            raise InvalidModelError("is not a regular file")
        with _on_disk(path) as local:
            content = _read_apart(local, weights, seconds)
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = dict(file)
        structure = read_structure(str(arrays.pop("config")))
        version = int(arrays.pop("version"))
        found: dict[str, list[NDArray[np.floating]]] = {}
        for name, array in arrays.items():  # in the order in which they were written
            found.setdefault(name.rpartition("|")[0], []).append(array)
        return KerasFile(structure, version, found)


@contextmanager
def _on_disk(path: Path) -> Iterator[Path]:
    """The file itself, or a copy of one behind a URL, which HDF5 cannot read."""
    if not isinstance(path, UrlPath):
        yield path
        return
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidModelError(f"has more than {MAX_FILE_BYTES // 2**20} MB")
    with tempfile.NamedTemporaryFile(prefix="aecodec-", suffix=path.suffix) as file:
        file.write(path.read_bytes())
        file.flush()
        yield Path(file.name)


def _read_apart(path: Path, weights: bool, seconds: int) -> bytes:
    # -P: nothing that lies in the current folder is imported
    command = [sys.executable, "-P", "-c", _CHILD, str(path), str(int(weights)), str(seconds)]
    places = os.pathsep.join(place or str(Path.cwd()) for place in sys.path)
    environment = os.environ | {"PYTHONPATH": places}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InvalidModelError(
            f"is damaged, or too slow to read: gave up after {PATIENCE * seconds} seconds"
        ) from error
    if hasattr(signal, "SIGXCPU") and done.returncode == -signal.SIGXCPU:
        raise InvalidModelError(
            f"is damaged: gave up after {seconds} seconds of computing, where a sound one takes two"
        )
    if done.returncode == INCOMPLETE:
        raise MissingDependencyError(done.stdout.decode())
    if done.returncode == REFUSED:
        raise InvalidModelError(done.stdout.decode())
    if done.returncode:
        raise InvalidModelError("is damaged: the HDF5 library failed while reading it")
    return done.stdout


def main() -> None:
    """The child: read the file named in the arguments; print an npz archive, or the reason."""
    path, weights, seconds = sys.argv[1:]
    _limit(int(seconds))
    output = sys.stdout.buffer
    try:
        from aecodec.training.importing.file import read_content

        content = read_content(Path(path), weights=weights == "1")
    except ImportError as error:
        output.write(
            f"Keras files need TensorFlow ({error.name} is missing): "
            "pip install 'aecodec[train]'".encode()
        )
        sys.exit(INCOMPLETE)
    except InvalidModelError as error:
        output.write(error.detail.encode("utf-8", "backslashreplace"))
        sys.exit(REFUSED)
    arrays = {
        f"{name}|{number}": array
        for name, layer in content.arrays.items()
        for number, array in enumerate(layer)
    }
    config, version = np.array(json.dumps(json.loads(content.config))), np.array(content.version)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, config=config, version=version, **arrays)
    output.write(buffer.getbuffer())


def _limit(seconds: int) -> None:
    """End this process by itself, whatever its parent does, and at once when it is interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "setitimer"):  # not on Windows, where the parent alone keeps the time
        signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds + 1)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # nor there, nor where the system allows less already
