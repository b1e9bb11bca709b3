"""The kinds, one row each. A kind's code is loaded when one of its models is."""

from importlib import import_module
from typing import NamedTuple, cast

from aecodec.errors import UnsupportedFileError
from aecodec.kinds.coder import Coder
from aecodec.model_file import ID_BYTES, Model


class Kind(NamedTuple):
    """One way to code images.

    Attributes:
        name: What a model file calls it, and the name of its package in `kinds`.
        coder: The name of its coder in that package.
        about: What it is, a phrase without a full stop.
        fixed_id: The id of the only model of a kind that needs no arrays, else None.
    """

    name: str
    coder: str
    about: str
    fixed_id: bytes | None = None

    def load(self) -> type[Coder]:
        """Import the class of its coders."""
        module = import_module(f"aecodec.kinds.{self.name}")
        return cast("type[Coder]", getattr(module, self.coder))


KINDS = {
    kind.name: kind
    for kind in (
        Kind("classic", "ClassicCoder", "an auto-encoder with a few latents of 8 bits each"),
        Kind("code16", "Code16Coder", "a trained code of 16 bits an image"),
        Kind("transform", "TransformCoder", "integer latents coded under a learned prior"),
        Kind("pixels", "PixelsCoder", "exact: each pixel under a learned distribution"),
        Kind("scan", "ScanCoder", "exact: the black-and-white original of a reduced image"),
        Kind(
            "residuals",
            "ResidualsCoder",
            "exact: what a predictor leaves of each pixel",
            fixed_id=(1).to_bytes(ID_BYTES),
        ),
        Kind("stored", "StoredCoder", "the pixels as they are", fixed_id=bytes(ID_BYTES)),
    )
}

# The ids of the kinds that need no model file, which code every image exactly, by their names.
FIXED_IDS = {kind.name: kind.fixed_id for kind in KINDS.values() if kind.fixed_id is not None}


def load_coder(model: Model) -> Coder:
    """Build the coder of a model.

    Raises:
        InvalidModelError: The arrays that decoding needs are unsound or could overflow.
        UnsupportedFileError: This version does not know the model's kind.
    """
    kind = KINDS.get(model.kind)
    if kind is None or kind.fixed_id is not None:
        text = f"models of kind {model.kind!r} are not supported by this version: update aecodec"
        raise UnsupportedFileError(text)
    return kind.load()(model.arrays)


def fixed_coder(model_id: bytes) -> tuple[Model, Coder]:
    """The model of one of FIXED_IDS, which needs no file, and its coder."""
    (kind,) = (kind for kind in KINDS.values() if kind.fixed_id == model_id)
    model = Model(kind.name, {})
    return model, kind.load()(model.arrays)
