"""Pillow opens and saves .aez files, and imageio through it."""

import io
import pickle
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K3, VECTORS, pattern
from PIL import Image, ImageFile, ImageSequence, UnidentifiedImageError
from plugin_samples import EXACT

import aecodec
from aecodec.plugins import pillow

IMAGES = pattern(5)


@pytest.fixture(autouse=True)
def registered() -> None:
    pillow.register()
    pillow.register()  # twice is as good as once


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(IMAGES, model=EXACT))
    return path


def pictures() -> list[Image.Image]:
    return [Image.fromarray(image) for image in IMAGES]


def frames_of(image: Any) -> tuple[int, bool]:
    return image.n_frames, image.is_animated


def test_an_archive_is_a_sequence_of_frames(archive: Path) -> None:
    with Image.open(archive) as image:
        assert (image.format, image.mode, image.size) == ("AEZ", "L", (28, 28))
        assert (frames_of(image), image.tell()) == ((5, True), 0)
        for number in (3, 0, 4, 4):
            image.seek(number)
            assert image.tell() == number
            assert np.array_equal(np.asarray(image), IMAGES[number])
        frames = [np.asarray(frame) for frame in ImageSequence.Iterator(image)]
        assert np.array_equal(frames, IMAGES)
        for outside in (5, -1):
            with pytest.raises(EOFError):
                image.seek(outside)


def test_one_image_is_one_frame_and_closes_its_file(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    pictures()[1].save(path, model=EXACT)
    image = Image.open(path)
    assert frames_of(image) == (1, False)
    assert np.array_equal(np.asarray(image), IMAGES[1])
    assert image.fp is None


def test_save_writes_what_compress_does(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    picture = pictures()[2]
    for options in ({}, {"model": EXACT}, {"model": str(K3), "effort": 1}):
        picture.save(path, **options)
        assert path.read_bytes() == aecodec.compress(IMAGES[2], **options)
    buffer = io.BytesIO()
    picture.save(buffer, "AEZ", model=EXACT, quality=90)
    assert np.array_equal(aecodec.decompress(buffer.getvalue())[0], IMAGES[2])


def test_save_all_takes_all_frames_of_all_images(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "y.aez"
    with Image.open(archive) as image:
        image.seek(2)
        image.save(target, save_all=True, append_images=pictures()[:2], model=EXACT)
        assert image.tell() == 2
    expected = np.concatenate([IMAGES, IMAGES[:2]])
    assert np.array_equal(aecodec.decompress(target.read_bytes()), expected)
    first, *rest = pictures()
    options: dict[str, Any] = {"model": EXACT, "labels": [1, 2, 3, 4, 5], "chunk_images": 2}
    first.save(target, save_all=True, append_images=rest, **options)
    with aecodec.open(target) as written:
        assert written.chunks == 3
        assert written.labels is not None
        assert written.labels.tolist() == [1, 2, 3, 4, 5]


def test_bits_are_black_and_white(tmp_path: Path) -> None:
    picture = pictures()[0].convert("1")
    picture.save(tmp_path / "x.aez", model=EXACT)
    with Image.open(tmp_path / "x.aez") as image:
        assert np.array_equal(np.asarray(image), np.asarray(picture.convert("L")))


def test_images_that_do_not_fit_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    with pytest.raises(OSError, match=r"cannot write mode RGB as AEZ; image.convert\('L'\)"):
        pictures()[0].convert("RGB").save(path)
    with pytest.raises(ValueError, match=r"cannot write 30x28 as AEZ; image.resize\(\(28, 28\)\)"):
        Image.new("L", (30, 28)).save(path)
    with pytest.raises(ValueError, match="level"):
        pictures()[0].save(path, level="q99")
    assert not path.exists()


@pytest.mark.parametrize("kind", ["bad", "unsupported"])
def test_files_that_are_damaged_raise_the_errors_of_pillow(kind: str) -> None:
    for path in sorted((VECTORS / kind).glob("*.aez")):
        with pytest.raises(OSError, match=r"\w"):
            use(path)


def use(path: Path) -> None:
    with Image.open(path) as image:
        image.verify()
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()


def test_a_file_damaged_elsewhere_shows_its_images_if_wanted(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.tile(IMAGES, (300, 1, 1))
    archive.write_bytes(aecodec.compress(images, model=str(K3))[:-3])
    with Image.open(archive) as image, pytest.raises(OSError, match="damaged"):
        image.load()
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with Image.open(archive) as image, aecodec.open(archive) as ours:
        assert np.array_equal(np.asarray(image), ours[0])


def test_an_archive_of_no_images_is_refused() -> None:
    empty = aecodec.compress(np.zeros((0, 28, 28), np.uint8))
    with pytest.raises(UnidentifiedImageError, match="no images"):
        Image.open(io.BytesIO(empty))


def test_a_frame_is_pickled_with_its_pixels(archive: Path) -> None:
    with Image.open(archive) as image:
        image.seek(3)
        again = pickle.loads(pickle.dumps(image))  # noqa: S301 - our own
    assert np.array_equal(np.asarray(again), IMAGES[3])
    assert np.array_equal(np.asarray(again.copy()), IMAGES[3])


def test_verify_checks_the_whole_file(archive: Path) -> None:
    with Image.open(archive) as image:
        image.verify()
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    with Image.open(io.BytesIO(data)) as image, pytest.raises(OSError, match="damaged"):
        image.verify()


def test_imageio_reads_and_writes_through_pillow(archive: Path, tmp_path: Path) -> None:
    iio: Any = import_module("imageio.v3")
    assert np.array_equal(iio.imread(archive, index=3), IMAGES[3])
    assert np.array_equal(iio.imread(archive, index=...), IMAGES)
    target = tmp_path / "y.aez"
    iio.imwrite(target, IMAGES, plugin="pillow", extension=".aez", is_batch=True, model=EXACT)
    assert np.array_equal(aecodec.decompress(target.read_bytes()), IMAGES)
