"""The options of commands that read a data set."""

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import fails, one_line, pattern

from aecodec import explore
from aecodec.bench import load_sample
from aecodec.cli.bench import bench
from aecodec.cli.data_options import Fit, ImagesKey, Invert, LabelsKey, Split, Transpose
from aecodec.cli.explore import explore as explore_command
from aecodec.cli.models import import_
from aecodec.cli.train import train
from aecodec.datasets import Options

OPTIONS = {
    "fit": Fit,
    "invert": Invert,
    "transpose": Transpose,
    "split": Split,
    "images": ImagesKey,
    "labels": LabelsKey,
}


@pytest.mark.parametrize("command", [bench, explore_command, import_, train])
def test_every_command_that_reads_a_data_set_takes_the_same_options(
    command: Callable[..., None],
) -> None:
    parameters = inspect.signature(command).parameters
    assert {name: parameters[name].annotation for name in OPTIONS} == OPTIONS


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two parts, whose arrays have the usual names."""
    images = pattern(30)
    path = tmp_path / "data.npz"
    np.savez(path, x_train=images[:20], y_train=np.arange(20) % 10, x_test=images[20:])
    return path


def test_a_part_is_read_as_it_is_meant(data: Path) -> None:
    reading = Options(invert=True, transpose=True)
    expected = 255 - pattern(30).transpose(0, 2, 1)
    for part, chosen in (("train", expected[:20]), ("test", expected[20:]), (None, expected[20:])):
        assert np.array_equal(load_sample(str(data), reading, part).images, chosen)
        found = explore.load_sample(str(data), options=reading, split=part)
        assert np.array_equal(found.images, chosen)


def test_images_and_labels_are_found_by_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, glyphs=pattern(10), which=np.arange(10), other=np.zeros(10, np.int64))
    reading = Options(images="glyphs", labels="which")
    digits = load_sample(str(path), reading).digits
    assert digits is not None and digits.tolist() == list(range(10))
    assert explore.load_sample(str(path), options=reading).labels.tolist() == list(range(10))


@pytest.mark.parametrize("command", ["bench", "explore", "train"])
def test_a_part_that_there_is_not_is_told(command: str, data: Path, tmp_path: Path) -> None:
    outputs = {"bench": [], "explore": ["-o", "x.html"], "train": ["-o", "x-classic.aem"]}
    text = fails(command, data, "--split", "none", *outputs[command], cwd=tmp_path)
    assert "data.npz: has no split none, only train and test" in one_line(text)
