"""numcodecs and Zarr: lossless by default, in shards, under Dask."""

import tomllib
from importlib import import_module
from typing import Any

import dask.array
import numcodecs
import numpy as np
import pytest
import zarr
from helpers import K3, ROOT, pattern
from plugin_samples import EXACT
from zarr.registry import register_codec

import aecodec
from aecodec.plugins.numcodecs import AecodecCodec
from aecodec.plugins.zarr import AecodecSerializer

IMAGES = pattern(6)


@pytest.fixture(autouse=True)
def registered() -> None:
    """As the entry points do, also where the package is not installed anew."""
    numcodecs.register_codec(AecodecCodec)
    register_codec("aecodec", AecodecSerializer)


def array(images: Any = IMAGES, chunk: int = 2, **options: Any) -> Any:
    serializer = AecodecSerializer(**{"model": EXACT, **options.pop("codec", {})})
    stored = zarr.create_array(
        {}, shape=images.shape, dtype=images.dtype, chunks=(chunk, *images.shape[1:]),
        serializer=serializer, compressors=None, **options,
    )  # fmt: skip
    stored[:] = images
    return stored


def test_the_entry_points_name_the_codecs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for group, codec in (("numcodecs.codecs", AecodecCodec), ("zarr.codecs", AecodecSerializer)):
        module, _, name = project["entry-points"][group]["aecodec"].partition(":")
        assert getattr(import_module(module), name) is codec


def test_numcodecs_is_lossless_by_default_and_lossy_when_told() -> None:
    codec = numcodecs.get_codec({"id": "aecodec"})
    assert codec.encode(IMAGES[:2]) == aecodec.compress(IMAGES[:2], "lossless", "any")
    assert np.array_equal(codec.decode(codec.encode(IMAGES[:2])), IMAGES[:2])
    lossy = numcodecs.get_codec({"id": "aecodec", "model": str(K3)})
    data = lossy.encode(IMAGES)
    out = np.empty_like(IMAGES)
    lossy.decode(data, out)
    assert np.array_equal(out, aecodec.decompress(aecodec.compress(IMAGES, model=str(K3))))
    assert numcodecs.get_codec(lossy.get_config()) == lossy


@pytest.mark.parametrize("images", [IMAGES.astype("u2"), IMAGES[:, 1:]])
def test_arrays_that_are_no_images_are_refused(images: Any) -> None:
    with pytest.raises(aecodec.InvalidImageError, match="chunks must be uint8"):
        AecodecCodec().encode(images)
    with pytest.raises(aecodec.InvalidArgumentError, match=r"uint8 \(N, 28, 28\), not"):
        array(images)


def test_chunks_that_cut_images_are_refused() -> None:
    with pytest.raises(aecodec.InvalidArgumentError, match="whole images"):
        zarr.create_array(
            {}, shape=(6, 28, 28), dtype="u1", chunks=(2, 14, 28),
            serializer=AecodecSerializer(), compressors=None,
        )  # fmt: skip


def test_a_zarr_array_opens_again_with_its_codec() -> None:
    stored = array()
    again = zarr.open_array(stored.store)
    assert again.serializer == AecodecSerializer(model=EXACT)
    assert np.array_equal(again[:], IMAGES)
    assert np.array_equal(again[3], IMAGES[3])
    again[2:5] = IMAGES[:3]
    assert np.array_equal(stored[2:5], IMAGES[:3])


def test_lossy_chunks_are_what_compress_gives() -> None:
    stored = array(chunk=6, codec={"model": str(K3)})
    assert np.array_equal(stored[:], aecodec.decompress(aecodec.compress(IMAGES, model=str(K3))))


def test_shards_and_dask_work_over_it() -> None:
    stored = array(shards=(4, 28, 28))
    lazy = dask.array.from_zarr(stored)
    with dask.config.set(scheduler="threads"):
        assert np.array_equal(lazy.compute(), IMAGES)
        assert lazy.sum().compute() == IMAGES.sum()
    assert np.array_equal(zarr.open_array(stored.store)[[0, 5]], IMAGES[[0, 5]])


def test_a_damaged_chunk_is_told_and_its_neighbours_decode() -> None:
    stored = array()
    key = next(key for key in stored.store._store_dict if key.endswith("c/1/0/0"))
    data = bytearray(stored.store._store_dict[key].to_bytes())
    data[-9] ^= 1
    buffer = type(stored.store._store_dict[key])
    stored.store._store_dict[key] = buffer.from_bytes(bytes(data))
    with pytest.raises(aecodec.CorruptFileError):
        stored[2:4]
    assert np.array_equal(stored[:2], IMAGES[:2])
