"""The rate-distortion plot: bytes against PSNR for every codec, the lossless ones above."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from aecodec.bench.labels import Label, place_labels
from aecodec.bench.peers import ARCHIVE, LOSSLESS, OURS
from aecodec.bench.rates import ARCHIVE as IN_ARCHIVE
from aecodec.bench.rates import FILES, TARGETS, Curve, curves, interpolate
from aecodec.plotting import DPI, pyplot

# Okabe and Ito's colours, which colour-blind readers tell apart; markers tell them in grey.
OUR_COLOURS, OUR_MARKER = ("#000000", "#0B6E99"), "s"
STYLES = (
    ("#D55E00", "v"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#E69F00", "P"),
    ("#56B4E9", "X"),
    ("#0072B2", "*"),
    ("#882255", "<"),
)
GREY = "#333333"
MOST_PSNR = 36.0
CURVES_INCHES = 5.2
LINE_INCHES = 0.15  # for each lossless codec
ROOM = 1.25  # beside the first and the last point, as a factor of bytes
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
OUR_CURVES = ((FILES, "-", "one file each"), (IN_ARCHIVE, "--", "in one archive"))
Rows = Sequence[dict[str, Any]]


def draw_rates(file: BinaryIO, rows: Rows, title: str) -> None:
    """Draw every lossy codec's curve, ours as files and in an archive, and lossless codecs.

    Points of more than 36 dB are left out.

    Args:
        file: Where the PNG goes.
        rows: Those of the report, with one or two of our families.
        title: What was measured.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    exact = _exact_points(rows)
    colours = _our_colours(rows)
    figure, (top, main) = plt.subplots(
        2,
        1,
        sharex=True,
        figsize=(9, CURVES_INCHES + LINE_INCHES * len(exact)),
        dpi=DPI,
        gridspec_kw={"height_ratios": [LINE_INCHES * len(exact), CURVES_INCHES], "hspace": 0.04},
        layout="constrained",
    )
    main.set_xscale("log")
    labels, points = _lossy(main, rows, colours)
    above, dots = _lossless(top, exact, colours)
    sizes = [x for x, _ in [*points, *dots]]
    main.set_xlim(min(sizes) / ROOM, max(sizes) * ROOM)
    main.set_ylim(min(y for _, y in points) - 1, MOST_PSNR + 1)
    ticks = [tick for tick in TICKS if main.get_xlim()[0] <= tick <= main.get_xlim()[1]]
    main.set_xticks(ticks, [str(tick) for tick in ticks])
    main.minorticks_off()
    main.set_xlabel("bytes an image (log scale), headers included")
    main.set_ylabel("PSNR (dB): better is higher")
    errors = main.secondary_yaxis("right")
    low, high = main.get_ylim()
    shown = [mse for mse in TARGETS if low <= -10 * np.log10(mse) <= high]
    errors.set_yticks(-10 * np.log10(shown), [f"{mse:g}" for mse in shown])
    errors.set_ylabel("mean squared error on [0, 1]")
    for axis in (main, top):
        axis.grid(color="#dddddd", linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    top.set_title(title, loc="left", fontsize=11)
    figure.canvas.draw()  # settles the layout, which the labels need
    figure.set_layout_engine("none")
    place_labels(main, labels, points)
    place_labels(top, above, dots)
    figure.savefig(file, format="png", dpi=DPI)
    plt.close(figure)


def _our_colours(rows: Rows) -> dict[str, str]:
    """The colour of each of our families."""
    ours = dict.fromkeys(row["codec"] for row in rows if row["kind"] == OURS)
    return dict(zip(ours, OUR_COLOURS * len(ours), strict=False))


def _lossy(
    axis: Any, rows: Rows, ours: Mapping[str, str]
) -> tuple[list[Label], list[tuple[float, float]]]:
    """Draw the curves; return their labels, and all points drawn, in bytes and dB."""
    files = curves(rows)
    labels: list[Label] = []
    points: list[tuple[float, float]] = []
    peers = [codec for codec in files if codec not in ours]
    for codec, (colour, marker) in zip(peers, STYLES * len(peers), strict=False):
        points += _curve(axis, files[codec], colour, marker, "-", 1.4)
        labels.append(Label(codec, files[codec][0, 1], files[codec][0, 0], colour))
    for rate, line, what in OUR_CURVES:
        found = curves(rows, rate)
        for codec in (codec for codec in ours if codec in found):
            curve, colour = found[codec], ours[codec]
            points += _curve(axis, curve, colour, OUR_MARKER, line, 2.4)
            seen = curve[curve[:, 0] <= MOST_PSNR]
            psnr, size = seen[-1] if len(seen) else curve[0]
            labels.append(Label(f"{codec}\n{what}", size, psnr, colour))
            for row in rows:
                if row["codec"] == codec and (row["psnr_db"] or np.inf) <= MOST_PSNR:
                    point = (row[rate], row["psnr_db"])
                    axis.plot(*point, OUR_MARKER, color=colour, ms=6)
                    points.append(point)
                    labels.append(Label(row["setting"], *point, colour, 8))
    return labels, points


def _curve(
    axis: Any, curve: Curve, colour: str, marker: str, line: str, width: float
) -> list[tuple[float, float]]:
    """Draw a curve and its points; return what no label may cover."""
    shown = curve[curve[:, 0] <= MOST_PSNR]
    axis.plot(shown[:, 1], shown[:, 0], marker, color=colour, ms=6)
    covered = [(float(size), float(psnr)) for psnr, size in shown]
    if len(curve) > 1:
        at = np.linspace(curve[0, 0], curve[-1, 0], 200)
        sizes = np.exp(interpolate(curve[:, 0], np.log(curve[:, 1]), at))
        axis.plot(sizes, at, line, color=colour, linewidth=width)
        seen = at <= MOST_PSNR
        covered += zip(sizes[seen].tolist(), at[seen].tolist(), strict=True)
    return covered


def _exact_points(rows: Rows) -> list[tuple[float, str, dict[str, Any]]]:
    """Bytes, marker and row of the lossless codecs; ours as files and in an archive."""
    points = []
    for row in rows:
        if row["lossless"] and row["name"] != "raw":
            if row["kind"] != ARCHIVE:
                points.append((row[FILES], "o", row))
            if row["kind"] != LOSSLESS:
                points.append((row[IN_ARCHIVE], "s", row))
    return sorted(points, key=lambda point: point[0])


def _lossless(
    axis: Any, exact: Sequence[tuple[float, str, dict[str, Any]]], ours: Mapping[str, str]
) -> tuple[list[Label], list[tuple[float, float]]]:
    """A line a codec, the smallest lowest; return labels and points, in bytes and lines."""
    labels = []
    for place, (size, marker, row) in enumerate(exact):
        colour = ours.get(row["codec"], GREY)
        axis.plot(size, place, marker, color=colour, ms=4.5)
        labels.append(Label(row["name"], size, place, colour, 7.5))
    axis.set_yticks([])
    axis.set_ylim(-1, len(exact))
    axis.set_ylabel("lossless")
    axis.text(0.012, 0.9, "●  one file each", transform=axis.transAxes, fontsize=9)
    axis.text(0.012, 0.8, "■  all in one archive", transform=axis.transAxes, fontsize=9)
    return labels, [(size, place) for place, (size, _, _) in enumerate(exact)]
