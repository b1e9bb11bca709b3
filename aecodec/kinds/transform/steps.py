"""Which steps of plus or minus one a search tries: by a quadratic model of the cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FAR = np.int64(2**60)

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class Outlook:
    """What is expected of N images if their latents change; all in the unit of costs.

    The rate of each latent is exact, that of later ones and the error are to first order.

    Attributes:
        rates: What each symbol of each latent takes, as `padded` gives it, int64 (N, d, A + 2).
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
        at = self.symbols[..., None]
        down, own, up = (np.take_along_axis(self.rates, at + i, 2)[..., 0] for i in range(3))
        return np.concatenate([down - own - self.slope + bend, up - own + self.slope + bend], 1)

    def rate(self) -> Int64s:
        """What the symbols take now, (N,)."""
        own = np.take_along_axis(self.rates, self.symbols[..., None] + 1, 2)
        return np.asarray(own.sum((1, 2)))

    def __getitem__(self, rows: Int64s) -> "Outlook":
        return Outlook(self.rates[rows], self.symbols[rows], self.slope[rows])

    def put(self, rows: Int64s, others: "Outlook") -> None:
        """Replace what is expected of some rows."""
        self.rates[rows], self.symbols[rows] = others.rates, others.symbols
        self.slope[rows] = others.slope


def padded(rates: Int64s) -> Int64s:
    """Rates (N, d, A), and FAR outside the alphabet on both sides, int64 (N, d, A + 2)."""
    count, latents, alphabet = rates.shape
    found = np.full((count, latents, alphabet + 2), FAR)
    found[..., 1:-1] = rates
    return found


class Forecast:
    """What every single step of N images is expected to change, kept up as steps are taken.

    Attributes:
        changes: As `Outlook.changes` gives them, int64 (N, 2 d).

    Args:
        outlook: What is expected of the images; `renew` writes into its rates.
        bends: For every two latents, what a step in one adds to the slope of the other, halved,
            int64 (N, d, d).
    """

    def __init__(self, outlook: Outlook, bends: Int64s) -> None:
        self._bends = bends
        self._bend = np.diagonal(bends, axis1=1, axis2=2)
        self._now = Outlook(outlook.rates, outlook.symbols.copy(), outlook.slope.copy())
        self.changes = outlook.changes(self._bend)

    def renew(self, rows: Int64s, outlook: Outlook) -> None:
        """Replace what is expected of some rows."""
        self._now.put(rows, outlook)
        self.changes[rows] = outlook.changes(self._bend[rows])

    def take(self, rows: Int64s, steps: Int64s) -> tuple[Int64s, Int64s]:
        """Take one step in each of some rows; tell its latents and whether it goes up or down.

        Args:
            rows: Of M images, none of them twice.
            steps: Columns of `changes`, (M,).
        """
        now, latents = self._now, self._now.slope.shape[1]
        place, up = steps % latents, np.where(steps < latents, -1, 1)
        added = self._bends[rows, place] * (2 * up[:, None])
        self.changes[rows, :latents] -= added
        self.changes[rows, latents:] += added
        now.slope[rows] += added
        now.symbols[rows, place] += up
        around, table = now.symbols[rows, place], now.rates[rows, place]
        below, own, above = (table[np.arange(len(rows)), around + i] for i in range(3))
        slope, bend = now.slope[rows, place], self._bend[rows, place]
        self.changes[rows, place] = below - own - slope + bend
        self.changes[rows, place + latents] = above - own + slope + bend
        return place, up

    def path(self, most: Int64s) -> tuple[NDArray[np.int8], Int64s]:
        """Take the steps that promise most, one by one, each after those before it.

        Args:
            most: How many steps to take at most, (N,).

        Returns:
            Where the steps lead, int8 (the largest of `most`, N, d), and how many of them promise
            anything, (N,).
        """
        count, latents = self._now.slope.shape
        path = np.zeros((most.max(), count, latents), np.int8)
        taken = np.zeros(count, np.int64)
        at, rows = np.zeros((count, latents), np.int8), np.arange(count)
        for number in range(len(path)):
            best = self.changes[rows].argmin(1)
            moves = (self.changes[rows, best] < 0) & (number < most[rows])
            rows, best = rows[moves], best[moves]
            if not rows.size:
                path[number:] = at
                break
            place, up = self.take(rows, best)
            at[rows, place] += up.astype(np.int8)
            taken[rows] += 1
            path[number] = at
        return path, taken
