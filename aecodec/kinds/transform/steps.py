"""Which steps of plus or minus one a search tries: by a quadratic model of the cost."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FAR = np.int64(2**60)

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class Outlook:
    """What is expected of N images if their latents change; all in the unit of costs.

    The rate of each latent is exact, that of later ones and the error are to first order.

    Attributes:
        rates: What each symbol of each latent takes, int64 (N, d, A).
        symbols: The symbols now, int64 (N, d).
        slope: What one step up adds to first order, rates of later latents included, (N, d).
    """

    rates: Int64s
    symbols: Int64s
    slope: Int64s

    def changes(self, bend: Int64s) -> Int64s:
        """What every single step would change, int64 (N, 2 d): all down, then all up.

        Args:
            bend: What a step adds to second order, (N, d) or (d,).
        """
        padded = self.padded
        at = self.symbols[..., None]
        down, own, up = (np.take_along_axis(padded, at + i, 2)[..., 0] for i in range(3))
        return np.concatenate([down - own - self.slope + bend, up - own + self.slope + bend], 1)

    @cached_property
    def padded(self) -> Int64s:
        """The rates, and what lies outside the alphabet on both sides."""
        count, latents, alphabet = self.rates.shape
        padded = np.full((count, latents, alphabet + 2), FAR)
        padded[..., 1:-1] = self.rates
        return padded


class Forecast:
    """What every single step of N images is expected to change, kept up as steps are taken.

    Attributes:
        changes: As `Outlook.changes` gives them, int64 (N, 2 d).

    Args:
        outlook: What is expected of the images.
        bends: For every two latents, what a step in one adds to the slope of the other, halved,
            int64 (N, d, d).
    """

    def __init__(self, outlook: Outlook, bends: Int64s) -> None:
        self._bends = bends
        self._bend = np.diagonal(bends, axis1=1, axis2=2)
        self._rates, self._slope = outlook.padded, outlook.slope.copy()
        self._symbols = outlook.symbols.copy()
        self.changes = outlook.changes(self._bend)

    def renew(self, rows: Int64s, outlook: Outlook) -> None:
        """Replace what is expected of some rows."""
        self._rates[rows], self._slope[rows] = outlook.padded, outlook.slope
        self._symbols[rows] = outlook.symbols
        self.changes[rows] = outlook.changes(self._bend[rows])

    def take(self, rows: Int64s, steps: Int64s) -> tuple[Int64s, Int64s]:
        """Take one step in each of some rows; tell its latents and whether it goes up or down.

        Args:
            rows: Of M images, none of them twice.
            steps: Columns of `changes`, (M,).
        """
        latents = self._slope.shape[1]
        place, up = steps % latents, np.where(steps < latents, -1, 1)
        added = self._bends[rows, place] * (2 * up[:, None])
        self.changes[rows, :latents] -= added
        self.changes[rows, latents:] += added
        self._slope[rows] += added
        self._symbols[rows, place] += up
        around, table = self._symbols[rows, place], self._rates[rows, place]
        below, own, above = (table[np.arange(len(rows)), around + i] for i in range(3))
        slope, bend = self._slope[rows, place], self._bend[rows, place]
        self.changes[rows, place] = below - own - slope + bend
        self.changes[rows, place + latents] = above - own + slope + bend
        return place, up

    def path(self, most: int) -> tuple[NDArray[np.int8], Int64s]:
        """Take the steps that promise most, one by one, each after those before it.

        Args:
            most: How many steps to take at most.

        Returns:
            Where the steps lead, int8 (most, N, d), and how many steps promise anything, (N,).
        """
        count, latents = self._slope.shape
        path, taken = np.zeros((most, count, latents), np.int8), np.zeros(count, np.int64)
        at, rows = np.zeros((count, latents), np.int8), np.arange(count)
        for number in range(most):
            best = self.changes[rows].argmin(1)
            moves = self.changes[rows, best] < 0
            rows, best = rows[moves], best[moves]
            if not rows.size:
                path[number:] = at
                break
            place, up = self.take(rows, best)
            at[rows, place] += up.astype(np.int8)
            taken[rows] += 1
            path[number] = at
        return path, taken
