"""Model files of any arrays, sound or not."""

import hashlib
import struct

import reference as ref

MODEL_MAGIC = b"\xaeM\r\n"
Arrays = ref.Arrays


def model_file(kind: str, arrays: Arrays) -> bytes:
    decoding = {n: a for n, a in arrays.items() if not n.startswith(("encoder.", "stats."))}
    model_id = hashlib.sha256(ref.pack_body(kind, decoding)).digest()[:8]
    return seal(MODEL_MAGIC + b"\x01" + model_id + ref.pack_body(kind, arrays))


def seal(data: bytes) -> bytes:
    return data + hashlib.sha256(data).digest()[:8]


def small(arrays: Arrays | None = None) -> bytes:
    return model_file("classic", arrays or {"a": ("u1", [3], [1, 2, 3]), "b": ("i2", [1], [-5])})


def raw_model(table: bytes, arrays: bytes, model_id: bytes | None = None) -> bytes:
    """A model file of any table; its checksum holds, and its id where it has no side arrays."""
    data = struct.pack("<I", len(table)) + table + arrays
    return seal(MODEL_MAGIC + b"\x01" + (model_id or hashlib.sha256(data).digest()[:8]) + data)
