from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from helpers import pattern
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny import ALPHABET, DEGREE, HIDDEN, LATENTS, LOWEST, RANGE
from tiny import transform_arrays as sound

from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.integer import entropy, range_coder
from aecodec.kinds import COST_UNIT
from aecodec.kinds.transform import COST_BITS
from aecodec.kinds.transform.coder import TransformCoder
from aecodec.kinds.transform.prior import FEW
from aecodec.kinds.transform.search import EFFORTS, Effort, LatentSearch
from aecodec.kinds.transform.steps import FAR, Forecast
from aecodec.training.transform.export import export_transform

Arrays = dict[str, NDArray[Any]]
CODER = TransformCoder(sound())

pytestmark = pytest.mark.usefixtures("way_of_loops")


@pytest.mark.parametrize("count", [0, 1, 2, FEW - 1, FEW, FEW + 1, 300])
def test_what_is_decoded_is_what_the_search_chose(count: int) -> None:
    images = pattern(count)
    payload = CODER.encode(images, 1)
    decoded = CODER.decode(payload, count)
    assert decoded.shape == (count, 28, 28)
    assert decoded.dtype == np.uint8
    assert np.array_equal(decoded, CODER.rebuild(CODER.codes(images, 1)))


@pytest.mark.parametrize("count", [1, FEW - 1, FEW, 260])
def test_latent_by_latent_gives_the_frequencies_of_one_pass(count: int) -> None:
    """Any latents come back, also those no search would choose."""
    prior = CODER._prior
    latents = np.random.default_rng(count).integers(*RANGE, (count, LATENTS), endpoint=True)
    starts, frequencies = prior.intervals(latents)
    payload = range_coder.encode(starts.T.reshape(-1), frequencies.T.reshape(-1))
    source = range_coder.RangeDecoder(payload)
    assert np.array_equal(prior.decode(source, count), latents)
    source.finish()


@pytest.mark.parametrize("effort", [1, 2, 3])
def test_the_batch_does_not_change_what_is_chosen(effort: int) -> None:
    images = pattern(70)
    together = CODER.codes(images, effort)
    assert len(np.unique(together, axis=0)) > 5
    for part in (slice(0, 1), slice(3, 20), slice(66, 70)):
        assert np.array_equal(CODER.codes(images[part], effort), together[part])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_to_the_end_does_not_depend_on_the_batch(seed: int) -> None:
    """Some images are finished long before others, and predictions are far off."""
    off = {"encoder.lambda": [3000], "encoder.curvature": [100] * LATENTS}
    coder = TransformCoder(sound(seed) | {k: np.array(v, np.uint32) for k, v in off.items()})
    images = np.random.default_rng(seed).integers(0, 256, (24, 28, 28)).astype(np.uint8)
    together = coder.codes(images, 3)
    alone = [coder.codes(image[None], 3)[0] for image in images]
    assert np.array_equal(together, alone)


def single_steps(search: LatentSearch, image: NDArray[np.uint8], effort: Effort) -> NDArray[Any]:
    """The rounds of single steps for one image (1, 784), one after the other."""
    latents = search.guess(image)
    bends = np.diag(search._cost.mean_bend)[None]
    best = cost_of(search, image, latents)
    tried: set[int] = set()
    surprise, moved = np.zeros(2 * LATENTS, np.int64), 0
    forecast = Forecast(search._cost.outlook(image, search._cost.states(image, latents)), bends)
    for _ in range(effort.rounds):
        hopes = forecast.changes[0] + surprise
        step = next(i for i in np.argsort(hopes, kind="stable").tolist() if i not in tried)
        expected = forecast.changes[0, step]
        new = np.clip(latents + search._steps[step], *RANGE)
        price = cost_of(search, image, new)
        surprise[step] = price - best - expected if expected < FAR // 2 else 0
        tried = tried | {step} if price >= best else set()
        if price < best:
            best, latents, moved = price, new, moved + 1
            forecast.take(np.array([0]), np.array([step]))
        elif moved:
            moved = effort.trust
        if len(tried) >= min(effort.patience, 2 * LATENTS):
            break
        if moved >= effort.trust:
            outlook = search._cost.outlook(image, search._cost.states(image, latents))
            forecast, moved = Forecast(outlook, bends), 0
    return np.asarray(latents[0])


@pytest.mark.parametrize(("patience", "trust"), [(3, 1), (3, 4), (99, 2)])
def test_what_the_search_saves_itself_changes_nothing(patience: int, trust: int) -> None:
    pixels, search = pattern(20).reshape(-1, 784), CODER._search
    effort = Effort(0, 0, 1, None, rounds=40, trust=trust, patience=patience)
    expected = [single_steps(search, image[None], effort) for image in pixels]
    assert np.array_equal(search._block(pixels, effort).latents, expected)


