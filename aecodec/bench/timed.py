"""A codec at one setting, timed: how long it takes to encode and to decode images."""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecodec.bench.peers import OURS, Peer
from aecodec.distortion import mse_per_image, psnr
from aecodec.images import Images
from aecodec.integer import all_loops

TRIAL = 9  # images by which the time that a codec will take is judged
LEAST = 1e-9  # seconds

Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """What is timed.

    Attributes:
        peer: A codec at one setting.
        effort: That of one of our models; None for other codecs, whose names say theirs.
    """

    peer: Peer
    effort: int | None = None

    @property
    def name(self) -> str:
        """The name of the row."""
        return self.peer.model.name if self.peer.model else self.peer.name

    def encode(self, images: Images) -> tuple[list[bytes], float]:
        """Encode uint8 (N, 28, 28).

        Returns:
            One file, or N where a file holds one image; and the CPU seconds that it took.
        """
        parts = [image[None] for image in images] if self.peer.per_file else [images]
        start = time.process_time()
        files = [self.peer.encode(part) for part in parts]
        return files, max(time.process_time() - start, LEAST)

    def decode(self, files: list[bytes]) -> tuple[Images, float]:
        """Decode what `encode` returned: uint8 (N, 28, 28), and the CPU seconds that it took."""
        start = time.process_time()
        parts = [self.peer.decode(data) for data in files]
        spent = time.process_time() - start
        return np.concatenate(parts), max(spent, LEAST)


class Timing:
    """The best times of a codec over several rounds.

    The first round takes all images, for their bytes and their error. Later rounds encode as many
    as there is time for.

    Args:
        subject: The codec.
        compiled: Whether our loops run compiled or plain; None for codecs that have none.

    Attributes:
        expected: About the seconds that the first round takes.
    """

    def __init__(self, subject: Subject, compiled: bool | None, images: Images) -> None:
        self.subject = subject
        self.compiled = compiled
        self._images = images
        self._encoded = len(images)  # a round
        self._encode_rate = self._decode_rate = 0.0
        self._files: list[bytes] = []
        with self.loops():
            subject.decode(subject.encode(images[:1])[0])  # loads, compiles, makes tables
            trial = images[:TRIAL]
            files, spent = subject.encode(trial)
            self.expected = len(images) / len(trial) * (spent + subject.decode(files)[1])

    def loops(self) -> AbstractContextManager[None]:
        """A block in which our loops run as is said here."""
        return nullcontext() if self.compiled is None else all_loops(compiled=self.compiled)

    def first_round(self, seconds: float) -> None:
        """Encode and decode all images.

        Args:
            seconds: How long the encoding of later rounds may take.
        """
        with self.loops():
            self._files, spent = self.subject.encode(self._images)
            self._decoded, decoding = self.subject.decode(self._files)
        self._decode_rate = len(self._images) / decoding
        rate = len(self._images) / spent
        self._encoded = min(len(self._images), max(1, int(rate * seconds)))
        if self._encoded == len(self._images):
            self._encode_rate = rate
        self.expected = self._encoded / rate + decoding

    def like(self, other: "Timing") -> None:
        """Take over the first round of the same codec, whose bytes are the same either way."""
        self._files, self._decoded, self._encoded = other._files, other._decoded, other._encoded
        self.expected = other.expected

    def next_round(self) -> None:
        """Encode as many images as there is time for, and decode all."""
        with self.loops():
            _, spent = self.subject.encode(self._images[: self._encoded])
            _, decoding = self.subject.decode(self._files)
        self._encode_rate = max(self._encode_rate, self._encoded / spent)
        self._decode_rate = max(self._decode_rate, len(self._images) / decoding)

    def row(self) -> Row:
        """The figures, for the report."""
        peer, count = self.subject.peer, len(self._images)
        mse = float(mse_per_image(self._images, self._decoded).mean())
        return {
            "name": self.subject.name,
            "kind": peer.kind,
            "codec": peer.codec,
            "setting": peer.setting,
            "effort": self.subject.effort,
            "numba": self.compiled,
            "lossless": peer.lossless,
            "in_one_archive": peer.kind == OURS,
            "images": count,
            "images_a_round": self._encoded,
            "bytes_per_image": sum(map(len, self._files)) / count,
            "mse": mse,
            "psnr_db": psnr(mse),
            "encode_images_per_s": self._encode_rate,
            "decode_images_per_s": self._decode_rate,
        }
