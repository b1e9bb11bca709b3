"""Images whose rows and columns are swapped, as EMNIST's are, and the hint that says so."""

from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, load, ok, pattern

from aecodec.batch.transposition import Typical
from aecodec.images import Images

HINT = b"rows and columns look swapped, as in EMNIST's files: try --transpose"
SHIPPED = {"AECODEC_MODELS": ""}


@pytest.fixture(scope="module")
def digits() -> Images:
    """Forty handwritten digits, as MNIST has them."""
    return np.stack([load(path) for path in sorted((ROOT / "examples/digits").glob("*.png"))[:40]])


def turned(images: Images) -> Images:
    return np.ascontiguousarray(images.transpose(0, 2, 1))


@pytest.mark.parametrize(
    "options",
    [[], ["--level", "q1", "--effort", "1"], ["--max-mse", "0.02", "--effort", "1"]],
    ids=["unasked", "level", "bound"],
)
def test_transposed_digits_are_told(tmp_path: Path, digits: Images, options: list[str]) -> None:
    np.save(tmp_path / "upright.npy", digits)
    np.save(tmp_path / "turned.npy", turned(digits))
    command = ("compress", *options, "-f", "-o", "x.aez")
    assert HINT in ok(*command, "turned.npy", cwd=tmp_path, env=SHIPPED).stderr
    told = ok(*command, "turned.npy", "--transpose", cwd=tmp_path, env=SHIPPED).stderr
    assert HINT not in told
    assert HINT not in ok(*command, "upright.npy", cwd=tmp_path, env=SHIPPED).stderr


def test_few_images_and_images_of_no_sort_are_not_told(tmp_path: Path, digits: Images) -> None:
    np.save(tmp_path / "few.npy", turned(digits[:8]))
    np.save(tmp_path / "none.npy", pattern(40))
    command = ("compress", "--level", "x392", "-f", "-o", "x.aez")
    for name in ("few.npy", "none.npy"):
        assert HINT not in ok(*command, name, cwd=tmp_path, env=SHIPPED).stderr


def test_the_report_for_machines_says_it_too(tmp_path: Path, digits: Images) -> None:
    np.save(tmp_path / "turned.npy", turned(digits))
    done = ok("compress", "turned.npy", "--level", "x392", "--json", cwd=tmp_path, env=SHIPPED)
    assert b'"transposed": true' in done.stdout


def test_a_sample_is_spread_over_all_tasks() -> None:
    typical = Typical()
    assert len(typical.sample()) == 0
    for number in range(100):
        typical.add(np.full((16, 28, 28), number, np.uint8))
    found = typical.sample()[:, 0, 0].tolist()
    assert len(found) == 32
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] > 80
