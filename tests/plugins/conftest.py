"""The tests of the plugins find all models of the vectors; one of them is lossless and tiny."""

import os
from pathlib import Path

import pytest
from helpers import MODELS


@pytest.fixture(autouse=True)
def all_models(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", f"{models}{os.pathsep}{MODELS}")
