"""Random access: numbers, slices, lists, masks, names; from many threads; from any source."""

import doctest
import gzip
import importlib
import io
import os
import shutil
import threading
import weakref
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest
from helpers import K2, K3, VECTORS, pattern
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import aecodec
from aecodec import library
from aecodec.archive import Archive
from aecodec.codec import encode_chunk
from aecodec.container import Chunk
from aecodec.container.writer import ContainerWriter
from aecodec.errors import InvalidModelError, UnknownModelError
from aecodec.library import Codec, find_codec, read_codec

Images = NDArray[np.uint8]
SIZES = (3, 5, 1, 4)
COUNT = sum(SIZES)
NAMES = tuple(sorted(f"{'ab/ü字'[: 2 * n % 5 + 1]}{n:02}.png" for n in range(COUNT)))


def chunked(*, named: bool = False) -> bytes:
    """An archive of chunks of SIZES images, named NAMES where wanted."""
    codec = find_codec()
    buffer = io.BytesIO()
    writer = ContainerWriter(buffer, [codec.id], named=named)
    images, first = pattern(COUNT), 0
    for size in SIZES:
        end = first + size
        names = NAMES[first:end] if named else ()
        writer.write(encode_chunk(codec.coder, images[first:end], names)[0])
        first = end
    writer.close()
    return buffer.getvalue()


@pytest.fixture(scope="module")
def data() -> bytes:
    return chunked()


@pytest.fixture(scope="module")
def whole(data: bytes) -> Images:
    return aecodec.decompress(data)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(2500)))
    return path


# ------------------------------------------------------------------------------------ by number


def test_any_image_is_at_hand(large: Path) -> None:
    whole = aecodec.decompress(large.read_bytes())
    with aecodec.open(large) as archive:
        assert len(archive) == 2500
        for number in (0, 1023, 1024, 2047, 2048, 2499, -1, -2500, 5, np.int64(7), np.uint8(9)):
            assert np.array_equal(archive[number], whole[number]), number
        assert np.array_equal(np.stack(list(archive)), whole)


@pytest.mark.parametrize("number", [2500, -2501, 10**9, 2**70])
def test_an_image_that_is_not_there_is_an_index_error(large: Path, number: int) -> None:
    with aecodec.open(large) as archive:
        with pytest.raises(IndexError, match="of 2500"):
            archive[number]
        if number < 2**63:
            with pytest.raises(IndexError, match="of 2500"):
                archive[[0, number]]


ENDS = st.none() | st.integers(-COUNT - 3, COUNT + 3)


@given(ENDS, ENDS, st.none() | st.integers(-4, 4).filter(bool))
def test_a_slice_is_that_of_the_array(start: int, stop: int, step: int) -> None:
    key = slice(start, stop, step)
    assert np.array_equal(archive_of_chunks()[key], images_of_chunks()[key])


@given(st.lists(st.integers(-COUNT, COUNT - 1), max_size=20))
def test_a_list_or_an_array_of_numbers_is_that_of_the_array(numbers: list[int]) -> None:
    expected = images_of_chunks()[np.array(numbers, np.int64)]
    assert np.array_equal(archive_of_chunks()[numbers], expected)
    assert np.array_equal(archive_of_chunks()[np.array(numbers, np.int16)], expected)


@given(st.lists(st.booleans(), min_size=COUNT, max_size=COUNT))
def test_a_mask_is_that_of_the_array(mask: list[bool]) -> None:
    expected = images_of_chunks()[np.array(mask)]
    assert np.array_equal(archive_of_chunks()[mask], expected)
    assert np.array_equal(archive_of_chunks()[np.array(mask)], expected)


@cache
def archive_of_chunks() -> Archive:
    return aecodec.open(chunked())


@cache
def images_of_chunks() -> Images:
    return aecodec.decompress(chunked())


@pytest.mark.parametrize(
    ("key", "error", "text"),
    [
        ([True], IndexError, "a mask of shape"),
        (np.zeros((COUNT, 1), bool), IndexError, "a mask of shape"),
        ([1.0], IndexError, "integers"),
        ([[1, 2]], IndexError, "integers"),
        (["a"], IndexError, "integers"),
        (np.zeros((0, 3)), IndexError, "integers"),
        (1.0, TypeError, "not by float"),
        ((1, 2), TypeError, "not by tuple"),
        (None, TypeError, "not by NoneType"),
        (b"a", TypeError, "not by bytes"),
    ],
)
def test_what_chooses_no_image_is_told(
    data: bytes, key: Any, error: type[Exception], text: str
) -> None:
    with aecodec.open(data) as archive, pytest.raises(error, match=text):
        archive[key]


