import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import K2, K3, ROOT, pattern

from aecodec.bench.ours import find_ours
from aecodec.datasets import load_dataset
from aecodec.errors import InvalidModelError, UnknownModelError

MNIST = [f"aecodec mnist-{level}" for level in ("classic", "x392", "q1", "q2", "q3", "q4", "q5")]
FASHION = [f"aecodec fashion-{level}" for level in ("classic", "x392", "q3")]


@pytest.fixture
def _shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")


def _clothes() -> np.ndarray:
    """Images that fill their frame from edge to edge, as no digit does."""
    y, x = np.mgrid[0:28, 0:28]
    return np.stack([np.where((x + y) % 56 < 40, 120 + 4 * x, 60 + 2 * y)] * 5).astype(np.uint8)


@pytest.mark.usefixtures("_shipped")
def test_digits_are_measured_with_all_levels_of_mnist_in_their_order() -> None:
    peers, skipped = find_ours(load_dataset(ROOT / "examples" / "digits").images)
    assert [peer.name for peer in peers] == MNIST
    assert skipped == []


@pytest.mark.usefixtures("_shipped")
def test_clothes_are_measured_with_fashion_and_everybody_comes_after() -> None:
    assert [peer.name for peer in find_ours(_clothes())[0]] == FASHION
    everybody, _ = find_ours(_clothes(), everybody=True)
    assert [peer.name for peer in everybody] == FASHION + MNIST


@pytest.mark.usefixtures("_shipped")
def test_a_family_or_a_model_can_be_named() -> None:
    assert [peer.name for peer in find_ours(pattern(2), "fashion")[0]] == FASHION
    assert [peer.name for peer in find_ours(pattern(2), "mnist-q3")[0]] == ["aecodec mnist-q3"]
    assert [peer.name for peer in find_ours(pattern(2), str(K2))[0]] == ["aecodec tiny-k2"]
    with pytest.raises(UnknownModelError, match="nothing"):
        find_ours(pattern(2), "nothing")


def test_a_damaged_model_is_skipped_by_name_unless_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(K2, tmp_path / "mnist-classic.aem")
    shutil.copy(K3, tmp_path / "mnist-q3.aem")
    data = bytearray(K2.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "mnist-x392.aem").write_bytes(data)
    (tmp_path / "mnist-q4.aem").symlink_to(tmp_path / "nowhere.aem")
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    peers, skipped = find_ours(pattern(3), "mnist")
    assert {"aecodec mnist-classic", "aecodec mnist-q3"} <= {peer.name for peer in peers}
    assert [skip.codec for skip in skipped] == ["mnist-x392", "mnist-q4"]
    with pytest.raises(InvalidModelError):
        find_ours(pattern(3), "mnist-x392")
