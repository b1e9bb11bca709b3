"""A file of several images is taken whole, or refused: never its first alone."""

import io
import struct
import zlib
from typing import Literal

import numpy as np
import pytest
from helpers import pattern
from numpy.typing import NDArray
from PIL import Image

from aecodec.errors import InvalidImageError
from aecodec.images import ImageBatch, png_bytes, read_image, read_images

Images = NDArray[np.uint8]
IMAGES = pattern(3)


def saved(images: Images, kind: str, **options: object) -> bytes:
    frames = [Image.fromarray(image) for image in images]
    if kind == "WEBP":
        frames, options = [frame.convert("RGB") for frame in frames], {"lossless": True, **options}
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def one(image: Images, kind: str, mode: str = "L") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def test_all_frames_of_an_animated_webp_are_read_where_their_alpha_may_be_laid_over_black() -> None:
    data = saved(IMAGES, "WEBP")
    assert np.array_equal(read_images(io.BytesIO(data), fit=True), IMAGES)
    with pytest.raises(InvalidImageError, match=r"alpha.*--fit"):
        read_images(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_all_frames_of_a_file_are_read(kind: str) -> None:
    data = saved(IMAGES, kind)
    assert np.array_equal(read_images(io.BytesIO(data)), IMAGES)
    assert np.array_equal(read_images(io.BytesIO(data), fit=True), IMAGES)
    assert np.array_equal(read_images(io.BytesIO(data), invert=True), 255 - IMAGES)


def test_all_pictures_of_a_multi_picture_jpeg_are_read() -> None:
    images = read_images(io.BytesIO(saved(IMAGES, "MPO", quality=100, subsampling=0)))
    assert np.abs(images.astype(int) - IMAGES).mean() < 3


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_netpbm_files_joined_are_all_read(mode: str) -> None:
    parts = [one(image, "PPM", mode) for image in IMAGES]
    alone = [read_image(io.BytesIO(part)) for part in parts]
    assert np.array_equal(read_images(io.BytesIO(b"".join(parts))), alone)
    assert np.array_equal(read_images(io.BytesIO(b"\n".join(parts) + b"\n")), alone)


def test_netpbm_of_two_bytes_a_sample_is_followed_by_the_next() -> None:
    deep = b"P5 28 28 65535\n" + IMAGES[0].astype(">u2").tobytes()
    images = read_images(io.BytesIO(deep + one(IMAGES[1], "PPM")), fit=True)
    assert np.array_equal(images, [np.zeros((28, 28)), IMAGES[1]])


@pytest.mark.parametrize("magic", ["P1", "P2", "P3"])
def test_a_second_netpbm_image_in_text_is_found(magic: str) -> None:
    most = "" if magic == "P1" else "255"
    values = IMAGES[0] % 2 if magic == "P1" else IMAGES[0]
    numbers = np.repeat(values, 3 if magic == "P3" else 1).tolist()
    text = f"{magic}\n# made by hand\n28 28 {most}\n{' '.join(map(str, numbers))}\n".encode()
    greys = np.where(values, 0, 255) if magic == "P1" else values
    assert np.array_equal(read_image(io.BytesIO(text)), greys)
    if magic == "P1":  # its digits may touch, so that Pillow reads on
        with pytest.raises(InvalidImageError, match="damaged"):
            read_images(io.BytesIO(text * 2))
        return
    assert np.array_equal(read_images(io.BytesIO(text * 2)), [greys, greys])
    with pytest.raises(InvalidImageError, match="5 bytes follow"):
        read_images(io.BytesIO(text + b"1 2 3"))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO"])
def test_every_frame_is_turned_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    smooth = np.add.outer(np.arange(28) * 5, np.arange(28) * 2).astype(np.uint8)
    images = np.stack([smooth, smooth + 20, smooth + 40])
    turned = np.rot90(images, -1, axes=(1, 2)).astype(int)
    data = saved(images, kind, exif=exif)
    assert np.abs(read_images(io.BytesIO(data), fit=True) - turned).max() < 9


def test_read_image_refuses_several_and_says_what_to_do() -> None:
    for fit in (False, True):
        with pytest.raises(InvalidImageError, match=r"x\.tif: holds 3 images.*read_images"):
            read_image(io.BytesIO(saved(IMAGES, "TIFF")), fit=fit, name="x.tif")


def test_a_bad_frame_is_told_by_its_number() -> None:
    data = one(IMAGES[0], "PPM") + one(IMAGES[1][:9], "PPM")
    with pytest.raises(InvalidImageError, match=r"x: image 2: found 28x9.*--fit"):
        read_images(io.BytesIO(data), name="x")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "JPEG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_what_follows_an_image_is_found(kind: str, mode: str) -> None:
    data = one(IMAGES[0], kind, mode)
    first = read_image(io.BytesIO(data), fit=True)
    for padding in (b"\n", bytes(100)):
        assert np.array_equal(read_image(io.BytesIO(data + padding), fit=True), first)
    for more in (data, b"x", one(IMAGES[1], "PPM")):
        with pytest.raises(InvalidImageError, match="follow the image"):
            read_images(io.BytesIO(data + more), fit=True)


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_a_file_joined_to_a_tiff_is_found(order: Literal["<", ">"], big: bool) -> None:
    import tifffile

    buffer = io.BytesIO()
    tifffile.imwrite(buffer, IMAGES[1], photometric="minisblack", byteorder=order)
    first = io.BytesIO()
    tifffile.imwrite(first, IMAGES[0], photometric="minisblack", byteorder=order, bigtiff=big)
    assert len(read_images(io.BytesIO(first.getvalue()))) == 1
    for more in (buffer.getvalue(), saved(IMAGES[:2], "TIFF"), png_bytes(IMAGES[1])):
        with pytest.raises(InvalidImageError, match="another image file follows"):
            read_images(io.BytesIO(first.getvalue() + more))


def test_the_gain_map_of_a_jpeg_is_no_image_of_its_own() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf hdrgm:Version="1.0"/></x:xmpmeta>'
    buffer = io.BytesIO()
    Image.fromarray(IMAGES[0]).save(buffer, "JPEG", xmp=xmp)
    data = buffer.getvalue() + one(IMAGES[1], "JPEG")
    assert read_images(io.BytesIO(data)).shape == (1, 28, 28)


def test_what_follows_a_netpbm_image_is_found() -> None:
    with pytest.raises(InvalidImageError, match="1 bytes follow"):
        read_images(io.BytesIO(one(IMAGES[0], "PPM") + b"x"))
    with pytest.raises(InvalidImageError, match="follow"):
        read_images(io.BytesIO(one(IMAGES[0], "PPM") + png_bytes(IMAGES[1])))


@pytest.mark.parametrize("progressive", [False, True])
def test_the_end_of_a_jpeg_is_behind_all_its_scans(progressive: bool) -> None:
    buffer = io.BytesIO()
    thumbnail = one(IMAGES[1], "JPEG")
    Image.fromarray(IMAGES[0]).convert("RGB").save(
        buffer, "JPEG", progressive=progressive, restart_marker_blocks=2,
        exif=b"Exif\0\0" + thumbnail, quality=95,
    )  # fmt: skip
    assert read_images(io.BytesIO(buffer.getvalue()), fit=True).shape == (1, 28, 28)


def test_previews_and_masks_inside_a_tiff_are_no_images_of_their_own() -> None:
    import tifffile

    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(IMAGES[0], photometric="minisblack")
        writer.write(IMAGES[1][::2, ::2], photometric="minisblack", subfiletype=1)
        writer.write(IMAGES[2], photometric="minisblack")
    for fit in (False, True):
        assert np.array_equal(read_images(io.BytesIO(buffer.getvalue()), fit=fit), IMAGES[::2])


def test_images_inside_images_are_refused() -> None:
    import tifffile

    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(IMAGES[0], photometric="minisblack", subifds=1)
        writer.write(IMAGES[1], photometric="minisblack")
    with pytest.raises(InvalidImageError, match="SubIFDs"):
        read_images(io.BytesIO(buffer.getvalue()))


def test_a_damaged_later_frame_of_a_png_is_found() -> None:
    data = bytearray(saved(IMAGES, "PNG"))
    at = data.rindex(b"fdAT")
    (length,) = struct.unpack_from(">I", data, at - 4)
    body = bytes(data[at + 4 : at + 8]) + zlib.compress(bytes(29 * 27))
    chunk = struct.pack(">I", len(body)) + b"fdAT" + body
    chunk += struct.pack(">I", zlib.crc32(b"fdAT" + body))
    data[at - 4 : at + 8 + length] = chunk
    with pytest.raises(InvalidImageError, match="pixels are missing"):
        read_images(io.BytesIO(bytes(data)))


def test_more_frames_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.images.frames.MAX_FRAMES", 2)
    with pytest.raises(InvalidImageError, match="more than 2 images"):
        read_images(io.BytesIO(saved(IMAGES, "TIFF")))


def test_a_batch_takes_one_image_or_several_of_a_file() -> None:
    batch = ImageBatch()
    assert batch.images().shape == (0, 28, 28)
    assert batch.add(png_bytes(IMAGES[2]), "a") == 1
    assert batch.add(saved(IMAGES, "TIFF"), "b") == 3
    with pytest.raises(InvalidImageError, match=r"c: image 2"):
        batch.add(one(IMAGES[0], "PPM") + one(IMAGES[1][:9], "PPM"), "c")
    assert batch.add(one(IMAGES[0], "BMP"), "d") == 1
    assert np.array_equal(batch.images(), IMAGES[[2, 0, 1, 2, 0]])


def test_a_batch_inverts_and_fits() -> None:
    batch = ImageBatch(fit=True, invert=True)
    batch.add(png_bytes(IMAGES[0]), "a")
    batch.add(one(IMAGES[1][:14], "PNG"), "b")
    images = batch.images()
    assert np.array_equal(images[0], 255 - IMAGES[0])
    assert not images[1, :7].any()
