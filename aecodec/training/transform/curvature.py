"""How the cost of latents bends with them, on average: what a search knows before it looks.

A search expects of a step what a quadratic model says (`kinds.transform.steps`). It finds the
slopes of each image; of the bends, which take long to find, those of the rates are one mean.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.images import PIXELS, Images
from aecodec.integer import entropy, read_network
from aecodec.kinds import CENTRE, PIXEL_RANGE
from aecodec.kinds.transform import BEND_BITS, Prior, TransformCoder

ERROR_IMAGES, RATE_IMAGES = 200, 5000
BLOCK = 1000
PAIRS = 200  # in how many images two latents are changed together

Latents = NDArray[np.int16]


def curvatures(arrays: Mapping[str, NDArray[Any]], images: Images) -> dict[str, NDArray[Any]]:
    """The arrays `encoder.curvature` and `encoder.bends` of a model.

    An existing model may get them anew: its id and its files stay.

    Args:
        arrays: What decoding needs, and the network `encoder`.
        images: Training images, uint8 (N, 28, 28); 5,000 are enough.
    """
    encoder = read_network(arrays, "encoder", PIXEL_RANGE)
    pixels = images[:RATE_IMAGES].reshape(-1, PIXELS).astype(np.float32) - CENTRE
    latents = encoder(pixels).astype(np.int16)
    bends = rate_bends(Prior(arrays), latents) * 2.0**BEND_BITS
    return {
        "encoder.curvature": _curvature(TransformCoder(arrays), latents[:ERROR_IMAGES]),
        "encoder.bends": np.rint(bends).clip(-(2**15), 2**15 - 1).astype(np.int16),
    }


def _curvature(coder: TransformCoder, latents: Latents) -> NDArray[np.uint32]:
    base = coder.rebuild(latents).astype(np.int64)
    means = []
    for step in np.eye(latents.shape[1], dtype=np.int16):
        change = coder.rebuild(latents + step).astype(np.int64) - base
        means.append((change**2).sum((1, 2)).mean())
    return np.rint(means).astype(np.uint32)


def rate_bends(prior: Prior, latents: Latents) -> NDArray[np.float64]:
    """How the rates bend with every two latents, halved, bits (d, d).

    Second differences, each the mean over some images. What a step in a latent changes of its own
    rate is left out: a search knows it exactly.
    """
    return _Differences(prior, latents).bends()


class _Differences:
    """Second differences of the rates about latents (N, d)."""

    def __init__(self, prior: Prior, latents: Latents) -> None:
        self._prior = prior
        self._latents = latents
        self._own = np.concatenate([_own_rates(prior, part) for part in _blocks(latents)])
        self._base = self._rates(latents)

    def bends(self) -> NDArray[np.float64]:
        """The mean second differences, halved, (d, d)."""
        latents = self._latents.shape[1]
        upper = np.zeros((latents, latents))
        rng = np.random.default_rng(1)
        for first in range(latents):
            upper[first, first] = self._of_one(first) / 2
            others = np.repeat(np.arange(first + 1, latents), PAIRS)
            found = self._of_two(first, others, rng)
            upper[first, first + 1 :] = np.nanmean(found.reshape(-1, PAIRS), 1)
        return upper + np.triu(upper, 1).T

    def _of_one(self, place: int) -> float:
        """The mean second difference of one latent, beyond what its own rate has."""
        now = self._latents[:, place]
        inside = np.flatnonzero((now > self._prior.range[0]) & (now < self._prior.range[1]))
        if not inside.size:
            return 0.0
        total = -2 * self._base[inside]
        for step in (-1, 1):
            moved = self._latents[inside]
            moved[:, place] += step
            symbols = now[inside].astype(np.int64) - self._prior.lowest
            own = self._own[inside, place]
            rows = np.arange(len(inside))
            total += self._rates(moved) - (own[rows, symbols + step] - own[rows, symbols])
        return float(total.mean())

    def _of_two(
        self, first: int, others: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Second differences of a latent and of others, halved, each in an image of its own.

        NaN where a step would leave the alphabet.
        """
        count = len(others)
        rows = rng.integers(0, len(self._latents), count)
        steps = rng.choice(np.array([-1, 1], np.int16), (2, count))
        both = self._latents[rows]
        both[:, first] += steps[0]
        one = both.copy()
        both[np.arange(count), others] += steps[1]
        other = self._latents[rows]
        other[np.arange(count), others] += steps[1]
        low, high = self._prior.range
        inside = ((both >= low) & (both <= high)).all(1)
        moved = (self._rates(part.clip(low, high)) for part in (both, one, other))
        together, *apart = moved
        found = (together - sum(apart) + self._base[rows]) * steps[0] * steps[1] / 2
        return np.where(inside, found, np.nan)

    def _rates(self, latents: Latents) -> NDArray[np.float64]:
        """What latents cost, bits (N,)."""
        rates = [self._prior.rates(part) for part in _blocks(latents)]
        return np.concatenate(rates) / 2.0**entropy.RATE_BITS


def _own_rates(prior: Prior, latents: Latents) -> NDArray[np.float32]:
    """What each symbol of each latent costs, bits (N, d, A)."""
    frequencies = prior.frequencies(prior.network(latents))
    return entropy.rate_table().take(frequencies).astype(np.float32) / 2.0**entropy.RATE_BITS


def _blocks(latents: Latents) -> list[Latents]:
    return np.split(latents, range(BLOCK, len(latents), BLOCK))
