"""Reading Keras files in a process of its own, which can always be ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, fails
from keras_files import autoencoder, autoencoder_weights, endless_h5, write_h5, write_zip

from aecodec.errors import InvalidModelError, MissingFileError
from aecodec.training.importing.isolated import read_keras


def test_structure_and_weights_come_back_over_the_pipe(tmp_path: Path) -> None:
    path = write_h5(tmp_path / "ae.h5", autoencoder(), autoencoder_weights())
    file = read_keras(path)
    leaves = {leaf.name: leaf for leaf in file.structure.leaves()}
    for name, arrays in autoencoder_weights().items():
        found = file.arrays(leaves[name], [array.shape for array in arrays])
        assert all(np.array_equal(a, b.astype("f4")) for a, b in zip(found, arrays, strict=True))
    assert file.version == 2
    assert read_keras(path, weights=False).weights == {}


def test_a_file_that_keeps_hdf5_busy_is_given_up(tmp_path: Path) -> None:
    path = endless_h5(tmp_path / "endless.h5")
    begun = time.monotonic()
    with pytest.raises(InvalidModelError, match=r"endless\.h5: .*gave up after (2|12) seconds"):
        read_keras(path, seconds=2)
    assert time.monotonic() - begun < 60


@pytest.mark.skipif(os.name != "posix", reason="signals are sent")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["import", "summary"])
def test_ctrl_c_ends_it_at_once(tmp_path: Path, how: signal.Signals, command: str) -> None:
    path = endless_h5(tmp_path / "endless.h5")
    options = ["--data", "x", "-o", tmp_path / "x.aem"] if command == "import" else []
    line = [sys.executable, "-m", "aecodec", "models", command, path, *options]
    with subprocess.Popen(list(map(str, line)), stderr=subprocess.PIPE) as process:
        child = _child(process.pid)
        begun = time.monotonic()
        process.send_signal(how)
        text = process.communicate(timeout=60)[1].decode()
    assert time.monotonic() - begun < 30
    assert "interrupted" in text
    assert "Traceback" not in text
    state = Path(f"/proc/{child}/stat")  # gone, or waits for someone to take notice
    assert not state.exists() or state.read_text().split()[2] == "Z"


def _child(parent: int) -> int:
    """Wait for the process that reads the file, and until it has begun."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    if not children.exists():
        pytest.skip("needs /proc")
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if found := children.read_text().split():
            time.sleep(1.0)
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError("no process was started to read the file")


def test_nothing_beside_the_file_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_h5(tmp_path / "ae.h5", autoencoder(), autoencoder_weights())
    (tmp_path / "h5py.py").write_text("open('trace', 'w').close()")
    monkeypatch.chdir(tmp_path)
    read_keras(path)
    assert not (tmp_path / "trace").exists()


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidModelError, match="SavedModel"):
        read_keras(tmp_path)
    with pytest.raises(MissingFileError, match=r"none\.h5: there is no such file"):
        read_keras(tmp_path / "none.h5")


def test_what_is_wrong_is_told_with_the_files_name(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.keras", autoencoder(), b"no hdf5")
    with pytest.raises(InvalidModelError, match=r"x\.keras: cannot be read as a Keras file"):
        read_keras(path)


def test_without_h5py_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "h5py.py").write_text("raise ImportError(name='h5py')")
    path = write_h5(tmp_path / "ae.h5", autoencoder(), autoencoder_weights())
    target = tmp_path / "x.aem"
    command = ("models", "import", path, "--data", ROOT / "examples" / "digits", "-o", target)
    text = fails(*command, env={"PYTHONPATH": str(tmp_path / "modules")})
    assert "h5py is missing" in text
    assert "pip install" in text
