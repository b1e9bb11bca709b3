import hashlib
import io
import re
import struct
import tracemalloc
from pathlib import Path

import pytest
from helpers import VECTORS, pattern
from hypothesis import example, given
from hypothesis import strategies as st

import aecodec
from aecodec import compress
from aecodec.archive import Archive
from aecodec.codec import encode_chunk
from aecodec.container.chunk import Chunk
from aecodec.container.header import MAX_CHUNK_IMAGES, Header, read_header
from aecodec.container.reader import ContainerReader
from aecodec.container.record import TAG_INDEX, record_check
from aecodec.container.varints import varint
from aecodec.container.writer import ContainerWriter, Extras
from aecodec.errors import (
    AecodecError,
    CorruptFileError,
    UnknownModelError,
    UnsafeNameError,
    UnsupportedFileError,
)
from aecodec.library import find_codec

A, B, C = b"AAAAAAAA", b"BBBBBBBB", b"CCCCCCCC"
GOOD = sorted((VECTORS / "good").glob("*.aez"))
FILES = {path.stem: path.read_bytes() for path in GOOD}
SHORT_ENOUGH = sorted(name for name, data in FILES.items() if len(data) < 3000)


def written(chunks: list[Chunk], ids: tuple[bytes, ...] = (A,), *, named: bool = False) -> bytes:
    file = io.BytesIO()
    writer = ContainerWriter(file, ids, named=named)
    for chunk in chunks:
        writer.write(chunk)
    writer.close()
    return file.getvalue()


def chunks_of(data: bytes) -> list[Chunk]:
    reader = ContainerReader(io.BytesIO(data))
    assert reader.damage == ""
    return [reader.read(number) for number in range(len(reader.places))]


def simple(count: int = 1, payload: bytes = b"xy", names: tuple[str, ...] = ()) -> Chunk:
    return Chunk(count, (0,), (payload,), 7, names)


# ------------------------------------------------------------------------------------- the bytes


def test_one_image_is_its_payload_and_at_most_26_bytes() -> None:
    data = written([simple(1, b"xy")])
    assert len(data) - 2 == 25
    assert data.startswith(b"\xaeZ\r\n\x01\x92\xc4\x08" + A + b"\x01\x07\0\0\0xy")
    assert len(compress(pattern(1), "k2", "tiny")) <= 2 + 26


def test_an_archive_of_10_000_costs_at_most_a_twentieth_of_a_byte_an_image() -> None:
    data = compress(pattern(10_000), "k2", "tiny")
    assert len(data) - 2 * 10_000 <= 0.05 * 10_000


def test_several_models_of_one_chunk_each_cost_one_byte_a_chunk() -> None:
    one = written([simple(), simple()], (A,))
    two = written([Chunk(1, (0,), (b"xy",), 7), Chunk(1, (1,), (b"xy",), 7)], (A, B))
    assert len(two) == len(one) + 8 + 2


def test_one_chunk_without_names_takes_the_short_form() -> None:
    assert ContainerReader(io.BytesIO(written([simple()]))).short
    assert not ContainerReader(io.BytesIO(written([]))).short
    assert not ContainerReader(io.BytesIO(written([simple(), simple()]))).short
    named = written([simple(names=("a",))], named=True)
    assert not ContainerReader(io.BytesIO(named)).short


def test_a_short_file_lists_only_the_models_it_uses() -> None:
    data = written([Chunk(3, (2, 0, 2), (b"a", b"cc"), 7)], (A, B, C))
    assert ContainerReader(io.BytesIO(data)).ids == (A, C)
    assert chunks_of(data) == [Chunk(3, (1, 0, 1), (b"a", b"cc"), 7)]
    data = written([Chunk(3, (1,), (b"bbb",), 7)], (A, B, C))
    assert ContainerReader(io.BytesIO(data)).ids == (B,)


def test_a_writer_holds_no_more_than_a_chunk_and_never_seeks() -> None:
    class Pipe:
        written = 0

        def write(self, data: bytes) -> int:
            self.written += len(data)
            return len(data)

    pipe = Pipe()
    writer = ContainerWriter(pipe, [A])
    writer.write(simple(1, bytes(1000)))
    assert pipe.written == 0  # it may yet become a short file
    writer.write(simple(1, bytes(1000)))
    assert pipe.written > 2000


def test_names_must_ascend_across_chunks_when_written() -> None:
    chunks = [simple(names=("b",)), simple(names=("a",))]
    with pytest.raises(UnsafeNameError, match="order"):
        written(chunks, named=True)


