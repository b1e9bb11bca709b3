"""The picture of speed against bytes: encoding and decoding, at equal error and exact."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from aecodec.bench.labels import Label, place_labels
from aecodec.bench.peers import OURS
from aecodec.bench.rd_plot import GREY, OUR_COLOURS, ROOM, TICKS
from aecodec.bench.speed import fastest_way
from aecodec.plotting import DPI, pyplot

WAYS = (("encode", "encoded"), ("decode", "decoded"))
DIRECTIONS = {"encode": "encode_images_per_s", "decode": "decode_images_per_s"}
HEADROOM = 2.0  # above the fastest and below the slowest, as a factor
SIZE = (11, 8.5)  # inches

Row = dict[str, Any]


def draw_speed(file: BinaryIO, report: Row, title: str) -> None:
    """Draw images a second against bytes an image, for every codec and effort.

    The upper panels show lossy codecs at equal error, the lower ones exact codecs. Where numba is
    installed, ours are drawn with it.

    Args:
        file: Where the PNG goes.
        report: As `speed.measure_speed` returns it.
        title: What was measured.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    lossy = [row for row in fastest_way(report["equal_mse"]) if row["bound"] != "unreached"]
    exact = fastest_way([row for row in report["speed"] if row["lossless"]])
    figure, axes = plt.subplots(2, 2, figsize=SIZE, dpi=DPI, layout="constrained")
    figure.suptitle(title, fontsize=11, ha="left", x=0.02)
    error = report["equal_mse"][0]["mse"] if report["equal_mse"] else 0
    panels = []
    for line, (rows, size, what) in zip(
        axes,
        ((lossy, "bytes", f"at MSE {error:g}"), (exact, "bytes_per_image", "exact")),
        strict=True,
    ):
        for axis, (way, done) in zip(line, WAYS, strict=True):
            points = [(row[size], row[DIRECTIONS[way]], row) for row in rows]
            panels.append((axis, *_panel(axis, points)))
            axis.set_title(f"{way} {what}", loc="left", fontsize=10)
            axis.set_ylabel(f"images {done} a second of one core")
    for axis in axes[-1]:
        axis.set_xlabel("bytes an image (ours in one archive): better is left")
    figure.canvas.draw()  # settles the layout, which the labels need
    figure.set_layout_engine("none")
    for panel in panels:
        place_labels(*panel)
    figure.savefig(file, format="png", dpi=DPI)
    plt.close(figure)


def _panel(
    axis: Any, points: Sequence[tuple[float, float, Row]]
) -> tuple[list[Label], list[tuple[float, float]]]:
    """Draw a panel; return its labels and points. The efforts of one of our codecs are joined."""
    axis.set_xscale("log")
    axis.set_yscale("log")
    if points:
        axis.set_xlim(min(x for x, _, _ in points) / ROOM, max(x for x, _, _ in points) * ROOM)
        lowest, highest = min(y for _, y, _ in points), max(y for _, y, _ in points)
        axis.set_ylim(lowest / HEADROOM, highest * HEADROOM)
    axis.grid(color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
    for settle, limits, ticks in (
        (axis.set_xticks, axis.get_xlim(), TICKS),
        (axis.set_yticks, axis.get_ylim(), [10**power for power in range(8)]),
    ):
        shown = [tick for tick in ticks if limits[0] <= tick <= limits[1]]
        settle(shown, [f"{tick:,}" for tick in shown])
    axis.minorticks_off()
    codecs = list(dict.fromkeys(row["codec"] for _, _, row in points if row["kind"] == OURS))
    colours = dict(zip(codecs, OUR_COLOURS * len(codecs), strict=False))
    for codec, colour in colours.items():
        line = [(x, y) for x, y, row in points if row["codec"] == codec]
        axis.plot(*zip(*line, strict=True), "-", color=colour, linewidth=1.4)
    labels = []
    for x, y, row in points:
        ours = row["codec"] in colours
        colour = colours.get(row["codec"], GREY)
        axis.plot(x, y, "s" if ours else "o", color=colour, ms=6 if ours else 4.5)
        name = f"{row['codec']}, effort {row['effort']}" if ours else row["codec"]
        labels.append(Label(name.removeprefix("aecodec "), x, y, colour, 8))
    labels.sort(key=lambda label: label.colour == GREY)  # ours choose first
    return labels, [(x, y) for x, y, _ in points]
