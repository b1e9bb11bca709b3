import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import K2, K3, MODELS, ROOT, pattern

from aecodec.bench.ours import find_ours, fitting_family
from aecodec.bench.peers import LOSSLESS, LOSSY, Peer
from aecodec.datasets import load_dataset
from aecodec.errors import InvalidModelError, UnknownModelError
from aecodec.library import families, levels_of

LEVELS = ("classic", "x392", "q3")  # that both families have, among others


@pytest.fixture
def _shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")


def _names(family: str) -> list[str]:
    return [f"aecodec {family}-{level}" for level in levels_of(family)]


def _clothes() -> np.ndarray:
    """Images that fill their frame from edge to edge, as no digit does."""
    y, x = np.mgrid[0:28, 0:28]
    return np.stack([np.where((x + y) % 56 < 40, 120 + 4 * x, 60 + 2 * y)] * 5).astype(np.uint8)


@pytest.mark.usefixtures("_shipped")
def test_digits_are_measured_with_all_levels_of_mnist_in_their_order() -> None:
    peers, skipped = find_ours(load_dataset(ROOT / "examples" / "digits").images)
    assert [peer.name for peer in peers] == [*_names("mnist"), *_names("any")]
    assert {f"aecodec mnist-{level}" for level in LEVELS} <= {peer.name for peer in peers}
    assert skipped == []


@pytest.mark.usefixtures("_shipped")
def test_clothes_are_measured_with_fashion_and_everybody_comes_after() -> None:
    found = [peer.name for peer in find_ours(_clothes())[0]]
    assert found == [*_names("fashion"), *_names("any")]
    everybody, _ = find_ours(_clothes(), everybody=True)
    rest = {name for family in families() for name in _names(family)} - set(_names("fashion"))
    assert [peer.name for peer in everybody][: len(_names("fashion"))] == _names("fashion")
    assert {peer.name for peer in everybody} - set(_names("fashion")) == rest


@pytest.mark.usefixtures("_shipped")
def test_a_family_or_a_model_can_be_named() -> None:
    assert [peer.name for peer in find_ours(pattern(2), "fashion")[0]] == _names("fashion")
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


@pytest.fixture
def _exact_families(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Families with an exact level, of which `wide` has a lossy level too, and `any`."""
    for name in ("any-lossless", "odd-lossless", "wide-lossless"):
        shutil.copy(MODELS / "pixels-p8.aem", tmp_path / f"{name}.aem")
    shutil.copy(K2, tmp_path / "wide-q3.aem")
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    monkeypatch.setattr("aecodec.library.shipped_folder", lambda: tmp_path / "none")


@pytest.mark.usefixtures("_exact_families")
def test_the_family_for_every_sort_is_measured_beside_the_one_that_fits() -> None:
    peers, _ = find_ours(pattern(2), "wide")
    assert [peer.name for peer in peers] == ["aecodec wide-q3", "aecodec wide-lossless"]
    peers, _ = find_ours(pattern(2))
    assert [peer.name for peer in peers] == ["aecodec odd-lossless", "aecodec any-lossless"]
    everybody, _ = find_ours(pattern(2), everybody=True)
    assert len(everybody) == 4


def _family(name: str, size: int, error: int, exact: int | None) -> dict[str, Peer]:
    """A family of a lossy level, and an exact one of so many bytes an image."""

    def peer(level: str, size: int, error: int, kind: str) -> Peer:
        def encode(images: np.ndarray) -> bytes:
            return images.tobytes() + bytes(size)

        def decode(data: bytes) -> np.ndarray:
            pixels = np.frombuffer(data[: len(data) - size], np.uint8).reshape(-1, 28, 28)
            return pixels ^ np.uint8(error)

        return Peer(f"{name}-{level}", encode, decode, kind)

    levels = {"q3": peer("q3", size, error, LOSSY)}
    return levels if exact is None else levels | {"lossless": peer("lossless", exact, 0, LOSSLESS)}


def test_families_are_compared_at_an_exact_level_where_both_have_one() -> None:
    fine = _family("fine", 90, 1, 300)  # smaller errors at a higher rate
    fits = _family("fits", 5, 9, 200)
    plain = _family("plain", 5, 2, None)
    assert fitting_family({"fine": fine, "fits": fits}, pattern(3)) == "fits"
    assert fitting_family({"plain": plain, "fits": fits}, pattern(3)) == "plain"
    assert fitting_family({"plain": plain}, pattern(3)) == "plain"
