"""A decoder written from docs/FORMAT.md alone: slow, short, and without a line of aecodec.

It reads whole files, front to back, and refuses all that the page calls damaged. The suite holds
the package against it, and the generator of the vectors takes its pixels from it.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgpack
from reference_nets import DamagedError, Layer, need, run_layer, run_network
from reference_transform import Transform, decode_transform, read_transform

PIXELS = 784
STORED = bytes(8)


class UnsupportedError(Exception):
    """The file is sound, but from a later version."""


class UnknownModelError(Exception):
    """The file names a model that is not here."""


class WrongPixelsError(Exception):
    """The bytes are sound, the decoded pixels are not those that were encoded."""


class Picture(NamedTuple):
    name: str | None
    pixels: bytes


class Bytes:
    """Bytes that are taken from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        need(count <= self.left(), "cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def u32(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def varint(self) -> int:
        value = 0
        for number in range(5):
            byte = self.take(1)[0]
            value += (byte & 127) << (7 * number)
            if byte < 128:
                need(byte > 0 or number == 0, "a varint longer than it need be")
                return value
        raise DamagedError("a varint of more than 5 bytes")

    def msgpack(self) -> Any:
        unpacker = msgpack.Unpacker(strict_map_key=False)
        unpacker.feed(self.data[self.at :])
        try:
            value = unpacker.unpack()
        except (msgpack.UnpackException, ValueError) as error:
            raise DamagedError("not msgpack") from error
        raw = self.take(unpacker.tell())
        need(msgpack.packb(value) == raw, "not the shortest msgpack")
        return value


# ---------------------------------------------------------------------------------------- models


class Model(NamedTuple):
    id: bytes
    kind: str
    arrays: dict[str, tuple[str, list[int], list[int]]]  # name: type, shape, values in C order

    def network(self, prefix: str) -> list[Layer]:
        need(f"{prefix}.clips" in self.arrays, "an array is missing")
        _, (count, two), clips = self.arrays[f"{prefix}.clips"]
        need(two == 2 and 1 <= count <= 16, "clips")
        layers = []
        for i in range(count):
            for part in ("weights", "bias", "shift"):
                need(f"{prefix}.{i}.{part}" in self.arrays, "an array is missing")
            _, (rows, columns), flat = self.arrays[f"{prefix}.{i}.weights"]
            weights = [flat[r * columns : (r + 1) * columns] for r in range(rows)]
            bias = self.arrays[f"{prefix}.{i}.bias"][2]
            shift = self.arrays[f"{prefix}.{i}.shift"][2]
            low, high = clips[2 * i : 2 * i + 2]
            need(-32768 <= low <= high <= 32768, "clips")
            need(min(shift) >= 0 and max(shift) <= 40, "shift")
            layers.append(Layer(weights, bias, shift, low, high))
        return layers

    def transform(self) -> Transform:
        return read_transform(self.arrays, self.network("prior"), self.network("decoder"))


FORMATS = {"u1": "B", "i1": "b", "u2": "H", "i2": "h", "u4": "I", "i4": "i"}


def pack_body(kind: str, arrays: Mapping[str, tuple[str, list[int], list[int]]]) -> bytes:
    names = sorted(arrays)
    table = msgpack.packb([kind, [[name, *arrays[name][:2]] for name in names]])
    body = struct.pack("<I", len(table)) + table
    for name in names:
        code, _, values = arrays[name]
        body += struct.pack(f"<{len(values)}{FORMATS[code]}", *values)
    return body


def read_model(data: bytes) -> Model:
    file = Bytes(data)
    need(file.take(4) == b"\xaeM\r\n", "magic")
    if file.take(1) != b"\x01":
        raise UnsupportedError("version")
    need(hashlib.sha256(data[:-8]).digest()[:8] == data[-8:], "checksum")
    need(len(data) <= 2**25, "size")
    model_id = file.take(8)
    kind, arrays = read_body(data[file.at : -8])
    need(id_of(pack_body(kind, decoding(arrays))) == model_id, "id")
    return Model(model_id, kind, arrays)


def id_of(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:8]


def decoding(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {n: a for n, a in arrays.items() if not n.startswith(("encoder.", "stats."))}


def read_body(data: bytes) -> tuple[str, dict[str, tuple[str, list[int], list[int]]]]:
    file = Bytes(data)
    size = file.u32()
    need(size <= 2**16, "size of the table")
    header = Bytes(file.take(size))
    value = header.msgpack()
    need(header.left() == 0 and isinstance(value, list) and len(value) == 2, "table")
    kind, table = value
    need(isinstance(kind, str) and isinstance(table, list), "table")
    arrays: dict[str, tuple[str, list[int], list[int]]] = {}
    before = ""
    for row in table:
        need(isinstance(row, list) and len(row) == 3, "row")
        name, code, shape = row
        need(isinstance(name, str) and name > before, "names ascend")
        need(isinstance(code, str) and code in FORMATS, "type")
        need(isinstance(shape, list) and len(shape) <= 4, "shape")
        need(all(type(n) is int and n >= 0 for n in shape), "shape")
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
    need(id_of(body) == model_id, "an embedded model's id")
    kind, arrays = read_body(body)
    need(decoding(arrays) == arrays, "more than decoding needs")
    return Model(model_id, kind, arrays)


def decode_payload(model: Model | None, payload: bytes, count: int) -> list[bytes]:
    if model is None:
        need(len(payload) == PIXELS * count, "length of stored pixels")
        return [payload[i * PIXELS : (i + 1) * PIXELS] for i in range(count)]
    if model.kind == "code16":
        return decode_code16(model, payload, count)
    if model.kind == "transform":
        return decode_transform(model.transform(), payload, count)
    if model.kind != "classic":
        raise UnsupportedError("kind")
    layers = model.network("decoder")
    greys = model.arrays["decoder.greys"][2]
    latents = len(layers[0].weights)
    need(len(payload) == latents * count, "length of a payload")
    images = []
    for i in range(count):
        out = run_network(layers, list(payload[i * latents : (i + 1) * latents]))
        images.append(bytes(greys[value] for value in out))
    return images


def decode_code16(model: Model, payload: bytes, count: int) -> list[bytes]:
    (_, (_, rank), points) = model.arrays["regions.points"]
    width = model.arrays["regions.shift"][1][0]
    axes, means = model.arrays["regions.axes"][2], model.arrays["regions.means"][2]
    greys = model.arrays["decoder.greys"][2]
    need(len(payload) == 2 * count, "length of a payload")
    images = []
    for c1, c2 in zip(payload[::2], payload[1::2], strict=True):
        flat = axes[c1 * rank * width : (c1 + 1) * rank * width]
        weights = [list(flat[r * width : (r + 1) * width]) for r in range(rank)]
        bias = list(means[c1 * width : (c1 + 1) * width])
        layer = Layer(weights, bias, list(model.arrays["regions.shift"][2]), -127, 127)
        latents = run_layer(layer, list(points[c2 * rank : (c2 + 1) * rank]))
        out = run_network(model.network("decoder"), latents)
        images.append(bytes(greys[value] for value in out))
    return images


def encode_classic(model: Model, pixels: bytes) -> bytes:
    return bytes(run_network(model.network("encoder"), [value - 128 for value in pixels]))


# ----------------------------------------------------------------------------------------- names

UNSAFE = re.compile(
    r"(^|/)(\.{0,2})(/|$)"  # empty, `.` and `..` parts
    r"|\\|[\u0000-\u001f\u007f-\u009f]|^[A-Za-z]:"
)


def successor(name: bytes) -> bytes | None:
    found = re.search(rb"([0-9]+)([^0-9]*)$", name, re.DOTALL)
    if found is None or set(found[1]) == {ord("9")}:
        return None
    grown = b"%0*d" % (len(found[1]), int(found[1]) + 1)
    return name[: found.start()] + grown + found[2]


def common(a: bytes, b: bytes) -> int:
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return count


def pack_names(names: list[bytes]) -> bytes:
    """Pack names without asking whether they are safe or in order."""
    out = b""
    before = b""
    for name in names:
        if before and successor(before) == name:
            out += b"\0"
        else:
            front = common(before, name)
            back = common(before[front:][::-1], name[front:][::-1])
            middle = name[front : len(name) - back]
            out += varint(front + 1) + varint(back) + varint(len(middle)) + middle
        before = name
    return out


def varint(value: int) -> bytes:
    out = []
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def unpack_names(data: bytes, count: int, before_all: bytes) -> list[bytes]:
    file = Bytes(data)
    names: list[bytes] = []
    before = b""
    for _ in range(count):
        front = file.varint()
        if front == 0:
            grown = successor(before)
            need(grown is not None, "no successor")
            before = grown or b""
        else:
            back = file.varint()
            middle = file.take(file.varint())
            need(front - 1 + back <= len(before), "past the predecessor")
            before = before[: front - 1] + middle + before[len(before) - back :]
        need(len(before) <= 4096, "a name too long")
        try:
            text = before.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DamagedError("not UTF-8") from error
        need(not UNSAFE.search(text), "an unsafe name")
        need(before > (names[-1] if names else before_all), "names out of order")
        names.append(before)
    need(file.left() == 0 and pack_names(names) == data, "names not packed as they must be")
    return names


# ------------------------------------------------------------------------------------------ .aez


def read_coded(data: bytes, count: int, models: list[Model | None]) -> tuple[list[bytes], set[int]]:
    """The images of `coded`, and the numbers of the models they have."""
    file = Bytes(data)
    check = file.u32()
    if len(models) == 1 or (coder := file.take(1)[0]) < len(models):
        one = 0 if len(models) == 1 else coder
        owners = [one] * count
        images = decode_payload(models[one], file.take(file.left()), count)
    else:
        need(coder == 255, "coders")
        width = (len(models) - 1).bit_length()
        packed = file.take((count * width + 7) // 8)
        text = "".join(f"{byte:08b}" for byte in packed)
        need("1" not in text[count * width :], "spare bits")
        owners = [int(text[i * width : (i + 1) * width], 2) for i in range(count)]
        need(max(owners) < len(models) and len(set(owners)) > 1, "list of models")
        parts = {}
        for owner in sorted(set(owners)):
            payload = file.take(file.varint())
            parts[owner] = iter(decode_payload(models[owner], payload, owners.count(owner)))
        images = [next(parts[owner]) for owner in owners]
    need(file.left() == 0, "bytes to spare in a chunk")
    if zlib.crc32(b"".join(images)) != check:
        raise WrongPixelsError
    return images, set(owners)


def decode(data: bytes, models: Mapping[bytes, bytes]) -> list[Picture]:
    """Decode an .aez file; `models` holds model files by their ids."""
    file = Bytes(data)
    need(file.take(4) == b"\xaeZ\r\n", "magic")
    if file.take(1) != b"\x01":
        raise UnsupportedError("version")
    header = file.msgpack()
    need(isinstance(header, list) and len(header) >= 2, "header")
    if len(header) > 3 or (len(header) == 3 and not isinstance(header[2], list)):
        raise UnsupportedError("header")
    joined, images = header[:2]
    need(isinstance(joined, bytes) and 8 <= len(joined) <= 8 * 31, "ids")
    need(len(joined) % 8 == 0 and type(images) in (bool, int), "header")
    ids = [joined[i : i + 8] for i in range(0, len(joined), 8)]
    need(len(set(ids)) == len(ids), "ids twice")
    need(type(images) is bool or 1 <= images <= 4096, "count")
    prefix = data[: file.at]
    embedded: dict[bytes, Model] = {}
    if len(header) == 3:
        sizes = header[2]
        need(all(type(size) is int and size >= 0 for size in sizes), "sizes")
        need(len(sizes) == len(ids) and 0 < sum(sizes) <= 2**25, "sizes")
        bodies = [file.take(size) for size in sizes]
        embedded = {i: read_embedded(i, b) for i, b in zip(ids, bodies, strict=True) if b}

    def check(tag: int, number: int, body: bytes) -> int:
        return zlib.crc32(prefix + bytes([tag]) + struct.pack("<I", number) + body)

    def find_models() -> list[Model | None]:
        for model_id in ids:
            if model_id not in (STORED, *embedded, *models):
                raise UnknownModelError(model_id.hex())
        return [None if i == STORED else embedded.get(i) or read_model(models[i]) for i in ids]

    if type(images) is int:
        need(file.left() >= 4, "cut off")
        coded = file.take(file.left() - 4)
        need(check(1, 0, coded) == file.u32(), "check")
        pictures, used = read_coded(coded, images, find_models())
        need(len(used) == len(ids), "a model that is not used")
        return [Picture(None, pixels) for pixels in pictures]

    out: list[Picture] = []
    places: list[tuple[int, int]] = []
    last_name = b""
    while True:
        start = file.at
        tag = file.take(1)[0]
        length = file.varint()
        need(length <= 2**24, "a record too long")
        body = Bytes(file.take(length))
        number = len(places)
        need(check(tag, number, body.data) == file.u32(), "check")
        if tag == 2:
            break
        if tag != 1:
            raise UnsupportedError("tag")
        count = body.varint()
        need(1 <= count <= 4096, "count")
        names: list[bytes] = []
        if images:
            names = unpack_names(body.take(body.varint()), count, last_name)
            last_name = names[-1]
        pictures, _ = read_coded(body.take(body.left()), count, find_models())
        texts = [name.decode() for name in names] or [None] * count
        out += [Picture(name, pixels) for name, pixels in zip(texts, pictures, strict=True)]
        places.append((count, file.at - start))
    need(body.varint() == len(places), "chunks of the index")
    for place in places:
        need((body.varint(), body.varint()) == place, "a place of the index")
    need(body.left() == 0, "bytes to spare in the index")
    need(file.u32() == file.at - 4 - start and file.left() == 0, "footer")
    need(images or len(places) != 1, "one chunk without names is written in the short form")
    return out
