"""What every kind of model is: a coder of images."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.images import Images

EFFORTS = (1, 2, 3)  # how long an encoder may search: least, default, most
DEFAULT_EFFORT = 2
COST_UNIT = 256  # costs of single images are counted in parts of a bit

Codes = NDArray[Any]  # integers, a row an image; what they mean is the kind's own


class Coder(ABC):
    """A model ready to code, its integer bounds proved.

    A kind says what the codes of images are (`codes`, `rebuild`), how they are written (`pack`,
    `unpack`) and what they take (`costs`); `encode` and `decode` follow from that. A coder may be
    used from many threads at once. The same images give the same bytes, always.

    Attributes:
        lossless: Whether every pixel comes back.
        has_originals: Whether some images are coded by what they were reduced from.

    Args:
        arrays: The model's arrays by name.

    Raises:
        InvalidModelError: What decoding needs is missing or unsound, or could overflow.
    """

    lossless: bool = False
    has_originals: bool = False

    @abstractmethod
    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None: ...

    @property
    @abstractmethod
    def arithmetic(self) -> str | None:
        """What matrix products run in (see `Network.arithmetic`); None where there are none."""

    @property
    @abstractmethod
    def code_text(self) -> str:
        """What an image is coded as: a phrase for people."""

    @abstractmethod
    def check_encoder(self) -> None:
        """Check the arrays that only encoding needs.

        Raises:
            InvalidModelError: They are missing or unsound, or could overflow.
        """

    @abstractmethod
    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Codes:
        """Find the codes that represent images best: all that takes time.

        Args:
            images: uint8 (N, 28, 28).
            effort: One of EFFORTS.

        Returns:
            Integers (N, ...).

        Raises:
            InvalidModelError: As `check_encoder`.
        """

    @property
    def aim(self) -> int | None:
        """About the squared error of an image, where it codes images at other errors as well.

        None, as by default, where it does not: `codes_within` is `codes` then.
        """
        return None

    def codes_within(
        self,
        images: Images,
        bound: int,  # noqa: ARG002 - for those that have an `aim`
        effort: int = DEFAULT_EFFORT,
    ) -> Codes:
        """Find codes that meet a bound as cheaply as they can; some may miss it.

        Args:
            images: uint8 (N, 28, 28).
            bound: The most that an image's squared error should be, in grey levels.
            effort: One of EFFORTS; at the least one nothing is done that takes time.

        Returns:
            As `codes`.

        Raises:
            InvalidModelError: As `check_encoder`.
        """
        return self.codes(images, effort)

    @abstractmethod
    def rebuild(self, codes: Codes) -> Images:
        """Draw the images that codes (N, ...) stand for, uint8 (N, 28, 28)."""

    @abstractmethod
    def pack(self, codes: Codes) -> bytes:
        """Write codes (N, ...) as one payload."""

    @abstractmethod
    def unpack(self, payload: bytes, count: int) -> Codes:
        """Read the codes of `count` images from a payload.

        Its length is checked before anything is allocated.

        Raises:
            CorruptFileError: `pack` gives no such payload for so many images.
        """

    @abstractmethod
    def costs(self, codes: Codes) -> NDArray[np.int64]:
        """What codes (N, ...) take in a payload, in bits times COST_UNIT, int64 (N,).

        Costs come from integer tables, so that all encoders agree.
        """

    @property
    def latent_range(self) -> tuple[int, int] | None:
        """The least and the greatest value of a latent; None where images have no latents."""
        return None

    def to_latents(self, codes: Codes) -> NDArray[np.int16]:
        """The latents that codes (N, ...) stand for, int16 (N, d): by default the codes.

        This and `draw` are for kinds that have a `latent_range`.
        """
        return codes.astype(np.int16)

    def draw(self, latents: NDArray[np.integer[Any]]) -> Images:
        """Draw latents (N, d) within `latent_range`, uint8 (N, 28, 28)."""
        return self.rebuild(latents)

    def originals(self, codes: Codes) -> list[Images | None]:
        """What images of codes (N, ...) were reduced from, uint8 (n, n) of 0 and 1, 1 for black.

        None, as by default, where a code holds no original.
        """
        return [None] * len(codes)

    def count_originals(self, payload: bytes, count: int) -> int:
        """How many of the `count` images of a payload are coded by originals.

        Raises:
            CorruptFileError: As `unpack`.
        """
        return sum(one is not None for one in self.originals(self.unpack(payload, count)))

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:
        """Code uint8 (N, 28, 28) as one payload. Raises as `codes`."""
        return self.pack(self.codes(images, effort))

    def decode(self, payload: bytes, count: int) -> Images:
        """Rebuild uint8 (count, 28, 28) from a payload. Raises as `unpack`."""
        return self.rebuild(self.unpack(payload, count))


class ExactCoder(Coder):
    """What all kinds share that keep every pixel: an image is its own code."""

    lossless = True

    def check_encoder(self) -> None:
        """There is nothing that only encoding needs."""

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Images:  # noqa: ARG002 - nothing to search
        """Return the images, uint8 (N, 28, 28)."""
        return images

    def rebuild(self, codes: Images) -> Images:
        """Return the images, uint8 (N, 28, 28)."""
        return codes