# --------------------------------------------------------------------------------- the round trip

PAYLOADS = st.binary(max_size=300)


@st.composite
def containers(draw: st.DrawFn) -> tuple[list[Chunk], tuple[bytes, ...], bool]:
    models = draw(st.integers(1, 31))
    ids = tuple(struct.pack(">Q", number) for number in range(models))
    named = draw(st.booleans())
    chunks = []
    total = 0
    for _ in range(draw(st.integers(0, 4))):
        count = draw(st.integers(1, 40) | st.sampled_from([127, 128, 4096]))
        names = tuple(f"{total + i:08}" for i in range(count)) if named else ()
        total += count
        check = draw(st.integers(0, 2**32 - 1))
        seed = draw(st.integers(0, 2**16))
        mixed = draw(st.booleans()) and models > 1 and count > 1
        owners = tuple((seed + i * i) % models for i in range(count)) if mixed else (seed % models,)
        if mixed and len(set(owners)) == 1:
            owners = (0, 1) * (count // 2) + (0,) * (count % 2)
        payloads = tuple(draw(PAYLOADS) for _ in set(owners))
        chunks.append(Chunk(count, owners, payloads, check, names))
    return chunks, ids, named


def renumbered(chunk: Chunk) -> Chunk:
    """A chunk as a file of it alone holds it: its models numbered by those that occur."""
    used = sorted(set(chunk.models))
    models = tuple(used.index(model) for model in chunk.models)
    return Chunk(chunk.count, models, chunk.payloads, chunk.pixel_check, chunk.names)


@given(containers())
def test_what_is_written_is_read(container: tuple[list[Chunk], tuple[bytes, ...], bool]) -> None:
    chunks, ids, named = container
    data = written(chunks, ids, named=named)
    short = len(chunks) == 1 and not named
    alone = len(chunks) == 1  # its header lists only the models that it uses
    assert chunks_of(data) == [renumbered(c) if alone else c for c in chunks]
    reader = ContainerReader(io.BytesIO(data))
    assert reader.short == short
    assert reader.named == named
    assert reader.summary()["bytes"] == len(data)
    assert reader.summary()["images"] == sum(chunk.count for chunk in chunks)


@given(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=31, unique=True))
def test_a_header_comes_back(ids: list[bytes]) -> None:
    for images in (True, False, 1, 127, 128, MAX_CHUNK_IMAGES):
        data = Header(tuple(ids), images).pack()
        found = read_header(data + b"rest")
        assert found == (Header(tuple(ids), images), len(data))
        assert type(found[0].images) is type(images)


# ----------------------------------------------------------------------------------------- damage


def refused(data: bytes) -> None:
    with pytest.raises(AecodecError) as caught:
        aecodec.decompress(data)
    assert str(caught.value)


@pytest.mark.parametrize("name", ["one", "mixed-short", "empty", "named-one"])
def test_every_flipped_bit_is_found(name: str) -> None:
    data = FILES[name]
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        refused(bytes(changed))


@given(st.sampled_from(sorted(FILES)), st.data())
def test_any_flipped_bit_is_found(name: str, data: st.DataObject) -> None:
    changed = bytearray(FILES[name])
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit // 8] ^= 1 << bit % 8
    refused(bytes(changed))


@given(st.sampled_from(sorted(FILES)), st.integers(0, 2**32), st.binary(min_size=1, max_size=9))
def test_any_overwritten_bytes_are_found(name: str, at: int, new: bytes) -> None:
    data = FILES[name]
    at %= len(data)
    changed = data[:at] + new + data[at + len(new) :]
    if changed != data:
        refused(changed)


@pytest.mark.parametrize("name", SHORT_ENOUGH)
def test_every_truncation_is_found(name: str) -> None:
    data = FILES[name]
    for length in range(len(data)):
        refused(data[:length])


@given(st.sampled_from(sorted(FILES)), st.binary(min_size=1, max_size=40))
@example("one", b"\0")
@example("archive", b"\n")
def test_any_appended_bytes_are_found(name: str, more: bytes) -> None:
    refused(FILES[name] + more)


@given(st.sampled_from(sorted(FILES)), st.integers(0, 2**32), st.binary(min_size=1, max_size=9))
def test_any_inserted_bytes_are_found(name: str, at: int, more: bytes) -> None:
    at %= len(FILES[name])
    changed = FILES[name][:at] + more + FILES[name][at:]
    if changed != FILES[name]:
        refused(changed)


