"""What every kind keeps to, whatever its codes are."""

import numpy as np
import pytest
from helpers import pattern
from tiny import pixels_model, scan_model

from aecodec.kinds import KINDS, Coder, fixed_coder, load_coder
from aecodec.library import find_codec

CODERS = {codec.kind: codec.coder for codec in map(find_codec, ("classic", "x392", "q1"))}
FIXED = {row.name: fixed_coder(row.fixed_id) for row in KINDS.values() if row.fixed_id}
CODERS["pixels"] = load_coder(pixels_model())
CODERS["scan"] = load_coder(scan_model())
CODERS |= {name: made[1] for name, made in FIXED.items() if made is not None}


def test_there_is_a_model_of_each_kind() -> None:
    assert CODERS.keys() == KINDS.keys()


def test_kinds_without_latents_keep_the_pixels() -> None:
    assert [name for name, coder in CODERS.items() if coder.latent_range is None] == [
        "pixels",
        "scan",
        "residuals",
        "stored",
    ]
    assert [name for name, coder in CODERS.items() if coder.lossless] == [
        "pixels",
        "scan",
        "residuals",
        "stored",
    ]


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"pixels", "residuals", "scan", "stored"}))
def test_latents_draw_what_their_codes_draw(kind: str) -> None:
    coder: Coder = CODERS[kind]
    assert coder.latent_range is not None
    low, high = coder.latent_range
    codes = coder.codes(pattern(5), 1)
    latents = coder.to_latents(codes)
    assert latents.dtype == np.int16
    assert low <= latents.min() <= latents.max() <= high
    assert np.array_equal(coder.draw(latents), coder.rebuild(codes))
