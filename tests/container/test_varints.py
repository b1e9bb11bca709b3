import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from aecodec.container.varints import read_varint, varint
from aecodec.errors import CorruptFileError


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "00"),
        (1, "01"),
        (127, "7f"),
        (128, "80 01"),
        (300, "ac 02"),
        (16_383, "ff 7f"),
        (16_384, "80 80 01"),
        (2**32 - 1, "ff ff ff ff 0f"),
        (2**35 - 1, "ff ff ff ff 7f"),
    ],
)
def test_an_integer_has_these_bytes(value: int, written: str) -> None:
    assert varint(value) == bytes.fromhex(written)
    assert read_varint(bytes.fromhex(written), 0) == (value, len(varint(value)))


@given(st.integers(0, 2**35 - 1), st.binary(max_size=8), st.binary(max_size=8))
def test_what_is_written_is_read(value: int, before: bytes, behind: bytes) -> None:
    data = before + varint(value) + behind
    assert read_varint(data, len(before)) == (value, len(data) - len(behind))


@pytest.mark.parametrize(
    "data", ["", "80", "ff ff", "80 00", "81 80 00", "80 80 80 80 80 01", "ff ff ff ff ff"]
)
def test_what_is_cut_off_too_long_or_not_shortest_is_refused(data: str) -> None:
    with pytest.raises(CorruptFileError):
        read_varint(bytes.fromhex(data), 0)


@given(st.binary(max_size=7))
def test_any_bytes_read_as_the_format_says(data: bytes) -> None:
    file = reference.Bytes(data)
    try:
        expected = (file.varint(), file.at)
    except reference.DamagedError:
        with pytest.raises(CorruptFileError):
            read_varint(data, 0)
    else:
        assert read_varint(data, 0) == expected