@given(st.binary(max_size=200))
def test_any_bytes_behind_a_sound_header_are_refused(body: bytes) -> None:
    for images in (1, 3, True, False):
        header = Header((bytes(8),), images).pack()
        refused(header + body)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data)
    refused(b"\xaeZ\r\n\x01" + data)


def test_what_is_wrong_is_said() -> None:
    for name, text in {
        "png": "not an .aez file",
        "nothing": "not an .aez file",
        "header-images-4097": "4097 images",
        "short-check": "checksum",
        "archive-cut-behind-chunk": "truncated",
        "index-gap": "every byte",
        "mixed-spare-bits": "list of models",
        "payload-long": "3 bytes cannot hold 1 image",
    }.items():
        with pytest.raises(CorruptFileError, match=text):
            aecodec.decompress((VECTORS / "bad" / f"{name}.aez").read_bytes())


def test_a_later_version_says_update() -> None:
    for path in sorted((VECTORS / "unsupported").glob("*.aez")):
        if path.stem.startswith("version-2") and path.stem != "version-255":
            continue  # named before there was a version 2: damaged, see test_version2
        with pytest.raises(UnsupportedFileError, match=r"update|later"):
            aecodec.decompress(path.read_bytes())


# ------------------------------------------------------------------------- damage costs one chunk


@pytest.fixture
def three() -> bytes:
    """An archive of three chunks of two images."""
    codec = find_codec("k2", "tiny")
    file = io.BytesIO()
    writer = ContainerWriter(file, [codec.id])
    for part in (pattern(2, 1), pattern(2, 2), pattern(2, 3)):
        writer.write(encode_chunk(codec.coder, part)[0])
    writer.close()
    return file.getvalue()


def survivors(data: bytes) -> dict[int, bytes]:
    """The chunks that can still be decoded, by number."""
    archive = Archive(io.BytesIO(data))
    out = {}
    for number in range(archive.chunks):
        try:
            out[number] = archive.chunk(number).tobytes()
        except CorruptFileError:
            continue
    return out


@given(st.data())
def test_a_damaged_chunk_does_not_touch_its_neighbours(data: st.DataObject) -> None:
    sound = FILES["archive"]
    whole = survivors(sound)
    reader = ContainerReader(io.BytesIO(sound))
    place = reader.places[1]
    changed = bytearray(sound)
    at = data.draw(st.integers(place.offset, place.offset + place.length - 1))
    changed[at] ^= data.draw(st.integers(1, 255))
    found = survivors(bytes(changed))
    assert found == {0: whole[0], 2: whole[2]}


@given(st.data())
def test_with_a_damaged_index_all_chunks_are_still_found(data: st.DataObject) -> None:
    sound = FILES["archive"]
    whole = survivors(sound)
    last = ContainerReader(io.BytesIO(sound)).places[-1]
    start = last.offset + last.length
    changed = bytearray(sound)
    changed[data.draw(st.integers(start, len(sound) - 1))] ^= data.draw(st.integers(1, 255))
    archive = Archive(io.BytesIO(bytes(changed)))
    assert re.search(r"[a-z]; images behind the damage may be lost$", archive.damage)
    assert survivors(bytes(changed)) == whole


def test_a_truncated_archive_gives_what_came_before(three: bytes) -> None:
    whole = survivors(three)
    places = ContainerReader(io.BytesIO(three)).places
    for length in range(places[0].offset, len(three)):
        found = survivors(three[:length])
        complete = [n for n, place in enumerate(places) if place.offset + place.length <= length]
        assert found == {number: whole[number] for number in complete}


def test_a_chunk_of_a_later_kind_leaves_the_others_readable() -> None:
    archive = Archive(io.BytesIO((VECTORS / "unsupported/tag-3.aez").read_bytes()))
    assert archive.damage == ""
    assert len(archive.chunk(0)) == 3
    assert len(archive.chunk(2)) == 2
    with pytest.raises(UnsupportedFileError, match="kind 3"):
        archive.chunk(1)


