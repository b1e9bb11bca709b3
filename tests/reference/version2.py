"""Files of version 2, from docs/FORMAT.md alone: sealed header, labels, splits and metadata."""

import zlib
from itertools import pairwise
from typing import Any, NamedTuple

from reference.data import Bytes, DamagedError, UnsupportedError, need
from reference.range_code import RangeDecoder

TYPES = {f"{sign}{size}": (sign, 8 * size) for sign in "ui" for size in (1, 2, 4, 8)}


class Labels(NamedTuple):
    type: str
    width: int
    values: list[Any]
    classes: list[str]


class Header(NamedTuple):
    ids: list[bytes]
    images: bool
    sizes: list[int]
    titles: list[str]
    labels: Labels | None


def value(file: Bytes, depth: int = 6) -> Any:
    """A msgpack value: those of version 1, negative integers, and maps."""
    need(depth >= 0, "too deep")
    tag = file.peek()
    if tag >= 0xE0:
        return file.take(1)[0] - 256
    if 0xD0 <= tag <= 0xD3:
        file.take(1)
        size = 2 ** (tag - 0xD0)
        found = int.from_bytes(file.take(size), "big", signed=True)
        most = -33 if size == 1 else -(2 ** (4 * size - 1)) - 1
        need(found <= most, "not the shortest msgpack")
        return found
    if 0x90 <= tag < 0xA0 or tag in (0xDC, 0xDD):
        return [value(file, depth - 1) for _ in range(length(file, 0x90, 0xDC))]
    if 0x80 <= tag < 0x90 or tag in (0xDE, 0xDF):
        found_map: dict[str, Any] = {}
        keys = []
        for _ in range(length(file, 0x80, 0xDE)):
            keys.append(value(file, depth - 1))
            need(isinstance(keys[-1], str), "a key that is no string")
            found_map[keys[-1]] = value(file, depth - 1)
        need(len(found_map) == len(keys), "a key twice")
        return found_map
    return file.msgpack()


def length(file: Bytes, fixed: int, wide: int) -> int:
    tag = file.take(1)[0]
    if tag < wide:
        return tag - fixed
    count = int.from_bytes(file.take(2 if tag == wide else 4), "big")
    need(count >= (16 if tag == wide else 2**16), "not the shortest msgpack")
    return count


def whole(data: bytes) -> Any:
    file = Bytes(data)
    found = value(file)
    need(file.left() == 0, "bytes to spare")
    return found


def is_text(found: Any, most: int, least: int = 0) -> bool:
    return isinstance(found, str) and least <= len(found.encode()) <= most


def read_frame(file: Bytes) -> Bytes:
    """The fields of a file whose version is not 1; its seal has been checked."""
    version = file.take(1)[0]
    try:
        size = file.varint()
        need(size <= 2**20, "a header too long")
        header = Bytes(file.take(size))
        sealed = file.data[:4] + b"\x02" + file.data[5 : file.at]
        need(zlib.crc32(sealed) == file.u32(), "seal")
    except DamagedError:
        if version == 2:
            raise
        raise UnsupportedError("version") from None
    need(version == 2, "version")
    return header


def read_header(file: Bytes) -> Header:
    joined, named, sizes, titles, labels = read_fields(read_frame(file))
    need(isinstance(joined, bytes) and len(joined) % 8 == 0, "ids")
    ids = [joined[i : i + 8] for i in range(0, len(joined), 8)]
    need(1 <= len(ids) <= 31 and len(set(ids)) == len(ids), "ids")
    need(type(named) is bool and isinstance(sizes, list) and isinstance(titles, list), "fields")
    if sizes:
        need(all(type(size) is int and size >= 0 for size in sizes), "sizes")
        need(len(sizes) == len(ids) and 0 < sum(sizes) <= 2**25, "sizes")
    need(len(titles) == len(ids) and all(is_text(title, 255) for title in titles), "titles")
    return Header(ids, named, sizes, titles, read_labels(labels))


def read_fields(header: Bytes) -> tuple[Any, ...]:
    tag = header.peek()
    need(0x90 <= tag < 0xA0 or tag in (0xDC, 0xDD), "no array")
    wide = {0xDC: 2, 0xDD: 4}.get(tag)
    head = Bytes(header.data[1:])
    count = int.from_bytes(head.take(wide), "big") if wide else tag - 0x90
    if count > 5:
        raise UnsupportedError("fields")
    fields = whole(header.data)
    need(len(fields) == 5, "fields")
    return tuple(fields)


