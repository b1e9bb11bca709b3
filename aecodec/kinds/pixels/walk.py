"""Decoding: pixel by pixel in raster order, in each all images, first those in flat contexts."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.images import PIXELS, Images
from aecodec.integer import lanes
from aecodec.kinds.pixels import walk_loops
from aecodec.kinds.pixels.context import Canvas, Window
from aecodec.kinds.pixels.context_network import BLOCK, LEVELS, Numbers
from aecodec.kinds.pixels.networks import PixelNetworks
from aecodec.kinds.pixels.value_network import Contexts

FEW = 128  # images, which the compiled walk decodes faster than BLAS does
STEP_SAVING = 200  # microseconds that it saves at each pixel
NOT_APART = "a pixel that differs from its flat context does not"


def decode(networks: PixelNetworks, count: int, source: lanes.LaneDecoder) -> Images:
    """Decode images, uint8 (count, 28, 28), at least one.

    Args:
        networks: What gives the distributions.
        count: How many images.
        source: What decodes their symbols.

    Raises:
        CorruptFileError: The source holds no such images.
    """
    canvas = Canvas(networks.window, count)
    if count <= FEW and (knowledge := networks.knowledge()) is not None:
        loop = walk_loops.WALK.compiled(STEP_SAVING * PIXELS)
        if loop is not None:
            _decode_few(loop, canvas, networks.window, knowledge, source)
            return canvas.pixels()
    shown, block = _Shown(networks, count), BLOCK - BLOCK % source.count
    for position in range(PIXELS):
        near = canvas.neighbours(position)
        levels, rest = near[0].copy(), np.ones(count, np.bool_)
        flat = np.flatnonzero(_is_one_level(near[: networks.window.flat]))
        if position > 0 and flat.size:
            rest[flat] = source.bits(_differs(networks, near[:, flat], position))
        full = np.flatnonzero(rest)
        if full.size:
            for begin in range(0, len(full), block):
                part = full[begin : begin + block]
                known = Contexts(near[:, part], position, *shown.of(part))
                levels[part] = source.symbols(networks.value.frequencies(known))
            apart = flat[rest[flat]] if position > 0 else flat[:0]
            if (levels[apart] == near[0, apart]).any():
                raise CorruptFileError(NOT_APART)
        canvas.put(position, levels)
        shown.add(levels)
    return canvas.pixels()


def _decode_few(
    loop: Callable[..., bool],
    canvas: Canvas,
    window: Window,
    knowledge: tuple[Any, ...],
    source: lanes.LaneDecoder,
) -> None:
    """Fill in the pixels of a few images, by `walk_loops`."""
    sound, sizes = np.ones(1, np.bool_), (window.near, window.flat)
    source.run(loop, canvas.cells, canvas.places, canvas.offsets, sizes, *knowledge, sound)
    if not sound[0]:
        raise CorruptFileError(NOT_APART)


class _Shown:
    """The grey levels that images have shown, and the palettes that they sum up to.

    Attributes:
        seen: int8 (N, 2, 258), see `Contexts`.
        palette: float32 (N, H).
    """

    def __init__(self, networks: PixelNetworks, count: int) -> None:
        self._networks = networks
        self.seen = np.zeros((count, 2, LEVELS + 2), np.int8)
        self._begins = np.arange(0, self.seen.size, 2 * (LEVELS + 2))
        self.palette = np.zeros((count, networks.value.width), np.float32)

    def of(self, images: Numbers) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """What `Contexts` has of some images."""
        return self.palette.take(images, axis=0), self.seen.take(images, axis=0)

    def add(self, levels: NDArray[np.uint8]) -> None:
        places = levels.astype(np.intp) + 1
        new = np.flatnonzero(self.seen.take(places + self._begins) == 0)
        if new.size:
            self.seen[new, 0, places[new]] = self.seen[new, 1, LEVELS + 1 - places[new]] = 1
            self.palette[new] += self._networks.value.palette(levels[new])


def _is_one_level(near: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(near.min(0) == near.max(0))


def _differs(networks: PixelNetworks, near: NDArray[np.uint8], position: int) -> Numbers:
    one = _is_one_level(near)
    differs = np.empty(len(one), np.int64)
    levels = near[0, one]
    differs[one] = networks.flat.differs_from_level(levels, np.full(len(levels), position))
    others = np.flatnonzero(~one)
    for begin in range(0, len(others), BLOCK):
        part = others[begin : begin + BLOCK]
        differs[part] = networks.flat.differs(near[:, part], position)
    return differs
