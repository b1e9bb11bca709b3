"""How fast our levels are at every effort, beside other codecs, in one run."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from itertools import accumulate
from typing import Any

import numpy as np

from aecodec import threads
from aecodec.bench import speed_peers
from aecodec.bench.benchmark import Step
from aecodec.bench.environment import environment
from aecodec.bench.growth import SIZES, grow
from aecodec.bench.ours import aecodec_peer, find_ours
from aecodec.bench.peers import Skipped, spread
from aecodec.bench.rates import ARCHIVE, bytes_at, curves
from aecodec.bench.registry import find_peers
from aecodec.bench.timed import Row, Subject, Timing
from aecodec.images import Images
from aecodec.kinds import DEFAULT_EFFORT, EFFORTS

REFERENCE = "png"  # the codec that rates are compared with
EQUAL_MSE = 0.005
GROWING = ("png", "zstd -3 + dict", "webp m4", "libjpeg-turbo", "jxl e7")  # one setting of each
MOST_FITTED = 10_000  # images, of which a dictionary is made of every other one


@dataclass(frozen=True)
class SpeedPace:
    """How thoroughly to time.

    Attributes:
        images: At most so many, evenly spread.
        rounds: How often every codec is timed, one after the other, after a first round.
        seconds: How long a codec may encode in each of these rounds.
        growth: How long ever more images may take, either way.
    """

    images: int
    rounds: int
    seconds: float
    growth: float


QUICK = SpeedPace(300, 3, 0.5, 2.0)
THOROUGH = SpeedPace(2000, 4, 2.0, 20.0)


def find_subjects(
    images: Images, model: str | None = None, *, everybody: bool = False
) -> tuple[list[Subject], list[Skipped]]:
    """Find what to time.

    Args:
        images: uint8 (N, 28, 28), at least one. A dictionary is made of every other one.
        model: A family of ours or one model; by default the family that fits the images.
        everybody: Take every family, where none is named.

    Returns:
        Our levels at every effort, then the other codecs; and what is left out.

    Raises:
        UnknownModelError: There is no such model.
        InvalidModelError: The one that was named is damaged.
        UnsupportedFileError: The one that was named was made for a later version.
    """
    found, damaged = find_ours(images, model, everybody=everybody)
    ours = [
        Subject(aecodec_peer(peer.model, effort), effort)
        for peer in found
        if peer.model is not None and (everybody or peer.codec == found[0].codec)
        for effort in EFFORTS
    ]
    peers, missing = find_peers(spread(images, MOST_FITTED), entries=speed_peers.ENTRIES)
    return [*ours, *map(Subject, peers)], [*damaged, *missing]


def measure_speed(
    images: Images,
    subjects: Sequence[Subject],
    pace: SpeedPace = QUICK,
    *,
    sizes: Sequence[int] = SIZES,
    watch: Callable[[Step], object] = lambda _: None,
) -> dict[str, Any]:
    """Time codecs on the same images, in rounds, so that what else a machine does hits all alike.

    Rates are images a second of CPU time. Of all rounds the best counts.

    Args:
        images: uint8 (N, 28, 28); those that a dictionary was made of are passed over.
        subjects: The codecs.
        pace: How thoroughly to time.
        sizes: The numbers of images by which the growth of the time is told.
        watch: Called before each step.

    Returns:
        The report: `speed` has a row for each subject, for ours one without and one with numba
        where it is installed; `growth` a row for each number of images; `equal_mse` the bytes and
        rates of each lossy codec at the same error.
    """
    kept = images[::2]
    chosen = spread(kept, pace.images)
    ways = (True, False) if find_spec("numba") else (False,)
    timings: list[list[Timing]] = []  # of the same subject, either way
    for subject in subjects:
        own = ways if subject.peer.model else (None,)
        timings.append([Timing(subject, way, chosen) for way in own])
    growth: list[Row] = []
    steps = list(_steps(timings, kept, pace, sizes, growth))
    ends = list(accumulate(seconds for _, seconds, _ in steps))
    for end, (name, seconds, work) in zip(ends, steps, strict=True):
        watch(Step(name, end - seconds, seconds, ends[-1] - end))
        work()
    rows = [timing.row() for group in timings for timing in group]
    _compare(rows)
    return {
        **environment(),
        "blas_threads": os.environ.get(threads.VARIABLES[0]),
        "pace": asdict(pace),
        "speed": rows,
        "equal_mse": equal_error(rows),
        "growth": growth,
    }


def _steps(
    timings: Sequence[Sequence[Timing]],
    images: Images,
    pace: SpeedPace,
    sizes: Sequence[int],
    growth: list[Row],
) -> Iterator[tuple[str, float, Callable[[], None]]]:
    """What is done, one after the other: a name, about the seconds, and the work."""

    def first(group: Sequence[Timing]) -> None:
        group[0].first_round(pace.seconds)
        for other in group[1:]:
            other.like(group[0])

    def growing(timing: Timing) -> None:
        growth.extend(grow(timing, images, pace.growth, sizes))

    for group in timings:
        yield group[0].subject.name, group[0].expected, partial(first, group)
    for _ in range(pace.rounds):
        for group in timings:
            for timing in group:
                seconds = min(timing.expected, 2 * pace.seconds)
                yield timing.subject.name, seconds, timing.next_round
    for timing in _growing(timings):
        name = f"more and more images by {timing.subject.name}"
        yield name, pace.growth, partial(growing, timing)


def _growing(timings: Sequence[Sequence[Timing]]) -> Iterator[Timing]:
    """Ours at the default effort, and a setting of some of the others."""
    seen = set()
    for group in timings:
        subject = group[0].subject
        ours = subject.effort == DEFAULT_EFFORT
        if ours or (subject.peer.codec in GROWING and subject.peer.codec not in seen):
            seen.add(subject.peer.codec)
            yield group[0]


def _compare(rows: Sequence[Row]) -> None:
    """Say how fast each is as a multiple of PNG."""
    reference = next((row for row in rows if row["name"] == REFERENCE), None)
    for row in rows:
        for way in ("encode", "decode"):
            rate = f"{way}_images_per_s"
            row[f"{way}_x_png"] = row[rate] / reference[rate] if reference else None


def equal_error(rows: Sequence[Row], mse: float = EQUAL_MSE) -> list[Row]:
    """The bytes and the rates of each lossy codec at the same mean squared error.

    Bytes are interpolated as in `rates`, the logarithms of the rates linearly over PSNR.

    Args:
        rows: Those of `speed`.
        mse: The error, on the [0, 1] scale.

    Returns:
        A row for each codec, effort and way of the loops. `bound` is as `bytes_at` returns it:
        at `floor` the figures are those of the smallest files, at `unreached` they are None.
    """
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if row["psnr_db"] is not None:
            groups.setdefault((row["codec"], row["effort"], row["numba"]), []).append(row)
    found = []
    for (codec, effort, numba), group in groups.items():
        (curve,) = curves(group, ARCHIVE).values()
        at = bytes_at(curve, mse)
        told = {"kind": group[0]["kind"], "codec": codec, "effort": effort, "numba": numba}
        found.append({**told, "mse": mse, **at, **_rates_at(group, curve[0, 0], mse, at["bound"])})
    return found


def _rates_at(group: Sequence[Row], least: float, mse: float, bound: str | None) -> Row:
    names = ("encode_images_per_s", "decode_images_per_s")
    if bound == "unreached":
        return dict.fromkeys(names)
    group = sorted(group, key=lambda row: row["psnr_db"])
    known = [row["psnr_db"] for row in group]
    psnr = max(-10 * np.log10(mse), least)
    return {
        name: float(np.exp(np.interp(psnr, known, [np.log(row[name]) for row in group])))
        for name in names
    }


def fastest_way(rows: Sequence[Row]) -> list[Row]:
    """Of our rows those with numba, where they have been measured with it; all others."""
    compiled = any(row["numba"] for row in rows)
    return [row for row in rows if row["numba"] in (None, compiled)]
