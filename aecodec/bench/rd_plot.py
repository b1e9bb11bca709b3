"""The rate-distortion plot: bytes against PSNR for every codec, the lossless ones above."""

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from aecodec.bench.peers import ARCHIVE, LOSSLESS, OURS
from aecodec.bench.plots import DPI, pyplot
from aecodec.bench.rates import ARCHIVE as IN_ARCHIVE
from aecodec.bench.rates import FILES, TARGETS, curves, interpolate

# Okabe and Ito's colours, which colour-blind readers tell apart; markers tell them in grey.
OUR_STYLES = (("#0072B2", "o"), ("#000000", "s"))
STYLES = (
    ("#D55E00", "v"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#E69F00", "P"),
    ("#56B4E9", "X"),
    ("#666666", "*"),
    ("#882255", "<"),
)
MOST_PSNR = 36.0
Rows = Sequence[dict[str, Any]]


def draw_rates(file: BinaryIO, rows: Rows, title: str) -> None:
    """Draw every lossy codec's curve, ours as files and in an archive, and lossless codecs.

    Raises MissingDependencyError without matplotlib.
    """
    plt = pyplot()
    figure, (top, main) = plt.subplots(
        2,
        1,
        sharex=True,
        figsize=(9, 8),
        gridspec_kw={"height_ratios": [2.2, 4], "hspace": 0.04},
        layout="constrained",
    )
    main.set_xscale("log")
    _lossy(main, rows)
    _lossless(top, rows)
    main.set_xlabel("bytes an image (log scale), headers included")
    main.set_ylabel("PSNR (dB): better is higher")
    main.set_ylim(11.5, MOST_PSNR + 1)
    ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if t <= main.get_xlim()[1]]
    main.set_xticks(ticks, [str(tick) for tick in ticks])
    main.minorticks_off()
    errors = main.secondary_yaxis("right")
    errors.set_yticks(-10 * np.log10(TARGETS), [f"{mse:g}" for mse in TARGETS])
    errors.set_ylabel("mean squared error on [0, 1]")
    for axis in (main, top):
        axis.grid(color="#dddddd", linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    top.set_title(title, loc="left", fontsize=11)
    figure.savefig(file, format="png", dpi=DPI)
    plt.close(figure)


def _lossy(axis: Any, rows: Rows) -> None:
    ours = {row["codec"] for row in rows if row["kind"] == OURS}
    styles = dict(zip(sorted(ours), OUR_STYLES * len(ours), strict=False))
    files = curves(rows)
    peers = [codec for codec in files if codec not in ours]
    styles |= dict(zip(peers, STYLES * len(peers), strict=False))
    for codec in peers:
        _curve(axis, files[codec], styles[codec], "-", 1.4)
        _label(axis, codec, files[codec][0], "#222222", (-8, -3), "right")
    for rate, line, what in ((FILES, "-", "one file each"), (IN_ARCHIVE, "--", "in one archive")):
        found = curves(rows, rate)
        for codec in ours & found.keys():
            _curve(axis, found[codec], styles[codec], line, 2.4)
            aside = rate == IN_ARCHIVE and len(found[codec]) > 1
            place = ((-9, 2), "right") if aside else ((0, 9), "center")
            _label(axis, f"{codec}\n{what}", found[codec][-1], styles[codec][0], *place)
            for row in rows:
                if row["codec"] == codec and row["psnr_db"] is not None:
                    point = (row["psnr_db"], row[rate])
                    axis.plot(point[1], point[0], styles[codec][1], color=styles[codec][0], ms=6)
                    _label(axis, row["setting"], point, styles[codec][0], (7, -9), "left", 8)


def _curve(axis: Any, curve: Any, style: tuple[str, str], line: str, width: float) -> None:
    colour, marker = style
    if len(curve) > 1:
        at = np.linspace(curve[0, 0], curve[-1, 0], 200)
        sizes = np.exp(interpolate(curve[:, 0], np.log(curve[:, 1]), at))
        axis.plot(sizes, at, line, color=colour, linewidth=width)
    shown = curve[curve[:, 0] <= MOST_PSNR + 1]
    axis.plot(shown[:, 1], shown[:, 0], marker, color=colour, ms=6)


def _label(
    axis: Any, text: str, point: Any, colour: str, offset: Any, align: str, size: float = 9
) -> None:
    """Write beside a point (PSNR, bytes), with a white rim where it crosses a line."""
    from matplotlib.patheffects import withStroke

    axis.annotate(
        text,
        (point[1], point[0]),
        xytext=offset,
        textcoords="offset points",
        ha=align,
        fontsize=size,
        color=colour,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
    )


def _lossless(axis: Any, rows: Rows) -> None:
    """A line a codec, the smallest lowest, its name beside it; ours as files and in an archive."""
    points = []
    for row in rows:
        if row["lossless"] and row["name"] != "raw":
            if row["kind"] != ARCHIVE:
                points.append((row[FILES], "o", row))
            if row["kind"] != LOSSLESS:
                points.append((row[IN_ARCHIVE], "s", row))
    points.sort(key=lambda point: point[0])
    for place, (size, marker, row) in enumerate(points):
        colour = OUR_STYLES[0][0] if row["kind"] == OURS else "#333333"
        axis.plot(size, place, marker, color=colour, ms=4.5)
        _label(axis, row["name"], (place, size), colour, (7, -3), "left", 7.5)
    axis.set_yticks([])
    axis.set_ylim(-1, len(points))
    axis.set_ylabel("lossless")
    axis.text(0.012, 0.9, "●  one file each", transform=axis.transAxes, fontsize=9)
    axis.text(0.012, 0.8, "■  all in one archive", transform=axis.transAxes, fontsize=9)
