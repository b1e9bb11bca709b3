"""Lossy models of the kind `pixels`: images drawn with few grey levels, which are kept exactly."""

import numpy as np
import pytest
from helpers import pattern
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny import few_greys_model, pixels_model

from aecodec.distortion import squared_errors
from aecodec.errors import InvalidModelError
from aecodec.images import SIDE, Images
from aecodec.kinds import EFFORTS, load_coder
from aecodec.kinds.pixels import MANNERS, PixelsCoder, few_greys
from aecodec.kinds.pixels.greys import Manner
from aecodec.model_file import Model

STEP = 17
ALLOWED = np.arange(0, 256, STEP, dtype=np.uint8)
IMAGES = pattern(30)
WORTHS = np.full(30, 500)


def coder_of(model: Model) -> PixelsCoder:
    coder = load_coder(model)
    assert isinstance(coder, PixelsCoder)
    return coder


CODER = coder_of(few_greys_model())


def smooth(seed: int, count: int) -> Images:
    """Images of soft stripes and some noise, which few grey levels draw well."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE]
    ways = rng.normal(0, 0.2, (count, 2, 1, 1))
    waves = 127 + 100 * np.sin(ways[:, 0] * x + ways[:, 1] * y)
    noisy: Images = np.clip(waves + rng.normal(0, 5, waves.shape), 0, 255).astype(np.uint8)
    return noisy


def test_it_is_told_from_an_exact_one_by_its_grey_levels() -> None:
    assert not CODER.lossless
    assert "few grey levels" in CODER.code_text
    exact = coder_of(pixels_model())
    assert exact.lossless and exact.aim is None and "exactly" in exact.code_text


@pytest.mark.parametrize("effort", EFFORTS)
def test_what_is_drawn_is_decoded(effort: int) -> None:
    codes = CODER.codes(IMAGES, effort)
    assert set(np.unique(codes)) <= set(ALLOWED.tolist())
    drawn = CODER.rebuild(codes)
    assert np.array_equal(CODER.decode(CODER.pack(codes), len(IMAGES)), drawn)
    errors = squared_errors(IMAGES, drawn)
    assert 0 < errors.mean() < squared_errors(IMAGES, np.full_like(IMAGES, 127)).mean()


def test_more_effort_gives_less_error_and_bits() -> None:
    def total(effort: int) -> NDArray[np.int64]:
        codes = CODER.codes(IMAGES, effort)
        errors = squared_errors(IMAGES, CODER.rebuild(codes))
        return np.asarray(256 * errors + 500 * CODER.costs(codes))

    low, middle, high = map(total, EFFORTS)
    assert (middle <= low).all() and (high <= middle).all()
    assert high.sum() < low.sum()


@pytest.mark.parametrize("effort", EFFORTS)
def test_an_image_is_drawn_as_it_is_among_others(effort: int) -> None:
    together = CODER.codes(IMAGES, effort)
    within = CODER.codes_within(IMAGES, 10**5, effort)
    for number in (0, 7, 29):
        alone = IMAGES[number : number + 1]
        assert np.array_equal(CODER.codes(alone, effort)[0], together[number])
        assert np.array_equal(CODER.codes_within(alone, 10**5, effort)[0], within[number])


@pytest.mark.parametrize("bound", [10**5, 10**6, 10**7])
def test_a_bound_is_met_and_hardly_more(bound: int) -> None:
    images = smooth(1, 40)
    costs = []
    for effort in EFFORTS:
        drawn = CODER.codes_within(images, bound, effort)
        errors = squared_errors(images, drawn)
        assert (errors <= bound).all()
        costs.append(CODER.costs(drawn))
    assert (costs[1] <= costs[0]).all() and (costs[2] <= costs[1]).all()
    assert np.median(errors) > bound / 3


def test_a_bound_that_its_grey_levels_cannot_meet_gives_the_least_error() -> None:
    images = smooth(2, 10)
    drawn = CODER.codes_within(images, 0, 1)
    nearest = ALLOWED[np.abs(images[..., None] - ALLOWED.astype(int)).argmin(-1)]
    least = squared_errors(images, nearest)
    assert (squared_errors(images, drawn) < 3 * least).all()


def test_the_aim_is_about_the_error() -> None:
    images = smooth(3, 60)
    for worth in (60, 500, 4000):
        coder = coder_of(few_greys_model(worth, step=5))
        assert coder.aim is not None
        error = squared_errors(images, coder.codes(images, 1)).mean()
        assert coder.aim / 4 < error < 4 * coder.aim


@given(st.integers(0, 255), st.integers(1, 2**14))
def test_an_image_of_one_level_stays_one(level: int, worth: int) -> None:
    image = np.full((1, SIDE, SIDE), level, np.uint8)
    (drawn,) = few_greys(image, np.array([worth]), ALLOWED, MANNERS[1][0])
    assert (drawn == ALLOWED[np.abs(ALLOWED.astype(int) - level).argmin()]).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(MANNERS[3]))
def test_where_bits_are_cheap_the_error_is_small(seed: int, manner: Manner) -> None:
    rng = np.random.default_rng(seed)
    image = rng.choice(rng.integers(0, 256, 6), (1, SIDE, SIDE)).astype(np.uint8)
    (drawn,) = few_greys(image, np.array([1]), np.arange(256, dtype=np.uint8), manner)
    # 24 even levels to begin with; what follows may add the worth of all bits of six levels
    most = (np.ptp(image) / 23 / 2) ** 2 + np.log2(6)
    assert ((drawn.astype(int) - image[0]) ** 2).mean() <= most


def test_of_dear_bits_fewer_levels_are_left() -> None:
    kinds = [
        len(np.unique(few_greys(IMAGES[:1], np.array([worth]), ALLOWED, MANNERS[1][0])))
        for worth in (1, 300, 3000, 2**14)
    ]
    assert kinds == sorted(kinds, reverse=True) and kinds[0] > kinds[-1]


@pytest.mark.parametrize("worth", [None, [], [0], [2**14 + 1], [1, 2]])
def test_a_model_that_does_not_say_what_bits_are_worth_can_only_decode(
    worth: list[int] | None,
) -> None:
    arrays = dict(few_greys_model().arrays)
    del arrays["encoder.worth"]
    if worth is not None:
        arrays["encoder.worth"] = np.array(worth, np.uint32)
    coder = coder_of(Model("pixels", arrays))
    codes = CODER.codes(IMAGES)
    assert not coder.lossless
    assert np.array_equal(coder.decode(coder.pack(codes), len(codes)), codes)
    for use in (coder.check_encoder, lambda: coder.codes(IMAGES), lambda: coder.aim):
        with pytest.raises(InvalidModelError, match=r"worth|bit"):
            use()
