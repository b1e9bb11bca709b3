"""Model files and embedded models, from docs/FORMAT.md alone: bytes, ids, and what kinds need."""

import hashlib
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from reference.data import Bytes, UnsupportedError, need, pack_msgpack
from reference.nets import Layer, check_network
from reference.pixels import Pixels, read_pixels
from reference.scan import Scan, read_scan
from reference.transform import Transform, read_transform

Arrays = dict[str, tuple[str, list[int], list[int]]]  # name: type, shape, values in C order
FORMATS = {"u1": "B", "i1": "b", "u2": "H", "i2": "h", "u4": "I", "i4": "i"}


class Model(NamedTuple):
    id: bytes
    kind: str
    arrays: Arrays

    def take(self, name: str, types: str, *shape: int | None) -> list[int]:
        """The values of an array of one of these types and of this shape; None is any size."""
        need(name in self.arrays, f"{name} is missing")
        code, sizes, values = self.arrays[name]
        need(code in types.split() and len(sizes) == len(shape), f"{name} is another array")
        fits = all(w in (None, n) for n, w in zip(sizes, shape, strict=True))
        need(fits and len(values) > 0, f"the shape of {name}")
        return values

    def network(self, prefix: str) -> list[Layer]:
        clips = self.take(f"{prefix}.clips", "i4", None, 2)
        need(len(clips) <= 32, "layers")
        layers = []
        for i in range(len(clips) // 2):
            flat = self.take(f"{prefix}.{i}.weights", "i1 i2", None, None)
            rows, columns = self.arrays[f"{prefix}.{i}.weights"][1]
            bias = self.take(f"{prefix}.{i}.bias", "i4", columns)
            shift = self.take(f"{prefix}.{i}.shift", "i1", columns)
            weights = [flat[r * columns : (r + 1) * columns] for r in range(rows)]
            layers.append(Layer(weights, bias, shift, *clips[2 * i : 2 * i + 2]))
        check_network(layers)
        return layers

    def painter(self) -> tuple[list[Layer], list[int]]:
        """The network that gives 784 integers, and the grey level of each."""
        layers = self.network("decoder")
        greys = self.take("decoder.greys", "u1", None)
        need(len(layers[-1].bias) == 784, "a decoder of other than 784 pixels")
        need((layers[-1].low, layers[-1].high) == (0, len(greys) - 1), "the last clip and greys")
        return layers, greys

    def transform(self) -> Transform:
        return read_transform(self.arrays, self.network("prior"), *self.painter())

    def pixels(self) -> Pixels:
        return read_pixels(self.take, self.network)

    def scan(self) -> Scan:
        return read_scan(self.take, self.network, several="scan.sorts" in self.arrays)


def check_model(model: Model) -> None:
    """Refuse a model that lacks what its kind needs to decode."""
    if model.kind == "classic":
        layers, _ = model.painter()
        need(len(layers[0].weights) <= 784, "latents")
    elif model.kind == "code16":
        points = model.take("regions.points", "i1", 256, None)
        shift = model.take("regions.shift", "i1", None)
        model.take("regions.axes", "i1", 256, len(points) // 256, len(shift))
        means = model.take("regions.means", "i4", 256, len(shift))
        need(len(points) <= 256 * 256, "R")
        need(all(abs(mean) <= 2**30 for mean in means), "means")
        need(all(0 <= bits <= 30 for bits in shift), "shift")
        need(len(model.painter()[0][0].weights) == len(shift), "latents")
    elif model.kind == "transform":
        model.transform()
    elif model.kind == "pixels":
        model.pixels()
    elif model.kind == "scan":
        model.scan()
    else:
        raise UnsupportedError("kind")


def pack_body(kind: str, arrays: Mapping[str, tuple[str, list[int], list[int]]]) -> bytes:
    names = sorted(arrays)
    table = pack_msgpack([kind, [[name, *arrays[name][:2]] for name in names]])
    body = struct.pack("<I", len(table)) + table
    for name in names:
        code, _, values = arrays[name]
        body += struct.pack(f"<{len(values)}{FORMATS[code]}", *values)
    return body


def read_model(data: bytes) -> Model:
    """A model file that is sound as bytes; `check_model` tells whether its kind can use it."""
    need(25 <= len(data) <= 2**25, "size")
    file = Bytes(data)
    need(file.take(4) == b"\xaeM\r\n", "magic")
    if file.take(1) != b"\x01":
        raise UnsupportedError("version")
    need(hashlib.sha256(data[:-8]).digest()[:8] == data[-8:], "checksum")
    model_id = file.take(8)
    kind, arrays = read_body(data[file.at : -8])
    need(id_of(pack_body(kind, decoding(arrays))) == model_id, "id")
    return Model(model_id, kind, arrays)


def id_of(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:8]


def decoding(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {n: a for n, a in arrays.items() if not n.startswith(("encoder.", "stats."))}


def read_body(data: bytes) -> tuple[str, Arrays]:
    file = Bytes(data)
    size = file.u32()
    need(size <= 2**16, "size of the table")
    header = Bytes(file.take(size))
    value = header.msgpack()
    need(header.left() == 0 and isinstance(value, list) and len(value) == 2, "table")
    kind, table = value
    need(isinstance(kind, str) and isinstance(table, list), "table")
    arrays: Arrays = {}
    before = None
    for row in table:
        need(isinstance(row, list) and len(row) == 3, "row")
        name, code, shape = row
        need(isinstance(name, str) and (before is None or name > before), "names ascend")
        need(isinstance(code, str) and code in FORMATS, "type")
        need(isinstance(shape, list) and len(shape) <= 4, "shape")
        need(all(type(n) is int and n <= 2**24 for n in shape), "shape")
        count = 1
        for n in shape:
            count *= n
        need(count * int(code[1]) <= file.left(), "array longer than the file")
        raw = file.take(count * int(code[1]))
        arrays[name] = (code, shape, list(struct.unpack(f"<{count}{FORMATS[code]}", raw)))
        before = name
    need(file.left() == 0, "bytes to spare")
    return kind, arrays


def read_embedded(model_id: bytes, body: bytes) -> Model:
    """An embedded model whose id is right."""
    kind, arrays = read_body(body)
    need(decoding(arrays) == arrays, "more than decoding needs")
    return Model(model_id, kind, arrays)
