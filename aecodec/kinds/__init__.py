"""The kinds: how a model codes. One file a kind; nothing else knows how a kind works."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import UnsupportedFileError
from aecodec.images import Images
from aecodec.model_file import Model

EFFORTS = (1, 2, 3)  # how long an encoder may search: least, default, most
DEFAULT_EFFORT = 2
Codes = NDArray[Any]  # integers, a row an image; what they mean is the kind's own

COST_UNIT = 256  # costs of single images are counted in parts of a bit


class Coder(Protocol):
    """A model ready to code: built from a `Model` by its kind, its integer bounds proved."""

    lossless: bool

    @property
    def arithmetic(self) -> str:
        """What matrix products run in (see `networks.Network.arithmetic`)."""

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> Codes:
        """Find what represents uint8 (N, 28, 28) best, integers (N, ...): all that takes time."""

    def costs(self, codes: Codes) -> NDArray[np.int64]:
        """What codes cost, int64 (N,), in bits times COST_UNIT.

        Costs come from integer tables, so that all encoders agree.
        """

    def rebuild(self, codes: Codes) -> Images:
        """Draw the images that codes (N, ...) stand for, uint8 (N, 28, 28)."""

    def pack(self, codes: Codes) -> bytes:
        """Write codes (N, ...) as one payload."""

    def encode(self, images: Images, effort: int = DEFAULT_EFFORT) -> bytes:
        """Code uint8 (N, 28, 28) as one payload; the same images give the same bytes, always."""

    def decode(self, payload: bytes, count: int) -> Images:
        """Rebuild `count` images from a payload.

        Checks the payload's length before anything is allocated; raises CorruptFileError.
        """


def load_coder(model: Model) -> Coder:
    """Build the coder of a model.

    Raises InvalidModelError when the model's arrays are unsound or could overflow, and
    UnsupportedFileError when this version does not know its kind.
    """
    if model.kind == "classic":
        from aecodec.kinds.classic import ClassicCoder

        return ClassicCoder(model.arrays)
    if model.kind == "code16":
        from aecodec.kinds.code16 import Code16Coder

        return Code16Coder(model.arrays)
    if model.kind == "transform":
        from aecodec.kinds.transform import TransformCoder

        return TransformCoder(model.arrays)
    raise UnsupportedFileError(f"Models of kind {model.kind!r} are not supported: update aecodec.")
