from dataclasses import replace

import numpy as np
import pytest
from helpers import ROOT, pattern

from aecodec.bench.classifier import DigitClassifier
from aecodec.bench.measure import Bench, Pace, digits_of
from aecodec.bench.ours import aecodec_peer, payload_bytes
from aecodec.bench.peers import LOSSY, Peer
from aecodec.datasets import load_dataset
from aecodec.distortion import mse_per_image
from aecodec.library import find_codec

DARKEN = Peer("darken", lambda x: (x // 2).tobytes(), lambda b: _images(b), LOSSY, per_file=True)


def _images(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(-1, 28, 28)


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


def test_a_slow_codec_is_measured_on_a_stated_part() -> None:
    images = pattern(30)
    images[20] = 255
    row, decoded = Bench(images).measure(replace(DARKEN, step=4))
    assert row["images"] == len(decoded) == 8
    assert row["worst_image"] == 20
    assert row["bytes_per_image"] == row["single_file_bytes"] == row["blank_file_bytes"] == 784


def test_the_classifier_knows_the_example_digits() -> None:
    images = load_dataset(str(ROOT / "examples" / "digits")).images
    digits = np.repeat(np.arange(10), 10)
    bench = Bench(images, digits)
    assert bench.accuracy is not None
    assert bench.accuracy >= 0.97
    row, decoded = bench.measure(DARKEN)
    assert row["accuracy"] == np.mean(DigitClassifier().classify(decoded) == digits)


def test_images_that_the_classifier_does_not_know_are_not_classified() -> None:
    bench = Bench(pattern(20), np.zeros(20, np.int64))
    assert bench.accuracy is not None
    assert bench.accuracy < 0.9
    assert bench.measure(DARKEN)[0]["accuracy"] is None


def test_files_of_their_own_are_made_of_as_many_images_as_the_pace_says() -> None:
    made = []

    def encode(images: np.ndarray) -> bytes:
        made.append(len(images))
        return images.tobytes()

    peer = Peer("raw", encode, _images, LOSSY)
    row, _ = Bench(pattern(30), pace=Pace(None, 7, 0)).measure(peer)
    assert made.count(1) == 7 + 1  # and the blank image's
    assert row["images"] == 30


def test_the_speed_of_a_codec_is_not_that_of_its_first_call() -> None:
    calls = []

    def encode(images: np.ndarray) -> bytes:
        calls.append(len(images))
        if calls.count(30) == 1 and len(images) == 30:  # makes its tables
            sum(range(2_000_000))
        return images.tobytes()

    row, _ = Bench(pattern(30), pace=Pace(None, 1, 0)).measure(Peer("x", encode, _images, LOSSY))
    assert calls.count(30) == 2
    assert row["encode_images_per_s"] > 30 / 0.005
