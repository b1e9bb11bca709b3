"""The compiled loop of the survey: what is known of some pixels of images that are all known."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop
from aecodec.kinds.pixels.loops import Greys, Words

Places = NDArray[np.int16]


def _contexts(
    cells: Greys,
    places: Words,
    offsets: Words,
    first: Places,
    positions: Words,
    images: Words,
    near: Greys,
    seen: Places,
) -> None:
    """Fill in the windows of some pixels, and the grey levels that their images had shown.

    Args:
        cells: Of a `Canvas` (C, N).
        places: Where the pixels are among them (784,).
        offsets: Of the window (K,).
        first: At which pixel each image first shows each level (N, 258).
        positions: The numbers of the pixels in raster order (n,).
        images: Those of their images (n,).
        near: (K, n), filled in.
        seen: (n, 258), filled in.
    """
    for number in range(len(offsets)):
        for pixel in range(len(positions)):
            place = places[positions[pixel]] + offsets[number]
            known = positions[pixel] > 0
            near[number, pixel] = cells[place, images[pixel]] if known else 0
    for pixel in range(len(positions)):
        image, position = images[pixel], np.int16(positions[pixel])
        for level in range(first.shape[1]):
            seen[pixel, level] = first[image, level] < position


CONTEXTS = Loop(
    _contexts,
    "(uint8[:, ::1], int64[::1], int64[::1], int16[:, ::1], int64[::1], int64[::1], "
    "uint8[:, ::1], int16[:, ::1])",
)
