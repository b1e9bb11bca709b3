import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from helpers import load, pattern, save
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from aecodec.errors import InvalidImageError, MissingFileError
from aecodec.images.files import png_bytes, read_image, read_images, write_png
from aecodec.images.formats import is_image_path

Images = NDArray[np.uint8]
IMAGE = hnp.arrays(np.uint8, (28, 28))


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> io.BytesIO:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    buffer.seek(0)
    return buffer


def png(bits: int, colour: int, rows: list[bytes], palette: bytes = b"") -> io.BytesIO:
    """A PNG file by hand, for what Pillow does not write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 28, len(rows), bits, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    body = chunk(b"IHDR", header) + (chunk(b"PLTE", palette) if palette else b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + body + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def packed(values: Images, bits: int) -> list[bytes]:
    """Rows of samples of 1, 2 or 4 bits, packed into bytes."""
    every = (values[:, :, None] >> np.arange(bits)[::-1]) & 1
    return [row.tobytes() for row in np.packbits(every.reshape(len(values), -1), axis=1)]


# ------------------------------------------------------------------------------------------ files


@given(IMAGE)
def test_a_png_comes_back_exactly(image: Images) -> None:
    assert np.array_equal(read_image(io.BytesIO(png_bytes(image))), image)


@given(IMAGE, st.sampled_from(["PNG", "BMP", "TIFF", "PPM"]))
def test_grey_rgb_with_equal_channels_passes_exactly(image: Images, kind: str) -> None:
    rgb = Image.fromarray(np.stack([image] * 3, -1))
    assert np.array_equal(read_image(file_of(rgb, kind)), image)


@given(IMAGE, st.sampled_from([1, 2, 4]))
def test_grey_of_1_2_and_4_bits_passes_scaled_to_the_full_range(image: Images, bits: int) -> None:
    values = image >> np.uint8(8 - bits)
    expected = values * np.uint8(255 // (2**bits - 1))
    assert np.array_equal(read_image(png(bits, 0, packed(values, bits))), expected)


@given(IMAGE, hnp.arrays(np.uint8, 256))
def test_a_palette_of_greys_passes_exactly(image: Images, greys: Images) -> None:
    palette = np.repeat(greys, 3).tobytes()
    rows = [row.tobytes() for row in image]
    assert np.array_equal(read_image(png(8, 3, rows, palette)), greys[image])


def test_a_palette_with_an_unused_colour_passes() -> None:
    palette = bytes([0, 0, 0, 255, 255, 255, 255, 0, 0])
    rows = [bytes([x % 2 for x in range(28)])] * 28
    assert read_image(png(8, 3, rows, palette))[0, :2].tolist() == [0, 255]


@given(IMAGE)
def test_bilevel_passes_as_black_and_white(image: Images) -> None:
    bilevel = Image.fromarray(np.where(image > 127, 255, 0).astype(np.uint8)).convert("1")
    assert set(np.unique(read_image(file_of(bilevel)))) <= {0, 255}
    assert np.array_equal(read_image(file_of(bilevel)) > 0, image > 127)


@given(IMAGE)
def test_invert_is_255_minus_each_pixel(image: Images) -> None:
    assert np.array_equal(read_image(io.BytesIO(png_bytes(image)), invert=True), 255 - image)


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (Image.new("L", (27, 28)), "27x28"),
        (Image.new("L", (28, 29)), "28x29"),
        (Image.new("LA", (28, 28)), "alpha"),
        (Image.new("RGBA", (28, 28)), "alpha"),
        (Image.new("I;16", (28, 28)), "more than 8 bits"),
        (Image.new("RGB", (28, 28), (1, 2, 3)), "colour"),
    ],
)
def test_what_is_not_28x28_grey_is_told_with_the_way_out(image: Image.Image, found: str) -> None:
    with pytest.raises(InvalidImageError, match=f"{found}.*need 28x28 8-bit grey.*--fit"):
        read_image(file_of(image), name="x.png")


def test_colour_in_a_single_pixel_is_found() -> None:
    rgb = np.stack([pattern(1)[0]] * 3, -1)
    rgb[27, 27, 2] ^= 1
    with pytest.raises(InvalidImageError, match="colour"):
        read_image(file_of(Image.fromarray(rgb)))


@pytest.mark.parametrize("colour", [0, 2])
def test_16_bits_are_refused_even_where_8_would_do(colour: int) -> None:
    rows = [bytes(28 * 2 * (3 if colour else 1))] * 28
    with pytest.raises(InvalidImageError, match="more than 8 bits"):
        read_image(png(16, colour, rows))


@pytest.mark.parametrize("kind", ["GIF", "ICO", "TGA", "PDF"])
def test_other_formats_are_refused_whatever_their_name(tmp_path: Path, kind: str) -> None:
    save(tmp_path / "x.png", pattern(1)[0], format=kind)
    with pytest.raises(InvalidImageError, match="not an image that aecodec reads"):
        read_image(tmp_path / "x.png")


# --------------------------------------------------------------------------------------- damage


def try_reading(data: bytes) -> None:
    """Images, or the one error; no warning, no other exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for fit in (False, True):
            try:
                assert read_images(io.BytesIO(data), fit=fit).shape[1:] == (28, 28)
            except InvalidImageError as error:
                assert "standard input" in str(error)