def coded(coder: TransformCoder, latents: NDArray[Any]) -> list[Any]:
    return [coder.costs(latents).tolist(), coder.pack(latents), coder.rebuild(latents).tolist()]


def test_what_the_search_found_is_coded_and_drawn_as_any_latents() -> None:
    images, fresh = pattern(40), TransformCoder(sound())
    latents = CODER.codes(images)
    kept = CODER._last
    assert kept is not None
    assert np.array_equal(kept.latents, latents)
    assert coded(CODER, latents) == coded(fresh, latents)
    assert CODER._last is None
    assert coded(CODER, latents) == coded(fresh, latents)
    CODER.codes(images)
    other = latents.copy()
    other[7, 2] += 1 if other[7, 2] < RANGE[1] else -1
    assert coded(CODER, other) == coded(fresh, other) != coded(fresh, latents)
    assert coded(CODER, latents[:9]) == coded(fresh, latents[:9])
    changed = CODER.codes(images)
    changed[:] = other
    assert coded(CODER, changed) == coded(fresh, other)


def cost_of(search: LatentSearch, pixels: NDArray[np.uint8], latents: NDArray[Any]) -> int:
    return int(search._cost.states(pixels, latents).costs[0])


def cost(images: NDArray[np.uint8], latents: NDArray[Any]) -> NDArray[np.int64]:
    states = CODER._search._cost.states(images.reshape(-1, 784), latents.astype(np.float32))
    return states.costs


def test_a_cost_is_what_is_coded_and_the_error() -> None:
    images = pattern(50)
    latents = CODER.codes(images, 1)
    error = (CODER.rebuild(latents).astype(np.int64) - images).reshape(50, -1)
    squares = (error**2).sum(1) * int(sound()["encoder.lambda"][0])
    bits = (cost(images, latents) - squares) / 2**COST_BITS
    off = np.abs(bits - CODER.costs(latents) / COST_UNIT)
    assert np.median(off) < 0.02
    assert off.max() < LATENTS  # a frequency of 1 that is taken for 2 is off by a bit


def test_more_effort_costs_less_and_the_most_is_a_local_optimum() -> None:
    images = pattern(12)
    costs = [cost(images, CODER.codes(images, effort)) for effort in EFFORTS]
    guess = cost(images, CODER._search.guess(images.reshape(-1, 784)))
    assert (costs[0] <= guess).all()
    assert costs[2].sum() <= costs[1].sum() <= costs[0].sum()
    best = CODER.codes(images, 3).astype(np.int64)
    for step in np.concatenate([np.eye(LATENTS, dtype=int), -np.eye(LATENTS, dtype=int)]):
        assert (cost(images, np.clip(best + step, *RANGE)) >= costs[2]).all()


def test_codes_tell_what_encoding_costs() -> None:
    images = pattern(200)
    codes = CODER.codes(images, 1)
    decoded, costs = CODER.rebuild(codes), CODER.costs(codes)
    payload = CODER.encode(images, 1)
    assert np.array_equal(decoded, CODER.decode(payload, 200))
    assert costs.shape == (200,)
    assert costs.dtype == np.int64
    bits = costs.sum() / COST_UNIT
    assert bits / 8 - 1 <= len(payload) <= bits / 8 + 2


@given(st.binary(max_size=30), st.integers(1, 8))
def test_any_payload_is_refused_or_is_the_one_of_its_latents(payload: bytes, count: int) -> None:
    try:
        assert CODER.decode(payload, count).shape == (count, 28, 28)
    except CorruptFileError:
        return
    source = range_coder.RangeDecoder(payload)
    starts, frequencies = CODER._prior.intervals(CODER._prior.decode(source, count))
    assert range_coder.encode(starts.T.reshape(-1), frequencies.T.reshape(-1)) == payload


def test_a_payload_that_is_too_long_is_refused() -> None:
    with pytest.raises(CorruptFileError, match="2 images take no 1000 bytes"):
        CODER.decode(bytes(1000), 2)
    with pytest.raises(CorruptFileError):
        CODER.decode(CODER.encode(pattern(3)) + b"\x01", 3)


def test_a_model_without_encoder_decodes_but_does_not_encode() -> None:
    arrays = {k: v for k, v in sound().items() if not k.startswith("encoder.")}
    codec = TransformCoder(arrays)
    assert codec.decode(CODER.encode(pattern(4)), 4).shape == (4, 28, 28)
    with pytest.raises(InvalidModelError, match="encoder"):
        codec.encode(pattern(1))


def test_it_is_lossy_and_says_what_it_computes_in() -> None:
    assert not CODER.lossless
    assert CODER.arithmetic == "float32"


