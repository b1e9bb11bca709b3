"""Version 2 of the container: labels, splits, metadata, and a header with a check of its own."""

import io
import struct
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
import reference
from helpers import VECTORS
from hypothesis import given
from hypothesis import strategies as st
from reference import version2

from aecodec.container import Chunk, ContainerReader, ContainerWriter, Extras, LabelType, Split
from aecodec.container.header import MAGIC
from aecodec.container.record import pack_record
from aecodec.container.varints import varint
from aecodec.errors import (
    AecodecError,
    CorruptFileError,
    InvalidArgumentError,
    UnsafeNameError,
    UnsupportedFileError,
)

A = b"AAAAAAAA"
DIGITS = LabelType("u1", 0, tuple(range(10)))
WORDS = LabelType("str", 1, ("cat", "dog", "é"), ("Cat", "Dog", "E"))
FREE = LabelType("i8")


def chunk(labels: tuple[int | str, ...] = (), names: tuple[str, ...] = ()) -> Chunk:
    return Chunk(len(labels) or 1, (0,), (b"xy",), 7, names, labels)


def written(
    chunks: list[Chunk],
    labels: LabelType | None = None,
    splits: tuple[Split, ...] = (),
    metadata: dict[str, Any] | None = None,
    *,
    named: bool = False,
) -> bytes:
    file = io.BytesIO()
    writer = ContainerWriter(file, [A], named=named, extras=Extras(labels, ("mnist-q3",)))
    for one in chunks:
        writer.write(one)
    writer.close(splits, metadata)
    return file.getvalue()


def read(data: bytes) -> tuple[list[Chunk], tuple[Split, ...], dict[str, Any]]:
    reader = ContainerReader(io.BytesIO(data))
    if reader.damage:
        raise CorruptFileError(reader.damage)
    reader.check()
    splits, metadata = reader.read_extras()
    return [reader.read(number) for number in range(len(reader.places))], splits, metadata


SPLITS = (Split("train", 3), Split("test", 2))
METADATA = {"made": "by hand", "year": 2024, "tags": ["a", -1, True, b"x"]}
FULL = written([chunk((3, 1, 3)), chunk((9, 0))], DIGITS, SPLITS, METADATA)


def test_what_is_written_is_read() -> None:
    chunks, splits, metadata = read(FULL)
    assert [one.labels for one in chunks] == [(3, 1, 3), (9, 0)]
    assert (splits, metadata) == (SPLITS, METADATA)
    reader = ContainerReader(io.BytesIO(FULL))
    assert (reader.version, reader.titles, reader.labels) == (2, ("mnist-q3",), DIGITS)


def test_ten_thousand_digits_cost_less_than_4300_bytes() -> None:
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # of the test images of MNIST
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10), counts)).tolist()
    parts = [tuple(labels[start : start + 1024]) for start in range(0, len(labels), 1024)]
    with_labels = written([chunk(part) for part in parts], DIGITS)
    without = written([Chunk(len(part), (0,), (b"xy",), 7) for part in parts])
    assert len(with_labels) - len(without) < 4300
    assert [one.labels for one in read(with_labels)[0]] == parts


def test_labels_of_one_class_cost_a_few_bytes() -> None:
    assert len(DIGITS.pack([4] * 1024)) <= 8


LABELS = st.sampled_from(
    [
        (DIGITS, st.integers(0, 9)),
        (WORDS, st.sampled_from(WORDS.values)),
        (FREE, st.integers(-(2**63), 2**63 - 1)),
        (LabelType("str"), st.text(st.characters(codec="utf-8"), max_size=9)),
        (LabelType("f4", 5, (0, 2, 4)), st.sampled_from([0, 2, 4])),
        (LabelType("bool", 1, (0, 1)), st.integers(0, 1)),
        (LabelType("i2", 3), st.tuples(*[st.integers(-(2**15), 2**15 - 1)] * 3)),
        (LabelType("u2", 0, tuple(range(0, 8192, 2))), st.integers(0, 4095).map(lambda n: 2 * n)),
    ]
)


@given(st.data())
def test_labels_of_every_type_come_back(data: st.DataObject) -> None:
    kind, values = data.draw(LABELS)
    labels = tuple(data.draw(st.lists(values, min_size=1, max_size=60)))
    assert kind.fault() == ""
    packed = kind.pack(labels)
    assert kind.unpack(packed, len(labels)) == labels
    (one,), _, _ = read(written([chunk(labels)], kind))
    assert one.labels == labels


