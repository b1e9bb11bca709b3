"""The tests of the plugins find all models of the vectors; one of them is lossless and tiny."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers import MODELS
from plugin_samples import DIGITS, EXACT, LABELS, SPLITS, TRAINING, labels_of, read

import aecodec

# PyTorch brings gigabytes of CUDA, so [test] does without; its tests run where it is installed
collect_ignore = [] if find_spec("torch") else ["test_torch.py"]


@pytest.fixture(autouse=True)
def all_models(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", f"{models}{os.pathsep}{MODELS}")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """25 digits with labels and splits."""
    path = tmp_path / "x.aez"
    splits = {"train": 20, "test": 5}
    path.write_bytes(aecodec.compress(DIGITS, model=EXACT, labels=LABELS, splits=splits))
    return path


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """80 digits to learn from and 20 to be judged by, in chunks of 16."""
    path = tmp_path / "digits.aez"
    data = aecodec.compress(
        read(TRAINING), model=EXACT, labels=labels_of(TRAINING), splits=SPLITS, chunk_images=16
    )
    path.write_bytes(data)
    return path
