"""The order of coding: pixel by pixel, in each all images, first those in flat contexts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, SIDE, Images
from aecodec.integer import entropy
from aecodec.kinds.pixels.context import Canvas
from aecodec.kinds.pixels.networks import PixelNetworks

Numbers = NDArray[np.int64]
Intervals = tuple[Numbers, Numbers]


@dataclass(frozen=True)
class FlatPass:
    """Which pixels differ from their flat contexts: a symbol of 0 or 1 for each image.

    Attributes:
        position: The pixel's number in raster order.
        images: The numbers of the images, int64 (n,).
        level: What the contexts are filled with, int64 (n,).
        differs: The frequency, of 2^16, of a pixel that differs, int64 (n,).
    """

    position: int
    images: Numbers
    level: Numbers
    differs: Numbers

    def symbols_of(self, pixels: Numbers) -> Numbers:
        """The symbols that images (N, 784) make."""
        differs = pixels[self.images, self.position] != self.level
        return np.asarray(differs.astype(np.int64))

    def intervals(self, symbols: Numbers) -> Intervals:
        """First slots and frequencies of symbols (n,)."""
        same = entropy.TOTAL - self.differs
        return symbols * same, np.where(symbols, self.differs, same)

    def starts(self) -> Numbers:
        """The cumulative frequencies, int64 (n, 3)."""
        starts = np.zeros((len(self.images), 3), np.int64)
        starts[:, 1] = entropy.TOTAL - self.differs
        starts[:, 2] = entropy.TOTAL
        return starts


@dataclass(frozen=True)
class LevelPass:
    """The grey levels of all other pixels: a symbol of 0 to 255 for each image.

    Attributes:
        position: The pixel's number in raster order.
        images: The numbers of the images, int64 (n,).
        odds: The odds of each grey level, int64 (n, 256).
    """

    position: int
    images: Numbers
    odds: Numbers

    def symbols_of(self, pixels: Numbers) -> Numbers:
        """The symbols that images (N, 784) make."""
        return np.asarray(pixels[self.images, self.position])

    def intervals(self, symbols: Numbers) -> Intervals:
        """First slots and frequencies of symbols (n,)."""
        return entropy.intervals(self.odds, symbols)

    def starts(self) -> Numbers:
        """The cumulative frequencies, int64 (n, 257)."""
        return entropy.cumulate(self.odds)


Pass = FlatPass | LevelPass


def walk(networks: PixelNetworks, count: int, answer: Callable[[Pass], Numbers]) -> Images:
    """Go through the pixels of images in raster order.

    Args:
        networks: What gives the distributions.
        count: How many images, at least 1.
        answer: Says what the symbols of a pass are, int64 (n,): the encoder knows, the decoder
            reads.

    Returns:
        The images, uint8 (count, 28, 28).
    """
    canvas = Canvas(networks.window, count)
    palette = np.zeros((count, networks.width), np.float32)
    levels = np.zeros(count, np.uint8)
    for position in range(PIXELS):
        near = canvas.neighbours(position)
        rest = ~networks.is_flat(near) | (position == 0)
        flat = np.flatnonzero(~rest)
        if flat.size:
            levels[flat] = near[flat, 0]
            differs = networks.differs(near[flat], position)
            asked = FlatPass(position, flat, near[flat, 0].astype(np.int64), differs)
            rest[flat] = answer(asked) > 0
        full = np.flatnonzero(rest)
        if full.size:
            odds = networks.odds(near[full], position, palette[full], canvas.seen[full])
            levels[full] = answer(LevelPass(position, full, odds))
        new = canvas.put(position, levels)
        palette[new] += networks.palette(levels[new])
    return canvas.pixels().reshape(-1, SIDE, SIDE)
