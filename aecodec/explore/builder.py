"""Builds the page: template, style, scripts, data and models in one HTML file."""

import base64
import hashlib
import json
import re
import zlib
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec import kinds, library, model_file
from aecodec.errors import UnsupportedFileError
from aecodec.explore.modules import join_modules
from aecodec.explore.palette import style
from aecodec.explore.sample import Sample
from aecodec.explore.space import make_space
from aecodec.library import Codec, default_level, family_of, find_codec

FOLDER = files(__package__)
ENTRY = "js/page/main.js"
KINDS = {name for name in kinds.KINDS if (FOLDER / f"js/decoder/{name}.js").is_file()}
ENCODED_KINDS = {name for name in KINDS if (FOLDER / f"js/page/{name}_encoder.js").is_file()}
TAKEN = "the level that aecodec compress takes"
TABLES = ("encoder.project.", "encoder.table", "encoder.norms")  # all that a search needs


def build_page(codec: Codec, sample: Sample) -> bytes:
    """Make the page of a model's latent space.

    The page needs no server and no network. It decodes .aez files of the model's whole family,
    and codes images by the model and by the level of its family that `compress` takes.

    Args:
        codec: The model.
        sample: The images to show as points.

    Returns:
        The HTML file.

    Raises:
        UnsupportedFileError: The page has no decoder of the model's kind.
    """
    if codec.kind not in KINDS:
        raise UnsupportedFileError(f"the page has no decoder of kind {codec.kind}", codec.name)
    space = make_space(codec, sample.images)
    plane = space.plane()
    roles = _roles(codec)
    data = {
        "name": codec.name,
        "kind": codec.kind,
        "id": codec.id.hex(),
        "encoders": [_encoder(one, role) for one, role in roles],
        "models": _carried([one for one, _ in roles]),
        "known": {codec.id.hex(): codec.name, **_known_names()},
        "low": space.low,
        "high": space.high,
        "origin": np.round(plane.origin, 3).tolist(),
        "axes": np.round(plane.axes, 5).tolist(),
        "points": {
            "count": len(sample),
            "source": _source(sample),
            "images": _packed(sample.images),
            "latents": _packed(space.points.astype("<i2")),
            "labels": _packed(sample.labels.astype("<u2")),
            "classes": [[name, *style(number)] for number, name in enumerate(sample.classes)],
        },
    }
    return _join(codec.name, json.dumps(data, separators=(",", ":"))).encode()


def _roles(codec: Codec) -> list[tuple[Codec, str]]:
    """The models that code a user's image, each with what it is called beside its name."""
    family = family_of(codec.name)
    level = default_level(family)
    default = codec if level is None else find_codec(level, family)
    if default.id == codec.id:
        return [(codec, "this map" if level is None else f"this map, and {TAKEN}")]
    return [(codec, "this map"), (default, TAKEN)][: 2 if default.kind in KINDS else 1]


def _encoder(codec: Codec, role: str) -> dict[str, Any]:
    return {
        "id": codec.id.hex(),
        "name": codec.name,
        "level": codec.name.rpartition("-")[2],
        "role": role,
        "limit": codec.validation[2] if codec.validation else None,
    }


def _carried(encoding: list[Codec]) -> list[dict[str, str]]:
    """The models that encode, and the rest of their family without its encoders."""
    found = {}
    for codec in encoding:
        own = codec.model
        prefixes = TABLES if "encoder.table" in own.arrays else ("encoder.",)
        found[own.id] = _packed_model(own, prefixes if own.kind in ENCODED_KINDS else ())
    family = family_of(encoding[0].name)
    for name, path in library.installed().items():
        if family_of(name) == family:
            model = model_file.read_model(path)
            if model.kind in KINDS and model.id not in found:
                found[model.id] = _packed_model(model)
    return [{"id": model_id.hex(), "file": file} for model_id, file in found.items()]


def _packed_model(model: model_file.Model, prefixes: tuple[str, ...] = ()) -> str:
    """A model file with the arrays that decode, and those whose names start with `prefixes`."""
    wanted = {
        name: array
        for name, array in model.arrays.items()
        if not name.startswith(model_file.SIDE_GROUPS) or name.startswith(prefixes)
    }
    return _packed(model_file.Model(model.kind, wanted).to_bytes())


def _known_names() -> dict[str, str]:
    """The names of all installed models by id, so that the page can name one that it lacks."""
    found = {}
    for name, path in library.installed().items():
        with path.open("rb") as file:
            head = file.read(model_file.PROLOGUE_BYTES)
        found[head[-model_file.ID_BYTES :].hex()] = name
    return found


def _packed(data: NDArray[Any] | bytes) -> str:
    return base64.b64encode(zlib.compress(bytes(data), 9)).decode()


def _source(sample: Sample) -> str:
    if sample.total == len(sample):
        return f"{sample.total:,} images of {sample.name}"
    return f"{len(sample):,} of the {sample.total:,} images of {sample.name}, drawn evenly"


def _join(title: str, data: str) -> str:
    """Fill the template; its security policy allows exactly this script and this style."""
    script = join_modules(FOLDER, ENTRY)
    css = (FOLDER / "style.css").read_text("utf-8")
    parts = {
        "TITLE": title.replace("&", "&amp;").replace("<", "&lt;"),
        "SCRIPT-HASH": _hash(script),
        "STYLE-HASH": _hash(css),
        "STYLE": css,
        "DATA": data.replace("<", "\\u003c"),
        "SCRIPT": script,
    }
    page = (FOLDER / "template.html").read_text("utf-8")
    return re.sub(r"\{\{([A-Z-]+)\}\}", lambda place: parts[place[1]], page)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
