import io
import itertools
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aecodec.errors import InvalidImageError
from aecodec.images.files import read_image
from aecodec.images.png_check import SIGNATURE, png_problem

RNG = np.random.default_rng(0)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(rows: bytes, *, parts: int = 1) -> bytes:
    data = zlib.compress(rows)
    cuts = np.linspace(0, len(data), parts + 1).astype(int)
    pieces = [chunk(b"IDAT", data[a:b]) for a, b in itertools.pairwise(cuts)]
    header = chunk(b"IHDR", struct.pack(">2I5B", 28, 28, 8, 0, 0, 0, 0))
    return SIGNATURE + header + b"".join(pieces) + chunk(b"IEND", b"")


ROWS = np.pad(RNG.integers(0, 256, (28, 28), np.uint8), ((0, 0), (1, 0))).tobytes()


def saved(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (17, 40)])
def test_whole_files_have_no_problem(mode: str, size: tuple[int, int]) -> None:
    assert png_problem(saved(Image.new(mode, size, 1), dpi=(72, 72))) == ""


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 3), (5, 5), (8, 8), (28, 28), (9, 1)])
def test_whole_interlaced_files_have_no_problem(width: int, height: int) -> None:
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    image = np.zeros((height, width), np.uint8)
    rows = b""
    for left, top, across, down in [*passes, (0, 1, 1, 2)]:
        for row in image[top::down, left::across]:
            rows += b"\0" + row.tobytes() if row.size else b""
    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 1))
    data = SIGNATURE + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert png_problem(data) == ""
    assert Image.open(io.BytesIO(data)).size == (width, height)


def test_pixels_may_come_in_parts() -> None:
    assert png_problem(png(ROWS, parts=7)) == ""


@pytest.mark.parametrize("rows", [ROWS[: 14 * 29], ROWS[:-1], ROWS + b"\0", b""])
def test_other_numbers_of_rows_are_told(rows: bytes) -> None:
    assert png_problem(png(rows)) == "pixels are missing or too many"


def test_a_bomb_is_not_inflated_to_its_end() -> None:
    assert "too many" in png_problem(png(bytes(2**28)))


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_every_changed_byte_of_a_file_is_refused(at: int, change: int) -> None:
    data = bytearray(png(ROWS))
    data[at % len(data)] ^= change
    with pytest.raises(InvalidImageError):
        read_image(io.BytesIO(bytes(data)))


@given(st.integers(0, 10**6))
def test_every_truncation_is_refused(length: int) -> None:
    data = png(ROWS, parts=2)
    with pytest.raises(InvalidImageError):
        read_image(io.BytesIO(data[: length % len(data)]))