def read_labels(fields: Any) -> Labels | None:
    if fields == []:
        return None
    need(isinstance(fields, list) and len(fields) == 4, "labels")
    labels = Labels(*fields)
    need(isinstance(labels.type, str), "type")
    need(type(labels.width) is int and 0 <= labels.width <= 4096, "width")
    one_hot = labels.width > 1
    numbers = labels.type in TYPES or labels.type == "bool"
    floats, text = labels.type in ("f4", "f8"), labels.type == "str"
    need(isinstance(labels.values, list) and len(labels.values) <= 4096, "values")
    positions = one_hot and len(labels.values) > 0
    need(numbers or (floats and positions) or (text and not one_hot), "type")
    need(all(allowed(labels, one) for one in labels.values), "values")
    key = [one.encode() for one in labels.values] if text else labels.values
    need(all(a < b for a, b in pairwise(key)), "order of values")
    need(isinstance(labels.classes, list), "classes")
    need(len(labels.classes) in (0, len(labels.values)), "classes")
    need(all(is_text(one, 1024) for one in labels.classes), "classes")
    return labels


def allowed(labels: Labels, label: Any) -> bool:
    if labels.type == "str":
        return is_text(label, 1024)
    if labels.width > 1 and not labels.values:
        row = isinstance(label, list) and len(label) == labels.width
        return row and all(allowed(labels._replace(width=0), one) for one in label)
    if type(label) is not int:
        return False
    if labels.width > 1:
        return bool(0 <= label < labels.width)
    if labels.type == "bool":
        return bool(label in (0, 1))
    sign, bits = TYPES[labels.type]
    low = -(2 ** (bits - 1)) if sign == "i" else 0
    return bool(low <= label < low + 2**bits)


def unpack_labels(labels: Labels, data: bytes, count: int) -> list[Any]:
    if not labels.values:
        found = whole(data)
        need(isinstance(found, list) and len(found) == count, "labels")
        need(all(allowed(labels, one) for one in found), "a label of another type")
        return list(found)
    file = Bytes(data)
    counts = read_counts(file, len(labels.values), count)
    used = [i for i, times in enumerate(counts) if times]
    odds = [counts[i] for i in used]
    sums = [sum(odds[:k]) for k in range(len(odds) + 1)]
    slots = [k + sums[k] * (65536 - len(odds)) // count for k in range(len(odds) + 1)]
    decoder = RangeDecoder(file.take(file.left()))
    symbols = [decoder.decode(slots) for _ in range(count)]
    decoder.end()
    need([symbols.count(k) for k in range(len(odds))] == odds, "counts of labels")
    return [labels.values[used[symbol]] for symbol in symbols]


def read_counts(file: Bytes, values: int, left: int) -> list[int]:
    counts: list[int] = []
    run_ended = False
    while left and len(counts) < values - 1:
        times = file.varint()
        need(times <= left and not (run_ended and times == 0), "counts")
        counts.append(times)
        left -= times
        run_ended = times == 0
        if run_ended:
            run = file.varint()
            need(run < values - len(counts), "a run of no counts")
            counts += [0] * run
    return counts + [0] * (values - len(counts) - 1) + [left] * (len(counts) < values)


def read_splits(body: bytes, images: int) -> list[tuple[str, int]]:
    runs = whole(body)
    need(isinstance(runs, list) and 1 <= len(runs) <= 65536, "splits")
    for run in runs:
        need(isinstance(run, list) and len(run) == 2, "a split")
        need(type(run[1]) is int and run[1] >= 1 and is_text(run[0], 255, 1), "a split")
        need(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in run[0]), "a split's name")
    need(all(a[0] != b[0] for a, b in pairwise(runs)), "splits of one name")
    need(sum(run[1] for run in runs) == images, "images of the splits")
    return [(name, count) for name, count in runs]


def read_metadata(body: bytes) -> dict[str, Any]:
    need(len(body) <= 2**16, "metadata too large")
    found = whole(body)
    need(isinstance(found, dict) and len(found) > 0, "metadata")
    keys = [key.encode() for key in found]
    need(keys == sorted(keys) and all(1 <= len(key) <= 255 for key in keys), "keys")
    need(all(plain(one, 4) for one in found.values()), "metadata")
    return dict(found)


class Extras:
    """Records without images, as they come; `judge` is for when the last has."""

    def __init__(self) -> None:
        self.found: dict[int, bytes] = {}
        self.later = False
        self.rank = 0

    def add(self, tag: int, body: bytes) -> bool:
        """Take a record; say whether it must stand behind all records with images."""
        if tag >= 0x80:
            self.rank = 0x80
            return True
        if tag not in (3, 4):
            self.later = True
            return False
        need(tag > self.rank, "order of records")
        self.rank = tag
        self.found[tag] = body
        return True

    def judge(self, images: int) -> tuple[list[tuple[str, int]], dict[str, Any]]:
        """The splits, of so many images, and the metadata."""
        splits = read_splits(self.found[3], images) if 3 in self.found else []
        return splits, read_metadata(self.found[4]) if 4 in self.found else {}


def plain(one: Any, deep: int) -> bool:
    if isinstance(one, list):
        return deep > 0 and all(plain(item, deep - 1) for item in one)
    return isinstance(one, (str, bytes, bool, int))
