"""Models of strangers: what loads can be used, and the rest is refused by an error of ours."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import MODELS, fails, ok, pattern, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny import plane_search, region_search, scan_model, transform_arrays

import aecodec
from aecodec.errors import AecodecError, InvalidModelError
from aecodec.kinds.describe import describe_model
from aecodec.library import read_codec
from aecodec.model_file import Model, read_model

VECTORS = {path.stem: read_model(path) for path in sorted(MODELS.glob("*.aem"))}
WHOLE = {  # with an encoder
    "network": VECTORS["tiny-k3"],
    "plane": plane_search(),
    "code16": region_search(),
    "transform": Model("transform", transform_arrays()),
}
SOUND = VECTORS | WHOLE | {"scan": scan_model()}
IMAGES = pattern(3)
TYPES = ("u1", "i1", "u2", "i2", "u4", "i4")
Array = NDArray[Any]

pytestmark = pytest.mark.usefixtures("way_of_loops")


def reshaped(array: Array, shape: str) -> Array:
    if shape == "flat":
        return array.reshape(-1)
    if shape == "deep":
        return array[None]
    if shape == "turned":
        return array.T.copy()
    rows = np.atleast_1d(array)  # a scalar has none
    return rows[:0] if shape == "empty" else rows[: max(len(rows) - 1, 1)]


class Malformed:
    """A model whose text says what was done to it, and not the thousands of numbers in it."""

    def __init__(self, done: list[str], model: Model) -> None:
        self.done, self.model = done, model

    def __repr__(self) -> str:
        return ", ".join(self.done)


@st.composite
def malformed(draw: st.DrawFn) -> Malformed:
    """A sound model with one to three arrays dropped, reshaped, retyped or filled."""
    sound = draw(st.sampled_from(sorted(SOUND)))
    model, done = SOUND[sound], [sound]
    arrays = dict(model.arrays)
    for name in draw(st.lists(st.sampled_from(sorted(arrays)), min_size=1, max_size=3)):
        if name not in arrays:
            continue
        how = draw(st.sampled_from(["drop", "shape", "type", "lowest", "highest", "zero", "one"]))
        array = arrays[name]
        done.append(f"{how} {name}")
        if how == "drop":
            del arrays[name]
        elif how == "shape":
            shape = draw(st.sampled_from(["flat", "deep", "turned", "empty", "shorter"]))
            arrays[name] = reshaped(array, shape)
        elif how == "type":
            arrays[name] = array.astype(draw(st.sampled_from(TYPES)))
        else:
            limits = np.iinfo(array.dtype)
            value = {"lowest": limits.min, "highest": limits.max, "zero": 0, "one": 1}[how]
            arrays[name] = np.full_like(array, value)
    return Malformed(done, Model(model.kind, arrays))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(malformed())
def test_what_loads_codes_and_the_rest_is_refused(tmp_path: Path, drawn: Malformed) -> None:
    model = drawn.model
    assert len(describe_model(model)) <= len(model.arrays)
    path = tmp_path / "some-model.aem"
    path.write_bytes(model.to_bytes())
    try:
        codec = read_codec(path)
    except AecodecError as error:
        assert error.path == str(path)
        with pytest.raises(type(error)):
            aecodec.compress(IMAGES, model=str(path))
        return
    assert codec.coder.code_text
    if not (model.has_encoder or codec.coder.lossless):
        with pytest.raises(InvalidModelError, match="only decode"):
            aecodec.compress(IMAGES, model=str(path))
        return
    payload = codec.coder.encode(IMAGES, 1)
    assert codec.coder.decode(payload, 3).shape == IMAGES.shape


@pytest.mark.parametrize("kind", WHOLE)
def test_every_command_refuses_a_model_in_the_same_words(kind: str, tmp_path: Path) -> None:
    image = save(tmp_path / "x.png", IMAGES[0])
    archive, path = tmp_path / "x.aez", tmp_path / "some-model.aem"
    path.write_bytes(WHOLE[kind].to_bytes())
    ok("compress", image, "-o", archive, "--model", path)
    ok("verify", archive, "--model", path)
    arrays = dict(WHOLE[kind].arrays)
    name = next(name for name in arrays if name.startswith("encoder.") and name.endswith(".bias"))
    del arrays[name]
    path.write_bytes(Model(WHOLE[kind].kind, arrays).to_bytes())
    text = f"{path}: the array {name} is missing.\n"
    assert fails("compress", image, "-o", tmp_path / "y.aez", "--model", path).endswith(text)
    assert fails("models", "summary", path) == f"aecodec: {text}"
    assert text in fails("verify", archive, "--model", path)


@pytest.mark.parametrize("name", ["stats.validation_sse", "stats.misread"])
def test_misshapen_statistics_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad-model.aem"
    arrays = dict(SOUND["tiny-k3"].arrays) | {name: np.zeros((3, 3), np.uint16)}
    path.write_bytes(Model("classic", arrays).to_bytes())
    with pytest.raises(InvalidModelError, match=f"{name} has shape"):
        read_codec(path)
