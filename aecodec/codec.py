"""The codec: which model codes what, and images coded as chunks."""

import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.container import Chunk
from aecodec.distortion import squared_errors
from aecodec.errors import DecodingError
from aecodec.images import Images
from aecodec.kinds import COST_UNIT, DEFAULT_EFFORT, EFFORTS, Coder, Codes

CHUNK_IMAGES = 1024
SAVED = 4  # the part of an image's cost at least effort that more effort may save
CHANGE_BITS = 2  # that a few levels of grey take for each pixel unlike the one before it, at least
CHEAP = 16 * COST_UNIT  # what is not looked at any more: an image that two bytes serve
BETTER = 3  # how many times less the error is that more effort may bring


def encode_chunk(
    coder: Coder, images: Images, names: Sequence[str] = (), effort: int = DEFAULT_EFFORT
) -> tuple[Chunk, Images]:
    """Code images as one chunk.

    Args:
        coder: Codes them.
        images: uint8 (N, 28, 28).
        names: One an image, or none.
        effort: How long to search, one of `kinds.EFFORTS`.

    Returns:
        The chunk, and the images as they will decode.
    """
    payload = coder.encode(images, effort)
    decoded = images if coder.lossless else coder.decode(payload, len(images))
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), (0,), (payload,), check, tuple(names)), decoded


class Choice:
    """Which coder codes each of some images, and the codes.

    Args:
        count: How many images there are.

    Attributes:
        coders: The number of each image's coder, int64 (N,).
        codes: By coder, the codes of its images in their order.
    """

    def __init__(self, count: int) -> None:
        self.coders = np.full(count, -1, np.int64)
        self.codes: dict[int, Codes] = {}

    @property
    def used(self) -> list[int]:
        """The numbers of the coders that code any image, ascending; the first where none is."""
        return sorted(set(self.coders.tolist())) or [0]

    def take(self, coder: int, images: NDArray[np.int64], codes: Codes) -> None:
        """Give images, by their ascending numbers, to a coder; what it had before comes along."""
        had = np.flatnonzero(self.coders == coder)
        self.coders[images] = coder
        if len(had):
            order = np.argsort(np.concatenate([had, images]), kind="stable")
            codes = np.concatenate([self.codes[coder], codes])[order]
        if len(images) or not len(self.coders):
            self.codes[coder] = codes


def cheapest(
    bound: int,
    lossy: Sequence[Coder],
    exact: Sequence[Coder],
    images: Images,
    effort: int = DEFAULT_EFFORT,
) -> Choice:
    """Find, for each image, the coder that costs least among those that meet the bound.

    Of equal costs the least squared error wins, then the first coder. The lossy coders are tried
    in the order of their costs at least effort, each image's own order, and an image that meets
    the bound goes on only to those that may yet cost less. One whose error at least effort is far
    above the bound is not tried. Of the coders that code at any error the one is taken whose own
    is nearest to the bound. It and the lossless ones are slow: they come last, and try only images
    that no coder before has met or that they may code in fewer bits.

    Args:
        bound: The most that the squared error of an image may be, summed in grey levels.
        lossy: Coders that compete; in the result they have the first numbers.
        exact: Lossless coders, so that one always meets the bound. One that no image needs is
            not asked for.
        images: uint8 (N, 28, 28).
        effort: How long to search, one of `kinds.EFFORTS`.
    """
    found = _Cheapest(bound, images)
    rigid = [number for number, coder in enumerate(lossy) if coder.aim is None]
    _try_rigid(found, rigid, lossy, effort)
    aims = {number: aim for number, coder in enumerate(lossy) if (aim := coder.aim) is not None}
    if aims:
        nearest = min(aims, key=lambda number: _apart(aims[number], bound))
        _try_flexible(found, nearest, lossy[nearest], effort)
    floor = _least_lossless(images)
    for number in range(len(exact)):
        places = np.flatnonzero(found.costs > floor)
        if len(places):
            codes = exact[number].codes(images[places], effort)
            found.add(len(lossy) + number, exact[number], places, codes)
    choice = found.choice()
    if not len(images):
        choice.take(0, np.arange(0), [*lossy, *exact][0].codes(images, effort))
    return choice


def _try_rigid(found: "_Cheapest", numbers: list[int], lossy: Sequence[Coder], effort: int) -> None:
    """Try the coders of some numbers, each of which codes an image at one error."""
    images, bound = found.images, found.bound
    shape = len(numbers), len(images)
    guesses = [lossy[number].codes(images, EFFORTS[0]) for number in numbers]
    pairs = [(lossy[number], codes) for number, codes in zip(numbers, guesses, strict=True)]
    costs = np.array([coder.costs(codes) for coder, codes in pairs], np.int64).reshape(shape)
    errors = [squared_errors(images, coder.rebuild(codes)) for coder, codes in pairs]
    hopeful = np.array(errors, np.int64).reshape(shape) <= BETTER * bound
    for place, mine in _by_cost(costs):
        lowest = costs[place] - costs[place] // SAVED
        places = np.flatnonzero(mine & hopeful[place] & (lowest <= found.costs))
        if not len(places):
            continue
        coder, codes = pairs[place]
        codes = codes[places]
        if effort != EFFORTS[0]:
            codes = coder.codes(images[places], effort)
        found.add(numbers[place], coder, places, codes)


