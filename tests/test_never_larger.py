"""An .aez file is not larger than the PNG files of its images, even with a plain lossless model."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from drawn import DRAWN
from helpers import K2, Images
from PIL import Image, ImageDraw
from tiny import pixels_model

import aecodec
from aecodec import library

COUNT = 6
NAME_BYTES = 24  # what a named file of one image has more: its name, the index, the footer


def texts() -> Images:
    images = []
    for text in ("A", "gy", "fox", "7", "@", "ii"):
        image = Image.new("L", (28, 28))
        ImageDraw.Draw(image).text((4, 4), text, fill=255)
        images.append(np.array(image))
    return np.stack(images)


def noise() -> Images:
    return np.random.default_rng(1).integers(0, 256, (COUNT, 28, 28)).astype(np.uint8)


def flat() -> Images:
    return np.stack([np.full((28, 28), grey, np.uint8) for grey in (0, 1, 90, 128, 254, 255)])


def drawn(*names: str) -> Images:
    return np.stack([DRAWN[name] for name in names])


KINDS = {
    "flat": flat(),
    "texts": texts(),
    "black on white": 255 - texts(),
    "noise": noise(),
    "ramps": drawn("ramp", "diagonal", "slope", "radial", "waves", "products"),
    "tiles": drawn("tile", "odd tile", "stripes", "board"),
    "few greys": drawn("two greys", "four greys", "sixteen greys", "flat"),
}


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ships, for these tests: a family of two bytes, and a plain lossless model."""
    shutil.copy(K2, tmp_path / "mnist-x392.aem")
    (tmp_path / "any-lossless.aem").write_bytes(pixels_model().to_bytes())
    monkeypatch.setattr(library, "shipped_folder", lambda: tmp_path)
    monkeypatch.setenv("AECODEC_MODELS", "")


def png_bytes(image: Images) -> int:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", optimize=True)
    return len(file.getvalue())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("max_mse", [None, 0.0, 0.001])
def test_it_is_not_larger_than_the_pngs(kind: str, max_mse: float | None) -> None:
    images = KINDS[kind]
    sizes = [png_bytes(image) for image in images]
    names = [f"{number}.png" for number in range(len(images))]
    for data, most in (
        (aecodec.compress(images, max_mse=max_mse), sum(sizes)),
        (aecodec.compress(images, max_mse=max_mse, names=names), sum(sizes)),
        (aecodec.compress(images[:1], max_mse=max_mse), sizes[0]),
        (aecodec.compress(images[:1], max_mse=max_mse, names=names[:1]), sizes[0] + NAME_BYTES),
    ):
        assert len(data) <= most
        decoded = aecodec.decompress(data)
        bound = None if max_mse is None else max_mse * 255**2
        errors = ((decoded.astype(np.int64) - images[: len(decoded)]) ** 2).mean((1, 2))
        assert bound is None or (errors <= bound).all()
