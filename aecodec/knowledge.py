"""Whether a model knows an image: whether it is of the sort that the model was trained on.

The error alone does not tell: a boot decodes as some thick stroke at the error of a poor digit, and
a letter is drawn like a digit. So the error is also held against the image's own contrast, and an
image is looked at for what its data set was made by: MNIST scales each digit to 20 pixels and puts
its centre of mass into the middle, Fashion-MNIST fits clothes between two sides of the frame.

What passes narrowly is not sure. The likelihood under lossless models decides then, or the family
`any` has the image if it has the level (see `selection.Plan.choose`).

The limits were set on validation images. They are here, by the id of the model, and not in the
model files, because files that have shipped do not change.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE, Images
from aecodec.library import Codec, ValidationErrors

Bools = NDArray[np.bool_]
Test = Callable[[Images], Bools]
FRAME = np.pad(np.zeros((SIDE - 2, SIDE - 2), bool), 1, constant_values=True)
DIGIT_SIDE = 20  # of the box that MNIST scales a digit to
PLACES = np.arange(SIDE)


class Limits(NamedTuple):
    """What the images that a model knows stay within, beside its own limit of the error.

    A share is an error in thousandths of the image's squared deviation from its mean.

    Attributes:
        share: The most of an image.
        ink: The most that the greys of the outermost pixels add up to.
        inked_share: The share for an image with any ink there, whose error moreover stays within
            that of 99 % of the validation images.
        least_ink: The least that those greys add up to.
        placed: Tells images that lie in the frame as the data set's own do.
        stray_share: The share of an image that does not.
        greys: Tells images of the data set's greys.
        sure_share: The share up to which an image is sure that is placed and has such greys.
        placed_share: The share up to which one is sure that is placed, whatever its greys.
    """

    share: int | None = None
    ink: int | None = None
    inked_share: int | None = None
    least_ink: int = 0
    placed: Test | None = None
    stray_share: int | None = None
    greys: Test | None = None
    sure_share: int | None = None
    placed_share: int | None = None


def placed_as_mnist(images: Images) -> Bools:
    """Tell which images lie as MNIST places digits.

    The longer side of the box around all ink has 20 pixels, and the centre of mass lies within
    half a pixel of the middle.
    """
    greys = images.astype(np.int64)
    total = greys.sum((1, 2))
    placed = np.max([_extent(np.any(greys, axis)) for axis in (1, 2)], 0) == DIGIT_SIDE
    for axis in (1, 2):
        moment = greys.sum(axis) @ PLACES
        placed &= abs(2 * moment - SIDE * total) <= total
    return np.asarray(placed)


def placed_as_fashion(images: Images) -> Bools:
    """Tell which images reach two opposite sides of the frame and are centred within a pixel."""
    spans, centred = np.zeros(len(images), bool), np.ones(len(images), bool)
    for axis in (1, 2):
        inked: Bools = np.any(images, axis)
        before, after = inked.argmax(1), inked[:, ::-1].argmax(1)
        spans |= inked[:, 0] & inked[:, -1]
        centred &= abs(before - after) <= 1
    return spans & centred


def grey_as_mnist(images: Images) -> Bools:
    """Tell which images are white like MNIST's: of greys from 250, at most half are 255."""
    return np.asarray(2 * (images == 255).sum((1, 2)) <= (images >= 250).sum((1, 2)))


def grey_as_fashion(images: Images) -> Bools:
    """Tell which images have a background: a quarter of the pixels is black."""
    return np.asarray(4 * (images == 0).sum((1, 2)) >= PIXELS)


ANY_MODEL = Limits(share=1000)  # an image that is drawn no better than a plain grey is not known
LIMITS = {
    "9fb55a1e28290361": Limits(  # mnist-x392
        share=700,
        ink=750,
        inked_share=570,
        placed=placed_as_mnist,
        stray_share=150,
        greys=grey_as_mnist,
        placed_share=250,
    ),
    "c6c6a0c9bff5a062": Limits(  # fashion-x392: clothes fill the frame
        share=600,
        least_ink=1,
        placed=placed_as_fashion,
        greys=grey_as_fashion,
        sure_share=300,
        placed_share=0,
    ),
    # levels that the family `any` has too
    "8684d9e4f9c3027f": Limits(share=555, placed=placed_as_mnist, stray_share=109),  # mnist-q1
    "50069c50e7acd716": Limits(share=320, placed=placed_as_mnist, stray_share=44),  # mnist-q3
    "d4b8e1f18ee51fe8": Limits(share=211, placed=placed_as_mnist, stray_share=29),  # mnist-q5
    "a129e8890fba3e90": Limits(  # fashion-q3
        share=600,
        least_ink=1,
        placed=placed_as_fashion,
        greys=grey_as_fashion,
        sure_share=600,
        placed_share=100,
    ),
}


def knows(codec: Codec, images: Images, errors: NDArray[np.int64]) -> Bools:
    """Tell which images are of the sort that a model was trained on.

    A model without figures of its validation images is taken to know every image.

    Args:
        codec: The model.
        images: uint8 (N, 28, 28).
        errors: Their squared errors once decoded, in grey levels, int64 (N,).

    Returns:
        bool (N,).
    """
    if codec.validation is None:
        return np.ones(len(images), bool)
    return within(_limits(codec), codec.validation, images, errors)


def is_sure(codec: Codec, images: Images, errors: NDArray[np.int64]) -> Bools:
    """Tell which images are so much like the training data that `knows` needs no second look.

    Args:
        codec: The model.
        images: uint8 (N, 28, 28), which it knows.
        errors: Their squared errors once decoded, in grey levels, int64 (N,).

    Returns:
        bool (N,).
    """
    limits = _limits(codec)
    sure = np.ones(len(images), bool)
    if limits.placed is not None:
        sure &= limits.placed(images)
    if limits.greys is not None:
        alike = limits.greys(images) & _within_share(limits.sure_share, images, errors)
        sure &= alike | _within_share(limits.placed_share, images, errors)
    return sure


def within(
    limits: Limits, usual: ValidationErrors, images: Images, errors: NDArray[np.int64]
) -> Bools:
    """Tell which images stay within limits.

    Args:
        limits: The limits.
        usual: The errors of the validation images.
        images: uint8 (N, 28, 28).
        errors: Their squared errors once decoded, in grey levels, int64 (N,).

    Returns:
        bool (N,).
    """
    known = (errors <= usual.p999) & _within_share(limits.share, images, errors)
    ink = images[:, FRAME].sum(1, dtype=np.int64)
    known &= ink >= limits.least_ink
    if limits.ink is not None:
        slight = (errors <= usual.p99) & _within_share(limits.inked_share, images, errors)
        known &= (ink == 0) | ((ink <= limits.ink) & slight)
    if limits.placed is not None and limits.stray_share is not None:
        known &= limits.placed(images) | _within_share(limits.stray_share, images, errors)
    return known


def _limits(codec: Codec) -> Limits:
    return LIMITS.get(codec.id.hex(), ANY_MODEL)


def _within_share(share: int | None, images: Images, errors: NDArray[np.int64]) -> Bools:
    if share is None:
        return np.ones(len(images), bool)
    greys = images.reshape(-1, PIXELS).astype(np.int64)
    deviation = PIXELS * (greys * greys).sum(1) - greys.sum(1) ** 2  # times PIXELS: exact
    return np.asarray(1000 * PIXELS * errors <= share * deviation)


def _extent(inked: Bools) -> NDArray[np.int64]:
    """How far the marked places of rows (N, 28) reach from the first to the last."""
    return np.asarray(SIDE - inked.argmax(1) - inked[:, ::-1].argmax(1))
