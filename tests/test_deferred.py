"""Faces of packages that import what they export when it is asked for."""

from importlib import import_module

import pytest

from aecodec.deferred import exports

FACES = tuple(f"aecodec.{name}" for name in ("batch", "container", "images", "integer", "kinds"))


def test_what_is_asked_for_is_imported() -> None:
    get = exports("aecodec", {"SIDE": "images.array", "levels": "levels"})
    assert get("SIDE") == 28
    assert get("levels") is import_module("aecodec.levels")


@pytest.mark.parametrize("package", FACES)
def test_a_face_has_all_that_it_names(package: str) -> None:
    face = import_module(package)
    assert sorted(face.__all__) == list(dict.fromkeys(sorted(face.__all__)))
    for name in face.__all__:
        getattr(face, name)


@pytest.mark.parametrize("package", FACES)
def test_another_name_is_no_attribute(package: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        _ = import_module(package).nothing
