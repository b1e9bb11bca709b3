from typing import Any

import numpy as np
import pytest
from helpers import pattern
from numpy.typing import NDArray

from aecodec.errors import InvalidImageError
from aecodec.images import exact_images

IMAGES = pattern(3)


def refusal(images: Any) -> str:
    with pytest.raises(InvalidImageError) as caught:
        exact_images(images)
    return str(caught.value)


def converted(images: Any) -> Any:
    """What the line in the message makes of an array."""
    line = refusal(images).split("`")[1]
    return eval(line, {"np": np, "images": images})  # noqa: S307 - it is our own


def test_one_image_and_many_become_n_28_28() -> None:
    assert exact_images(pattern(1)[0]).shape == (1, 28, 28)
    assert exact_images(pattern(3)).shape == (3, 28, 28)
    assert exact_images(np.zeros((0, 28, 28), np.uint8)).shape == (0, 28, 28)


def test_the_layout_in_memory_does_not_matter() -> None:
    for other in (np.asfortranarray(IMAGES), np.repeat(IMAGES, 2, axis=2)[:, :, ::2]):
        assert exact_images(other).flags.c_contiguous
        assert np.array_equal(exact_images(other), IMAGES)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES / 255,
        (IMAGES / 255).astype(np.float32),
        IMAGES.astype(np.float32) / np.float32(255),
        IMAGES.astype(np.float32) * np.float32(1 / 255),
        (IMAGES / 255).astype(np.float16),
        IMAGES.astype(np.int64),
        IMAGES.astype(">u2"),
        IMAGES[..., None],
        IMAGES[:, None],
        IMAGES.reshape(-1, 784),
        IMAGES.reshape(-1, 784) / 255,
        (IMAGES / 255)[..., None],
        IMAGES.tolist(),
    ],
    ids=lambda images: f"{type(images).__name__}-{np.asarray(images).dtype}-{np.shape(images)}",
)
def test_arrays_of_the_same_greys_are_taken_exactly(images: Any) -> None:
    taken = exact_images(images)
    assert taken.dtype == np.uint8
    assert np.array_equal(taken, IMAGES)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES.astype(np.float32),
        IMAGES / 127.5 - 1,
        IMAGES / 256,
        IMAGES[0, ..., None],
        IMAGES[0].reshape(784),
        np.repeat(IMAGES, 2, axis=0).transpose(1, 2, 0),
        np.ma.masked_array(IMAGES),
        np.ma.masked_array(IMAGES / 256),
    ],
    ids=lambda images: f"{type(images).__name__}-{np.asarray(images).dtype}-{np.shape(images)}",
)
def test_the_line_in_the_message_converts(images: NDArray[Any]) -> None:
    for _ in range(3):  # an array may need a line for its mask, and one for its dtype
        images = converted(images)
        try:
            images = exact_images(images)
            break
        except InvalidImageError:
            pass
    repeats = max(1, len(images) // 3)  # an image alone is the first
    expected = np.repeat(IMAGES, repeats, axis=0)[: len(images)]
    assert np.abs(images.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("value", [True, False])
def test_booleans_become_black_and_white(value: bool) -> None:
    assert (exact_images(np.full((28, 28), value)) == 255 * value).all()


@pytest.mark.parametrize("dtype", ["O", "U3", "c8", "M8[s]"])
def test_other_types_are_refused_not_cast(dtype: str) -> None:
    assert "uint8, 0 to 255, not" in refusal(np.zeros((28, 28), int).astype(dtype))


def test_what_is_no_array_is_refused() -> None:
    assert "must be a NumPy array" in refusal([[1], [2, 3]])
    assert "not object" in refusal(None)


@pytest.mark.parametrize("value", [np.nan, np.inf, -3, 256])
def test_values_that_no_line_converts_get_none(value: float) -> None:
    text = refusal(np.full((28, 28), value))
    assert "converts" not in text
    assert "scale them first" in text


@pytest.mark.parametrize(
    "shape",
    [
        (),
        (783,),
        (28, 27),
        (2, 785),
        (2, 32, 32),
        (28, 28, 3),
        (5, 28, 28, 3),
        (1, 3, 28, 28),
        (0, 10),
    ],
)
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    text = refusal(np.zeros(shape, np.uint8))
    assert "must be (N, 28, 28)" in text
    assert "converts" not in text
