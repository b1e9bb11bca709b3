import tracemalloc

import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from aecodec.container.names import (
    MAX_NAME_BYTES,
    NameOrder,
    check_name,
    pack_names,
    unpack_names,
)
from aecodec.errors import AecodecError, CorruptFileError, UnsafeNameError

SAFE = [
    "a.png",
    "a",
    "...",
    ".hidden",
    "a..b/c",
    "-",
    "1:2",
    "a b\u00a0c",
    "sub/folder/ü.png",
    "数字/७.png",
    "~",
    "CON",
    "a" * MAX_NAME_BYTES,
]
UNSAFE = [
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "./a",
    "a/./b",
    "a/../b",
    "../a",
    "a/..",
    "C:",
    "c:a",
    "Z:/a",
    "a\\b",
    "\\\\server\\a",
    "a\0",
    "a\n",
    "a\tb",
    "\x1b[0m",
    "a\x7f",
    "a\x85b",
    "a\ud800",
    "a" * (MAX_NAME_BYTES + 1),
    "é" * (MAX_NAME_BYTES // 2 + 1),
]
TEXTS = st.text(st.sampled_from("ab019/.é字-"), min_size=1, max_size=12)


def is_safe(name: str) -> bool:
    try:
        check_name(name)
    except UnsafeNameError:
        return False
    return True


def no_folders(names: list[str]) -> list[str]:
    """The names, ascending, without those that are the folder of another."""
    return sorted(
        (n for n in names if not any(m.startswith(n + "/") for m in names)), key=str.encode
    )


NAMES = st.lists(TEXTS.filter(is_safe), unique=True, max_size=20).map(no_folders)


@pytest.mark.parametrize("name", SAFE)
def test_a_plain_relative_name_is_safe(name: str) -> None:
    assert check_name(name) == name.encode()


@pytest.mark.parametrize("name", UNSAFE)
def test_any_other_name_is_refused_with_what_to_do(name: str) -> None:
    with pytest.raises(UnsafeNameError, match="rename the file"):
        check_name(name)


@given(st.text(max_size=8))
def test_safe_means_what_the_format_says(name: str) -> None:
    assert is_safe(name) == (not reference.UNSAFE.search(name))


@pytest.mark.parametrize(
    ("names", "packed"),
    [
        ([], b""),
        (["a.png"], b"\x01\x00\x05a.png"),
        (["a09.png", "a10.png"], b"\x01\x00\x07a09.png\x00"),
        (["a8", "a9", "b0"], b"\x01\x00\x02a8\x00\x01\x00\x02b0"),
        (["1/9.png", "2/0.png"], b"\x01\x00\x071/9.png\x01\x04\x032/0"),
        (["a1.png", "a3.png"], b"\x01\x00\x06a1.png\x02\x04\x013"),
        (["a1x2.png", "a1x3.png"], b"\x01\x00\x08a1x2.png\x00"),
        (["aa", "aaa"], b"\x01\x00\x02aa\x03\x00\x01a"),
        (["é", "ê"], b"\x01\x00\x02\xc3\xa9\x02\x00\x01\xaa"),
    ],
)
def test_names_have_these_bytes(names: list[str], packed: bytes) -> None:
    assert pack_names(names) == packed
    assert unpack_names(packed, len(names)) == tuple(names)


def test_numbered_names_cost_a_byte_each() -> None:
    names = [f"scan-{number:06}.png" for number in range(10_000)]
    assert len(pack_names(names)) == 9_999 + 3 + len(names[0])


@given(NAMES)
def test_names_come_back_and_pack_as_the_format_says(names: list[str]) -> None:
    packed = pack_names(names)
    assert packed == reference.pack_names([name.encode() for name in names])
    assert unpack_names(packed, len(names)) == tuple(names)


@pytest.mark.parametrize("names", [["b", "a"], ["a", "a"], ["a9", "a10"], ["é", "z"]])
def test_names_out_of_order_are_refused(names: list[str]) -> None:
    with pytest.raises(UnsafeNameError, match="order"):
        pack_names(names)


@given(NAMES, st.data())
def test_changed_bytes_are_read_as_the_format_says_or_refused(
    names: list[str], data: st.DataObject
) -> None:
    packed = bytearray(pack_names(names))
    for _ in range(data.draw(st.integers(0, 3))):
        if packed:
            at = data.draw(st.integers(0, len(packed) - 1))
            packed[at] = data.draw(st.integers(0, 255))
    agree(bytes(packed), len(names))


@given(st.binary(max_size=30), st.integers(0, 5))
def test_any_bytes_are_read_as_the_format_says_or_refused(packed: bytes, count: int) -> None:
    agree(packed, count)


def agree(packed: bytes, count: int) -> None:
    try:
        expected = reference.unpack_names(packed, count)
        reference.check_order(expected)
    except reference.DamagedError:
        with pytest.raises(AecodecError):
            unpack_names(packed, count)
    else:
        assert unpack_names(packed, count) == tuple(name.decode() for name in expected)


# ------------------------------------------------------------------------------- names and folders

FOLDERS = [
    ["a", "a/b"],
    ["a", "a!", "a/b"],
    ["a", "a!", "a!b", "a-", "a.b/c", "a/b"],
    ["a/b", "a/b/c/d"],
    ["0", "a", "a!", "a!!", "a!!/b"],
]


@pytest.mark.parametrize("names", FOLDERS)
def test_a_name_that_is_the_folder_of_another_is_refused(names: list[str]) -> None:
    with pytest.raises(UnsafeNameError, match="also the folder of"):
        pack_names(names)
    order = NameOrder()
    with pytest.raises(UnsafeNameError, match="also the folder of"):
        for name in names:
            order.add([name])  # a chunk each


def test_names_that_only_look_like_folders_are_taken() -> None:
    names = ["a", "a!/b", "a-b", "a.png", "b.png", "b/c/d", "b/c0", "b0/c"]
    NameOrder().add(names)
    assert unpack_names(pack_names(names), len(names)) == tuple(names)


@given(st.lists(TEXTS.filter(is_safe), unique=True, max_size=12), st.integers(1, 4))
def test_the_order_of_an_archive_is_what_the_format_says(names: list[str], size: int) -> None:
    ascending = sorted(names, key=str.encode)
    conflict = no_folders(names) != ascending
    order = NameOrder()
    try:
        for start in range(0, len(ascending), size):
            order.add(ascending[start : start + size])
    except UnsafeNameError:
        assert conflict
    else:
        assert not conflict


def test_names_of_an_archive_ascend() -> None:
    for later in ("b", "a"):
        order = NameOrder()
        order.add(["a", "b"])
        with pytest.raises(CorruptFileError, match="twice or out of order"):
            order.add([later])


def test_the_order_of_names_takes_constant_memory() -> None:
    tracemalloc.start()
    order = NameOrder()
    for start in range(0, 200_000, 1000):
        order.add(f"folder{n // 100:06}/{n:08}.png" for n in range(start, start + 1000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000
