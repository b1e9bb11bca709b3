"""Model files: a kind's name and a canonical table of integer arrays; read, write, hash.

A model's id is the first 8 bytes of the SHA-256 of what decoding needs: its kind and every
array outside the groups `encoder.` and `stats.`. A better encoder keeps the id, so it does not
orphan old files. `docs/FORMAT.md` specifies the bytes.
"""

import hashlib
import stat
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError, UnknownModelError, UnsupportedFileError, located
from aecodec.storage import to_path

MAGIC = b"\xaeM\r\n"
VERSION = 1
SUFFIX = ".aem"
ID_BYTES = 8
PROLOGUE_BYTES = len(MAGIC) + 1 + ID_BYTES
MAX_FILE_BYTES = 32 * 2**20
MAX_HEADER_BYTES = 2**16
DTYPES = {"u1": "<u1", "i1": "<i1", "u2": "<u2", "i2": "<i2", "u4": "<u4", "i4": "<i4"}
ENCODER_GROUP = "encoder."
SIDE_GROUPS = (ENCODER_GROUP, "stats.")  # of arrays that decoding does not need


@dataclass(frozen=True)
class Model:
    """One trained codec at one operating point: `kind` and its arrays by name."""

    kind: str
    arrays: Mapping[str, NDArray[Any]]

    @cached_property
    def id(self) -> bytes:
        """What an .aez file names its model by, 8 bytes."""
        digest = hashlib.sha256()
        for block in _blocks(self.kind, self._decoding_arrays()):
            digest.update(block)
        return digest.digest()[:ID_BYTES]

    @property
    def has_encoder(self) -> bool:
        """Whether it has arrays for encoding; a model may be made for decoding alone."""
        return any(name.startswith(ENCODER_GROUP) for name in self.arrays)

    def decoding_body(self) -> bytes:
        """What decoding needs and no more: what an .aez file may embed."""
        return _body(self.kind, self._decoding_arrays())

    def _decoding_arrays(self) -> dict[str, NDArray[Any]]:
        return {k: v for k, v in self.arrays.items() if not k.startswith(SIDE_GROUPS)}

    @classmethod
    def from_decoding_body(cls, body: bytes) -> "Model":
        """Read what `decoding_body` gives, checked as `from_bytes` checks a file.

        Raises InvalidModelError. The caller compares the id with the one it expects.
        """
        if not 4 <= len(body) <= MAX_FILE_BYTES:
            raise InvalidModelError(f"a model has 4 to {MAX_FILE_BYTES} bytes, not {len(body)}")
        model = _parse_body(memoryview(body))
        if any(name.startswith(SIDE_GROUPS) for name in model.arrays):
            raise InvalidModelError("the model holds more than decoding needs")
        return model

    def to_bytes(self) -> bytes:
        """The canonical file: the same model gives the same bytes, always."""
        data = MAGIC + bytes([VERSION]) + self.id + _body(self.kind, self.arrays)
        return data + hashlib.sha256(data).digest()[:ID_BYTES]

    @classmethod
    def from_bytes(cls, data: bytes) -> "Model":
        """Read a model file, checking every length before anything is allocated.

        Raises InvalidModelError when it is damaged, oversized or not canonical, and
        UnsupportedFileError when it was made for a newer version. What the arrays mean is
        checked by the model's kind.
        """
        if len(data) > MAX_FILE_BYTES:
            raise InvalidModelError(f"a model file has at most {MAX_FILE_BYTES} bytes")
        if not data.startswith(MAGIC):
            raise InvalidModelError("not a model file: it does not start with the model magic")
        if len(data) < PROLOGUE_BYTES + 4 + ID_BYTES:
            raise InvalidModelError("the model file is truncated")
        if data[len(MAGIC)] != VERSION:
            raise UnsupportedFileError(f"model file version {data[len(MAGIC)]}: update aecodec")
        view = memoryview(data)  # megabytes, at every start: nothing is copied
        if hashlib.sha256(view[:-ID_BYTES]).digest()[:ID_BYTES] != data[-ID_BYTES:]:
            raise InvalidModelError("the model file is damaged: its checksum does not match")
        model = _parse_body(view[PROLOGUE_BYTES:-ID_BYTES])
        if model.id != data[len(MAGIC) + 1 : PROLOGUE_BYTES]:
            raise InvalidModelError("the model file states an id that is not its own")
        return model


