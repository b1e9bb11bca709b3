"""How fast: encode and decode in memory in batches of 1,000, beside Pillow's PNG.

Run with `pytest tests/test_speed.py --benchmark-enable`; the suite only runs each once.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import ROOT, Images, load, pattern
from PIL import Image

from aecodec.library import Codec, find_codec, read_codec

Benchmark = Callable[..., Any]
BATCH = 1000


@pytest.fixture(scope="module")
def images() -> Images:
    """A batch of the example digits, or of patterns where they are missing."""
    digits = [load(path) for path in sorted((ROOT / "examples/digits").glob("*.png"))]
    stack = np.stack(digits) if digits else pattern(100)
    return np.resize(stack, (BATCH, 28, 28))


@pytest.fixture(scope="module")
def codec() -> Codec:
    """The model that ships, or a tiny one where it is missing."""
    shipped = ROOT / "weights/mnist-classic.aem"
    return read_codec(shipped) if shipped.exists() else find_codec()


@pytest.fixture(scope="module")
def pngs(images: Images) -> list[bytes]:
    return [png(image) for image in images]


def png(image: Images) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def pixels(data: bytes) -> Images:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        return np.asarray(image)


def test_encoding_1000_images(benchmark: Benchmark, codec: Codec, images: Images) -> None:
    assert len(benchmark(codec.coder.encode, images)) == 2 * BATCH


def test_decoding_1000_images(benchmark: Benchmark, codec: Codec, images: Images) -> None:
    payload = codec.coder.encode(images)
    assert benchmark(codec.coder.decode, payload, BATCH).shape == (BATCH, 28, 28)


def test_encoding_1000_pngs(benchmark: Benchmark, images: Images) -> None:
    assert len(benchmark(lambda: [png(image) for image in images])) == BATCH


def test_decoding_1000_pngs(benchmark: Benchmark, pngs: list[bytes]) -> None:
    assert len(benchmark(lambda: [pixels(data) for data in pngs])) == BATCH