def counted(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """Count how often each chunk, known by its number of images, is decoded."""
    seen: Counter[int] = Counter()
    decode: Callable[[Chunk], Images] = archive.decode

    def count(chunk: Chunk) -> Images:
        seen[chunk.count] += 1
        return decode(chunk)

    monkeypatch.setattr(archive, "decode", count)
    return seen


def test_each_chunk_is_decoded_once_however_the_numbers_lie(
    data: bytes, whole: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    with aecodec.open(data) as archive:
        seen = counted(archive, monkeypatch)
        numbers = [12, 0, 9, 1, 12, 2]
        assert np.array_equal(archive[numbers], whole[numbers])
        assert seen == {3: 1, 4: 1}
        archive[0], archive[12], archive[1]
        assert seen == {3: 1, 4: 1}


def test_the_last_chunks_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.archive.KEPT_BYTES", 8 * 784)
    with aecodec.open(chunked()) as archive:
        seen = counted(archive, monkeypatch)
        for number in (0, 3, 1, 8, 0, 4):  # of chunks of 3, 5, 3, 1, 3 and 5 images
            archive[number]
        assert seen == {3: 1, 5: 2, 1: 1}


def test_reading_in_any_order_decodes_each_chunk_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with aecodec.open(chunked(named=True)) as archive:
        seen = counted(archive, monkeypatch)
        for number in np.random.default_rng(1).permutation(COUNT):
            archive[int(number)], archive[NAMES[number]]
        archive[::-1], list(archive)
        assert seen == Counter(SIZES)


def test_names_of_chunks_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with aecodec.open(chunked(named=True)) as archive:
        _ = archive[:]
        read: Counter[int] = Counter()
        chunk_names = archive.chunk_names

        def watched(number: int) -> tuple[str, ...]:
            read[number] += 1
            return chunk_names(number)

        monkeypatch.setattr(archive, "chunk_names", watched)
        for name in reversed(NAMES):
            archive[name]
        assert set(read.values()) == {1}


def test_an_archive_that_nobody_holds_is_gone_at_once(data: bytes) -> None:
    archive = aecodec.open(data)
    archive[0], archive[5:]
    there = weakref.ref(archive)
    del archive
    assert there() is None


def test_an_image_can_be_changed_without_changing_the_archive(data: bytes) -> None:
    with aecodec.open(data) as archive:
        for given_ in (archive[0], archive[:3], archive[[0]], next(iter(archive))):
            given_[:] = 7
        assert not (archive[0] == 7).all()


# -------------------------------------------------------------------------------------- by name


def test_an_image_has_its_name(data: bytes, whole: Images) -> None:
    with aecodec.open(chunked(named=True)) as archive:
        assert archive.names == NAMES
        assert archive.names[-1] == NAMES[-1]
        for number, name in enumerate(NAMES):
            assert np.array_equal(archive[name], whole[number]), name
    with aecodec.open(data) as archive:
        assert archive.names == ()


@pytest.mark.parametrize("name", ["", "a", NAMES[0] + "x", NAMES[5][:-1], "\U0010ffff", "\ud800"])
def test_a_name_that_is_not_there_is_a_key_error(data: bytes, name: str) -> None:
    for file in (data, chunked(named=True), VECTORS / "good/empty.aez"):
        with aecodec.open(file) as archive, pytest.raises(KeyError, match="no image named"):
            archive[name]


def test_a_name_is_found_without_reading_every_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    codec = find_codec()
    buffer = io.BytesIO()
    writer = ContainerWriter(buffer, [codec.id], named=True)
    for number in range(100):
        writer.write(encode_chunk(codec.coder, pattern(1), (f"{number:03}.png",))[0])
    writer.close()
    with aecodec.open(buffer.getvalue()) as archive:
        read: list[int] = []
        read_chunk = archive.read_chunk

        def watched(number: int) -> Chunk:
            read.append(number)
            return read_chunk(number)

        monkeypatch.setattr(archive, "read_chunk", watched)
        assert archive["042.png"].shape == (28, 28)
        assert len(set(read)) <= 8


@pytest.mark.parametrize("name", ["names-twice-across", "names-order-across"])
def test_names_out_of_order_are_damage(name: str) -> None:
    with (
        aecodec.open(VECTORS / f"bad/{name}.aez") as archive,
        pytest.raises(aecodec.CorruptFileError, match=r"\.aez: .*twice or out of order"),
    ):
        _ = archive.names


# ------------------------------------------------------------------------------------- damage


def test_damage_in_one_chunk_leaves_the_others_at_hand(large: Path) -> None:
    data = bytearray(large.read_bytes())
    data[len(data) // 2] ^= 1
    large.write_bytes(bytes(data))
    with aecodec.open(large) as archive:
        assert archive[0].shape == (28, 28)
        assert archive[2499].shape == (28, 28)
        with pytest.raises(aecodec.CorruptFileError, match=r"x\.aez: .*checksum"):
            archive[1500]
        with pytest.raises(aecodec.CorruptFileError, match="checksum"):
            archive[1000:1100]


def test_what_is_wrong_on_access_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        aecodec.open(VECTORS / "bad/pixels-wrong.aez") as archive,
        pytest.raises(aecodec.DecodingError, match=r"pixels-wrong\.aez: ") as caught,
    ):
        archive[0]
    assert caught.value.path == str(VECTORS / "bad/pixels-wrong.aez")
    data = aecodec.compress(pattern(1), model=str(K3))
    monkeypatch.setenv("AECODEC_MODELS", "")
    with aecodec.open(data) as archive, pytest.raises(aecodec.UnknownModelError) as unknown:
        archive[0]
    assert unknown.value.path is None


# ------------------------------------------------------------------------------------- sources


def test_an_archive_is_opened_from_a_path_bytes_or_a_file(
    data: bytes, whole: Images, tmp_path: Path
) -> None:
    path = tmp_path / "x.aez"
    path.write_bytes(data)
    with path.open("rb") as file:
        for source in (path, str(path), data, bytearray(data), memoryview(data), file):
            with aecodec.open(source) as archive:
                assert np.array_equal(archive[:], whole), source
                assert f"{COUNT} images in 4 chunks" in repr(archive)
        assert not file.closed
    with aecodec.open(path) as archive:
        assert archive.path == str(path)
        assert "x.aez" in repr(archive)
    with pytest.raises(ValueError, match="closed"):
        archive[0]


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.aez").write_bytes(b"nonsense")
    with pytest.raises(aecodec.CorruptFileError, match=r"x\.aez: this is not an \.aez file"):
        aecodec.open(tmp_path / "x.aez")
    with pytest.raises(FileNotFoundError, match=r"none\.aez: there is no such file\.") as caught:
        aecodec.open(tmp_path / "none.aez")
    assert isinstance(caught.value, aecodec.MissingFileError)
    with pytest.raises(aecodec.CorruptFileError, match="is a folder"):
        aecodec.open(tmp_path)
    with pytest.raises(aecodec.CorruptFileError, match="cannot be read: Not a directory"):
        aecodec.open(tmp_path / "x.aez/y.aez")
    with pytest.raises(aecodec.UnsupportedFileError, match=r"version-255\.aez: .*update"):
        aecodec.open(VECTORS / "unsupported/version-255.aez")
    with (
        (tmp_path / "x.aez").open() as text,
        pytest.raises(aecodec.InvalidArgumentError, match="mode 'rb'"),
    ):
        aecodec.open(text)  # type: ignore[arg-type]  # that is what is told
    with pytest.raises(aecodec.InvalidArgumentError, match="not list"):
        aecodec.open([1])  # type: ignore[arg-type]  # that is what is told


def test_a_file_that_cannot_seek_is_told(data: bytes) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(aecodec.InvalidArgumentError, match="cannot seek; pass its bytes"):
        aecodec.open(Pipe(data))


def test_a_file_that_cannot_be_used_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.aez").write_bytes(b"nonsense")
    files = []
    opened = Path.open

    def kept(path: Path, mode: str) -> Any:
        files.append(opened(path, mode))
        return files[-1]

    monkeypatch.setattr(Path, "open", kept)
    with pytest.raises(aecodec.CorruptFileError):
        aecodec.open(tmp_path / "x.aez")
    assert [file.closed for file in files] == [True]


# ------------------------------------------------------------------------------------- threads


@pytest.mark.parametrize("embedded", [False, True])
def test_many_threads_use_one_archive(
    embedded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = aecodec.compress(pattern(3000), "k3", "tiny", embed_model=True)
    whole = aecodec.decompress(data)
    path = tmp_path / "x.aez"
    path.write_bytes(data)
    if embedded:
        monkeypatch.setenv("AECODEC_MODELS", "")
    threads = 16
    start = threading.Barrier(threads)
    with aecodec.open(path) as archive:

        def work(seed: int) -> bool:
            rng = np.random.default_rng(seed)
            start.wait()
            for _ in range(20):
                numbers = rng.integers(-3000, 3000, 5)
                number = int(numbers[0])
                if not np.array_equal(archive[numbers], whole[numbers]):
                    return False
                if not np.array_equal(archive[number], whole[number]):
                    return False
            return True

        with ThreadPoolExecutor(threads) as pool:
            assert list(pool.map(work, range(threads))) == [True] * threads


def test_a_thread_never_reads_where_another_has_sought(data: bytes, whole: Images) -> None:
    """A file that hands the turn over between a seek and its read."""

    class Yielding(io.BytesIO):
        def seek(self, *args: int) -> int:
            place = super().seek(*args)
            turn.wait(0.001)
            return place

    turn = threading.Event()
    archive = aecodec.open(Yielding(data))
    ends = np.cumsum(SIZES)

    def work(number: int) -> bool:
        chunk = number % len(SIZES)
        return np.array_equal(archive.chunk(chunk), whole[ends[chunk] - SIZES[chunk] : ends[chunk]])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(64)))


def test_names_are_found_by_many_threads(whole: Images) -> None:
    archive = aecodec.open(chunked(named=True))

    def work(number: int) -> bool:
        place = number * 7 % COUNT
        return np.array_equal(archive[NAMES[place]], whole[place]) and archive.names == NAMES

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


@pytest.mark.parametrize("module", ["aecodec", "aecodec.api", "aecodec.archive"])
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    names = {"aecodec": aecodec, "np": np}
    result = doctest.testmod(importlib.import_module(module), extraglobs=names)
    assert result.attempted > 0
    assert result.failed == 0


# ----------------------------------------------------------------------------------- processes


def test_forked_processes_do_not_share_where_they_read(
    data: bytes, whole: Images, tmp_path: Path
) -> None:
    """A file has one position for a process and all that are forked from it."""
    path = tmp_path / "x.aez"
    path.write_bytes(data)
    with path.open("rb") as file:
        archive = aecodec.open(file)
        file.seek(3)
        before = os.lseek(file.fileno(), 0, os.SEEK_CUR)
        assert np.array_equal(archive[:], whole)
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == before
        assert file.tell() == 3


def test_an_archive_inside_another_file_is_read_by_that_file(
    data: bytes, whole: Images, tmp_path: Path
) -> None:
    path = tmp_path / "x.aez.gz"
    path.write_bytes(gzip.compress(data))
    with gzip.open(path) as file:
        assert np.array_equal(aecodec.open(cast("BinaryIO", file))[:], whole)


# ------------------------------------------------------------------------------- lazy models


def two_models() -> bytes:
    """A chunk coded by the first of two models, and one coded by the second."""
    buffer = io.BytesIO()
    codecs = [read_codec(K2), read_codec(K3)]
    writer = ContainerWriter(buffer, [codec.id for codec in codecs])
    for number, codec in enumerate(codecs):
        chunk, _ = encode_chunk(codec.coder, pattern(2))
        writer.write(replace(chunk, models=(number,)))
    writer.close()
    return buffer.getvalue()


def test_a_model_is_loaded_when_an_image_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load_slowly(path: Path) -> Codec:
        loaded.append(path.stem)
        return read_codec(path)

    monkeypatch.setattr(library, "load_codec", load_slowly)
    with aecodec.open(two_models()) as archive:
        assert len(archive.coders) == 2 and loaded == []
        _ = archive[0]
        assert len(loaded) == 1
        with ThreadPoolExecutor(4) as pool:
            deque(pool.map(archive.chunk, [1] * 8), maxlen=0)
        assert len(loaded) == 2


def test_a_missing_model_is_told_though_no_image_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = two_models()
    shutil.copy(K2, tmp_path)
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    with aecodec.open(data) as archive, pytest.raises(UnknownModelError):
        _ = archive[0]


def test_a_damaged_model_costs_only_its_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = two_models()
    shutil.copy(K2, tmp_path)
    (tmp_path / "tiny-k3.aem").write_bytes(K3.read_bytes()[:-1])
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    with aecodec.open(data) as archive:
        assert archive[0].shape == (28, 28)
        with pytest.raises(InvalidModelError):
            _ = archive[2]
