"""Measure every codec on the same images: sizes, distortion, speed, start-up."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.bench.metrics import mse_per_image, psnr, ssim
from aecodec.bench.peers import RAW_BYTES, Peer, payload_bytes
from aecodec.images import Images, png_bytes

SPEED_BATCH = 1000
SPEED_SECONDS = 0.3
MOST_SINGLES = 2000


@dataclass(frozen=True)
class Measured:
    """One codec's row, and its decoded images for the plot."""

    row: dict[str, Any]
    decoded: Images
    errors: NDArray[np.float64]


def measure(peer: Peer, images: Images, png_bytes_per_image: float) -> Measured:
    """Measure one codec on uint8 (N, 28, 28).

    Single files are averaged over the first MOST_SINGLES images; speeds are CPU time in batches
    of SPEED_BATCH after a warm-up, best of several rounds.
    """
    singles = images[:MOST_SINGLES]
    files = [peer.encode(image[None]) for image in singles]
    single = sum(map(len, files)) / len(files)
    if peer.per_file:
        parts = [peer.encode(image[None]) for image in images[MOST_SINGLES:]]
        total = payload = sum(map(len, files)) + sum(map(len, parts))
        decoded = np.concatenate([peer.decode(data) for data in files + parts])
    else:
        archive = peer.encode(images)
        total, payload = len(archive), payload_bytes(peer, archive)
        decoded = peer.decode(archive)
    errors = mse_per_image(images, decoded)
    encode_speed, decode_speed = _speeds(peer, images[:SPEED_BATCH])
    per_image = total / len(images)
    mse = float(errors.mean())
    row = {
        "name": peer.name,
        "bytes_per_image": per_image,
        "single_file_bytes": single,
        "payload_bytes_per_image": payload / len(images),
        "ratio_raw": RAW_BYTES / per_image,
        "ratio_png": png_bytes_per_image / per_image,
        "ratio_png_single": png_bytes_per_image / single,
        "bpp": 8 * per_image / RAW_BYTES,
        "mse": mse,
        "psnr_db": psnr(mse),
        "ssim": ssim(images, decoded),
        "worst_image": int(errors.argmax()),
        "worst_mse": float(errors.max()),
        "encode_images_per_s": encode_speed,
        "decode_images_per_s": decode_speed,
        "lossless": peer.lossless,
    }
    if peer.codec is not None:
        row |= _model_facts(peer, png_bytes_per_image - per_image)
    return Measured(row, decoded, errors)


def _model_facts(peer: Peer, saved: float) -> dict[str, Any]:
    codec = peer.codec
    if codec is None:
        return {}
    size = codec.path.stat().st_size
    return {
        "model_id": codec.id.hex(),
        "model_bytes": size,
        "images_to_pay_for_model": int(-(-size // saved)) if saved > 0 else None,
        "arithmetic": codec.coder.arithmetic,
    }


def _speeds(peer: Peer, images: Images) -> tuple[float, float]:
    """Images a second of CPU time on one core, encoding and decoding."""
    if peer.per_file:
        files = [peer.encode(image[None]) for image in images]
        encode = _rate(lambda: [peer.encode(image[None]) for image in images], len(images))
        return encode, _rate(lambda: [peer.decode(data) for data in files], len(images))
    data = peer.encode(images)
    encode = _rate(lambda: peer.encode(images), len(images))
    return encode, _rate(lambda: peer.decode(data), len(images))


def _rate(work: Callable[[], object], count: int) -> float:
    best = float("inf")
    end = time.monotonic() + SPEED_SECONDS
    while True:
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        if time.monotonic() > end:
            return count / max(best, 1e-9)


def start_up(image: Images) -> dict[str, float]:
    """CPU milliseconds of a cold `aecodec compress` of one PNG, and of its imports alone."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "digit.png")
        source.write_bytes(png_bytes(image))
        python = [sys.executable]
        compress = [*python, "-m", "aecodec", "compress", str(source), "-f"]
        imports = [*python, "-c", "import numpy, PIL.Image, msgpack, typer"]
        return {
            "compress_cpu_ms": _child_ms(compress),
            "imports_cpu_ms": _child_ms(imports),
        }


def _child_ms(command: Sequence[str], rounds: int = 3) -> float:
    try:
        import resource
    except ImportError:  # not on Windows
        return float("nan")
    best = float("inf")
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, 1000 * spent)
    return best
