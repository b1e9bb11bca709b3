"""Rate-distortion figures: bytes at equal error, and the Bjontegaard delta-rate.

A codec's curve is the front of its settings (no other is both smaller and better). Between
settings the logarithm of the bytes is interpolated over PSNR, piecewise cubic and monotone
(Fritsch and Butland 1984). Delta-rates are after Bjontegaard (VCEG-M33, 2001) with that
interpolation, as in VCEG-AI11. PSNR is that of the mean squared error over all images.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.bench.peers import LOSSY, OURS

TARGETS = (0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
LEAST_MSE = 0.0001  # below it an error would be shown as none
STEPS = 1000
ONE_SETTING = "a curve needs two settings"
FILES, ARCHIVE = "single_file_bytes", "bytes_per_image"

Curve = NDArray[np.float64]
Rows = Sequence[dict[str, Any]]


def curves(rows: Rows, rate: str = FILES) -> dict[str, Curve]:
    """The rate-distortion curve of each lossy codec.

    Args:
        rows: Those of the report.
        rate: FILES (the mean of one file each) or ARCHIVE (all images in one).

    Returns:
        By codec PSNR in dB and bytes, float64 (points, 2), rising in both.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row["kind"] in (OURS, LOSSY) and row["psnr_db"] is not None:
            points.setdefault(row["codec"], []).append((row["psnr_db"], row[rate]))
    return {codec: _front(found) for codec, found in points.items()}


def _front(points: Sequence[tuple[float, float]]) -> Curve:
    """The points that no other beats in both, from the smallest to the best."""
    front: list[tuple[float, float]] = []
    for psnr, size in sorted(points, key=lambda p: (p[1], -p[0])):
        if not front or (psnr > front[-1][0] and size > front[-1][1]):
            front.append((psnr, size))
    return np.array(front)


def bytes_at(curve: Curve, mse: float) -> dict[str, Any]:
    """Bytes an image at a mean squared error.

    Args:
        curve: As `curves` returns it.
        mse: The error, on the [0, 1] scale.

    Returns:
        `bytes`, and `bound`: None, `floor` where the smallest file is already better, or
        `unreached` (and no bytes) where the best file is worse.
    """
    psnr = -10 * math.log10(mse)
    if psnr <= curve[0, 0]:
        return {"bytes": float(curve[0, 1]), "bound": "floor"}
    if psnr > curve[-1, 0]:
        return {"bytes": None, "bound": "unreached"}
    size = math.exp(interpolate(curve[:, 0], np.log(curve[:, 1]), np.array([psnr]))[0])
    return {"bytes": size, "bound": None}


def delta_rate(curve: Curve, reference: Curve) -> dict[str, Any]:
    """The Bjontegaard delta-rate of a curve against a reference.

    Args:
        curve: As `curves` returns it.
        reference: The curve that it is compared with.

    Returns:
        `percent`, below 0 where the curve takes fewer bytes, over the range `psnr_db`; both None
        with a `reason` where the two have no common range of PSNR.
    """
    low = max(curve[0, 0], reference[0, 0])
    high = min(curve[-1, 0], reference[-1, 0])
    if min(len(curve), len(reference)) < 2:
        return {"percent": None, "psnr_db": None, "reason": ONE_SETTING}
    if high <= low:
        reason = (
            f"no common PSNR: {curve[0, 0]:.1f} to {curve[-1, 0]:.1f} dB "
            f"against {reference[0, 0]:.1f} to {reference[-1, 0]:.1f} dB"
        )
        return {"percent": None, "psnr_db": None, "reason": reason}
    at = np.linspace(low, high, STEPS)
    ours, theirs = (interpolate(c[:, 0], np.log(c[:, 1]), at) for c in (curve, reference))
    percent = 100 * math.expm1(float(np.mean(ours - theirs)))
    return {"percent": percent, "psnr_db": [float(low), float(high)], "reason": None}


def interpolate(x: Curve, y: Curve, at: Curve) -> Curve:
    """Interpolate by a piecewise cubic, monotone function.

    Args:
        x: Rising, float64 (points,).
        y: Its values, float64 (points,).
        at: Where to interpolate, within x, float64 (N,).

    Returns:
        The values there, float64 (N,).

    Example:
        >>> interpolate(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0]), np.array([1.0]))
        array([1.])
    """
    width, slope = np.diff(x), np.diff(y) / np.diff(x)
    bends = np.empty(len(x))
    bends[0], bends[-1] = slope[0], slope[-1]
    before, after = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    with np.errstate(divide="ignore"):
        mean = (before + after) / (before / slope[:-1] + after / slope[1:])
    bends[1:-1] = np.where(slope[:-1] * slope[1:] > 0, mean, 0)
    piece = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(width) - 1)
    t, h = (at - x[piece]) / width[piece], width[piece]
    return np.asarray(
        (1 + 2 * t) * (1 - t) ** 2 * y[piece]
        + t * (1 - t) ** 2 * h * bends[piece]
        + t**2 * (3 - 2 * t) * y[piece + 1]
        - t**2 * (1 - t) * h * bends[piece + 1]
    )


def comparison(rows: Rows) -> dict[str, Any]:
    """Compare lossy codecs at equal error.

    Args:
        rows: Those of the report.

    Returns:
        `equal_mse`, the bytes of every lossy codec at the errors of TARGETS; and `bjontegaard`,
        our delta-rates against each peer.
    """
    files, archives = curves(rows), curves(rows, ARCHIVE)
    ours = {row["codec"] for row in rows if row["kind"] == OURS} & files.keys()
    blank: dict[str, int] = {}
    for row in rows:
        blank[row["codec"]] = min(row["blank_file_bytes"], blank.get(row["codec"], 2**30))
    equal = [
        {
            "codec": codec,
            "rate": rate,
            "blank_file_bytes": blank[codec],
            "bytes_at_mse": {f"{mse:g}": bytes_at(curve, mse) for mse in TARGETS},
        }
        for rate, found in ((FILES, files), (ARCHIVE, archives))
        for codec, curve in found.items()
        if rate == FILES or codec in ours
    ]
    equal.sort(key=lambda row: row["codec"] not in ours)
    deltas = [
        {
            "codec": codec,
            "rate": rate,
            "peer": peer,
            **delta_rate(found[codec], files[peer]),
        }
        for codec in sorted(ours)
        for rate, found in ((FILES, files), (ARCHIVE, archives))
        for peer in files
        if peer not in ours
    ]
    return {"equal_mse": equal, "bjontegaard": deltas}
