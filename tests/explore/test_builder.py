import base64
import hashlib
import json
import re

import numpy as np
import pytest
from helpers import K2, pattern

from aecodec.errors import UnsupportedFileError
from aecodec.explore import builder
from aecodec.explore.palette import COLOURS, SHAPES, style
from aecodec.explore.sample import Sample
from aecodec.library import find_codec, load_codec

SAMPLE = Sample(pattern(6), np.arange(6) % 2, ("</script>", "{{DATA}}"), 60, "a < b")


@pytest.fixture(scope="module")
def page() -> str:
    return builder.build_page(load_codec(K2), SAMPLE).decode()


def test_nothing_is_loaded_and_only_its_own_script_may_run(page: str) -> None:
    policy = re.search('Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none';")
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy[1]
    assert not re.findall(r"(?:src|href)=[\"'](?!data:)", page)


def test_names_of_classes_are_data_whatever_they_hold(page: str) -> None:
    (text,) = re.findall('type="application/json">(.*?)</script>', page, re.DOTALL)
    points = json.loads(text)["points"]
    assert [entry[0] for entry in points["classes"]] == ["</script>", "{{DATA}}"]
    assert points["source"] == "6 of the 60 images of a < b, drawn evenly"


def test_the_same_input_gives_the_same_page(page: str) -> None:
    assert builder.build_page(load_codec(K2), SAMPLE).decode() == page


def test_a_kind_that_the_page_does_not_decode_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "KINDS", ("other",))
    with pytest.raises(UnsupportedFileError, match="no decoder of kind classic"):
        builder.build_page(load_codec(K2), SAMPLE)


def test_many_classes_all_look_different() -> None:
    styles = [style(number) for number in range(len(COLOURS) * len(SHAPES))]
    assert len(set(styles)) == len(styles)


def test_a_user_s_image_is_coded_by_the_map_and_by_the_default_level(page: str) -> None:
    (text,) = re.findall('type="application/json">(.*?)</script>', page, re.DOTALL)
    data = json.loads(text)
    assert [entry["role"] for entry in data["encoders"]] == ["this map"]  # of a family of its own
    default = builder.build_page(find_codec(None, "mnist"), SAMPLE).decode()
    (text,) = re.findall('type="application/json">(.*?)</script>', default, re.DOTALL)
    (entry,) = json.loads(text)["encoders"]
    assert entry["name"] == "mnist-x392"
    assert entry["role"] == f"this map, and {builder.TAKEN}"