GREY = Image.fromarray(pattern(1)[0])
PAGES = [Image.fromarray(image) for image in pattern(2, 3)]
SAMPLES = [
    file_of(GREY, kind).getvalue() for kind in ("PNG", "BMP", "TIFF", "PPM", "JPEG", "WEBP")
] + [
    file_of(GREY.quantize(16), "PNG", transparency=3).getvalue(),
    file_of(GREY.convert("RGB"), "BMP").getvalue(),
    file_of(GREY.convert("RGBA"), "WEBP", lossless=True).getvalue(),
    file_of(GREY, "TIFF", compression="tiff_lzw").getvalue(),
    file_of(GREY.convert("1"), "TIFF").getvalue(),
    file_of(GREY, "PPM").getvalue() + file_of(GREY.convert("1"), "PPM").getvalue(),
    *(
        file_of(GREY, kind, save_all=True, append_images=PAGES).getvalue()
        for kind in ("PNG", "TIFF", "WEBP", "MPO")
    ),
]


@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_file_is_an_image_or_the_one_error(data: bytes, draw: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        end = len(changed) - 1
        at = draw.draw(st.integers(0, end) | st.integers(0, min(100, end)))
        changed[at] = draw.draw(st.integers(0, 255))
    try_reading(bytes(changed))


@given(st.sampled_from(SAMPLES), st.integers(0, 10_000))
def test_a_truncated_file_is_the_one_error_or_whole(data: bytes, length: int) -> None:
    try_reading(data[: length % len(data)])


@given(st.sampled_from([sample[:8] for sample in SAMPLES]), st.binary(max_size=200))
def test_any_bytes_are_an_image_or_the_one_error(start: bytes, rest: bytes) -> None:
    try_reading(rest)
    try_reading(start + rest)


@given(st.binary(min_size=13, max_size=13), st.binary(max_size=40))
def test_any_png_header_is_an_image_or_the_one_error(header: bytes, data: bytes) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    try_reading(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(2**31 - 1, 2**31 - 1), (50_000, 50_000), (12_000, 12_000)])
def test_huge_dimensions_are_refused_before_anything_is_allocated(size: tuple[int, int]) -> None:
    data = bytearray(png(8, 0, [bytes(28)] * 28).getvalue())
    data[16:24] = struct.pack(">II", *size)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    for fit in (False, True):
        with pytest.raises(InvalidImageError):
            read_image(io.BytesIO(bytes(data)), fit=fit)


def test_an_error_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.png: there is no such file"):
        read_image(tmp_path / "none.png")
    (tmp_path / "x.png").mkdir()
    with pytest.raises(InvalidImageError, match=r"x\.png"):
        read_image(tmp_path / "x.png")


# ------------------------------------------------------------------------------------------- fit


@given(IMAGE)
def test_fit_changes_nothing_that_fits(image: Images) -> None:
    assert np.array_equal(read_image(io.BytesIO(png_bytes(image)), fit=True), image)


@pytest.mark.parametrize("size", [(1, 1), (28, 56), (56, 28), (280, 280), (3, 1000)])
def test_fit_keeps_the_aspect_and_pads_with_black(size: tuple[int, int]) -> None:
    image = read_image(file_of(Image.new("L", size, 255)), fit=True)
    width, height = size
    across = max(1, round(28 * min(1, width / height)))
    down = max(1, round(28 * min(1, height / width)))
    lit = image > 127
    assert lit.any(0).sum() == pytest.approx(across, abs=1)
    assert lit.any(1).sum() == pytest.approx(down, abs=1)


def test_fit_lays_alpha_over_black_or_white_where_inverted() -> None:
    clear = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    assert not read_image(file_of(clear), fit=True).any()
    assert not read_image(file_of(clear), fit=True, invert=True).any()
    opaque = Image.new("RGBA", (28, 28), (255, 255, 255, 255))
    assert (read_image(file_of(opaque), fit=True) == 255).all()


def test_fit_takes_the_high_byte_of_16_bits() -> None:
    deep = np.arange(784, dtype=np.uint16).reshape(28, 28) * 83
    image = read_image(file_of(Image.fromarray(deep)), fit=True)
    assert np.array_equal(image, deep.astype(np.uint32) * 255 // 65_535)


def test_fit_turns_colour_into_grey() -> None:
    red = Image.new("RGB", (28, 28), (255, 0, 0))
    assert (read_image(file_of(red), fit=True) == 76).all()


def test_fit_refuses_floats() -> None:
    floats = Image.fromarray(np.full((28, 28), 0.5, np.float32))
    with pytest.raises(InvalidImageError, match="16-bit greys"):
        read_image(file_of(floats, "TIFF"), fit=True)


# ----------------------------------------------------------------------------------------- names


@pytest.mark.parametrize("name", ["a.png", "A.PNG", "x/y.Jpeg", "b.tiff", "c.pgm", ".d.webp"])
def test_these_suffixes_mean_an_image(name: str) -> None:
    assert is_image_path(name)


@pytest.mark.parametrize("name", ["a", "a.txt", "a.gif", "png", ".png", "a.png.bak", "x.png/y"])
def test_these_do_not(name: str) -> None:
    assert not is_image_path(name)


def test_a_written_png_is_8_bit_grey(tmp_path: Path) -> None:
    write_png(tmp_path / "x.png", pattern(1)[0])
    assert np.array_equal(load(tmp_path / "x.png"), pattern(1)[0])