def _try_flexible(found: "_Cheapest", number: int, coder: Coder, effort: int) -> None:
    """Try a coder that codes at any error on the images that it may code in fewer bits."""
    places = np.flatnonzero(found.costs > CHEAP)
    codes = coder.codes_within(found.images[places], found.bound, EFFORTS[0])
    changes = _changes(coder.rebuild(codes))
    hopeful = found.costs[places] > CHANGE_BITS * COST_UNIT * changes
    places, codes = places[hopeful], codes[hopeful]
    if effort != EFFORTS[0]:
        codes = coder.codes_within(found.images[places], found.bound, effort)
    found.add(number, coder, places, codes)


def _apart(aim: int, bound: int) -> float:
    """How many times one error is the other, at least 1."""
    high, low = max(aim, bound), min(aim, bound)
    return high / max(low, 1)


def _by_cost(costs: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Coders with the images whose turn they are: the cheapest of each image, the next, ..."""
    for numbers in np.argsort(costs, axis=0, kind="stable"):
        for number in sorted(set(numbers.tolist())):
            yield number, numbers == number


class _Cheapest:
    """The cheapest trial of each image so far. `costs` int64 (N,) are the most where none met."""

    def __init__(self, bound: int, images: Images) -> None:
        self.bound = bound
        self.images = images
        self.costs = np.full(len(images), np.iinfo(np.int64).max)
        self._errors = self.costs.copy()
        self._owners = self.costs.copy()
        self._trials = np.full(len(images), -1)  # the number of each image's best trial
        self._tried: list[tuple[int, NDArray[np.int64], Codes]] = []

    def add(self, number: int, coder: Coder, places: NDArray[np.int64], codes: Codes) -> None:
        """Try a coder's codes of some images."""
        errors = squared_errors(self.images[places], coder.rebuild(codes))
        met = errors <= self.bound
        places, codes, errors = places[met], codes[met], errors[met]
        rows = coder.costs(codes), errors, np.full(len(places), number)
        now = self.costs[places], self._errors[places], self._owners[places]
        better = np.zeros(len(places), bool)
        for new, old in zip(rows[::-1], now[::-1], strict=True):  # the first difference decides
            better = (new < old) | ((new == old) & better)
        chosen = places[better]
        self.costs[chosen], self._errors[chosen] = rows[0][better], errors[better]
        self._owners[chosen], self._trials[chosen] = number, len(self._tried)
        self._tried.append((number, places, codes))

    def choice(self) -> Choice:
        choice = Choice(len(self.images))
        for trial, (number, places, codes) in enumerate(self._tried):
            mine = self._trials[places] == trial
            if mine.any():
                choice.take(number, places[mine], codes[mine])
        return choice


def _least_lossless(images: Images) -> NDArray[np.int64]:
    """Costs below which no lossless coder is expected to come, int64 (N,).

    A pixel unlike the one before it takes a bit or more.
    """
    return _changes(images) * COST_UNIT


def _changes(images: Images) -> NDArray[np.int64]:
    """How many pixels of each image are unlike the one before them, int64 (N,)."""
    return np.asarray((images[:, :, 1:] != images[:, :, :-1]).sum((1, 2)), np.int64)


def encode_choice(
    choice: Choice,
    coders: Mapping[int, Coder],
    images: Images,
    names: Sequence[str] = (),
    bound: int | None = None,
) -> tuple[Chunk, Images]:
    """Code each image by the coder that was chosen for it.

    Args:
        choice: The coders and codes of the images.
        coders: The coders that are used, by number.
        images: uint8 (N, 28, 28).
        names: One an image, or none.
        bound: Checked once more on the pixels decoded from the payloads that are written. Where
            there is none, and for exact images, pixels are rebuilt from the codes, which is
            quicker.

    Returns:
        As `encode_chunk`.

    Raises:
        DecodingError: An image decodes worse than on trial.
    """
    decoded = np.empty_like(images)
    payloads = []
    for number in choice.used:
        chosen = choice.coders == number
        coder, codes = coders[number], choice.codes[number]
        payload = coder.pack(codes)
        checked = bound is not None and not coder.lossless
        decoded[chosen] = coder.decode(payload, len(codes)) if checked else coder.rebuild(codes)
        payloads.append(payload)
    if bound is not None and (squared_errors(images, decoded) > bound).any():
        raise DecodingError("An image decodes worse than it did on trial; please report this.")
    models = tuple(choice.coders.tolist()) if len(payloads) > 1 else (choice.used[0],)
    check = zlib.crc32(decoded.tobytes())
    return Chunk(len(images), models, tuple(payloads), check, tuple(names)), decoded