@given(st.data())
def test_labels_have_one_sequence_of_bytes(data: st.DataObject) -> None:
    kind, _ = data.draw(LABELS)
    packed = data.draw(st.binary(max_size=40))
    count = data.draw(st.integers(1, 40))
    try:
        labels = kind.unpack(packed, count)
    except CorruptFileError:
        return
    assert kind.pack(labels) == packed


@given(st.integers(0, 8 * len(FULL) - 1))
def test_every_flipped_bit_is_damage(at: int) -> None:
    data = bytearray(FULL)
    data[at // 8] ^= 1 << at % 8
    with pytest.raises((CorruptFileError, UnsafeNameError)):
        read(bytes(data))


@given(st.integers(0, len(FULL) - 1))
def test_every_cut_is_damage(size: int) -> None:
    with pytest.raises(CorruptFileError):
        read(FULL[:size])


@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.binary(max_size=6)), max_size=4))
def test_changed_bytes_raise_nothing_but_our_errors(changes: list[tuple[int, bytes]]) -> None:
    data = FULL
    for at, piece in changes:
        data = data[:at] + piece + data[at + len(piece) :]
    tracemalloc.start()
    try:
        read(data)
    except AecodecError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2**22


@given(st.binary(max_size=200))
def test_a_header_of_any_bytes_raises_nothing_but_our_errors(body: bytes) -> None:
    with pytest.raises((CorruptFileError, UnsupportedFileError)):
        read(framed(2, body))


def framed(version: int, body: bytes) -> bytes:
    data = MAGIC + bytes([version]) + varint(len(body)) + body
    return data + struct.pack("<I", zlib.crc32(data))


@pytest.mark.parametrize("version", [0, 3, 255])
def test_another_version_says_update(version: int) -> None:
    for data in (framed(version, b"anything"), MAGIC + bytes([version]), MAGIC + b"\xff" * 20):
        with pytest.raises(UnsupportedFileError, match="update"):
            read(data)
        assert reference_verdict(data) == "unsupported"


@pytest.mark.parametrize("version", [0, 3, 6, 255])
def test_a_changed_version_is_damage(version: int) -> None:
    changed = MAGIC + bytes([version]) + FULL[len(MAGIC) + 1 :]
    assert judged(changed) == reference_verdict(changed) == "damaged"


def test_version_2_without_its_seal_is_damage() -> None:
    for name in ("version-2", "version-2-other"):
        data = (VECTORS / "unsupported" / f"{name}.aez").read_bytes()
        assert judged(data) == reference_verdict(data) == "damaged"


def with_record(tag: int) -> bytes:
    """A file of one chunk and a record without images."""
    end = len(ContainerReader(io.BytesIO(written([])))._prefix)
    prefix = written([])[:end]
    one = pack_record(prefix, 1, 0, b"\x01" + b"\x07\0\0\0xy")
    other = pack_record(prefix, tag, 1, b"whatever")
    listed = b"".join(map(varint, [2, 1, len(one), 0, len(other)]))
    index = pack_record(prefix, 2, 2, listed)
    return prefix + one + other + index + struct.pack("<I", len(index))


@pytest.mark.parametrize("tag", [0x80, 0xC3, 0xFF])
def test_a_record_that_may_be_skipped_is_skipped(tag: int) -> None:
    chunks, splits, metadata = read(with_record(tag))
    assert (len(chunks), splits, metadata) == (1, (), {})


@pytest.mark.parametrize("tag", [0, 5, 0x7F])
def test_a_record_that_may_not_be_skipped_says_update(tag: int) -> None:
    with pytest.raises(UnsupportedFileError, match="update"):
        read(with_record(tag))


@pytest.mark.parametrize(
    ("splits", "metadata"),
    [
        ((Split("a", 1), Split("a", 4)), {}),
        ((Split("a", 4),), {}),
        ((Split("a", 0), Split("b", 5)), {}),
        ((Split("", 5),), {}),
        ((Split("a\n", 5),), {}),
        ((), {"a": 1.5}),
        ((), {"": 1}),
        ((), {"a": "x" * 2**16}),
        ((), {"a": [[[[[1]]]]]}),
        ((), {"a": 2**64}),
    ],
)
def test_what_the_format_has_no_place_for_is_refused(
    splits: tuple[Split, ...], metadata: dict[str, Any]
) -> None:
    with pytest.raises(InvalidArgumentError):
        written([chunk((3, 1, 3)), chunk((9, 0))], DIGITS, splits, metadata)