def _body(kind: str, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    return b"".join(_blocks(kind, arrays))


def _blocks(kind: str, arrays: Mapping[str, NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """The parts of a body; arrays are not copied where they are in its form."""
    yield _header(kind, arrays)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name], DTYPES[_code(arrays[name])])
        yield array.reshape(-1).view(np.uint8).data


def _header(kind: str, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    names = sorted(arrays)
    table = [[name, _code(arrays[name]), list(arrays[name].shape)] for name in names]
    header: bytes = msgpack.packb([kind, table])
    return struct.pack("<I", len(header)) + header


def _code(array: NDArray[Any]) -> str:
    code = f"{array.dtype.kind}{array.dtype.itemsize}"
    if code not in DTYPES:
        raise InvalidModelError(f"a model file holds no arrays of {array.dtype}")
    return code


def _parse_body(body: memoryview) -> Model:
    (length,) = struct.unpack_from("<I", body)
    if length > min(MAX_HEADER_BYTES, len(body) - 4):
        raise InvalidModelError("the model file's header is longer than the file or its cap")
    try:
        kind, table = msgpack.unpackb(body[4 : 4 + length])
        arrays = dict(_read_arrays(table, body[4 + length :]))
        size = sum(array.nbytes for array in arrays.values())
        canonical = _header(kind, arrays) == body[: len(body) - size]
    except (ValueError, TypeError, KeyError, AttributeError, msgpack.UnpackException) as error:
        raise InvalidModelError(f"the model file's header is malformed: {error}") from error
    if not isinstance(kind, str) or not canonical:
        raise InvalidModelError("the model file is not in canonical form")
    return Model(kind, arrays)


def _read_arrays(table: Any, data: memoryview) -> Iterator[tuple[str, NDArray[Any]]]:
    offset = 0
    for name, code, shape in table:
        if not isinstance(name, str):
            raise ValueError("an array's name is no string")
        dtype = np.dtype(DTYPES[code])
        if len(shape) > 4 or not all(isinstance(n, int) and 0 <= n <= 2**24 for n in shape):
            raise ValueError(f"{name} has an impossible shape")
        size = dtype.itemsize
        for n in shape:
            size *= n
        if size > len(data) - offset:
            raise ValueError(f"{name} is longer than the file")
        flat = np.frombuffer(data[offset : offset + size], dtype)
        yield name, flat.reshape(shape).astype(dtype.newbyteorder("="), copy=False)
        offset += size


def existing_file(name: str) -> Path:
    """The path of a model file that is there. Raises UnknownModelError."""
    path = to_path(name)
    try:
        path.stat()  # `exists` swallows other errors in some versions of Python
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise UnknownModelError("there is no such model file", name) from error
    except OSError as error:
        raise UnknownModelError(f"cannot be read: {error.strerror}", name) from error
    return path


def read_id(path: Path) -> bytes:
    """Read the id that a model file states, and nothing else of it."""
    with path.open("rb") as file:
        return file.read(PROLOGUE_BYTES)[-ID_BYTES:]


def read_model(path: Path) -> Model:
    """Read and check one model file.

    Raises:
        UnknownModelError: It cannot be read.
        InvalidModelError: It is damaged, oversized or not canonical.
        UnsupportedFileError: It was made for a newer version.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise UnknownModelError("is not a regular file", path)
        with path.open("rb") as file:
            data = file.read(min(state.st_size, MAX_FILE_BYTES) + 1)  # room for no more than it is
    except OSError as error:
        raise UnknownModelError(f"cannot be read: {error.strerror}", path) from error
    with located(path):
        return Model.from_bytes(data)
