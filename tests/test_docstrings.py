"""The examples in docstrings run."""

import doctest
import importlib
import pkgutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from helpers import folder_of, pattern

import aecodec

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(aecodec.__path__, "aecodec.")
    if not module.name.endswith("__main__")
    and (module.name != "aecodec.plugins.torch" or find_spec("torch"))  # no part of [test]
)


@pytest.mark.parametrize("name", ["aecodec", *MODULES])
def test_the_examples_of_a_module_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples may take five images `images`, a folder `scans` of them, and `scans.aez`."""
    examples = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    examples = [example for example in examples if example.examples]
    if not examples:
        return
    monkeypatch.chdir(tmp_path)
    images = pattern(5)
    folder_of(tmp_path / "scans", images)
    aecodec.compress_file("scans", "scans.aez")
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in examples:
        example.globs.update(aecodec=aecodec, np=np, images=images)
        runner.run(example)
    assert runner.failures == 0
