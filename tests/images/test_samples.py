"""What the samples of a file mean: each case made by hand or by another program's writer."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import tifffile
from helpers import pattern
from numpy.typing import NDArray
from PIL import Image, ImageChops

from aecodec.errors import InvalidImageError
from aecodec.images import read_image, read_images

Images = NDArray[np.uint8]
IMAGE = pattern(1)[0]


def turned(image: Images) -> dict[int, Images]:
    """By EXIF orientation: how a viewer shows what is stored."""
    upright = {1: image, 2: image[:, ::-1], 3: image[::-1, ::-1], 4: image[::-1], 5: image.T}
    return upright | {6: np.rot90(image, -1), 7: np.rot90(image, 2).T, 8: np.rot90(image)}


TURNED = turned(IMAGE)


def read(data: bytes, *, fit: bool = False, invert: bool = False) -> Images:
    return read_image(io.BytesIO(data), fit=fit, invert=invert)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(array: NDArray[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **{"photometric": "minisblack", **options})
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(bits: int, colour: int, samples: NDArray[Any], *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of any depth; samples (28, 28) or (28, 28, channels) as the file holds them."""
    flat = samples.reshape(28, -1).astype(np.uint16)
    every = (flat[:, :, None] >> np.arange(bits)[::-1]) & 1
    rows = np.packbits(every.reshape(28, -1).astype(np.uint8), axis=1)
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, bits, colour, 0, 0, 0))]
    parts += [chunk(*extra) for extra in chunks]
    parts += [chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def raw_tiff(entries: Mapping[int, Sequence[int] | int], strip: bytes) -> bytes:
    """A little-endian TIFF of one strip; every tag's values are 32-bit unless they fit 16."""
    tags = {256: 28, 257: 28, 259: 1, 273: 8, 278: 28, 279: len(strip), **entries}
    where = 8 + len(strip) + len(strip) % 2
    after = where + 2 + 12 * len(tags) + 4
    directory, behind = struct.pack("<H", len(tags)), b""
    for tag, found in sorted(tags.items()):
        values = [found] if isinstance(found, int) else list(found)
        body = struct.pack(f"<{len(values)}H", *values)
        if len(body) > 4:
            body, behind = struct.pack("<I", after + len(behind)), behind + body
        directory += struct.pack("<HHI", tag, 3, len(values)) + body.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<I", where)
    return head + strip.ljust(where - 8, b"\0") + directory + bytes(4) + behind


# ------------------------------------------------------------------------------- orientation


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_every_format_is_turned_upright_with_and_without_fit(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    if kind == "TIFF":
        data = tiff(IMAGE, extratags=[(274, "H", 1, orientation, True)])
    else:
        image = Image.fromarray(IMAGE).convert("RGB" if kind == "WEBP" else "L")
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(image, kind, exif=exif, **options)
    for fit in (False, True):
        assert np.array_equal(read(data, fit=fit), TURNED[orientation])


@pytest.mark.parametrize("orientation", TURNED)
def test_a_jpeg_is_turned_upright_with_and_without_fit(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    smooth = np.add.outer(np.arange(28) * 8, np.arange(28)).astype(np.uint8)
    for fit in (False, True):
        shown = read(saved(Image.fromarray(smooth), "JPEG", quality=95, exif=exif), fit=fit)
        assert np.abs(shown.astype(int) - turned(smooth)[orientation]).max() < 6


def test_orientation_behind_the_pixels_of_a_png_counts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(Image.fromarray(IMAGE), "PNG")
    late = data[:-12] + chunk(b"eXIf", exif.tobytes()[6:]) + data[-12:]
    assert np.array_equal(read(late), TURNED[6])
    assert np.array_equal(read(late, fit=True), TURNED[6])


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])
def test_a_compressed_tiff_and_every_page_of_it_is_turned(compression: str | None) -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for orientation in TURNED:
            writer.write(
                IMAGE,
                photometric="minisblack",
                compression=compression,
                extratags=[(274, "H", 1, orientation, True)],
            )
    for fit in (False, True):
        images = read_images(io.BytesIO(buffer.getvalue()), fit=fit)
        assert np.array_equal(images, list(TURNED.values()))


def test_damaged_exif_says_nothing() -> None:
    data = png(8, 0, IMAGE, (b"eXIf", b"II*\0\xff\xff\xff\xff"))
    assert np.array_equal(read(data), IMAGE)


# ------------------------------------------------------------------------------ transparency


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("clear", [0, 1])
def test_the_transparent_grey_of_a_png_is_laid_over_black(bits: int, clear: int) -> None:
    most = 2**bits - 1
    samples = (np.arange(784).reshape(28, 28) * 83) % (most + 1)
    value = clear * most
    data = png(bits, 0, samples, (b"tRNS", struct.pack(">H", value)))
    greys = samples * 255 // most
    assert np.array_equal(read(data, fit=True), np.where(samples == value, 0, greys))
    over_white = 255 - np.where(samples == value, 255, greys)
    assert np.array_equal(read(data, fit=True, invert=True), over_white)
    with pytest.raises(InvalidImageError, match="alpha" if bits < 16 else "8 bits"):
        read(data)


def test_a_transparent_grey_between_the_8_bit_steps_is_that_grey_alone() -> None:
    samples = np.full((28, 28), 30_000)
    samples[0] = 30_001
    data = png(16, 0, samples, (b"tRNS", struct.pack(">H", 30_001)))
    assert not read(data, fit=True)[0].any()
    assert (read(data, fit=True)[1:] == 30_000 * 255 // 65_535).all()


def test_a_transparent_colour_of_16_bits_is_refused() -> None:
    samples = np.zeros((28, 28, 3), int)
    data = png(16, 2, samples, (b"tRNS", struct.pack(">3H", 0, 0, 0)))
    with pytest.raises(InvalidImageError, match="transparent colour of 16 bits"):
        read(data, fit=True)


def test_transparent_colours_and_palette_entries_of_a_png_are_laid_over_black() -> None:
    colours = np.stack([IMAGE] * 3, -1)
    data = png(8, 2, colours, (b"tRNS", struct.pack(">3H", *[int(IMAGE[3, 4])] * 3)))
    assert np.array_equal(read(data, fit=True), np.where(IMAGE[3, 4] == IMAGE, 0, IMAGE))
    palette = np.repeat(np.arange(256, dtype=np.uint8)[::-1], 3).tobytes()
    data = png(8, 3, IMAGE, (b"PLTE", palette), (b"tRNS", bytes([255] * 100 + [0] * 156)))
    assert np.array_equal(read(data, fit=True), np.where(IMAGE < 100, 255 - IMAGE, 0))


@pytest.mark.parametrize("extra", ["unassalpha", "assocalpha"])
@pytest.mark.parametrize("channels", [1, 3])
def test_alpha_in_a_tiff_is_laid_over_black(extra: str, channels: int) -> None:
    alpha = np.full((28, 28), 255, np.uint8)
    alpha[:14] = 0
    grey = np.where(alpha, IMAGE, 0) if extra == "assocalpha" else IMAGE
    samples = np.stack([grey] * channels + [alpha], -1)
    photometric = "rgb" if channels == 3 else "minisblack"
    data = tiff(samples, photometric=photometric, extrasamples=[extra], planarconfig="contig")
    assert np.array_equal(read(data, fit=True), np.where(alpha, IMAGE, 0))
    with pytest.raises(InvalidImageError, match="alpha"):
        read(data)


def test_half_transparent_associated_alpha_is_not_darkened_twice() -> None:
    samples = np.stack([np.full((28, 28), 100), np.full((28, 28), 128)], -1).astype(np.uint8)
    data = tiff(samples, extrasamples=["assocalpha"], planarconfig="contig")
    assert np.abs(read(data, fit=True).astype(int) - 100).max() <= 1


@pytest.mark.parametrize("lossless", [False, True])
def test_alpha_in_a_webp_is_laid_over_black(lossless: bool) -> None:
    rgba = np.full((28, 28, 4), 255, np.uint8)
    rgba[:14, :, 3] = 0
    image = read(saved(Image.fromarray(rgba), "WEBP", lossless=lossless), fit=True)
    assert not image[:12].any()
    assert (image[16:] > 250).all()


# -------------------------------------------------------------------------------------- TIFF


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", [None, "zlib", "packbits"])
def test_greys_of_which_0_is_white_are_inverted(dtype: type, compression: str | None) -> None:
    most = np.iinfo(dtype).max
    data = tiff(
        IMAGE.astype(dtype) * (most // 255), photometric="miniswhite", compression=compression
    )
    assert np.array_equal(read(data, fit=True), 255 - IMAGE)
    assert np.array_equal(read(data, fit=True, invert=True), IMAGE)
    if dtype is np.uint8:
        assert np.array_equal(read(data), 255 - IMAGE)


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("white", [0, 1])
@pytest.mark.parametrize("order", [1, 2])
def test_few_bits_of_both_meanings_and_bit_orders(bits: int, white: int, order: int) -> None:
    values = IMAGE >> (8 - bits)
    every = (values[:, :, None] >> np.arange(bits)[::-1]) & 1
    rows = np.packbits(every.reshape(28, -1), axis=1)
    if order == 2:
        rows = np.packbits(np.unpackbits(rows, axis=1).reshape(28, -1, 8)[:, :, ::-1], axis=2)
    data = raw_tiff({258: bits, 262: 1 - white, 266: order, 277: 1}, rows.tobytes())
    greys = values * (255 // (2**bits - 1))
    assert np.array_equal(read(data), 255 - greys if white else greys)
    assert np.array_equal(read(data, fit=True), 255 - greys if white else greys)


def test_16_bits_of_the_extremes() -> None:
    values = np.resize(np.array([0, 1, 256, 257, 32_767, 65_534, 65_535], np.uint16), (28, 28))
    wide = values.astype(int)
    assert np.array_equal(read(tiff(values), fit=True), wide * 255 // 65_535)
    white = tiff(values, photometric="miniswhite")
    assert np.array_equal(read(white, fit=True), (65_535 - wide) * 255 // 65_535)


def test_12_bits_are_scaled_by_their_own_most() -> None:
    values = np.arange(784).reshape(28, 28) * 5
    every = (values[:, :, None] >> np.arange(12)[::-1]) & 1
    strip = np.packbits(every.reshape(28, -1).astype(np.uint8), axis=1).tobytes()
    data = raw_tiff({258: 12, 262: 1, 277: 1}, strip)
    assert np.array_equal(read(data, fit=True), values * 255 // 4095)


@pytest.mark.parametrize("dtype", ["int8", "int16", "float16", "float32", "float64", "uint32"])
def test_signed_floating_and_very_deep_samples_are_refused(dtype: str) -> None:
    with pytest.raises(InvalidImageError, match=r"signed|floating|16 bits|damaged"):
        read(tiff(np.zeros((28, 28), dtype)), fit=True)
    with pytest.raises(InvalidImageError):
        read(tiff(np.zeros((28, 28), dtype)))


def test_signed_8_bit_samples_are_not_taken_for_greys() -> None:
    with pytest.raises(InvalidImageError, match="signed numbers"):
        read(tiff(IMAGE.view(np.int8)))


def test_a_tiff_that_does_not_say_what_0_means_is_refused() -> None:
    with pytest.raises(InvalidImageError, match="0 is black or white"):
        read(raw_tiff({258: 8, 277: 1}, IMAGE.tobytes()))
    assert np.array_equal(read(raw_tiff({258: 8, 262: 1, 277: 1}, IMAGE.tobytes())), IMAGE)


@pytest.mark.parametrize("tag", [332, 330])
def test_inks_and_images_inside_are_refused(tag: int) -> None:
    with pytest.raises(InvalidImageError, match=r"inks|inside"):
        read(raw_tiff({258: 8, 262: 1, 277: 1, tag: 2}, IMAGE.tobytes()))


def test_a_palette_in_a_tiff_is_looked_up() -> None:
    greys = np.arange(256)[::-1] * 257
    data = raw_tiff({258: 8, 262: 3, 277: 1, 320: [*greys] * 3}, IMAGE.tobytes())
    assert np.array_equal(read(data), 255 - IMAGE)


def test_fax_and_lab() -> None:
    bilevel = Image.fromarray(np.where(IMAGE > 127, 255, 0).astype(np.uint8)).convert("1")
    data = saved(bilevel, "TIFF", compression="group4")
    assert np.array_equal(read(data), np.where(IMAGE > 127, 255, 0))
    with pytest.raises(InvalidImageError, match="mode LAB"):
        read(saved(Image.new("LAB", (28, 28)), "TIFF"), fit=True)


def test_a_webp_that_states_a_huge_canvas_is_refused_before_it_is_allocated() -> None:
    canvas = b"\x02\0\0\0" + (16_382).to_bytes(3, "little") * 2
    frame = saved(Image.new("RGB", (28, 28)), "WEBP")[12:]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + frame
    with pytest.raises(InvalidImageError, match="16383x16383, far more pixels"):
        read(b"RIFF" + struct.pack("<I", len(body)) + body, fit=True)


def test_a_tiff_without_all_its_rows_is_refused() -> None:
    few = {258: 8, 262: 1, 277: 1, 278: 10}
    assert np.array_equal(read(raw_tiff({**few, 278: 28}, IMAGE.tobytes())), IMAGE)
    with pytest.raises(InvalidImageError, match="rows of pixels are missing"):
        read(raw_tiff(few, IMAGE[:10].tobytes()))
    tiled = {258: 8, 262: 1, 277: 1, 322: 16, 323: 16, 324: 8, 325: 256}
    with pytest.raises(InvalidImageError, match="rows of pixels are missing"):
        read(raw_tiff(tiled, bytes(256)))


@pytest.mark.parametrize("options", [{"tile": (16, 16)}, {"rowsperstrip": 5}, {"rowsperstrip": 99}])
def test_strips_and_tiles_are_put_together(options: dict[str, Any]) -> None:
    assert np.array_equal(read(tiff(IMAGE, **options)), IMAGE)


def test_tiles_far_larger_than_the_image_are_refused() -> None:
    data = raw_tiff(
        {258: 8, 262: 1, 277: 1, 322: 65_520, 323: 65_520, 324: 8, 325: 784}, bytes(784)
    )
    with pytest.raises(InvalidImageError, match="tiles are too large"):
        read(data, fit=True)


# --------------------------------------------------------------------------------- the others


@pytest.mark.parametrize("name", [b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"bKGD"])
def test_colour_management_and_hints_in_a_png_leave_the_samples(name: bytes) -> None:
    body = {
        b"gAMA": struct.pack(">I", 100_000),
        b"sRGB": b"\0",
        b"cHRM": bytes(32),
        b"sBIT": b"\4",
        b"bKGD": b"\0\x80",
    }[name]
    assert np.array_equal(read(png(8, 0, IMAGE, (name, body))), IMAGE)
    assert np.array_equal(read(png(8, 0, IMAGE, (name, body)), fit=True), IMAGE)


def test_a_bilevel_png_of_an_inverted_palette() -> None:
    bits = IMAGE >> 7
    data = png(1, 3, bits, (b"PLTE", b"\xff\xff\xff\0\0\0"))
    assert np.array_equal(read(data), 255 - bits * 255)
    assert np.array_equal(read(data, fit=True), 255 - bits * 255)


def bmp(
    bits: int, rows: NDArray[np.uint8], *, height: int = 28, palette: bytes = b"",
    compression: int = 0, masks: bytes = b"",
) -> bytes:  # fmt: skip
    """A BMP with a 40-byte header; rows as stored, padded to 32 bits here."""
    stored = b"".join(row.tobytes().ljust(-(-len(row) // 4) * 4, b"\0") for row in rows)
    info = struct.pack(
        "<IiiHHIIiiII",
        40,
        28,
        height,
        1,
        bits,
        compression,
        len(stored),
        0,
        0,
        len(palette) // 4,
        0,
    )
    start = 14 + len(info) + len(masks) + len(palette)
    head = b"BM" + struct.pack("<IHHI", start + len(stored), 0, 0, start)
    return head + info + masks + palette + stored


def test_a_bmp_goes_up_or_down_as_its_height_says() -> None:
    palette = np.repeat(np.arange(256, dtype=np.uint8), 4).tobytes()
    assert np.array_equal(read(bmp(8, IMAGE[::-1], palette=palette)), IMAGE)
    assert np.array_equal(read(bmp(8, IMAGE, height=-28, palette=palette)), IMAGE)


@pytest.mark.parametrize("fit", [False, True])
def test_a_bmp_of_an_inverted_palette(fit: bool) -> None:
    palette = np.repeat(np.arange(256, dtype=np.uint8)[::-1], 4).tobytes()
    assert np.array_equal(read(bmp(8, IMAGE[::-1], palette=palette), fit=fit), 255 - IMAGE)
    rows = np.packbits(IMAGE[::-1] >> 7, axis=1)
    inverted = bmp(1, rows, palette=b"\xff\xff\xff\0\0\0\0\0")
    assert np.array_equal(read(inverted, fit=fit), 255 - (IMAGE >> 7) * 255)


def test_a_bmp_with_an_alpha_mask_is_laid_over_black() -> None:
    bgra = np.stack([IMAGE, IMAGE, IMAGE, np.full((28, 28), 255, np.uint8)], -1)
    bgra[:14, :, 3] = 0
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    stored = bgra[::-1].reshape(28, -1)
    data = bytearray(bmp(32, stored, compression=3, masks=masks))
    data[14:18] = struct.pack("<I", 56)  # a header of which the masks are a part
    expected = IMAGE.copy()
    expected[:14] = 0
    assert np.array_equal(read(bytes(data), fit=True), expected)
    plain = bmp(32, stored)
    assert np.array_equal(read(plain), IMAGE)  # without a mask the fourth byte means nothing


@pytest.mark.parametrize("most", [1, 3, 15, 100, 254, 255, 1000, 65_535])
@pytest.mark.parametrize("magic", [b"P2", b"P5", b"P6"])
def test_netpbm_of_any_maximum_is_scaled_to_the_full_range(magic: bytes, most: int) -> None:
    values = np.arange(784).reshape(28, 28) % (most + 1)
    stored = np.repeat(values, 3 if magic == b"P6" else 1)
    if magic == b"P2":
        body = " ".join(map(str, stored.tolist())).encode()
    else:
        body = stored.astype(">u2" if most > 255 else np.uint8).tobytes()
    data = b"%s 28 28 %d\n%s" % (magic, most, body)
    scaled = values * 255 / most
    assert np.abs(read(data, fit=True) - scaled).max() < 1
    if most <= 255:
        assert np.abs(read(data) - scaled).max() <= 0.5
    else:
        with pytest.raises(InvalidImageError, match="more than 8 bits"):
            read(data)


def test_a_cmyk_jpeg_is_not_inverted() -> None:
    light = Image.fromarray(np.full((28, 28, 3), 230, np.uint8)).convert("CMYK")
    data = saved(light, "JPEG", quality=95)
    assert b"Adobe" in data  # whose convention stores the inks inverted
    assert np.abs(read(data, fit=True).astype(int) - 230).max() < 3
    with pytest.raises(InvalidImageError, match="mode CMYK"):
        read(data)


def test_a_cmyk_jpeg_that_is_not_adobes_is_not_inverted_either() -> None:
    inks = Image.fromarray(np.full((28, 28, 3), 230, np.uint8)).convert("CMYK")
    adobe = saved(ImageChops.invert(inks), "JPEG", quality=95)  # Pillow inverts what it writes
    at = adobe.index(b"\xff\xee")
    plain = adobe[:at] + adobe[at + 2 + int.from_bytes(adobe[at + 2 : at + 4]) :]
    assert np.abs(read(plain, fit=True).astype(int) - 230).max() < 3


def test_a_ycck_jpeg_is_not_inverted() -> None:
    import imagecodecs

    inks = np.zeros((28, 28, 4), np.uint8)
    inks[..., :3], inks[..., 3] = 25, 0
    data = imagecodecs.jpeg8_encode(255 - inks, colorspace="CMYK", outcolorspace="YCCK", level=95)
    assert np.abs(read(bytes(data), fit=True).astype(int) - 230).max() < 4


def test_grey_in_a_jpeg_of_colours_passes() -> None:
    image = read(saved(Image.fromarray(np.stack([IMAGE] * 3, -1)), "JPEG", quality=95))
    assert np.abs(image.astype(int) - IMAGE).mean() < 4
