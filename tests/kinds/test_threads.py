"""Coders from many threads at once, the first use of everything included."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import numpy as np
import pytest
from helpers import K3, Images, pattern
from tiny import pixels_model, plane_search, region_search, scan_model, transform_arrays

from aecodec.kinds import Coder, load_coder
from aecodec.kinds.scan import Resampling
from aecodec.library import load_codec
from aecodec.model_file import Model, read_model

THREADS = 8
T = TypeVar("T")
MODELS = {
    "network": read_model(K3),
    "plane": plane_search(),
    "code16": region_search(),
    "transform": Model("transform", transform_arrays()),
}


def at_once(work: Callable[[int], T]) -> list[T]:
    """Do the same work in many threads that begin together."""
    barrier = Barrier(THREADS)

    def begin(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


@pytest.mark.parametrize("name", MODELS)
def test_a_fresh_coder_gives_every_thread_the_same(name: str) -> None:
    images = pattern(40)
    sizes = [1, 2, 3, 5, 8, 13, 21, 40]
    alone = load_coder(MODELS[name])
    payloads = [alone.encode(images[:size], 1) for size in sizes]
    pixels = [alone.decode(data, size) for data, size in zip(payloads, sizes, strict=True)]

    def encoded(coder: Coder) -> list[bytes]:
        return at_once(lambda n: coder.encode(images[: sizes[n]], 1))

    def decoded(coder: Coder) -> list[Images]:
        return at_once(lambda n: coder.decode(payloads[n], sizes[n]))

    for _ in range(3):
        assert encoded(load_coder(MODELS[name])) == payloads
        coder = load_coder(MODELS[name])
        assert all(map(np.array_equal, decoded(coder), pixels))
        assert encoded(coder) == payloads


def test_a_fresh_pixels_coder_gives_every_thread_the_same() -> None:
    """Its images are few and of few grey levels: a pass takes its time."""
    images = (pattern(4) > 250).astype(np.uint8) * 255
    payload = load_coder(pixels_model()).encode(images)
    coder = load_coder(pixels_model())
    assert set(at_once(lambda n: coder.encode(images) if n % 2 else payload)) == {payload}
    coder = load_coder(pixels_model())
    decoded = at_once(lambda _: coder.decode(payload, len(images)))
    assert all(np.array_equal(found, images) for found in decoded)


def test_a_fresh_scan_coder_gives_every_thread_the_same() -> None:
    """Of originals of two sides and an image without one."""
    alone = load_coder(scan_model())
    y, x = np.mgrid[0:9, 0:9] - 4
    bits = np.stack([x * x + y * y < 20, x * x + 2 * y * y < 20]).astype(np.uint8)
    images = np.concatenate([Resampling(8, 1000, 1, 32).render(bits)[0], np.zeros_like(pattern(1))])
    codes = alone.codes(images, 1)
    payload = alone.pack(codes)
    coder = load_coder(scan_model())
    assert set(at_once(lambda n: coder.encode(images, 1) if n % 2 else payload)) == {payload}
    coder = load_coder(scan_model())
    decoded = at_once(lambda _: coder.decode(payload, len(images)))
    assert all(np.array_equal(found, images) for found in decoded)


def test_code16_draws_the_same_codes_from_every_thread() -> None:
    coder = load_coder(MODELS["code16"])
    codes = [np.random.default_rng(seed).integers(0, 5000, 1500) for seed in range(THREADS)]
    drawn = at_once(lambda n: coder.rebuild(codes[n]))
    alone = load_coder(MODELS["code16"])
    assert all(np.array_equal(mine, alone.rebuild(c)) for mine, c in zip(drawn, codes, strict=True))


def test_a_model_is_loaded_from_many_threads(tmp_path: Path) -> None:
    path = tmp_path / "some-model.aem"
    path.write_bytes(K3.read_bytes())
    images = pattern(3)
    results = at_once(lambda _: load_codec(path).coder.encode(images))
    assert set(results) == {load_coder(MODELS["network"]).encode(images)}