def broken_mask(name: str, row: int, column: int) -> NDArray[np.int8]:
    weights = sound()[name].copy()
    weights[row, column] = 1
    return weights


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("decoder.greys", None),
        ("decoder.greys", np.zeros(255, np.uint8)),
        ("decoder.0.weights", np.zeros((LATENTS + 1, HIDDEN), np.int8)),
        ("decoder.1.weights", np.zeros((HIDDEN, 783), np.int8)),
        ("prior.odds", None),
        ("prior.odds", np.zeros(9, np.uint16)),
        ("prior.symbols", None),
        ("prior.symbols", np.array([LOWEST, ALPHABET - 1], np.int16)),
        ("prior.symbols", np.array([LOWEST, 1], np.int16)),
        ("prior.symbols", np.array([LOWEST, 257], np.int16)),
        ("prior.symbols", np.array([LOWEST], np.int16)),
        ("prior.symbols", np.array([32764, ALPHABET], np.int16)),
        ("prior.degree", None),
        ("prior.degree", DEGREE[::-1].astype(np.uint16)),
        ("prior.degree", (DEGREE + 1).astype(np.uint16)),
        ("prior.degree", DEGREE[1:].astype(np.uint16)),
        ("prior.clips", np.array([[0, 255]], np.int32)),
        ("prior.0.weights", broken_mask("prior.0.weights", LATENTS - 1, HIDDEN - 1)),
        ("prior.1.weights", broken_mask("prior.1.weights", HIDDEN - 1, 0)),
        ("prior.2.weights", broken_mask("prior.2.weights", HIDDEN - 1, 0)),
    ],
)
def test_a_decoder_that_does_not_fit_is_refused(name: str, array: NDArray[Any] | None) -> None:
    arrays = sound()
    if array is None:
        del arrays[name]
    else:
        arrays[name] = array
    with pytest.raises(InvalidModelError):
        TransformCoder(arrays)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("encoder.clips", np.array([[0, 255], [-2, 3]], np.int32)),
        ("encoder.1.weights", np.zeros((HIDDEN, LATENTS - 1), np.int8)),
        ("encoder.lambda", np.zeros(2, np.uint32)),
        ("encoder.curvature", np.zeros(LATENTS + 1, np.uint32)),
        ("encoder.bends", np.zeros(LATENTS, np.int16)),
        ("encoder.bends", np.zeros((LATENTS, LATENTS + 1), np.int16)),
        ("encoder.bends", np.zeros((LATENTS, LATENTS), np.int32)),
    ],
)
def test_an_encoder_that_does_not_fit_is_refused(name: str, array: NDArray[Any]) -> None:
    codec = TransformCoder(sound() | {name: array})
    with pytest.raises(InvalidModelError):
        codec.encode(pattern(1))


def test_an_exported_network_is_the_float_one_but_for_rounding() -> None:
    rng = np.random.default_rng(3)
    shapes = {"enc": [784, 12, LATENTS], "dec": [LATENTS, 12, 784], "pri": [LATENTS, HIDDEN]}
    shapes["pri"] += [HIDDEN, LATENTS * ALPHABET]
    trained: Arrays = {"degree": DEGREE, "lo": np.array(LOWEST), "alphabet": np.array(ALPHABET)}
    trained |= {"pixel_mean": np.array(0.13), "lam": np.array(6.0)}
    for prefix, widths in shapes.items():
        for i, (a, b) in enumerate(pairwise(widths)):
            trained[f"{prefix}{i}_w"] = rng.normal(0, 1 / np.sqrt(a), (a, b))
            trained[f"{prefix}{i}_b"] = rng.normal(0, 0.3, b)
    seen = np.arange(1, LATENTS + 1)
    trained["pri0_w"][seen[:, None] > DEGREE] = 0
    trained["pri1_w"][DEGREE[:, None] > DEGREE] = 0
    trained["pri2_w"][DEGREE[:, None] > np.repeat(seen - 1, ALPHABET)] = 0
    images = pattern(300)
    codec = TransformCoder(export_transform(trained, images))
    latents = codec._search.guess(images.reshape(-1, 784)).astype(np.int64)

    x: NDArray[Any] = latents.astype(float)
    for i in range(3):
        x = x @ trained[f"pri{i}_w"] + trained[f"pri{i}_b"]
        x = np.maximum(x, 0) if i < 2 else x
    odds = np.exp(x.reshape(-1, LATENTS, ALPHABET))
    share = np.take_along_axis(odds, latents[..., None] - LOWEST, 2)[..., 0] / odds.sum(2)
    bits = codec._prior.rates(latents) / 2**entropy.RATE_BITS
    assert np.abs(bits + np.log2(share).sum(1)).max() < 0.5

    y = np.maximum(latents @ trained["dec0_w"] + trained["dec0_b"], 0)
    pixels = 255 / (1 + np.exp(-(y @ trained["dec1_w"] + trained["dec1_b"])))
    assert np.abs(codec.rebuild(latents).reshape(-1, 784) - pixels).mean() < 2
