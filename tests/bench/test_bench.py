import json
from pathlib import Path

import numpy as np
import pytest
from helpers import fails, folder_of, ok, pattern
from PIL import Image

from aecodec.bench.measure import Bench, digits_of
from aecodec.bench.metrics import mse_per_image, psnr, ssim
from aecodec.bench.peers import aecodec_peer, payload_bytes
from aecodec.bench.rates import bytes_at, delta_rate
from aecodec.bench.run import gather
from aecodec.codec import find_codec


def test_metrics_are_those_of_the_textbook() -> None:
    structural_similarity = pytest.importorskip("skimage.metrics").structural_similarity
    images, decoded = pattern(4), pattern(4, 9)
    expected = ((images / 255.0 - decoded / 255.0) ** 2).mean((1, 2))
    assert mse_per_image(images, decoded) == pytest.approx(expected)
    assert psnr(0.01) == pytest.approx(20)
    assert psnr(0) is None
    pairs = zip(images, decoded, strict=True)
    theirs = np.mean([structural_similarity(a, b, data_range=255) for a, b in pairs])
    assert ssim(images, decoded) == pytest.approx(theirs)
    assert ssim(images, images) == pytest.approx(1)


def test_every_lossless_peer_gives_back_what_it_was_given() -> None:
    images = pattern(3)
    peers, _ = gather(images, [])
    assert {"png", "raw"} <= {peer.name for peer in peers}
    for peer in peers:
        if peer.lossless:
            given = images[:1] if peer.per_file else images
            assert np.array_equal(peer.decode(peer.encode(given)), given), peer.name


def test_our_own_row_counts_whole_files() -> None:
    images = pattern(2000)
    peer = aecodec_peer(find_codec())
    data = peer.encode(images)
    bench = Bench(images)
    row, decoded = bench.measure(peer)
    assert decoded.shape == images.shape
    assert row["bytes_per_image"] == len(data) / 2000
    assert row["payload_bytes_per_image"] == payload_bytes(peer, data) / 2000 == 2
    assert row["single_file_bytes"] == 27
    assert row["ratio_raw"] == pytest.approx(784 * 2000 / len(data))
    assert row["ratio_png"] == pytest.approx(bench.png_bytes.sum() / len(data))
    assert row["bpp"] == pytest.approx(8 * len(data) / 2000 / 784)
    assert row["arithmetic"] == "float32"
    saved = bench.png_bytes.mean() - len(data) / 2000
    assert row["images_to_pay_for_model"] == -(-row["model_bytes"] // saved)
    assert row["encode_images_per_s"] > 0


def test_the_worst_image_is_named() -> None:
    images = pattern(30)
    row, decoded = Bench(images).measure(aecodec_peer(find_codec()))
    errors = mse_per_image(images, decoded)
    assert row["worst_image"] == int(errors.argmax())
    assert row["worst_mse"] == errors.max()
    assert row["mse"] == pytest.approx(errors.mean())


def test_labels_are_digits_only_where_their_names_are() -> None:
    labels = np.array([0, 1, 1])
    found = digits_of(labels, ("3", "7"))
    assert found is not None
    assert found.tolist() == [3, 7, 7]
    assert digits_of(labels, ("cat", "dog")) is None
    assert digits_of(None, None) is None
    assert digits_of(np.array([0, 10]), None) is None


def test_bytes_at_equal_error_are_read_off_the_curve() -> None:
    curve = np.array([[10.0, 10.0], [20.0, 20.0], [30.0, 40.0]])
    assert bytes_at(curve, 0.01)["bytes"] == pytest.approx(20)
    assert bytes_at(curve, 0.5) == {"bytes": 10.0, "bound": "floor"}
    assert bytes_at(curve, 1e-9)["bound"] == "unreached"
    assert 20 < bytes_at(curve, 0.003)["bytes"] < 40


def test_a_curve_of_half_the_bytes_has_a_delta_rate_of_minus_50_percent() -> None:
    curve = np.array([[10.0, 10.0], [20.0, 20.0], [30.0, 40.0]])
    assert delta_rate(curve * [1, 0.5], curve)["percent"] == pytest.approx(-50)
    assert delta_rate(curve, curve)["percent"] == pytest.approx(0)
    assert delta_rate(curve + np.array([100, 0]), curve)["percent"] is None


def test_bench_prints_a_table_and_writes_a_report_and_a_picture(tmp_path: Path) -> None:
    folder_of(tmp_path / "digits", pattern(20))
    report, picture = tmp_path / "report.json", tmp_path / "picture.png"
    done = ok(
        "bench", tmp_path / "digits", "--model", "tiny-k2", "--json", report, "--plot", picture
    )
    text = done.stdout.decode()
    for part in ("tiny-k2", "png", "PSNR"):
        assert part in text, part
    found = json.loads(report.read_text("utf-8"))
    rows = {row["name"]: row for row in found["codecs"]}
    assert rows["png"]["lossless"]
    assert rows["png"]["mse"] == 0
    assert rows["raw"]["bytes_per_image"] == 784
    assert rows["aecodec tiny-k2"]["payload_bytes_per_image"] == 2
    assert found["data"]["images"] == 20
    assert found["start_up"]["compress_cpu_ms"] > 0
    assert {"machine", "versions", "command"} <= set(found)
    with Image.open(picture) as image:
        assert image.format == "PNG"
    assert "exists already" in fails("bench", tmp_path / "digits", "--json", report)


def test_bench_tells_what_is_no_data_set(tmp_path: Path) -> None:
    assert "there is no such file" in fails("bench", tmp_path / "none")
