"""The tests of the plugins find all models of the vectors; one of them is lossless and tiny."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers import MODELS

# PyTorch brings gigabytes of CUDA, so [test] does without; its tests run where it is installed
collect_ignore = [] if find_spec("torch") else ["test_torch.py"]


@pytest.fixture(autouse=True)
def all_models(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", f"{models}{os.pathsep}{MODELS}")
