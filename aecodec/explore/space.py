"""The latent space of a model: where images lie in it, and what its points decode to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import UnsupportedFileError
from aecodec.images import Images
from aecodec.levels import EXPLORED
from aecodec.library import DEFAULT_FAMILY, Codec, find_codec, levels_of

QUICK = 1  # the effort of encoding: the points need only be about right

Latents = NDArray[np.int16]


@dataclass(frozen=True)
class Space:
    """A latent space and the images in it.

    Attributes:
        points: The latents of the images, int16 (N, d).
        low: The least value of any latent.
        high: The greatest value of any latent.
        rebuild: Maps latents (N, d) to images, uint8 (N, 28, 28).
    """

    points: Latents
    low: int
    high: int
    rebuild: Callable[[Latents], Images]

    @property
    def latents(self) -> int:
        """The number of latents, d."""
        return int(self.points.shape[1])

    def plane(self) -> "Plane":
        """The plane to show: the space itself where d is 2, else the points' principal axes."""
        if self.latents == 2:
            return Plane(np.zeros(2), np.eye(2), True)
        mean = self.points.mean(0)
        _, _, axes = np.linalg.svd(self.points - mean, full_matrices=False)
        found = np.zeros((2, self.latents))
        found[: len(axes[:2])] = axes[:2]
        strongest = np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1)
        return Plane(mean, found * np.where(strongest < 0, -1, 1), False)


@dataclass(frozen=True)
class Plane:
    """A plane in latent space.

    Attributes:
        origin: A point of the plane, float64 (d,).
        axes: Two orthonormal directions, float64 (2, d).
        exact: Whether the plane is the whole latent space.
    """

    origin: NDArray[np.float64]
    axes: NDArray[np.float64]
    exact: bool

    def project(self, points: NDArray[np.integer]) -> NDArray[np.float64]:
        """Map points (N, d) to coordinates in the plane, float64 (N, 2)."""
        return np.asarray((points - self.origin) @ self.axes.T)

    def lift(self, coordinates: NDArray[np.float64], space: Space) -> Latents:
        """Map coordinates (N, 2) in the plane to the nearest latents of `space`, int16 (N, d)."""
        latents = np.rint(self.origin + coordinates @ self.axes)
        return np.clip(latents, space.low, space.high).astype(np.int16)


def shown_codec(level: str | None = None, model: str | None = None) -> Codec:
    """Find the model whose latent space to show.

    Args:
        level: A level; by default `levels.EXPLORED` where the family has it.
        model: A family, or a model's name, id or file (see `library.find_codec`).

    Returns:
        The model.

    Raises:
        UnknownModelError: There is no such model.
        InvalidModelError: Its file is damaged.
    """
    flat = EXPLORED in levels_of(model or DEFAULT_FAMILY)
    return find_codec(level or (EXPLORED if flat else None), model)


def make_space(codec: Codec, images: Images) -> Space:
    """Encode images into the latent space of a model.

    Args:
        codec: The model.
        images: uint8 (N, 28, 28).

    Returns:
        The latent space, with the images as its points.

    Raises:
        UnsupportedFileError: The model has no latents.
    """
    coder = codec.coder
    if coder.latent_range is None:
        raise UnsupportedFileError(f"a model of kind {codec.kind} has no latent space", codec.name)
    points = coder.to_latents(coder.codes(images, QUICK))
    return Space(points, *coder.latent_range, coder.draw)
