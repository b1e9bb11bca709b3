"""What a pixel is predicted from: one pixel before it, or a few of the nearest.

Drawn patterns repeat at some distance and ramps go on as they went; one predictor that fits the
whole image leaves residuals of 0 or nearly so. Pixels outside the image count as 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from aecodec.images import SIDE, Images

REACH = 14
OUTSIDE = -1
Greys = NDArray[np.int64]
Offset = tuple[int, int]


@dataclass(frozen=True)
class Predictor:
    """A rule that predicts a pixel.

    Attributes:
        offsets: The pixels that it looks at, as rows above and columns to the left.
        rule: What it makes of them, each int64 (...), OUTSIDE where there is none; the residual is
            taken modulo 256.
    """

    offsets: tuple[Offset, ...]
    rule: Callable[..., Greys]


def _known(pixels: Greys) -> Greys:
    return np.maximum(pixels, 0)


def _median(left: Greys, above: Greys, corner: Greys) -> Greys:
    """The median of both neighbours and of the plane through them, as in JPEG-LS."""
    left, above = _known(left), _known(above)
    low, high = np.minimum(left, above), np.maximum(left, above)
    return np.asarray(np.clip(left + above - _known(corner), low, high))


def _plane(left: Greys, above: Greys, corner: Greys) -> Greys:
    return _known(left) + _known(above) - _known(corner)


def _line(near: Greys, far: Greys) -> Greys:
    return 2 * _known(near) - _known(far)


def _mean(left: Greys, above: Greys) -> Greys:
    return (_known(left) + _known(above)) >> 1


def _zero() -> Greys:
    return np.zeros((), np.int64)


def _tile(left: Greys, above: Greys) -> Greys:
    """The pixel of the tile to the left, or where there is none of the tile above."""
    return np.where(left == OUTSIDE, _known(above), left)


_STEPS = range(1, REACH + 1)
_DIAGONALS = (
    *((1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1)),
    *((2, 2), (2, -2), (3, 3), (3, -3), (4, 4), (4, -4)),
)
SINGLE = (
    Predictor(((0, 1), (1, 0), (1, 1)), _median),
    Predictor(((0, 1), (1, 0), (1, 1)), _plane),
    Predictor(((0, 1), (0, 2)), _line),
    Predictor(((1, 0), (2, 0)), _line),
    Predictor(((0, 1), (1, 0)), _mean),
    Predictor((), _zero),
    *(Predictor((offset,), _known) for offset in _DIAGONALS),
)
LEFT = tuple(Predictor(((0, step),), _known) for step in _STEPS)
ABOVE = tuple(Predictor(((step, 0),), _known) for step in _STEPS)
TILES = tuple(Predictor(((0, left), (above, 0)), _tile) for above in _STEPS for left in _STEPS)
PREDICTORS = (*SINGLE, *LEFT, *ABOVE, *TILES)


class Canvas:
    """Images, known or not yet, within a border of OUTSIDE.

    Args:
        images: uint8 (N, 28, 28).
    """

    def __init__(self, images: Images) -> None:
        self.cells = np.pad(
            images.astype(np.int64),
            ((0, 0), (REACH, 0), (REACH, REACH)),
            constant_values=OUTSIDE,
        )

    @cached_property
    def _bytes(self) -> Images:
        """The cells as a lone pixel is predicted from them, 0 outside; none is filled in later."""
        return _known(self.cells).astype(np.uint8)

    def residuals(self, predictor: Predictor) -> Images:
        """What all pixels are beyond their predictions, modulo 256, uint8 (N, 28, 28)."""
        if predictor.rule is _known:
            return self._differences(*predictor.offsets[0])
        predicted = predictor.rule(*(self._shifted(offset) for offset in predictor.offsets))
        return np.asarray((self._shifted((0, 0)) - predicted).astype(np.uint8))

    def _differences(self, above: int, left: int) -> Images:
        """The same for one pixel: whole images are subtracted, which is quick, margins too."""
        height, width = self._bytes.shape[1:]
        differences, offset = np.empty_like(self._bytes), above * width + left
        known, found = (each.reshape(-1, height * width) for each in (self._bytes, differences))
        np.subtract(known[:, offset:], known[:, :-offset], out=found[:, offset:])
        return differences[:, REACH:, REACH : REACH + SIDE].copy()

    def fill(self, predictor: Predictor, residuals: Images) -> None:
        """Set all pixels by their residuals, uint8 (N, 28, 28).

        Wave by wave: pixels of one wave do not look at each other.
        """
        for rows, columns in _waves():
            seen = (self._at(rows - up, columns - left) for up, left in predictor.offsets)
            found = (predictor.rule(*seen) + residuals[:, rows, columns]) & 255
            self.cells[:, rows + REACH, columns + REACH] = found

    def _at(self, rows: Greys, columns: Greys) -> Greys:
        return np.asarray(self.cells[:, rows + REACH, columns + REACH])

    def images(self) -> Images:
        """The images, uint8 (N, 28, 28)."""
        return self._shifted((0, 0)).astype(np.uint8)

    def _shifted(self, offset: Offset) -> Greys:
        top, start = REACH - offset[0], REACH - offset[1]
        return np.asarray(self.cells[:, top : top + SIDE, start : start + SIDE])


@cache
def _waves() -> list[tuple[Greys, Greys]]:
    """The rows and columns of pixels, wave by wave: each looks at pixels of waves before alone.

    No predictor looks further to the right than twice as far as it looks up.
    """
    rows, columns = np.indices((SIDE, SIDE)).reshape(2, -1)
    waves = columns + 3 * rows
    return [(rows[waves == wave], columns[waves == wave]) for wave in np.unique(waves)]
