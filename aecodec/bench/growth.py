"""How the time of a codec grows with the number of images."""

from collections.abc import Sequence

import numpy as np

from aecodec.bench.timed import Row, Subject, Timing
from aecodec.images import Images

SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
REPEATED = 0.05  # CPU seconds below which a time is the best of several
TIMES = 5


def grow(timing: Timing, images: Images, limit: float, sizes: Sequence[int] = SIZES) -> list[Row]:
    """Time ever more images, until the next would take too long.

    Args:
        timing: The codec, with its way of running our loops.
        images: uint8 (N, 28, 28), repeated where more are needed.
        limit: The most CPU seconds that either way may be expected to take.
        sizes: The numbers of images, rising.

    Returns:
        A row for each number, in seconds.
    """
    rows: list[Row] = []
    subject, last, spent = timing.subject, 0, 0.0
    for size in sizes:
        if last and spent * size / last > limit:
            break
        given = np.resize(images, (size, *images.shape[1:]))
        with timing.loops():
            encoding, decoding = _best(subject, given)
        rows.append(
            {
                "name": subject.name,
                "codec": subject.peer.codec,
                "setting": subject.peer.setting,
                "effort": subject.effort,
                "numba": timing.compiled,
                "images": size,
                "encode_s": encoding,
                "decode_s": decoding,
            }
        )
        last, spent = size, max(encoding, decoding)
    return rows


def _best(subject: Subject, images: Images) -> tuple[float, float]:
    """The least seconds of encoding and of decoding."""
    encodings, decodings = [], []
    for _ in range(TIMES):
        files, encoding = subject.encode(images)
        _, decoding = subject.decode(files)
        encodings.append(encoding)
        decodings.append(decoding)
        if encoding + decoding > REPEATED:
            break
    return min(encodings), min(decodings)
