"""Cheaper originals of the same images: bits that count the same in an image change places.

Where a pixel of the box holds several whole source pixels, only how many of them are black shows.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.kinds.scan.resampling import Resampling
from aecodec.kinds.scan.search_candidates import geometry

ROUNDS = {1: 0, 2: 2, 3: 8}  # by effort
TRIED = {1: 0, 2: 8, 3: 64}  # swaps of a round
APART = 6  # rows or columns between swaps that are made together

Bits = NDArray[np.uint8]
Numbers = NDArray[np.int64]


class Priced(NamedTuple):
    """An original, and what it takes.

    Attributes:
        bits: uint8 (n, n).
        total: What it takes, in one unit.
        more: int64 (n, n), what each bit alone would take more if it were the other.
    """

    bits: Bits
    total: int
    more: Numbers


def polish(
    best: Priced,
    resampling: Resampling,
    price: Callable[[Sequence[Bits]], Iterable[Priced]],
    effort: int,
) -> Priced:
    """Swap bits of an original as long as that makes it cheaper, in a few rounds.

    Each round prices the swaps that promise most, and makes those that pay, together if that
    pays more than the best one.

    Args:
        best: The original.
        resampling: What gives its image, which stays the same.
        price: Prices originals (n, n).
        effort: 1 to 3; 1 changes nothing.

    Returns:
        An original of the same image, never dearer.
    """
    cells = _cells(resampling, len(best.bits))
    for _ in range(ROUNDS[effort]):
        swaps = _promising(best, cells)[: TRIED[effort]]
        if not len(swaps):
            break
        tried = [_swapped(best.bits, swap[None]) for swap in swaps]
        same = _alike(best.bits, tried, resampling)
        prices = list(price([tried[number] for number in same]))
        paying = [number for number, one in enumerate(prices) if one.total < best.total]
        if not paying:
            break
        paying.sort(key=lambda number: prices[number].total)
        together = [_swapped(best.bits, _apart(swaps[same[paying]], len(best.bits)))]
        if len(_alike(best.bits, together, resampling)) and len(paying) > 1:
            prices += price(together)
        best = min(prices, key=lambda one: one.total)
    return best


def _alike(original: Bits, others: Sequence[Bits], resampling: Resampling) -> Numbers:
    """Which of other originals give the image of one."""
    images, whole = resampling.render(np.stack([original, *others]))
    return np.flatnonzero((whole & (images == images[0]).all((1, 2)))[1:])


def _cells(resampling: Resampling, size: int) -> Numbers:
    """Which pixel of the box holds each source pixel whole, int64 (n * n,), -1 where none does."""
    found = geometry(resampling, size)
    if found is None:
        return np.full(size * size, -1)
    touched = found.shares > 0
    cell = np.where(touched.sum(0) == 1, touched.argmax(0), -1)
    held = np.minimum(cell[:, None], cell) >= 0
    return np.where(held, cell[:, None] * resampling.box + cell, -1).reshape(-1)


def _promising(known: Priced, cells: Numbers) -> Numbers:
    """Pairs of bits that differ and count the same, int64 (S, 2), by what they take if swapped.

    That is what each alone would take, as if all else stayed as likely as it is.
    """
    bits, more = known.bits.reshape(-1), known.more.reshape(-1)
    black, white = (np.flatnonzero((bits == value) & (cells >= 0)) for value in (1, 0))
    white = white[np.argsort(cells[white], kind="stable")]
    begin, end = (np.searchsorted(cells[white], cells[black], side) for side in ("left", "right"))
    counts = end - begin
    places = np.arange(counts.sum()) + np.repeat(begin - (counts.cumsum() - counts), counts)
    one, other = np.repeat(black, counts), white[places]
    return np.stack([one, other], 1)[np.lexsort((other, one, more[one] + more[other]))]


def _swapped(bits: Bits, swaps: Numbers) -> Bits:
    """An original after swaps (S, 2) of places that no two of them share."""
    made = bits.reshape(-1).copy()
    made[swaps] = made[swaps[:, ::-1]]
    return made.reshape(bits.shape)


def _apart(swaps: Numbers, size: int) -> Numbers:
    """The first of swaps, and of the others those that are apart from all taken before."""
    taken: list[int] = []
    places = np.stack(np.divmod(swaps[:, 0], size), 1)
    for number, place in enumerate(places):
        if all(np.abs(places[other] - place).max() >= APART for other in taken):
            taken.append(number)
    return swaps[taken]
