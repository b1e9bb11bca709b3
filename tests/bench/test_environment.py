from pathlib import Path

import pytest
from helpers import pattern

from aecodec.bench import environment


def test_a_start_is_measured_where_there_is_a_model_to_start_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = environment.start_up(pattern(1)[0])
    assert start
    assert min(start.values()) > 0
    (tmp_path / "mnist-x392.aem").write_bytes(b"no model")
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    assert environment.start_up(pattern(1)[0]) is None
