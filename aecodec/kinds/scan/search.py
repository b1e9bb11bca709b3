"""Find the black-and-white originals of images."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import Images
from aecodec.integer import Arrays, take_array
from aecodec.kinds.scan import search_candidates as wanted
from aecodec.kinds.scan.resampling import Resampling
from aecodec.kinds.scan.search_frontier import (
    COUNTED_DEPTH,
    DEPTH,
    Beams,
    Bits,
    Geometry,
    Integers,
    Problems,
    offset,
    search,
)
from aecodec.kinds.scan.search_loops import SEARCH
from aecodec.kinds.scan.search_partial import partial_candidates

AT_ONCE = 128  # problems
SAVING = 2000  # microseconds that the compiled loop saves on one problem

Found = tuple[int, int, bytes, Bits]  # score, size, packed bits and bits


class Pass(NamedTuple):
    """One way to look for originals, of images that all passes before it found none of.

    Attributes:
        width: Of the beams.
        candidates: Finds what to try for boxes of one size.
        flipped: Fill originals in from the last bit to the first. Where the rows at the top
            leave much open, those at the bottom may not.
    """

    width: int
    candidates: Callable[[Resampling, Geometry, Images], tuple[Integers, Integers]]
    flipped: bool = False


USUAL = (
    Pass(12, wanted.candidates),
    Pass(24, wanted.candidates),
    Pass(12, partial_candidates),
    Pass(24, wanted.candidates, flipped=True),
    Pass(48, wanted.candidates),
)
PASSES = {  # by effort
    1: (),
    2: USUAL,
    3: (*USUAL, Pass(48, partial_candidates, flipped=True), Pass(96, wanted.candidates)),
}
SEVERAL = {1: 1, 2: 4, 3: 12}  # originals of an image that compete, by effort


class OriginalSearch:
    """Looks for the originals that a resampling made images from.

    What is found depends on the image alone: not on its batch, nor on whether numba is there.

    Args:
        resampling: How the images were made.
        patterns: Costs in eighths of a bit, uint8 (5440,): for each number r = 1 to 4 of new
            source rows a table of 2^(2r + 4). Its index is the pattern, the one on its left
            << r, and the bits of the row above at columns j - 1 to j + 2 << 2 r.
    """

    def __init__(self, resampling: Resampling, patterns: NDArray[np.uint8]) -> None:
        self._resampling = resampling
        self._patterns = _of_more_rows(patterns)

    @classmethod
    def read(cls, arrays: Arrays, resampling: Resampling) -> "OriginalSearch":
        """Read `encoder.patterns` uint8 (5440,). Raises InvalidModelError where it is unsound."""
        patterns = take_array(arrays, "encoder.patterns", ("uint8",), 1)
        if len(patterns) != offset(COUNTED_DEPTH + 1):
            raise InvalidModelError(f"encoder.patterns has {len(patterns)} costs")
        return cls(resampling, patterns)

    def find(self, images: Images, effort: int) -> list[Bits | None]:
        """The first original of each image that `find_several` finds, uint8 (n, n), or None."""
        found = self.find_several(images, effort, 1)
        return [originals[0] if originals else None for originals in found]

    def find_several(self, images: Images, effort: int, most: int) -> list[list[Bits]]:
        """Look for the originals of each image.

        Of all that give the image exactly it takes those of the lowest score, then the smallest,
        then those whose bits in raster order are the least number.

        Args:
            images: uint8 (N, 28, 28).
            effort: 1 to 3; 1 looks for none.
            most: How many originals of an image are returned.

        Returns:
            The originals of each image in that order, uint8 (n, n), 1 where they are black.
        """
        found: dict[int, list[Found]] = {}
        for step in PASSES[effort]:
            missing = np.setdiff1d(np.arange(len(images)), list(found))
            for number, some in self._try(images[missing], step, most).items():
                found[int(missing[number])] = some
        return [[one[3] for one in found.get(i, [])] for i in range(len(images))]

    def _try(self, images: Images, step: Pass, most: int) -> dict[int, list[Found]]:
        """What one pass finds for images."""
        best: dict[int, list[Found]] = {}
        boxes = wanted.boxes(self._resampling, images)
        for size in self._resampling.sizes if len(boxes.image) else ():
            geometry = wanted.geometry(self._resampling, size)
            if geometry is None:
                continue
            owner, scales = step.candidates(self._resampling, geometry, boxes.greys)
            for begin in range(0, len(owner), AT_ONCE):
                some, scale = (part[begin : begin + AT_ONCE] for part in (owner, scales))
                greys = boxes.greys[some]
                problems = wanted.problems(self._resampling, geometry, greys, scale)
                beams = self._solve(problems, geometry, step)
                image = boxes.image[some[beams.owner]]
                self._add(best, images[image], image, beams)
                for number in np.unique(image).tolist():
                    if number in best:
                        best[number] = _first(best[number], most)
        return best

    def _solve(self, problems: Problems, geometry: Geometry, step: Pass) -> Beams:
        """Solve problems of one size."""
        if step.flipped:
            turned = step._replace(flipped=False)
            return self._solve(problems.flipped(), geometry.flipped(), turned).flipped()
        if SEARCH.compiled(SAVING * len(problems.low)) is None:
            return search(problems, geometry, self._patterns, step.width)
        return search_compiled(problems, geometry, self._patterns, step.width)

    def _add(
        self, found: dict[int, list[Found]], images: Images, owner: Integers, beams: Beams
    ) -> None:
        """Take in the beams that give their images exactly."""
        if not len(owner):
            return
        made, whole = self._resampling.render(beams.bits)
        for number in np.flatnonzero(whole & (made == images).all((1, 2))):
            bits, score = beams.bits[number], int(beams.score[number])
            one = score, len(bits), np.packbits(bits).tobytes(), bits.copy()
            found.setdefault(int(owner[number]), []).append(one)


def _first(found: list[Found], most: int) -> list[Found]:
    """The first of what was found for an image, each original once."""
    ordered = sorted(found, key=lambda one: one[:3])
    once = {one[1:3]: one for one in reversed(ordered)}  # of equal ones, the lowest score
    return sorted(once.values(), key=lambda one: one[:3])[:most]


def _of_more_rows(patterns: Bits) -> Bits:
    """Costs of patterns with those of five rows, uint8 (21824,), from those of four.

    The cost of the last bit is what it is in the four lowest rows, under the first one, where
    nothing but the left pattern is known to lie beside the pattern.
    """
    above, left, pattern = np.ogrid[: 1 << 4, : 1 << DEPTH, : 1 << DEPTH]
    first = left & 1 | (pattern & 1) * 0b1110

    def cost(rows: int, above: Integers, left: Integers, pattern: Integers) -> Integers:
        some = (1 << rows) - 1
        index = pattern & some | (left & some) << rows | above << 2 * rows
        return np.asarray(patterns[offset(rows) + index], np.int64)

    costs = cost(COUNTED_DEPTH, above, left, pattern)
    costs += cost(COUNTED_DEPTH, first, left >> 1, pattern >> 1)
    costs -= cost(COUNTED_DEPTH - 1, first, left >> 1, pattern >> 1)
    return np.concatenate([patterns, np.clip(costs, 0, 255).astype(np.uint8).reshape(-1)])


def search_compiled(problems: Problems, geometry: Geometry, table: Bits, width: int) -> Beams:
    """Do as `search` by the compiled loop, or by the same loop in Python if it is not compiled."""
    loop = SEARCH.compiled(0) or SEARCH.function
    size = geometry.shares.shape[1]
    owners, scores, bits = [], [], [np.zeros((0, size, size), np.uint8)]
    shares, start, stop = geometry.shares, geometry.start, geometry.stop
    for number, (low, high, free) in enumerate(
        zip(problems.low, problems.high, problems.free, strict=True)
    ):
        beams, score = np.zeros((width, size, size), np.uint8), np.zeros(width, np.int64)
        count = loop(low, high, free, shares, start, stop, table, beams, score)
        owners += [number] * count
        scores += score[:count].tolist()
        bits.append(beams[:count])
    return Beams(np.array(owners, np.int64), np.array(scores, np.int64), np.concatenate(bits))
