"""From 16-bit codes to latents: a region and a point of the codebook that all regions share."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import take_array

Codes = NDArray[np.int64]

SIDES = 256  # regions, and points
LATENT_LIMIT = 127
LATENT_RANGE = (-LATENT_LIMIT, LATENT_LIMIT)
MAX_RANK = 256
MAX_MEAN = 2**30  # with MAX_RANK and MAX_REGION_SHIFT: every sum of a region's layer fits 31 bits
MAX_REGION_SHIFT = 30


class Regions:
    """From codes to latents: `clip(floor((points[c2] @ axes[c1] + means[c1] + r) / 2^shift))`.

    Here r is 2^(shift - 1), or 0 where the shift is 0, and the clip is LATENT_RANGE.

    Attributes:
        latents: K, how many latents an image has.

    Args:
        arrays: `regions.points` int8 (256, R), `regions.axes` int8 (256, R, K), `regions.means`
            int32 (256, K), `regions.shift` int8 (K,).

    Raises:
        InvalidModelError: They do not fit together, or a sum could leave 2^31.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._points = take_array(arrays, "regions.points", ("int8",), 2)
        self._axes = take_array(arrays, "regions.axes", ("int8",), 3)
        means = take_array(arrays, "regions.means", ("int32",), 2)
        shift = take_array(arrays, "regions.shift", ("int8",), 1)
        self.latents = len(shift)
        rank = self._points.shape[1]
        if (
            self._points.shape[0] != SIDES
            or self._axes.shape != (SIDES, rank, self.latents)
            or means.shape != (SIDES, self.latents)
        ):
            raise InvalidModelError("the shapes of the regions disagree")
        if rank > MAX_RANK or means.min() < -MAX_MEAN or means.max() > MAX_MEAN:
            raise InvalidModelError("the regions' sums could leave 2^31")
        if shift.min() < 0 or shift.max() > MAX_REGION_SHIFT:
            raise InvalidModelError(f"regions.shift lies outside 0 to {MAX_REGION_SHIFT}")
        self._shift = shift.astype(np.int32)
        self._means = means + (np.left_shift(np.int32(1), self._shift) >> 1)

    def __call__(self, codes: Codes) -> NDArray[np.int32]:
        """Map codes (N,) to latents (N, K)."""
        first, second = np.divmod(codes, SIDES)
        points, axes = self._points[second], self._axes[first]
        sums = np.einsum("nr,nrk->nk", points.astype(np.int32), axes.astype(np.int32))
        sums += self._means[first]
        return np.asarray(np.clip(sums >> self._shift, *LATENT_RANGE))
