from pathlib import Path

import numpy as np
import pytest

from aecodec.errors import CheckpointError
from aecodec.storage import to_path
from aecodec.training.checkpoint import Checkpoint

ARRAYS = {"done": np.array(3), "weights.0": np.arange(6.0).reshape(2, 3)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine-classic.checkpoint.npz"


def test_what_was_kept_last_is_found_again(path: Path) -> None:
    checkpoint = Checkpoint(path, {"seed": 1})
    assert checkpoint.load() is None
    checkpoint.save({"done": np.array(2)})
    checkpoint.save(ARRAYS)
    state = Checkpoint(path, {"seed": 1}).load()
    assert state is not None
    assert state.keys() == ARRAYS.keys()
    assert all(np.array_equal(state[name], value) for name, value in ARRAYS.items())
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    checkpoint.clear()
    assert not any(path.parent.iterdir())


def test_it_may_be_behind_a_url() -> None:
    path = to_path("memory://trainings/mine-classic.checkpoint.npz")
    checkpoint = Checkpoint(path, {"seed": 1})
    assert checkpoint.load() is None
    checkpoint.save({"done": np.array(2)})
    checkpoint.save(ARRAYS)
    state = Checkpoint(path, {"seed": 1}).load()
    assert state is not None
    assert all(np.array_equal(state[name], value) for name, value in ARRAYS.items())
    with pytest.raises(CheckpointError, match="seed 1 instead of 2"):
        Checkpoint(path, {"seed": 2}).load()
    checkpoint.clear()
    assert not path.exists()


def test_what_another_training_kept_is_refused_with_the_difference(path: Path) -> None:
    Checkpoint(path, {"seed": 1, "data": "5 images"}).save(ARRAYS)
    with pytest.raises(CheckpointError, match="seed 1 instead of 2") as caught:
        Checkpoint(path, {"seed": 2, "data": "5 images"}).load()
    assert "data" not in str(caught.value)
    assert "-f" in str(caught.value)


@pytest.mark.parametrize("size", [0, 10, 300, -1])
def test_a_damaged_file_is_told(path: Path, size: int) -> None:
    Checkpoint(path, {}).save(ARRAYS)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="damaged"):
        Checkpoint(path, {}).load()


def test_an_archive_of_something_else_is_told(path: Path) -> None:
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(CheckpointError, match="damaged"):
        Checkpoint(path, {}).load()