@pytest.mark.parametrize("labels", [(), (1, 2), (1, 2, 10), (1, 2, "3")])
def test_labels_that_do_not_fit_their_images_are_refused(labels: tuple[int | str, ...]) -> None:
    with pytest.raises(InvalidArgumentError):
        written([Chunk(3, (0,), (b"xy",), 7, (), labels)], DIGITS)


@pytest.mark.parametrize(
    "kind",
    [
        LabelType("u1", 0, (1, 1)),
        LabelType("u1", 0, (256,)),
        LabelType("f4", 0, (1,)),
        LabelType("f4", 3),
        LabelType("str", 3, ("a",)),
        LabelType("u1", 3, (3,)),
        LabelType("u1", 0, ("a",)),
        LabelType("u1", 0, (1,), ("a", "b")),
        LabelType("c8"),
        LabelType("u1", 4097),
        LabelType("u2", 0, tuple(range(4097))),
    ],
)
def test_label_types_that_the_format_has_not_are_refused(kind: LabelType) -> None:
    with pytest.raises(InvalidArgumentError):
        written([], kind)


def test_splits_need_version_2() -> None:
    writer = ContainerWriter(io.BytesIO(), [A])
    writer.write(chunk())
    with pytest.raises(InvalidArgumentError):
        writer.close([Split("a", 1)])


def test_damage_in_one_chunk_costs_neither_others_nor_splits() -> None:
    data = bytearray(FULL)
    reader = ContainerReader(io.BytesIO(FULL))
    data[reader.places[0].offset + 4] ^= 1
    damaged = ContainerReader(io.BytesIO(bytes(data)))
    with pytest.raises(CorruptFileError):
        damaged.read(0)
    assert damaged.read(1).labels == (9, 0)
    assert damaged.read_extras() == (SPLITS, METADATA)


@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.binary(max_size=3)), max_size=2))
def test_the_reference_decoder_gives_the_same_verdict(changes: list[tuple[int, bytes]]) -> None:
    data = FULL
    for at, piece in changes:
        data = data[:at] + piece + data[at + len(piece) :]
    assert judged(data) == reference_verdict(data)


def judged(data: bytes) -> str:
    try:
        read(data)
    except (CorruptFileError, UnsafeNameError):
        return "damaged"
    except UnsupportedFileError:
        return "unsupported"
    return "sound"


def reference_verdict(data: bytes) -> str:
    """Up to the model, which the files here do not have."""
    try:
        reference.decode(data, {})
    except reference.DamagedError:
        return "damaged"
    except reference.UnsupportedError:
        return "unsupported"
    except reference.UnknownModelError:
        return "sound"
    raise AssertionError


@pytest.mark.parametrize("tag", [0, 5, 0x7F, 0x80, 0xFF, 1, 2, 3, 4])
def test_the_reference_decoder_agrees_on_every_tag(tag: int) -> None:
    assert judged(with_record(tag)) == reference_verdict(with_record(tag))


@given(st.data())
def test_the_reference_decoder_reads_the_same_labels(data: st.DataObject) -> None:
    kind, values = data.draw(LABELS)
    labels = data.draw(st.lists(values, min_size=1, max_size=20))
    as_read = version2.Labels(kind.type, kind.width, list(kind.values), list(kind.classes))
    assert version2.unpack_labels(as_read, kind.pack(labels), len(labels)) == as_lists(labels)


@given(st.data(), st.binary(max_size=20), st.integers(1, 20))
def test_the_reference_decoder_refuses_the_same_labels(
    data: st.DataObject, packed: bytes, count: int
) -> None:
    kind, _ = data.draw(LABELS)
    as_read = version2.Labels(kind.type, kind.width, list(kind.values), list(kind.classes))
    try:
        expected = list(kind.unpack(packed, count))
    except CorruptFileError:
        with pytest.raises(reference.DamagedError):
            version2.unpack_labels(as_read, packed, count)
    else:
        assert version2.unpack_labels(as_read, packed, count) == as_lists(expected)


def as_lists(labels: list[Any]) -> list[Any]:
    return [list(label) if isinstance(label, tuple) else label for label in labels]
