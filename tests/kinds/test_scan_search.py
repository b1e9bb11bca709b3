"""The search for the originals that images were reduced from."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from helpers import ROOT, load
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import Images
from aecodec.kinds.scan import OriginalSearch, Resampling, geometry, largest_side
from aecodec.kinds.scan.search import PASSES, Pass, search_compiled
from aecodec.kinds.scan.search_candidates import boxes, candidates, problems
from aecodec.kinds.scan.search_frontier import allowed
from aecodec.kinds.scan.search_frontier import search as plain_search
from aecodec.kinds.scan.search_loops import SEARCH
from aecodec.kinds.scan.search_partial import partial_candidates
from aecodec.training.scan.patterns import count_patterns, start_patterns

MNIST = Resampling(20, 990, 0, 90)
Bits = NDArray[np.uint8]


def searching(resampling: Resampling = MNIST) -> OriginalSearch:
    return OriginalSearch(resampling, start_patterns())


def digits(count: int) -> Images:
    files = sorted((ROOT / "examples/digits").glob("*.png"))[:count]
    return np.stack([load(file) for file in files])


def drawn(side: int, seed: int) -> Bits:
    """A thick stroke that touches the edges above and below."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    middle = side / 2 + side / 5 * np.sin(rows / side * 5 + rng.uniform(0, 6))
    bits = np.abs(columns - middle) < side * rng.uniform(0.12, 0.2)
    return np.asarray(bits, np.uint8)


def nicked(side: int) -> Bits:
    """A stroke of which every pixel of the box lacks at least a corner."""
    shape, column = geometry(MNIST, side), 10
    assert shape is not None
    bits = np.zeros((side, side), np.uint8)
    bits[:, shape.start[column] - 1 : shape.stop[column] + 2] = 1
    bits[shape.stop, shape.stop[column]] = 0
    return bits


def test_digits_have_originals_that_give_their_every_pixel() -> None:
    images = digits(12)
    found = searching().find(images, 2)
    originals = [bits for bits in found if bits is not None]
    assert len(originals) >= 11
    for image, bits in zip(images, found, strict=True):
        if bits is not None:
            again, whole = MNIST.render(bits[None])
            assert whole.all()
            assert np.array_equal(again[0], image)


def test_several_originals_of_a_digit_differ_and_all_give_it() -> None:
    images = digits(8)[6:]
    first, several = searching().find(images, 2), searching().find_several(images, 2, 5)
    assert [len(some) for some in several] == [1, 5]
    for image, bits, others in zip(images, first, several, strict=True):
        assert len({(len(other), other.tobytes()) for other in others}) == len(others)
        assert bits is None or np.array_equal(bits, others[0])
        for other in others:
            assert np.array_equal(MNIST.render(other[None])[0][0], image)


def test_what_is_found_does_not_depend_on_the_batch() -> None:
    images = digits(6)
    together = searching().find(images, 2)
    for image, bits in zip(images[::-1], together[::-1], strict=True):
        (alone,) = searching().find(image[None], 2)
        assert (bits is None) == (alone is None)
        assert bits is None or alone is None or np.array_equal(bits, alone)


def test_numpy_finds_what_the_compiled_loop_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = np.concatenate([digits(3), MNIST.render(nicked(42)[None])[0]])
    assert SEARCH.compiled(10**7) is not None, "numba is a part of [test]"
    fast = searching().find(images, 2)
    monkeypatch.setattr(SEARCH, "compiled", lambda _: None)
    plain = searching().find(images, 2)
    for a, b in zip(fast, plain, strict=True):
        assert (a is None) == (b is None)
        assert a is None or b is None or np.array_equal(a, b)


@pytest.mark.parametrize("rounding", range(3))
@pytest.mark.parametrize(("box", "shrink"), [(20, 990), (20, 1000), (28, 1000)])
def test_drawings_reduced_in_other_ways_are_found(box: int, shrink: int, rounding: int) -> None:
    resampling = Resampling(box, shrink, rounding, largest_side(box))
    sides = [box + 9, 2 * box, 2 * box + 7]
    originals = [drawn(side, seed) for seed, side in enumerate(sides)]
    images = np.concatenate([resampling.render(bits[None])[0] for bits in originals])
    found = searching(resampling).find(images, 2)
    assert sum(bits is not None for bits in found) >= 2
    for image, bits in zip(images, found, strict=True):
        if bits is not None:
            assert np.array_equal(resampling.render(bits[None])[0][0], image)


def test_images_that_are_no_scans_have_none() -> None:
    rng = np.random.default_rng(5)
    image = digits(1)[0]
    others = [
        np.zeros_like(image),
        255 - image,
        np.roll(image, 3, 1),
        rng.integers(0, 256, (28, 28), np.uint8),
        np.full((28, 28), 7, np.uint8),
    ]
    assert searching().find(np.stack(others), 2) == [None] * len(others)


