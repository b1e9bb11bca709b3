"""The 16-bit kind, on a tiny model of seeded floats that goes through the real export."""

from typing import Any

import numpy as np
import pytest
from helpers import pattern
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from reference import Layer, run_layer, run_network
from reference import read_model as read_reference

from aecodec.batch import parallel
from aecodec.batch.parallel import ordered_map
from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.kinds.code16.coder import Code16Coder
from aecodec.model_file import Model
from aecodec.training.code16.export import export_code16

Arrays = dict[str, NDArray[Any]]
K, R = 4, 3


def floats(seed: int = 3) -> dict[str, NDArray[np.float64]]:
    """A trained code as `export_code16` takes it, only not trained."""
    rng = np.random.default_rng(seed)
    weights = {
        "M": rng.normal(0, 1.0, (256, K)),
        "A": rng.normal(0, 0.3, (256, K, R)),
        "E": rng.normal(0, 1.0, (256, R)),
    }
    for number, (width_in, width_out) in enumerate([(K, 12), (12, 784)]):
        weights[f"dec{number}_w"] = rng.normal(0, 1.2 / width_in**0.5, (width_in, width_out))
        weights[f"dec{number}_b"] = rng.normal(0, 0.5, width_out)
    return weights


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    return export_code16(floats(), pattern(40))


@pytest.fixture(scope="module")
def coder(arrays: Arrays) -> Code16Coder:
    return Code16Coder(arrays)


def some_codes(count: int, seed: int = 5) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, 65536, count)


def near(coder: Code16Coder, count: int, noise: int = 40) -> NDArray[np.uint8]:
    """Images that the model can nearly draw, uint8 (count, 28, 28)."""
    rng = np.random.default_rng(8)
    drawn = coder.rebuild(some_codes(count, 9)).astype(np.int64)
    noisy: NDArray[np.int64] = drawn + rng.integers(-noise, noise, drawn.shape)
    return noisy.clip(0, 255).astype(np.uint8)


