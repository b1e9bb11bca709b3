"""The commonest PNG read in batches: always the pixels that Pillow reads, or left to Pillow."""

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from helpers import pattern
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from aecodec.errors import InvalidImageError
from aecodec.images.files import png_bytes, read_image
from aecodec.images.plain_png import (
    filtered_rows,
    undo_filters,
    unfiltered_png,
    unfiltered_rows,
)

Images = NDArray[np.uint8]
IMAGE = hnp.arrays(np.uint8, (28, 28))
ROWS = st.binary(min_size=28 * 28, max_size=28 * 28)
FILTERS = st.lists(st.integers(0, 4), min_size=28, max_size=28)
GREY = struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)


def chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def png(*idat: bytes, header: bytes = GREY, before: bytes = b"", after: bytes = b"") -> bytes:
    body = b"".join(chunk(b"IDAT", data) for data in idat)
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), before, body, after, chunk(b"IEND", b"")]
    )


def joined(filters: Sequence[int], samples: bytes) -> bytes:
    """Rows as a PNG holds them: any filters and samples are some image."""
    return b"".join(bytes([f]) + samples[28 * y : 28 * y + 28] for y, f in enumerate(filters))


def read(data: bytes) -> Images | None:
    """What Pillow reads, None where that is no image of ours."""
    try:
        return read_image(io.BytesIO(data))
    except InvalidImageError:
        return None


def agrees(data: bytes) -> bool:
    """Tell whether a file was read here; if so it must be the image that Pillow reads."""
    rows = filtered_rows(data)
    if rows is not None:
        image = read(data)
        assert image is not None
        assert np.array_equal(undo_filters([rows])[0], image)
    return rows is not None


@given(FILTERS, ROWS, st.integers(0, 9))
def test_every_filter_and_level_of_compression_gives_pillows_pixels(
    filters: list[int], samples: bytes, level: int
) -> None:
    assert agrees(png(zlib.compress(joined(filters, samples), level)))


@given(st.lists(st.tuples(FILTERS, ROWS), max_size=5))
def test_the_images_of_a_batch_do_not_touch(batch: list[tuple[list[int], bytes]]) -> None:
    rows = [joined(*image) for image in batch]
    images = undo_filters(rows)
    assert images.shape == (len(batch), 28, 28)
    for image, alone in zip(images, rows, strict=True):
        assert np.array_equal(image, undo_filters([alone])[0])


@given(IMAGE)
def test_what_is_written_without_filters_is_the_image_for_pillow(image: Images) -> None:
    data = unfiltered_png(image)
    assert np.array_equal(read_image(io.BytesIO(data)), image)
    assert agrees(data)


@pytest.mark.parametrize("ground", [0, 255])
def test_a_drawing_on_an_even_ground_is_smaller_without_filters(ground: int) -> None:
    drawing = np.full((28, 28), ground, np.uint8)
    drawing[5:22, 8:20] = np.random.default_rng(1).integers(0, 256, (17, 12))
    data, buffer = png_bytes(drawing), io.BytesIO()
    Image.fromarray(drawing).save(buffer, "PNG")
    assert data == unfiltered_png(drawing)
    assert len(data) < len(buffer.getvalue())


def test_an_image_of_smooth_greys_is_written_with_filters() -> None:
    smooth = np.add.outer(np.arange(28), 3 * np.arange(28)).astype(np.uint8)
    assert len(png_bytes(smooth)) < len(unfiltered_png(smooth)) / 2


@given(IMAGE)
def test_what_pillow_writes_is_read_here(image: Images) -> None:
    rows = filtered_rows(png_bytes(image))
    assert rows is not None
    assert np.array_equal(undo_filters([rows, unfiltered_rows(image)]), [image, image])


@given(FILTERS, ROWS, st.data())
def test_a_damaged_file_is_pillows_image_or_left_to_pillow(
    filters: list[int], samples: bytes, draw: st.DataObject
) -> None:
    whole = png(zlib.compress(joined(filters, samples), draw.draw(st.integers(0, 9))))
    changed = bytearray(whole)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, 70) | st.integers(-30, -1) | st.integers(0, len(whole) - 1))
        changed[at] = draw.draw(st.integers(0, 255))
    assert agrees(bytes(changed)) == (bytes(changed) == whole)
    cut = draw.draw(st.integers(0, len(whole) - 1))
    assert not agrees(whole[:cut])
    assert not agrees(whole[:cut] + whole[cut + 1 :])
    assert not agrees(whole + b"\0")


@given(st.binary(max_size=200), st.binary(max_size=900))
def test_any_pixel_data_is_pillows_image_or_left_to_pillow(packed: bytes, rows: bytes) -> None:
    agrees(png(packed))
    agrees(png(zlib.compress(rows)))


SOUND = joined([0, 1, 2, 3, 4, 2, 4] * 4, pattern(1).tobytes())
PACKED = zlib.compress(SOUND)


@pytest.mark.parametrize(
    "data",
    [
        png(PACKED[:50], PACKED[50:]),
        png(b"", PACKED),
        png(PACKED, b""),
        png(PACKED + b"\0"),
        png(PACKED[:-1]),
        png(PACKED[:-4] + b"\0\0\0\0"),
        png(zlib.compress(SOUND + b"\0")),
        png(zlib.compress(SOUND[:-1])),
        png(zlib.compress(b"\5" + SOUND[1:])),
        png(zlib.compress(SOUND + bytes(10_000_000))),
        png(PACKED, before=chunk(b"tRNS", b"\0\1")),
        png(PACKED, before=chunk(b"gAMA", struct.pack(">I", 45455))),
        png(PACKED, before=chunk(b"acTL", struct.pack(">II", 2, 0))),
        png(PACKED, after=chunk(b"tEXt", b"key\0text")),
        png(PACKED, header=GREY[:-1] + b"\1"),
        png(PACKED, header=struct.pack(">IIBBBBB", 28, 28, 8, 3, 0, 0, 0)),
        png(PACKED, header=struct.pack(">IIBBBBB", 28, 29, 8, 0, 0, 0, 0)),
        png(PACKED).replace(b"IDAT", b"IDAt"),
        png(),
        b"",
    ],
)
def test_whatever_is_not_the_commonest_is_left_to_pillow(data: bytes) -> None:
    assert filtered_rows(data) is None