def test_a_reader_reads_only_the_chunks_it_needs() -> None:
    class Watched(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    big = compress(pattern(8192), "k2", "tiny")
    file = Watched(big)
    with Archive(file) as archive:
        assert archive[5000].shape == (28, 28)
    assert file.taken < len(big) / 4


def test_a_short_file_is_no_larger_than_a_record_may_be(tmp_path: Path) -> None:
    path = tmp_path / "large.aez"
    with path.open("wb") as file:
        file.write(Header((A,), 1).pack())
        file.truncate(2**40)  # a hole: it takes no space
    with pytest.raises(CorruptFileError), aecodec.open(path) as archive:
        archive.chunk(0)


def listing(chunks: int, length: int, between: bytes = b"") -> bytes:
    """An archive whose index, with a sound check, gives every chunk the same length."""
    prefix = Header((A,), False).pack()
    body = varint(chunks) + (varint(1) + varint(length)) * chunks
    index = (
        bytes([TAG_INDEX])
        + varint(len(body))
        + body
        + record_check(prefix, TAG_INDEX, chunks, body)
    )
    return prefix + between + index + struct.pack("<I", len(index))


def test_an_index_of_chunks_that_are_too_short_is_refused_before_they_are_listed() -> None:
    data = listing(1_000_000, 0)
    tracemalloc.start()
    reader = ContainerReader(io.BytesIO(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "more chunks than the file has room for" in reader.damage
    assert reader.places == []
    assert peak < 5 * len(data)
    refused(data)


def test_no_chunk_has_less_than_its_fields_take() -> None:
    spare = bytes(40)
    short = listing(4, 10, spare)
    assert "room" in ContainerReader(io.BytesIO(short)).damage
    prefix = Header((A,), False).pack()
    body = varint(2) + varint(1) + varint(10) + varint(1) + varint(30)
    index = bytes([TAG_INDEX]) + varint(len(body)) + body + record_check(prefix, TAG_INDEX, 2, body)
    data = prefix + spare + index + struct.pack("<I", len(index))
    assert "malformed" in ContainerReader(io.BytesIO(data)).damage
    assert ContainerReader(io.BytesIO(listing(2, 11, bytes(22)))).damage == ""
    tiny = prefix + b"\x01\x00\x01\0\0\0" * 50  # chunks without a body, and no index
    assert ContainerReader(io.BytesIO(tiny)).places == []


# ------------------------------------------------------------------ damage or a missing model


def with_other_id(data: bytes) -> bytes:
    return data[:9] + bytes([data[9] ^ 1]) + data[10:]


def without_index_check(data: bytes) -> bytes:
    return data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]


@pytest.mark.parametrize("name", ["one", "archive", "named-one", "empty"])
def test_a_damaged_id_is_damage_and_not_a_missing_model(name: str) -> None:
    data = with_other_id(FILES[name])
    with pytest.raises(CorruptFileError), Archive(io.BytesIO(data)) as archive:
        _ = archive.coders
    with pytest.raises(CorruptFileError):
        aecodec.decompress(data)


@pytest.mark.parametrize("name", ["one", "archive", "named-one", "empty"])
def test_any_check_over_the_header_tells_that_a_model_is_missing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")
    files = [FILES[name]]
    if name in ("archive", "named-one"):
        files.append(without_index_check(FILES[name]))
    for data in files:
        with pytest.raises(UnknownModelError), Archive(io.BytesIO(data)) as archive:
            _ = archive.coders


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("extras", [None, Extras(titles=("a", "b", "c"))])
def test_a_file_of_one_chunk_lists_only_the_models_that_it_uses(
    named: bool, extras: Extras | None
) -> None:
    def listing_of(chunks: int) -> ContainerReader:
        buffer = io.BytesIO()
        writer = ContainerWriter(buffer, [A, B, C], named=named, extras=extras)
        for number in range(chunks):
            names = (f"{number}0", f"{number}1") if named else ()
            writer.write(Chunk(2, (0, 2), (b"xy", b"z"), 7, names))
        writer.close()
        return ContainerReader(io.BytesIO(buffer.getvalue()))

    alone, several = listing_of(1), listing_of(2)
    assert alone.ids == (A, C)
    assert alone.read(0).models == (0, 1)
    assert alone.read(0).payloads == (b"xy", b"z")
    assert alone.titles == (("a", "c") if extras else ("", ""))
    assert several.ids == (A, B, C)
    assert several.read(0).models == (0, 2)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("extras", [None, Extras()])
@pytest.mark.parametrize("embedded", [False, True])
def test_the_last_model_stands_in_a_header_that_has_room_and_need_not_embed_it(
    named: bool, extras: Extras | None, embedded: bool
) -> None:
    buffer = io.BytesIO()
    bodies = [b"the body", b"", b"another"] if embedded else []
    ids = [hashlib.sha256(body).digest()[:8] for body in bodies] or [A, B, C]
    writer = ContainerWriter(buffer, ids, named=named, models=bodies, extras=extras)
    writer.write(Chunk(1, (0,), (b"x",), 7, ("a",) if named else ()))
    writer.close()
    room = (named or extras is not None) and not embedded
    assert ContainerReader(buffer).ids == ((A, C) if room else (ids[0],))
