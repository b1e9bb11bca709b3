"""Which images the models that ship know."""

import numpy as np
import pytest
from helpers import ROOT, Images, load

from aecodec.distortion import squared_errors
from aecodec.knowledge import LIMITS, Limits, is_sure, knows, within
from aecodec.library import Codec, ValidationErrors, read_codec, shipped_folder
from aecodec.selection import make_plan


@pytest.fixture(scope="module")
def mnist() -> Codec:
    return read_codec(shipped_folder() / "mnist-x392.aem")


@pytest.fixture(scope="module")
def digits() -> Images:
    return np.stack([load(path) for path in sorted((ROOT / "examples/digits").glob("*.png"))])


def known(codec: Codec, images: Images) -> list[bool]:
    errors = squared_errors(images, codec.coder.rebuild(codec.coder.codes(images)))
    found: list[bool] = knows(codec, images, errors).tolist()
    return found


def test_digits_are_known_and_mostly_sure(mnist: Codec, digits: Images) -> None:
    assert all(known(mnist, digits))
    errors = squared_errors(digits, mnist.coder.rebuild(mnist.coder.codes(digits)))
    assert np.mean(is_sure(mnist, digits, errors)) >= 0.9


def box(top: int, left: int, height: int, width: int, grey: int) -> Images:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, top : top + height, left : left + width] = grey
    return image


@pytest.mark.parametrize(
    ("image", "share", "expected"),
    [
        (box(4, 8, 20, 12, 253), 699, (True, True)),
        (box(4, 8, 20, 12, 253), 701, (False, True)),
        (box(4, 8, 20, 12, 255), 249, (True, True)),  # whiter than MNIST is
        (box(4, 8, 20, 12, 255), 251, (True, False)),
        (box(8, 4, 12, 20, 253), 400, (True, True)),
        (box(5, 8, 18, 12, 253), 149, (True, False)),  # smaller than MNIST scales digits to
        (box(5, 8, 18, 12, 253), 151, (False, False)),
        (box(6, 8, 20, 12, 253), 151, (False, False)),  # more than half a pixel too low
        (box(4, 7, 20, 12, 253), 151, (False, False)),
    ],
)
def test_a_digit_is_sure_where_it_is_placed_and_grey_as_mnist_is(
    mnist: Codec, image: Images, share: int, expected: tuple[bool, bool]
) -> None:
    limits = LIMITS[mnist.id.hex()]
    usual = ValidationErrors(0, 2**40, 2**40, 2**40)
    greys = image.astype(np.int64)
    error = np.array([share * (784 * (greys**2).sum() - greys.sum() ** 2) // 784_000])
    assert within(limits, usual, image, error)[0] == expected[0]
    assert is_sure(mnist, image, error)[0] == expected[1]


@pytest.mark.parametrize("change", ["inverted", "faint", "shifted", "noise", "flat"])
def test_what_digits_become_is_not(mnist: Codec, digits: Images, change: str) -> None:
    rng = np.random.default_rng(1)
    images = {
        "inverted": 255 - digits,
        "faint": digits // 4,
        "shifted": np.roll(digits, 11, 2),
        "noise": rng.integers(0, 256, digits.shape).astype(np.uint8),
        "flat": np.full_like(digits, 90),
    }[change]
    assert np.mean(known(mnist, images)) <= 0.01


def test_an_image_is_known_up_to_its_limits_and_no_further() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 10:20, 10:20] = 196
    deviation = 196**2 * 100 * 684 // 784  # a whole number
    for most in (deviation // 2, 2**40):
        limit = min(most, deviation)
        usual = ValidationErrors(0, 0, most, most)
        for error in (0, limit, limit + 1):
            found = within(Limits(share=1000), usual, image, np.array([error]))
            assert found.tolist() == [error <= limit], (most, error)


def test_ink_in_the_frame_is_held_against_a_digit(mnist: Codec) -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 5:23, 12:16] = 255
    inked, full = image.copy(), image.copy()
    inked[0, 0, 5] = 255
    full[0, 0, 5:9] = 255
    usual = ValidationErrors(0, 1000, 2000, 3000)
    for picture, error, expected in (
        (image, 2000, True),
        (inked, 1000, True),
        (inked, 1001, False),
        (full, 1, False),
    ):
        found = within(LIMITS[mnist.id.hex()], usual, picture, np.array([error]))
        assert found.tolist() == [expected]


def test_clothes_reach_the_frame() -> None:
    fashion = read_codec(shipped_folder() / "fashion-x392.aem")
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 1:27, 9:19] = 180
    assert knows(fashion, image, np.array([1])).tolist() == [False]
    image[0, 0, 9:19] = 180
    assert knows(fashion, image, np.array([1])).tolist() == [True]


@pytest.mark.parametrize("level", ["q1", "q3", "q5"])
def test_at_levels_of_any_too_digits_alone_are_sure(level: str, digits: Images) -> None:
    codec = read_codec(shipped_folder() / f"mnist-{level}.aem")
    shifted = np.roll(digits, 4, 2)
    for images, most, least in ((digits, 1.0, 0.98), (shifted, 0.0, 0.0)):
        errors = squared_errors(images, codec.coder.rebuild(codec.coder.codes(images, 1)))
        sure = knows(codec, images, errors) & is_sure(codec, images, errors)
        assert least <= sure.mean() <= most


def test_levels_of_any_code_what_no_other_family_is_sure_of(digits: Images) -> None:
    plan = make_plan("q3")
    assert [path.stem for path in plan.models] == ["mnist-q3", "fashion-q3", "any-q3"]
    letter = np.zeros((1, 28, 28), np.uint8)  # an E, not placed as a digit is
    letter[0, 3:25, 6:9] = letter[0, [3, 4, 13, 14, 23, 24], 6:20] = 220
    chosen = plan.choose(np.concatenate([digits[::10], letter, np.invert(digits[:1])]))
    assert chosen.coders.tolist() == [0] * 10 + [2] * 2
