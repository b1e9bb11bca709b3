"""Measure a codec: sizes, distortion, what a classifier makes of the decoded images, speed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from aecodec.bench.classifier import DigitClassifier
from aecodec.bench.codecs import pillow
from aecodec.bench.ours import payload_bytes
from aecodec.bench.peers import Peer, spread
from aecodec.datasets import Labels
from aecodec.distortion import mse_per_image, psnr, ssim
from aecodec.images import PIXELS, SIDE, Images

SPEED_BATCH = 1000
LONG = 1.0  # CPU seconds
LEAST_ACCURACY = 0.9

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Pace:
    """How thoroughly to measure.

    Attributes:
        images: At most so many, evenly spread; None for all.
        singles: Of how many of them our models and archivers make a file of its own each.
        seconds: How long the speed of coding is measured at least.
    """

    images: int | None
    singles: int
    seconds: float


QUICK = Pace(300, 40, 0.05)
THOROUGH = Pace(None, 250, 0.1)


class Bench:
    """What all codecs are measured on.

    Where the classifier's accuracy on the originals is below LEAST_ACCURACY, these are not the
    digits that it knows, and it classifies no decoded images.

    Args:
        images: uint8 (N, 28, 28).
        digits: Their labels as digits, int64 (N,), or None.
        pace: How thoroughly to measure.

    Attributes:
        png_bytes: The size of each image's PNG file by Pillow, int64 (N,).
        accuracy: The classifier's on the originals, or None without labels.
    """

    def __init__(self, images: Images, digits: Labels | None = None, pace: Pace = THOROUGH) -> None:
        self.images = images
        self.pace = pace
        png = pillow("PNG")
        self.png_bytes = np.array([len(png.encode(image[None])) for image in images])
        self.accuracy: float | None = None
        self._digits = digits
        if digits is not None:
            self._classifier = DigitClassifier()
            self._right = self._classifier.classify(images) == digits
            self.accuracy = float(self._right.mean())

    def measure(self, peer: Peer) -> tuple[dict[str, Any], Images]:
        """Measure one codec.

        Args:
            peer: The codec; slow ones are measured on every `peer.step`-th image.

        Returns:
            Its row of the report, and the images that it was measured on as they decode.
        """
        images, seconds = self.images[:: peer.step], self.pace.seconds
        if peer.per_file:
            files, encode_rate = _timed(lambda x: peer.encode(x[None]), list(images), seconds)
            parts, decode_rate = _timed(peer.decode, files, seconds)
            decoded = np.concatenate(parts)
            total = payload = sum(map(len, files))
            single = total / len(images)
        else:
            batch = images[:SPEED_BATCH]
            (data,), encode_rate = _timed(peer.encode, [batch], seconds)
            (decoded,), decode_rate = _timed(peer.decode, [data], seconds)
            encode_rate, decode_rate = len(batch) * encode_rate, len(batch) * decode_rate
            if len(batch) < len(images):
                data = peer.encode(images)
                decoded = peer.decode(data)
            total, payload = len(data), payload_bytes(peer, data)
            chosen = spread(images, self.pace.singles)
            single = float(np.mean([len(peer.encode(image[None])) for image in chosen]))
        errors = mse_per_image(images, decoded)
        mse = float(errors.mean())
        worst = int(errors.argmax())
        per_image = total / len(images)
        png = float(self.png_bytes[:: peer.step].mean())
        row = {
            "name": peer.name,
            "kind": peer.kind,
            "codec": peer.codec,
            "setting": peer.setting,
            "images": len(images),
            "bytes_per_image": per_image,
            "single_file_bytes": single,
            "payload_bytes_per_image": payload / len(images),
            "blank_file_bytes": len(peer.encode(np.zeros((1, SIDE, SIDE), np.uint8))),
            "ratio_raw": PIXELS / per_image,
            "ratio_png": png / per_image,
            "ratio_png_single": png / single,
            "bpp": 8 * per_image / PIXELS,
            "mse": mse,
            "psnr_db": psnr(mse),
            "ssim": ssim(images, decoded) if mse else 1.0,
            "accuracy": self._accuracy(decoded, peer.step, exact=mse == 0),
            "accuracy_original": self._accuracy(images, peer.step, exact=True),
            "worst_image": worst * peer.step,
            "worst_mse": float(errors.max()),
            "encode_images_per_s": encode_rate,
            "decode_images_per_s": decode_rate,
            "lossless": peer.lossless,
        }
        return row | _side_facts(peer, png - per_image), decoded

    def _accuracy(self, decoded: Images, step: int, *, exact: bool) -> float | None:
        """The share of decoded images that are classified as labelled."""
        if self._digits is None or self.accuracy is None or self.accuracy < LEAST_ACCURACY:
            return None
        if exact:
            return float(self._right[::step].mean())
        return float(np.mean(self._classifier.classify(decoded) == self._digits[::step]))


def digits_of(labels: Labels | None, class_names: Sequence[str] | None) -> Labels | None:
    """Labels as digits.

    Args:
        labels: int64 (N,), numbers of classes, or None.
        class_names: The classes' names, or None where the numbers are all there is.

    Returns:
        int64 (N,), or None where there are no labels or they name no digits.
    """
    if labels is None:
        return None
    if class_names is not None:
        if not all(name in set("0123456789") for name in class_names):
            return None
        labels = np.array([int(name) for name in class_names], np.int64)[labels]
    return labels if labels.min() >= 0 and labels.max() <= 9 else None


def _side_facts(peer: Peer, saved: float) -> dict[str, Any]:
    """What a decoder needs besides the files, and how many images pay for it."""
    facts: dict[str, Any] = {}
    if peer.side_bytes is not None:
        facts["model_bytes"] = peer.side_bytes
        facts["images_to_pay_for_model"] = int(-(-peer.side_bytes // saved)) if saved > 0 else None
    if peer.model is not None:
        facts["model"] = peer.model.name
        facts["model_id"] = peer.model.id.hex()
        facts["arithmetic"] = peer.model.coder.arithmetic
    return facts


def _timed(
    work: Callable[[Item], Result], items: Sequence[Item], seconds: float
) -> tuple[list[Result], float]:
    """Do the work on all items; return the results and the best rate, items a CPU second.

    Rates are taken over batches of SPEED_BATCH items; few items are gone through several times,
    a single one at least twice unless that takes long: tables are made at the first time.
    """
    if len(items) > 1:
        work(items[0])  # warms up
    results: list[Result] = []
    best = float("inf")
    done, least = 0, 2 if len(items) == 1 else 1
    end = time.monotonic() + seconds
    while len(results) < len(items) or done < least or time.monotonic() < end:
        first = len(results) if len(results) < len(items) else 0
        batch = items[first : first + SPEED_BATCH]
        start = time.process_time()
        made = [work(item) for item in batch]
        spent = time.process_time() - start
        best = min(best, spent / len(batch))
        done, least = done + 1, 1 if spent > LONG else least
        if len(results) < len(items):
            results += made
    return results, 1 / max(best, 1e-9)
