"""Labels beside points of a plot, none over another or past an edge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

RIM = 2.5  # white around a label where it crosses a line, in points
EDGE = 3  # of the axes, in points, that a label keeps clear of
DISTANCES = (6, 12, 20, 30, 44, 60)  # of a label from its point, in points
SIDES = (
    (1, 0, "left", "center"),
    (-1, 0, "right", "center"),
    (0.7, -0.7, "left", "top"),
    (-0.7, 0.7, "right", "bottom"),
    (0.7, 0.7, "left", "bottom"),
    (-0.7, -0.7, "right", "top"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
)


@dataclass(frozen=True)
class Label:
    """A text for a point.

    Attributes:
        text: One line or several.
        x: The point, in the units of the axes.
        y: The same.
        colour: Of the text.
        size: Of the text, in points.
    """

    text: str
    x: float
    y: float
    colour: str
    size: float = 9


def place_labels(axis: Any, labels: Sequence[Label], points: Iterable[tuple[float, float]]) -> None:
    """Write each label at the nearest place beside its point that is free.

    Args:
        axis: Matplotlib's axes, their limits settled and their figure laid out.
        labels: The labels; the first have the choice.
        points: Points that no label may cover, in the units of the axes.
    """
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import Bbox

    renderer = axis.figure.canvas.get_renderer()
    dot = axis.figure.dpi / 72
    inside = axis.bbox.padded(-EDGE * dot)
    taken = []
    for point in points:
        x, y = axis.transData.transform(point)
        taken.append(Bbox.from_extents(x - 4 * dot, y - 4 * dot, x + 4 * dot, y + 4 * dot))
    for label in labels:
        text = axis.annotate(
            label.text,
            (label.x, label.y),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=label.size,
            color=label.colour,
            path_effects=[withStroke(linewidth=RIM, foreground="white")],
        )
        best: tuple[float, Any, Any] | None = None
        for distance in DISTANCES:
            for across, up, horizontal, vertical in SIDES:
                text.set_position((distance * across, distance * up))
                text.set_horizontalalignment(horizontal)
                text.set_verticalalignment(vertical)
                box = text.get_window_extent(renderer)
                cost = sum(_common(box, other) for other in taken)
                cost += box.width * box.height - _common(box, inside)
                place = (text.get_position(), horizontal, vertical)
                if best is None or cost < best[0]:
                    best = (cost, place, box)
            if best is not None and best[0] < 1:
                break
        if best is not None:
            _, (position, horizontal, vertical), box = best
            text.set_position(position)
            text.set_horizontalalignment(horizontal)
            text.set_verticalalignment(vertical)
            taken.append(box)


def _common(box: Any, other: Any) -> float:
    """The area that two boxes have in common."""
    wide = min(box.x1, other.x1) - max(box.x0, other.x0)
    high = min(box.y1, other.y1) - max(box.y0, other.y0)
    return float(max(wide, 0) * max(high, 0))