def test_a_single_changed_pixel_leaves_no_original() -> None:
    image = digits(1)[0].copy()
    row, column = np.argwhere((image > 20) & (image < 120))[0]
    image[row, column] += 2
    (found,) = searching().find(image[None], 2)
    assert found is None or np.array_equal(MNIST.render(found[None])[0][0], image)


def test_the_least_effort_searches_not_at_all() -> None:
    assert searching().find(digits(2), 1) == [None, None]


def test_costs_may_be_read_only() -> None:
    costs = start_patterns()
    costs.flags.writeable = False
    assert SEARCH.compiled(10**7) is not None
    (bits,) = OriginalSearch.read({"encoder.patterns": costs}, MNIST).find(digits(1), 2)
    assert bits is not None


def test_costs_of_another_size_are_refused() -> None:
    with pytest.raises(InvalidModelError, match=r"encoder\.patterns has 3 costs"):
        OriginalSearch.read({"encoder.patterns": np.zeros(3, np.uint8)}, MNIST)


@pytest.mark.parametrize("side", [42, 62, 67])
def test_originals_without_a_wholly_black_pixel_are_found(side: int) -> None:
    bits = nicked(side)
    shape = geometry(MNIST, side)
    assert shape is not None
    whole = shape.shares.sum(1)
    assert (shape.shares @ bits @ shape.shares.T < np.outer(whole, whole)).all()
    image = MNIST.render(bits[None])[0]
    (found,) = searching().find(image, 2)
    assert found is not None
    assert np.array_equal(MNIST.render(found[None])[0], image)


@pytest.mark.parametrize("side", [81, 85, 90])
def test_originals_of_more_than_four_rows_a_row_are_found(side: int) -> None:
    image = MNIST.render(drawn(side, 2)[None])[0]
    (found,) = searching().find(image, 2)
    assert found is not None
    assert np.array_equal(MNIST.render(found[None])[0], image)
    (smaller,) = searching(replace(MNIST, largest=80)).find(image, 2)
    assert smaller is None


def test_sums_of_pixels_black_nearly_all_over_include_the_true_one() -> None:
    bits, shape = nicked(42), geometry(MNIST, 42)
    assert shape is not None
    greys = boxes(MNIST, MNIST.render(bits[None])[0]).greys
    true = int((shape.shares @ bits @ shape.shares.T).max())
    assert true not in candidates(MNIST, shape, greys)[1]
    owner, sums = partial_candidates(MNIST, shape, greys)
    assert true in sums
    assert len(owner) == len(sums)
    assert not len(partial_candidates(MNIST, shape, greys // 2)[0])


@pytest.mark.parametrize("side", [35, 46, 67, 87])
def test_a_flipped_pass_finds_originals_the_right_way_up(side: int) -> None:
    image = MNIST.render(drawn(side, 3)[None])[0]
    step = Pass(24, candidates, flipped=True)
    found = searching()._try(image, step, 1)[0][0][3]
    assert np.array_equal(MNIST.render(found[None])[0], image)


def test_more_effort_tries_all_that_less_does() -> None:
    assert PASSES[1] == PASSES[2][:0]
    assert PASSES[2] == PASSES[3][: len(PASSES[2])]


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(("side", "width"), [*product((20, 35, 46), (1, 3)), (85, 12), (87, 12)])
def test_the_loop_gives_the_beams_that_numpy_gives(side: int, width: int, flipped: bool) -> None:
    images = MNIST.render(np.stack([drawn(side, seed) for seed in range(2)]))[0]
    parts, shape = boxes(MNIST, images), geometry(MNIST, side)
    assert shape is not None
    owner, scales = candidates(MNIST, shape, parts.greys)
    some = problems(MNIST, shape, parts.greys[owner], scales)
    if flipped:
        some, shape = some.flipped(), shape.flipped()
    table = searching()._patterns
    found = plain_search(some, shape, table, width)
    again = search_compiled(some, shape, table, width)
    assert len(found.owner)
    assert np.array_equal(found.owner, again.owner)
    assert np.array_equal(found.score, again.score)
    assert np.array_equal(found.bits, again.bits)


def test_no_image_gives_no_original() -> None:
    assert searching().find(np.zeros((0, 28, 28), np.uint8), 2) == []


def test_patterns_change_at_most_once() -> None:
    assert allowed(3).tolist() == [0, 1, 3, 4, 6, 7]
    assert [len(allowed(rows)) for rows in range(1, 6)] == [2, 4, 6, 8, 10]


def test_what_is_common_in_originals_is_cheap() -> None:
    counted = count_patterns([drawn(40, seed) for seed in range(20)], MNIST)
    assert counted.shape == start_patterns().shape == (5440,)
    white = 64  # two rows, all white beside and above
    assert counted[white] < 4 < counted[white + 1]
