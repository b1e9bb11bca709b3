import os
from pathlib import Path

import pytest

from aecodec.datasets import load_dataset
from aecodec.errors import InvalidImageError, MissingFileError


@pytest.mark.parametrize("name", ["none", "empty", "x.txt"])
def test_what_is_no_data_set_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.txt").write_text("text")
    with pytest.raises((InvalidImageError, MissingFileError), match=name):
        load_dataset(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_pipe_is_no_data_set_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x")
    with pytest.raises(InvalidImageError, match="not a regular file"):
        load_dataset(tmp_path / "x")
