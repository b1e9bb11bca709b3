"""A whole benchmark: every installed model and every peer on the same images, and our start-up."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aecodec.batch.parallel import THREAD_VARIABLES
from aecodec.bench.measure import Bench
from aecodec.bench.peers import ARCHIVE, OURS, Peer, aecodec_peer
from aecodec.bench.rates import comparison
from aecodec.bench.report import environment
from aecodec.bench.table import Skipped, find_peers
from aecodec.datasets import Labels
from aecodec.errors import InvalidModelError
from aecodec.images import Images, png_bytes
from aecodec.library import find_codec


def gather(images: Images, models: Sequence[str]) -> tuple[list[Peer], list[dict[str, str]]]:
    """The peers to measure, our models (by name) first, and what is skipped."""
    found, skipped = find_peers(images)
    ours = []
    for name in models:
        peer = aecodec_peer(find_codec(None, name))
        try:
            peer.encode(images[:1])
            ours.append(peer)
        except InvalidModelError as error:  # a model that brings no encoder
            skipped.append(Skipped(peer.name, "its model file", str(error)))
    return [*ours, *found], [asdict(skip) for skip in skipped]


def run(
    images: Images,
    digits: Labels | None,
    peers: Sequence[Peer],
    tick: Callable[[int], object] | None = None,
) -> tuple[dict[str, Any], dict[str, Images]]:
    """Measure peers; return the report, and what our models decoded by name.

    images: uint8 (N, 28, 28); digits: int64 (N,), what they are labelled as, or None;
    tick: called with 1 after each peer.
    """
    bench = Bench(images, digits)
    rows, decoded = [], {}
    for peer in peers:
        row, restored = bench.measure(peer)
        rows.append(row)
        if peer.kind == OURS:
            decoded[peer.name] = restored
        if tick:
            tick(1)
    archives = [row for row in rows if row["kind"] == ARCHIVE]
    report = {
        **environment(),
        "start_up": start_up(images[0]),
        "accuracy_original": bench.accuracy,
        "best_archive": min(archives, key=lambda row: row["bytes_per_image"]),
        "codecs": rows,
        "rate_distortion": comparison(rows),
    }
    return report, decoded


def start_up(image: Images) -> dict[str, float] | None:
    """CPU milliseconds of a cold `aecodec compress` of one PNG, and of its imports alone.

    None where compressing fails, for want of a sound default model.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "digit.png")
        source.write_bytes(png_bytes(image))
        python = [sys.executable]
        compress = [*python, "-m", "aecodec", "compress", str(source), "-f"]
        imports = [*python, "-c", "import numpy, PIL.Image, msgpack, typer"]
        try:
            return {
                "compress_cpu_ms": _child_ms(compress),
                "imports_cpu_ms": _child_ms(imports),
            }
        except subprocess.CalledProcessError:
            return None


def _child_ms(command: Sequence[str], rounds: int = 3) -> float:
    try:
        import resource
    except ImportError:  # not on Windows
        return float("nan")
    # as a shell would start it, without the threads that this command line has settled for itself
    shell = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    best = float("inf")
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=shell)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, 1000 * spent)
    return best
