"""Originals get cheaper and keep their images."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aecodec.kinds.scan import Resampling
from aecodec.kinds.scan.polish import Bits, Numbers, Priced, polish

MNIST = Resampling(20, 990, 0, 90)


def changes(bits: Bits) -> int:
    """How many neighbours differ."""
    grey = bits.astype(np.int64)
    return int(np.abs(np.diff(grey, axis=0)).sum() + np.abs(np.diff(grey, axis=1)).sum())


def smoothness(several: Sequence[Bits]) -> Iterator[Priced]:
    """Originals take a bit for each change of colour."""
    for bits in several:
        more: Numbers = np.zeros(bits.shape, np.int64)
        for before, after in (np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:]):
            equal = 2 * (bits[before] == bits[after]).astype(np.int64) - 1
            more[before] += equal
            more[after] += equal
        yield Priced(bits, changes(bits), more)


def disc(side: int, seed: int, flipped: float) -> Bits:
    """A disc with a rough rim."""
    y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
    bits = (x * x + y * y < side * side / 5).astype(np.uint8)
    noise = np.random.default_rng(seed).random(bits.shape) < flipped
    return np.asarray(bits ^ noise * (x * x + y * y < side * side / 4.5), np.uint8)


def start(bits: Bits) -> Priced:
    (one,) = smoothness([bits])
    return one


@settings(max_examples=10, deadline=None)
@given(
    st.integers(20, 60),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 0.02, 0.3]),
    st.integers(1, 3),
)
def test_an_original_keeps_its_image_and_gets_no_dearer(
    side: int, seed: int, flipped: float, effort: int
) -> None:
    before = start(disc(side, seed, flipped))
    after = polish(before, MNIST, smoothness, effort)
    images, whole = MNIST.render(np.stack([before.bits, after.bits]))
    assert whole.all()
    assert np.array_equal(images[0], images[1])
    assert after.total == changes(after.bits) <= before.total


def test_what_a_bit_alone_takes_more_is_said_rightly() -> None:
    (priced,) = smoothness([bits := disc(9, 1, 0.3)])
    for place in np.ndindex(bits.shape):
        other = bits.copy()
        other[place] ^= 1
        assert priced.more[place] == changes(other) - changes(bits)


@pytest.mark.parametrize("effort", [2, 3])
def test_a_rough_rim_gets_smooth(effort: int) -> None:
    rough = disc(60, 0, 0)  # each pixel of the box is 3 x 3 source pixels
    for row, column in ((30, 3), (30, 54), (3, 30), (54, 30)):
        rough[row : row + 3, column : column + 3] = np.eye(3)
    assert polish(start(rough), MNIST, smoothness, effort).total < changes(rough) - 8


def test_more_effort_makes_originals_cheaper() -> None:
    before = start(disc(45, 1, 0.2))
    spent = [polish(before, MNIST, smoothness, effort).total for effort in (1, 2, 3)]
    assert before.total == spent[0] > spent[1] > spent[2]


def test_a_side_that_is_not_looked_for_stays_as_it_is() -> None:
    before = start(disc(41, 3, 0.1))
    odd = Resampling(8, 1000, 1, 36)
    assert polish(before, odd, smoothness, 2) is before
