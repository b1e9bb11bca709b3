"""Encoding: all pixels are known, so many images' symbols are worked out in large blocks."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, Images
from aecodec.integer import entropy
from aecodec.kinds.pixels import survey_loops
from aecodec.kinds.pixels.context import Canvas
from aecodec.kinds.pixels.context_network import BLOCK, LEVELS, Numbers
from aecodec.kinds.pixels.networks import PixelNetworks
from aecodec.kinds.pixels.value_network import Contexts

GROUP = 64  # images at a time
KEPT = 1024  # images whose symbols are kept at most: some 8 MB
TYPES = (np.int32, np.uint16, np.uint16, np.uint16)  # of the columns of symbols that are kept


class Symbols(NamedTuple):
    """Symbols of images, as the range coder takes them.

    Attributes:
        images: The numbers of the images, integers (n,), as are all.
        passes: The numbers of the passes: twice the position of the pixel, and one more for a
            grey level.
        starts: The first slots.
        frequencies: None is 2^16.
    """

    images: entropy.Ints
    passes: entropy.Ints
    starts: entropy.Ints
    frequencies: entropy.Ints


def survey(networks: PixelNetworks, images: Images) -> Iterator[Symbols]:
    """Give the symbols of images (N, 28, 28), some at a time.

    Those of a pass come in the order of the images.
    """
    for begin in range(0, len(images), GROUP):
        group = _Group(networks, images[begin : begin + GROUP])
        for symbols in (group.flat(), group.levels()):
            yield Symbols(symbols.images + begin, *symbols[1:])


class Surveyor:
    """Gives the symbols of images, and keeps those of the last: images are priced, then packed.

    May be used from many threads at once.
    """

    def __init__(self, networks: PixelNetworks) -> None:
        self._networks = networks
        self._forget()

    def _forget(self) -> None:
        self._last: tuple[list[bytes], Symbols] = [], _joined([])

    def last(self, images: Images) -> Symbols:
        """The symbols of images (N, 28, 28) that are packed now, and not asked for again."""
        symbols = self(images)
        self._forget()
        return symbols

    def __call__(self, images: Images) -> Symbols:
        """The symbols of images (N, 28, 28), see `survey`."""
        wanted = [image.tobytes() for image in images]
        known, symbols = self._last
        places = _places(wanted, known)
        if places is not None:
            return _chosen(symbols, places, len(known))
        symbols = _joined(list(survey(self._networks, images)))
        if len(images) <= KEPT:
            self._last = wanted, symbols
        return symbols


def _places(wanted: list[bytes], known: list[bytes]) -> list[int] | None:
    """Where images lie among those known, if they are some of them in their order."""
    rest = enumerate(known)
    places = [next((place for place, other in rest if other == image), -1) for image in wanted]
    return None if -1 in places else places


def _joined(parts: list[Symbols]) -> Symbols:
    nothing = (np.zeros(0, dtype) for dtype in TYPES)
    columns = zip(nothing, *parts, strict=True)
    return Symbols(
        *(np.concatenate(each, dtype=each[0].dtype, casting="unsafe") for each in columns)
    )


def _chosen(symbols: Symbols, places: list[int], count: int) -> Symbols:
    """The symbols of the images at some places of `count`."""
    if len(places) == count:
        return symbols
    numbers = np.full(count, -1, np.int32)
    numbers[places] = np.arange(len(places))
    images = numbers[symbols.images]
    mine = images >= 0
    return Symbols(images[mine], *(column[mine] for column in symbols[1:]))


class _Group:
    """Some images, and what of each was known at each pixel."""

    def __init__(self, networks: PixelNetworks, images: Images) -> None:
        self._networks = networks
        self._canvas = Canvas.of(networks.window, images)
        self._pixels = images.reshape(-1, PIXELS).T
        self._left, self._is_flat, self._is_one_level = self._canvas.flatness()

    def flat(self) -> Symbols:
        """Whether pixels differ from their flat contexts."""
        places, images = np.nonzero(self._is_flat)
        levels = self._left[places, images]
        differs = np.empty(len(places), np.int64)
        one = self._is_one_level[places, images]
        differs[one] = self._networks.flat.differs_from_level(levels[one], places[one])
        for part in _blocks(np.flatnonzero(~one)):
            near = self._canvas.neighbours_at(places[part], images[part])
            differs[part] = self._networks.flat.differs(near, places[part])
        changed = self._pixels[places, images] != levels
        same = entropy.TOTAL - differs
        return Symbols(images, 2 * places, changed * same, np.where(changed, differs, same))

    def levels(self) -> Symbols:
        """The grey levels of all other pixels, and of those that differ."""
        places, images = np.nonzero(~self._is_flat | (self._pixels != self._left))
        starts, frequencies = np.empty((2, len(places)), np.int64)
        first, states, numbers = self._palettes()
        first = np.stack([first, first[:, ::-1]], 1)  # of each level, and of its opposite
        for part in _blocks(np.arange(len(places))):
            where, whose = places[part], images[part]
            near, seen = self._contexts(where, whose, first)
            known = Contexts(near, where, states[numbers[where, whose]], seen)
            symbols = self._pixels[where, whose].astype(np.int64)
            starts[part], frequencies[part] = self._networks.value.intervals(known, symbols)
        return Symbols(images, 2 * places + 1, starts, frequencies)

    def _contexts(
        self, positions: Numbers, images: Numbers, first: NDArray[np.int16]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
        """The windows of pixels, and what their images had shown (see `Contexts`).

        Args:
            positions: The pixels' numbers in raster order (n,).
            images: Those of their images (n,).
            first: At which pixel each image first shows each level and its opposite (N, 2, 258).
        """
        canvas, compiled = self._canvas, survey_loops.CONTEXTS.compiled(len(positions) // 2)
        if compiled is None:
            shown = first.take(images, axis=0) < positions.astype(first.dtype)[:, None, None]
            return canvas.neighbours_at(positions, images), shown.view(np.int8)
        near = np.empty((len(canvas.offsets), len(positions)), np.uint8)
        seen = np.empty((len(positions), *first.shape[1:]), np.int8)
        known = canvas.cells, canvas.places, canvas.offsets, first
        compiled(*known, positions, images, near, seen)
        return near, seen

    def _palettes(self) -> tuple[NDArray[np.int16], NDArray[np.float32], Numbers]:
        """Where each image first shows each level, (N, 258); all palettes; which at each pixel.

        Before the first level and behind the last lies one that none shows.
        """
        count, value = self._pixels.shape[1], self._networks.value
        first = np.full((count, LEVELS + 2), PIXELS, np.int16)
        compiled = survey_loops.PALETTES.compiled(60 * count)
        if compiled is not None:
            states = np.empty((count * (LEVELS + 1), value.width), np.float32)
            numbers = np.empty(self._pixels.shape, np.int64)
            compiled(self._pixels, value.greys, first, states, numbers)
            return first, states, numbers
        places, images = np.indices(self._pixels.shape)
        levels = self._pixels.astype(np.intp) + 1
        shows = images.reshape(-1), levels.reshape(-1)
        np.minimum.at(first, shows, places.reshape(-1).astype(np.int16))
        new = first[images, levels] == places
        before = np.cumsum(new, 0) - new
        counts = new.sum(0) + 1  # each image begins with an empty palette
        begins = np.cumsum(counts) - counts
        states = np.zeros((counts.sum(), value.width), np.float32)
        states[(begins + before)[new] + 1] = value.palette(self._pixels[new])
        for begin, count in zip(begins.tolist(), counts.tolist(), strict=True):
            np.cumsum(states[begin : begin + count], 0, out=states[begin : begin + count])
        return first, states, begins + before


def _blocks(numbers: Numbers) -> Iterator[Numbers]:
    return (numbers[begin : begin + BLOCK] for begin in range(0, len(numbers), BLOCK))