def errors(images: NDArray[np.uint8], decoded: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.asarray(((images.astype(np.int64) - decoded) ** 2).reshape(len(images), -1).sum(1))


def test_decoding_is_what_the_format_says(arrays: Arrays, coder: Code16Coder) -> None:
    model = read_reference(Model("code16", arrays).to_bytes())
    points, axes = arrays["regions.points"].tolist(), arrays["regions.axes"].tolist()
    means, shift = arrays["regions.means"].tolist(), arrays["regions.shift"].tolist()
    greys = arrays["decoder.greys"]
    payload = bytes((i * i * 7 + i) % 256 for i in range(60))
    for number, decoded in enumerate(coder.decode(payload, 30)):
        first, second = payload[2 * number : 2 * number + 2]
        latents = run_layer(Layer(axes[first], means[first], shift, -127, 127), points[second])
        levels = run_network(model.network("decoder"), latents)
        assert np.array_equal(decoded.reshape(-1), greys[levels])


def test_the_integers_draw_what_the_floats_draw(coder: Code16Coder) -> None:
    weights, codes = floats(), some_codes(300)
    first, second = codes // 256, codes % 256
    z = weights["M"][first] + np.einsum("nkr,nr->nk", weights["A"][first], weights["E"][second])
    hidden = np.maximum(z @ weights["dec0_w"] + weights["dec0_b"], 0)
    drawn = 255 / (1 + np.exp(-(hidden @ weights["dec1_w"] + weights["dec1_b"])))
    assert np.abs(coder.rebuild(codes).reshape(300, -1) - drawn).mean() < 1.0


@pytest.mark.parametrize("effort", [1, 2, 3])
def test_two_bytes_an_image_whatever_the_batch(arrays: Arrays, effort: int) -> None:
    images = np.concatenate([near(Code16Coder(arrays), 20), pattern(3)])
    together = Code16Coder(arrays).encode(images, effort)
    assert len(together) == 2 * len(images)
    warm = Code16Coder(arrays)
    alone = [warm.encode(image[None], effort) for image in images]
    assert b"".join(alone) == together == warm.encode(images, effort)
    assert len(set(alone)) > 15


def test_the_most_effort_finds_the_nearest_of_all_codes(coder: Code16Coder) -> None:
    images = near(coder, 12)
    rows = images.reshape(12, -1) - np.float32(128)  # so that float32 sums are exact
    distances = []
    for codes in np.arange(65536).reshape(64, 1024):
        every = coder.rebuild(codes).reshape(1024, -1) - np.float32(128)
        distances.append((every**2).sum(1) - 2.0 * (rows @ every.T).astype(np.float64))
    nearest = np.concatenate(distances, 1)
    for distance, code in zip(nearest, coder.codes(images, 3).tolist(), strict=True):
        assert distance[code] == distance.min()
        assert code == distance.argmin()  # the lowest of equals


def test_more_effort_costs_no_quality(coder: Code16Coder) -> None:
    images = near(coder, 200)
    least, default, most = (
        int(errors(images, coder.rebuild(coder.codes(images, effort))).sum())
        for effort in (1, 2, 3)
    )
    assert most <= default <= least
    assert default < 1.05 * most


def test_codes_tell_what_encoding_does(coder: Code16Coder) -> None:
    images = near(coder, 30)
    codes = coder.codes(images)
    decoded, costs = coder.rebuild(codes), coder.costs(codes)
    assert np.array_equal(decoded, coder.decode(coder.encode(images), 30))
    assert costs.dtype == np.int64
    assert costs.tolist() == [16 * 256] * 30
    assert not coder.lossless
    assert coder.arithmetic == "float32"


@settings(max_examples=20)
@given(st.lists(st.integers(0, 65535), max_size=600), st.integers(0, 2**31))
def test_what_was_decoded_before_changes_nothing(
    arrays: Arrays, coder: Code16Coder, codes: list[int], seed: int
) -> None:
    payload = np.array(codes, ">u2").tobytes()
    fresh = Code16Coder(arrays)
    coder.rebuild(some_codes(50, seed))
    decoded = fresh.decode(payload, len(codes))
    assert decoded.shape == (len(codes), 28, 28)
    assert decoded.dtype == np.uint8
    assert np.array_equal(decoded, coder.decode(payload, len(codes)))
    decoded[:] = 0  # what a caller does to its images is its own affair
    assert np.array_equal(fresh.decode(payload, len(codes)), coder.decode(payload, len(codes)))


@pytest.mark.parametrize("fork", [True, False])
def test_workers_that_share_a_coder_agree(
    arrays: Arrays, fork: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "may_fork", lambda: fork)
    global shared
    shared = Code16Coder(arrays)
    expected = Code16Coder(arrays).rebuild(np.arange(4000)).tobytes()
    tasks = [some_codes(3000, seed) % 4000 for seed in range(6)]
    pixels = np.frombuffer(expected, np.uint8).reshape(4000, 28, 28)
    for task, drawn in zip(tasks, ordered_map(_draw, tasks, 2), strict=True):
        assert np.array_equal(drawn, pixels[task])
    assert shared.rebuild(np.arange(4000)).tobytes() == expected


shared: Code16Coder


def _draw(codes: NDArray[np.int64]) -> NDArray[np.uint8]:
    return shared.rebuild(codes)


@pytest.mark.parametrize("length", [0, 1, 3, 400])
def test_a_payload_of_another_length_is_refused(coder: Code16Coder, length: int) -> None:
    with pytest.raises(CorruptFileError, match=f"{length} bytes cannot hold 1 image"):
        coder.decode(bytes(length), 1)


def test_no_images(coder: Code16Coder) -> None:
    none = np.zeros((0, 28, 28), np.uint8)
    assert coder.encode(none) == b""
    assert coder.decode(b"", 0).shape == (0, 28, 28)


def test_a_model_without_encoder_decodes_the_same_but_does_not_encode(
    arrays: Arrays, coder: Code16Coder
) -> None:
    bare = {name: a for name, a in arrays.items() if not name.startswith("encoder.")}
    assert Model("code16", bare).id == Model("code16", arrays).id
    decoded = Code16Coder(bare).decode(b"\x10\x20", 1)
    assert np.array_equal(decoded, coder.decode(b"\x10\x20", 1))
    with pytest.raises(InvalidModelError, match="encoder"):
        Code16Coder(bare).encode(pattern(1))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("regions.points", None),
        ("regions.axes", None),
        ("regions.means", None),
        ("regions.shift", None),
        ("decoder.clips", None),
        ("decoder.greys", None),
        ("regions.points", np.zeros((255, R), np.int8)),
        ("regions.points", np.zeros((256, R), np.int16)),
        ("regions.points", np.zeros((256, R + 1), np.int8)),
        ("regions.axes", np.zeros((256, K, R), np.int8)),
        ("regions.axes", np.zeros((256, R), np.int8)),
        ("regions.means", np.zeros((256, K + 1), np.int32)),
        ("regions.means", np.full((256, K), 2**30 + 1, np.int32)),
        ("regions.means", np.full((256, K), -(2**31), np.int32)),
        ("regions.shift", np.full(K, 31, np.int8)),
        ("regions.shift", np.full(K, -1, np.int8)),
        ("regions.shift", np.zeros(K + 1, np.int8)),
        ("decoder.greys", np.zeros(17, np.uint8)),
        ("decoder.0.weights", np.zeros((K + 1, 12), np.int8)),
        ("decoder.1.weights", np.zeros((12, 783), np.int8)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    arrays: Arrays, name: str, array: NDArray[Any] | None
) -> None:
    wrong = {key: value for key, value in arrays.items() if key != name}
    with pytest.raises(InvalidModelError):
        Code16Coder(wrong if array is None else wrong | {name: array})


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("encoder.table", np.zeros((256, 255, 32), np.int8)),
        ("encoder.table", np.zeros((256, 256, 31), np.int8)),
        ("encoder.table", np.zeros((256, 256, 32), np.int16)),
        ("encoder.project.clips", np.array([[-2032, 2033]], np.int32)),
        ("encoder.project.0.weights", np.zeros((783, 32), np.int8)),
    ],
)
def test_a_search_that_does_not_fit_is_refused(
    arrays: Arrays, name: str, array: NDArray[Any]
) -> None:
    codec = Code16Coder(arrays | {name: array})
    with pytest.raises(InvalidModelError):
        codec.encode(pattern(1))


def test_the_largest_sums_of_a_region_are_exact(arrays: Arrays) -> None:
    extreme: Arrays = {
        "regions.points": np.full((256, 256), -128, np.int8),
        "regions.axes": np.full((256, 256, K), -128, np.int8),
        "regions.means": np.full((256, K), 2**30, np.int32),
        "regions.shift": np.array([30, 29, 0, 24], np.int8),
    }
    regions = Code16Coder(arrays | extreme)._regions
    total = 256 * 128 * 128 + 2**30
    expected = [
        min(127, (total + half) >> shift)
        for shift, half in ((30, 2**29), (29, 2**28), (0, 0), (24, 2**23))
    ]
    assert regions(np.array([0, 65535])).tolist() == [expected, expected]
