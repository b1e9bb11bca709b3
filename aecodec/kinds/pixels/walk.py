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

    def starts(self) -> NDArray[np.int32]:
        """The cumulative frequencies, int32 (n, 3)."""
        starts = np.zeros((len(self.images), 3), np.int32)
        starts[:, 1] = entropy.TOTAL - self.differs
        starts[:, 2] = entropy.TOTAL
        return starts


@dataclass(frozen=True)
class LevelPass:
    """The grey levels of all other pixels: a symbol of 0 to 255 for each image.

    Attributes:
        position: The pixel's number in raster order.
        images: The numbers of the images, int64 (n,).
        frequencies: The frequency, of 2^16, of each grey level, int32 (n, 256).
    """

    position: int
    images: Numbers
    frequencies: NDArray[np.int32]

    def symbols_of(self, pixels: Numbers) -> Numbers:
        """The symbols that images (N, 784) make."""
        return np.asarray(pixels[self.images, self.position])

    def intervals(self, symbols: Numbers) -> Intervals:
        """First slots and frequencies of symbols (n,)."""
        index = np.arange(len(symbols))
        ends = np.cumsum(self.frequencies, 1, dtype=np.int32)[index, symbols].astype(np.int64)
        chosen = self.frequencies[index, symbols].astype(np.int64)
        return ends - chosen, chosen

    def starts(self) -> NDArray[np.int32]:
        """The cumulative frequencies, int32 (n, 257)."""
        starts = np.zeros((len(self.images), 257), np.int32)
        np.cumsum(self.frequencies, 1, dtype=np.int32, out=starts[:, 1:])
        return starts


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
            known = near[full], position, palette[full], canvas.seen[full]
            levels[full] = answer(LevelPass(position, full, networks.frequencies(*known)))
        new = canvas.put(position, levels)
        palette[new] += networks.palette(levels[new])
    return canvas.pixels().reshape(-1, SIDE, SIDE)
