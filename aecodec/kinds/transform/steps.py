"""Which steps of plus or minus one a search tries: by a quadratic model of the cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FAR = np.int64(2**60)

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class Outlook:
    """What is expected of N images if their latents change; all in the unit of costs.

    The rate of each latent is exact, that of later ones to first order, the error to second order.

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
        padded = self._padded()
        at = self.symbols[..., None]
        down, own, up = (np.take_along_axis(padded, at + i, 2)[..., 0] for i in range(3))
        return np.concatenate([down - own - self.slope + bend, up - own + self.slope + bend], 1)

    def paths(self, bends: Int64s, most: int) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
        """The steps that promise most, one by one, each after those before it.

        Args:
            bends: For every two latents, what a step in one adds to the slope of the other, halved,
                int64 (N, d, d).
            most: How many steps to take at most.

        Returns:
            Where the steps lead, int8 (most, N, d), and how many steps promise anything, (N,).
        """
        padded, slope, symbols = self._padded(), self.slope.copy(), self.symbols.copy()
        count, latents = symbols.shape
        rows = np.arange(count)
        bend = np.diagonal(bends, axis1=1, axis2=2)
        change = self.changes(bend)
        path, taken = np.zeros((most, count, latents), np.int8), np.zeros(count, np.int64)
        at = np.zeros((count, latents), np.int8)
        for number in range(most):
            best = change.argmin(1)
            moves = change[rows, best] < 0
            if not moves.any():
                path[number:] = at
                break
            place = best % latents
            step = np.where(best < latents, -1, 1) * moves
            at[rows, place] += step.astype(np.int8)
            symbols[rows, place] += step
            taken += moves
            path[number] = at
            added = bends[rows, place] * (2 * step[:, None])
            change[:, :latents] -= added
            change[:, latents:] += added
            slope += added
            around = symbols[rows, place]
            table = padded[rows, place]
            down, own, up = (table[rows, around + i] for i in range(3))
            own_slope, own_bend = slope[rows, place], bend[rows, place]
            change[rows, place] = down - own - own_slope + own_bend
            change[rows, place + latents] = up - own + own_slope + own_bend
        return path, taken

    def _padded(self) -> Int64s:
        """The rates, and what lies outside the alphabet on both sides."""
        count, latents, alphabet = self.rates.shape
        padded = np.full((count, latents, alphabet + 2), FAR)
        padded[..., 1:-1] = self.rates
        return padded
