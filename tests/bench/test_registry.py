from types import ModuleType

import numpy as np
import pytest
from helpers import ROOT, pattern

from aecodec.bench import codecs
from aecodec.bench.peers import LOSSY
from aecodec.bench.registry import PEERS, SLOW, Entry, find_peers
from aecodec.distortion import mse_per_image
from aecodec.images.files import read_image

IMAGES = pattern(80)


def test_every_peer_gives_back_what_it_was_given() -> None:
    peers, _ = find_peers(IMAGES, everybody=True)
    assert {"raw", "png", "png optimised", "zlib -9", "bz2 -9", "xz -9e"} <= {
        peer.name for peer in peers
    }
    for peer in peers:
        given = IMAGES[:1] if peer.per_file else IMAGES
        decoded = peer.decode(peer.encode(given))
        assert decoded.shape == given.shape, peer.name
        assert decoded.dtype == np.uint8, peer.name
        assert peer.lossless == (peer.kind != LOSSY)
        if peer.lossless:
            assert np.array_equal(decoded, given), peer.name


def test_a_lossy_peer_has_several_settings_from_small_to_good() -> None:
    digit = read_image(ROOT / "examples" / "digits" / "7_00.png")[None]
    found, _ = find_peers(IMAGES, everybody=True)
    for codec in {peer.codec for peer in found if peer.kind == LOSSY}:
        peers = [peer for peer in found if peer.codec == codec]
        assert len(peers) >= 5
        ends = [peer.encode(digit) for peer in (peers[0], peers[-1])]
        assert len(ends[0]) < len(ends[1]), codec
        pairs = zip((peers[0], peers[-1]), ends, strict=True)
        worse, better = (mse_per_image(digit, p.decode(data))[0] for p, data in pairs)
        assert better < worse, codec


def test_what_is_missing_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(codecs, "import_module", missing)
    peers, skipped = find_peers(IMAGES, everybody=True)
    packages = {skip.codec: skip.package for skip in skipped if skip.reason == "not installed"}
    assert packages["jpeg xl"] == packages["jpeg-ls"] == packages["brotli -11"] == "imagecodecs"
    assert packages["png oxipng"] == "pyoxipng"
    assert packages["zstd -22"] == packages["zstd + dictionary"] == "zstandard"
    assert not packages.keys() & {peer.codec for peer in peers}
    assert {entry.codec for entry in PEERS} <= {p.codec for p in peers} | {
        skip.codec for skip in skipped
    }


def test_a_slow_codec_has_a_peer_a_setting_each_on_a_sample() -> None:
    entry = Entry("slow", LOSSY, "", lambda _: PEERS[0].make(None), "q{}", (1, 2), most=30)
    peers = list(entry.peers(IMAGES))
    assert [peer.name for peer in peers] == ["slow q1", "slow q2"]
    assert all(len(IMAGES[:: peer.step]) <= 30 for peer in peers)
    assert all(peer.step == 1 for peer in entry.peers(IMAGES[:30]))
    assert all(peer.per_file for peer in peers)


def test_the_dictionary_is_trained_on_other_images_than_it_is_measured_on() -> None:
    pytest.importorskip("zstandard")
    peers, _ = find_peers(IMAGES, everybody=True)
    (peer,) = [peer for peer in peers if peer.codec == "zstd + dictionary"]
    assert peer.step == 2
    assert peer.side_bytes


def test_by_default_the_slow_are_left_out_and_else_come_last_of_their_kind() -> None:
    quick, _ = find_peers(IMAGES)
    everybody, _ = find_peers(IMAGES, everybody=True)
    assert not {peer.codec for peer in quick} & set(SLOW)
    assert {peer.codec for peer in everybody} - {peer.codec for peer in quick} <= set(SLOW)
    assert len(everybody) > len(quick)
    for kind in {entry.kind for entry in PEERS}:
        slow = [entry.slow for entry in PEERS if entry.kind == kind]
        assert slow == sorted(slow)


def test_the_usual_lossless_codecs_are_among_the_quick() -> None:
    quick = {entry.codec for entry in PEERS if entry.kind != LOSSY and not entry.slow}
    files = {"png", "webp lossless", "jpeg xl lossless e7", "jpeg-ls"}
    assert files | {"xz -9e", "brotli -11", "zstd -22"} <= quick


def test_what_is_fitted_to_images_is_skipped_where_there_are_too_few() -> None:
    _, skipped = find_peers(IMAGES[:1])
    reasons = {skip.codec: skip.reason for skip in skipped}
    assert "too few images" in reasons["pca"]
    assert "too few images" in reasons.get("zstd + dictionary", "too few images")
