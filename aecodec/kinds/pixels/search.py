"""Encoding with errors: an image is drawn in several ways, and the best is kept.

The best has the least squared error plus bits, each bit at what the model says it is worth; within
a bound, the fewest bits.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aecodec.distortion import squared_errors
from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, Images
from aecodec.integer import Arrays, take_array
from aecodec.kinds.coder import COST_UNIT
from aecodec.kinds.pixels.greys import MOST_WORTH, Manner, Numbers, few_greys

# how images are drawn, by effort; the first is that of one which tries no other
MANNERS = {
    1: (Manner(8, 5),),
    2: (Manner(8, 5), Manner(6, 3), Manner(10, 3)),
    3: tuple(Manner(step, bits) for step in (8, 6, 10, 13) for bits in (5, 3, 8)),
}
GUESSES = 3
USUAL = 5  # what a bit is worth, in the squared error of a pixel of images so drawn

Costs = Callable[[Images], Numbers]


class GreySearch:
    """Draws images with few grey levels.

    Args:
        arrays: `encoder.worth` uint32 (1,): what a bit is worth, in squared grey levels.
        given: bool (256,), the grey levels that there are.
        costs: What images take, in bits times COST_UNIT.

    Attributes:
        aim: About the squared error of an image.

    Raises:
        InvalidModelError: The array is missing or unsound, or no grey level is given.
    """

    def __init__(self, arrays: Arrays, given: NDArray[np.bool_], costs: Costs) -> None:
        worth = take_array(arrays, "encoder.worth", ("uint32",), 1)
        if len(worth) != 1 or not 1 <= worth[0] <= MOST_WORTH or not given.any():
            raise InvalidModelError("the model does not say what a bit is worth, or has no greys")
        self._worth = int(worth[0])
        self._allowed = np.flatnonzero(given).astype(np.uint8)
        self._costs = costs
        self.aim = self._worth * PIXELS // USUAL

    def __call__(self, images: Images, effort: int) -> Images:
        """The images, uint8 (N, 28, 28), at what a bit is worth to the model."""
        worths = np.full(len(images), self._worth, np.int64)
        found = [few_greys(images, worths, self._allowed, manner) for manner in MANNERS[effort]]
        if len(found) == 1:
            return found[0]
        return self._best(found, [self._sums(images, drawn) for drawn in found])

    def within(self, images: Images, bound: int, effort: int) -> Images:
        """The images with squared errors up to a bound; some, at many greys, may exceed it."""
        steps = np.full(len(images), _step(USUAL * bound // PIXELS))
        found = []
        for manner in MANNERS[effort]:
            drawn, steps = self._coarsest(images, bound, manner, steps)
            found.append(drawn)
        if len(found) == 1:
            return found[0]
        far = np.iinfo(np.int64).max
        sums = [
            np.where(squared_errors(images, drawn) <= bound, self._costs(drawn), far)
            for drawn in found
        ]
        return self._best(found, sums)

    def _sums(self, images: Images, drawn: Images) -> Numbers:
        return squared_errors(images, drawn) * COST_UNIT + self._worth * self._costs(drawn)

    def _best(self, found: list[Images], sums: list[Numbers]) -> Images:
        """Of each image the drawing of the least sum; the first of equals."""
        best = np.stack(sums).argmin(0)
        return np.asarray(np.stack(found)[best, np.arange(len(best))])

    def _coarsest(
        self, images: Images, bound: int, manner: Manner, steps: Numbers
    ) -> tuple[Images, Numbers]:
        """Draw each image at the most that a bit may be worth there, to meet a bound.

        That is looked for on LADDER, from a step on. The next step is that at which the error
        would be the bound, were it in proportion; after some, the middle of what is left.

        Returns:
            The images, and the steps that they were drawn at.
        """
        found, steps = np.empty_like(images), steps.copy()
        met, missed = np.full(len(images), -1), np.full(len(images), len(LADDER))
        rest = np.arange(len(images))
        for guess in range(GUESSES + len(LADDER).bit_length()):
            tried = steps[rest]
            drawn = few_greys(images[rest], LADDER[tried], self._allowed, manner)
            errors = squared_errors(images[rest], drawn)
            meets = errors <= bound
            met[rest[meets]], missed[rest[~meets]] = tried[meets], tried[~meets]
            kept = meets | (met[rest] < 0)
            found[rest[kept]] = drawn[kept]
            if guess < GUESSES:
                wanted = _step(LADDER[tried] * bound // np.maximum(errors, 1))
            else:
                wanted = (met[rest] + missed[rest]) // 2
            steps[rest] = np.clip(wanted, met[rest] + 1, missed[rest] - 1)
            rest = rest[met[rest] + 1 < missed[rest]]
            if not len(rest):
                break
        return found, np.maximum(met, 0)


def _ladder() -> Numbers:
    """Numbers from 1 to MOST_WORTH, four for each doubling as far as integers allow it."""
    doublings = np.arange(MOST_WORTH.bit_length())[:, None]
    steps = np.array([16, 19, 23, 27], np.int64) << doublings >> 4
    return np.unique(np.minimum(steps, MOST_WORTH))


LADDER = _ladder()


def _step(worths: Numbers | int) -> Numbers:
    """The last step of LADDER up to some worths, or the first."""
    return np.maximum(np.searchsorted(LADDER, worths, "right") - 1, 0)
