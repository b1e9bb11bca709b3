"""The compiled loops of the survey: what is known of pixels of images that are all known."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop
from aecodec.kinds.pixels.loops import Floats, Greys, Words

Places = NDArray[np.int16]


def _contexts(
    cells: Greys,
    places: Words,
    offsets: Words,
    first: Places,
    positions: Words,
    images: Words,
    near: Greys,
    seen: NDArray[np.int8],
) -> None:
    """Fill in the windows of some pixels, and the grey levels that their images had shown.

    Args:
        cells: Of a `Canvas` (C, N).
        places: Where the pixels are among them (784,).
        offsets: Of the window (K,).
        first: At which pixel each image first shows each level and its opposite (N, 2, 258).
        positions: The numbers of the pixels in raster order (n,).
        images: Those of their images (n,).
        near: (K, n), filled in.
        seen: (n, 2, 258), filled in.
    """
    for number in range(len(offsets)):
        for pixel in range(len(positions)):
            place = places[positions[pixel]] + offsets[number]
            known = positions[pixel] > 0
            near[number, pixel] = cells[place, images[pixel]] if known else 0
    for pixel in range(len(positions)):
        image, position = images[pixel], np.int16(positions[pixel])
        for side in range(2):
            for level in range(first.shape[2]):
                seen[pixel, side, level] = first[image, side, level] < position


def _palettes(pixels: Greys, greys: Floats, first: Places, states: Floats, numbers: Words) -> None:
    """Fill in the palettes of images, all of them one below the other.

    Args:
        pixels: (784, N).
        greys: What a grey level adds to a palette (256, H).
        first: At which pixel each image first shows each level (N, 258), where it shows it.
        states: The palettes (at least 257 N, H).
        numbers: Which of them each pixel is predicted from (784, N).
    """
    count, width = 0, states.shape[1]
    for image in range(pixels.shape[1]):
        states[count] = 0  # each image begins with an empty one
        for position in range(len(pixels)):
            numbers[position, image] = count
            level = np.int64(pixels[position, image])
            if first[image, level + 1] > position:
                first[image, level + 1] = position
                for unit in range(width):
                    states[count + 1, unit] = states[count, unit] + greys[level, unit]
                count += 1
        count += 1


PALETTES = Loop(
    _palettes,
    "(uint8[:, :], float32[:, ::1], int16[:, ::1], float32[:, ::1], int64[:, ::1])",
)
CONTEXTS = Loop(
    _contexts,
    "(uint8[:, ::1], int64[::1], int64[::1], int16[:, :, ::1], int64[::1], int64[::1], "
    "uint8[:, ::1], int8[:, :, ::1])",
)
