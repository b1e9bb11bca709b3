import numpy as np
import pytest
from helpers import ROOT, pattern
from numpy.typing import NDArray

from aecodec.bench.measure import Bench
from aecodec.bench.pca import COMPONENTS
from aecodec.bench.peers import Peer
from aecodec.bench.registry import PEERS
from aecodec.datasets import load_dataset
from aecodec.distortion import mse_per_image


def pca_peers(images: NDArray[np.uint8]) -> list[Peer]:
    (entry,) = [entry for entry in PEERS if entry.codec == "pca"]
    return list(entry.peers(images))


@pytest.fixture(scope="module")
def digits() -> NDArray[np.uint8]:
    return load_dataset(ROOT / "examples" / "digits").images


def test_k_components_take_k_bytes_and_more_of_them_are_better(digits: NDArray[np.uint8]) -> None:
    errors = []
    for count, peer in zip(COMPONENTS, pca_peers(digits), strict=True):
        assert peer.name == f"pca k{count}"
        data = peer.encode(digits)
        assert len(data) == count * len(digits)
        assert not peer.lossless
        errors.append(mse_per_image(digits[::2], peer.decode(data)[::2]).mean())
    assert errors == sorted(errors, reverse=True)
    mean = np.broadcast_to(digits.mean(0).astype(np.uint8), digits.shape)
    assert errors[0] < mse_per_image(digits, mean).mean()


def test_bytes_of_8_bits_cost_next_to_nothing(digits: NDArray[np.uint8]) -> None:
    rows = digits[1::2].reshape(-1, 784) / 255
    mean = rows.mean(0)
    basis = np.linalg.svd(rows - mean, full_matrices=False)[2][:8]
    rest = digits[::2].reshape(-1, 784) / 255
    exact = np.clip((rest - mean) @ basis.T @ basis + mean, 0, 1)
    (peer,) = [peer for peer in pca_peers(digits) if peer.name == "pca k8"]
    found = mse_per_image(digits[::2], peer.decode(peer.encode(digits[::2]))).mean()
    assert found == pytest.approx(np.mean((exact - rest) ** 2), rel=0.01)


def test_it_is_measured_on_images_that_it_was_not_fitted_to(digits: NDArray[np.uint8]) -> None:
    changed = digits.copy()
    changed[::2] = pattern(len(digits[::2]))
    before, after = pca_peers(digits)[0], pca_peers(changed)[0]
    assert before.step == 2
    assert before.encode(digits) == after.encode(digits)


def test_its_row_has_bare_bytes_and_what_the_components_take(digits: NDArray[np.uint8]) -> None:
    row, decoded = Bench(digits).measure(pca_peers(digits)[0])
    assert row["bytes_per_image"] == row["single_file_bytes"] == row["payload_bytes_per_image"] == 2
    assert row["images"] == len(decoded) == 50
    assert row["model_bytes"] == 4 * (784 * 3 + 4)


@pytest.mark.parametrize(("count", "names"), [(1, []), (5, []), (8, ["pca k2"])])
def test_few_images_give_few_components(count: int, names: list[str]) -> None:
    assert [peer.name for peer in pca_peers(pattern(count))] == names
