"""A whole benchmark: our models and the peers on the same images, the quickest first."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aecodec.bench.environment import environment, start_up
from aecodec.bench.measure import QUICK, THOROUGH, Bench
from aecodec.bench.ours import find_ours, our_codec
from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, OURS, Peer, Skipped
from aecodec.bench.rates import comparison
from aecodec.bench.registry import find_peers
from aecodec.datasets import Labels
from aecodec.images import Images
from aecodec.library import GENERAL_FAMILY

TRIAL = 9  # images that tell how long a codec will take
START_UP = "the start of aecodec"
START_UP_SECONDS = 3.0
METRIC_SECONDS = 4e-4  # for an image: SSIM and the classifier


@dataclass(frozen=True)
class Step:
    """What is measured next, with the seconds that all steps are expected to take.

    Attributes:
        name: The codec.
        before: The seconds of the steps before it.
        during: The seconds of this step.
        after: The seconds of the steps after it.
    """

    name: str
    before: float
    during: float
    after: float


def gather(
    images: Images, model: str | None = None, *, everybody: bool = False
) -> tuple[list[Peer], list[Skipped]]:
    """Find what to measure.

    Args:
        images: uint8 (N, 28, 28), at least one.
        model: One of our models or families; by default the family that fits the images.
        everybody: Take all families, where no model is named, and the slow peers.

    Returns:
        Ours first, those of the fitting family foremost; then the others, the order of the
        report. And what cannot be measured.

    Raises:
        UnknownModelError: There is no such model.
        InvalidModelError: The model that was named is damaged.
        UnsupportedFileError: The model that was named was made for a later version.
    """
    ours, damaged = find_ours(images, model, everybody=everybody)
    peers, skipped = find_peers(images, everybody=everybody)
    order = (LOSSLESS, ARCHIVE, LOSSY)
    return [*ours, *sorted(peers, key=lambda p: order.index(p.kind))], [*damaged, *skipped]


def run(
    images: Images,
    digits: Labels | None,
    peers: Sequence[Peer],
    skipped: Sequence[Skipped] = (),
    *,
    everybody: bool = False,
    watch: Callable[[Step], object] = lambda _: None,
) -> tuple[dict[str, Any], dict[str, Images]]:
    """Measure codecs.

    Args:
        images: uint8 (N, 28, 28).
        digits: Their labels as digits, int64 (N,), or None.
        peers: The codecs.
        skipped: Codecs that the report is to name as left out.
        everybody: Measure thoroughly, on all images.
        watch: Called before each step.

    Returns:
        The report, and by name what our models decoded, uint8 (N, 28, 28).
    """
    bench = Bench(images, digits, THOROUGH if everybody else QUICK)
    expected = {peer.name: _expected_seconds(peer, bench) for peer in peers}
    before, after = 0.0, sum(expected.values()) + START_UP_SECONDS
    rows, decoded = {}, {}
    for peer in sorted(peers, key=lambda peer: expected[peer.name]):
        after -= expected[peer.name]
        watch(Step(peer.name, before, expected[peer.name], after))
        rows[peer.name], restored = bench.measure(peer)
        before += expected[peer.name]
        if peer.kind == OURS:
            decoded[peer.name] = restored
    watch(Step(START_UP, before, START_UP_SECONDS, 0.0))
    ordered = [rows[peer.name] for peer in peers]
    archives = [row for row in ordered if row["kind"] == ARCHIVE]
    report = {
        **environment(),
        "start_up": start_up(images[0]),
        "accuracy_original": bench.accuracy,
        "best_archive": min(archives, key=lambda row: row["bytes_per_image"]),
        "codecs": ordered,
        "rate_distortion": comparison(ordered),
        "skipped": [asdict(skip) for skip in skipped],
    }
    return report, {peer.name: decoded[peer.name] for peer in peers if peer.name in decoded}


def sample(count: int, *, everybody: bool) -> list[int]:
    """Which of `count` images are measured: all, or at most `QUICK.images` evenly spread."""
    size = count if everybody else min(count, QUICK.images or count)
    return [number * count // size for number in range(size)]


def fitting(peers: Sequence[Peer], rows: Sequence[dict[str, Any]]) -> tuple[list[Peer], list[Any]]:
    """Peers and rows without our families that do not fit, except `any`: what a picture shows."""
    shown = {peers[0].codec, our_codec(GENERAL_FAMILY)}
    return (
        [peer for peer in peers if peer.kind != OURS or peer.codec in shown],
        [row for row in rows if row["kind"] != OURS or row["codec"] in shown],
    )


def _expected_seconds(peer: Peer, bench: Bench) -> float:
    """How long a codec will take, by a trial on a few images."""
    images = bench.images[:: peer.step]

    def trial(part: Images) -> float:
        start = time.perf_counter()
        peer.decode(peer.encode(part))
        return time.perf_counter() - start

    one = min(trial(images[:1]) for _ in range(2))
    metrics = len(images) * METRIC_SECONDS * (not peer.lossless)
    if peer.per_file:
        return max(len(images) * one, 2 * bench.pace.seconds) + metrics
    each = max(trial(images[:TRIAL]) - one, 0) / TRIAL
    batches = 2 * bench.pace.seconds + len(images) * each
    return batches + metrics + one * min(len(images), bench.pace.singles)
