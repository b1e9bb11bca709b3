"""A figure of the latent space: the images by class, and what the plane decodes to."""

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.explore.palette import style
from aecodec.explore.sample import Sample
from aecodec.explore.space import Plane, Space, make_space
from aecodec.images import SIDE, Images
from aecodec.library import Codec
from aecodec.plotting import DPI, pyplot

GRID = 22  # decoded images a side
MOST_NAMED = 80  # classes; with more, the legend would be all there is
MARGIN = 0.03
SHORT_NAME = 4  # letters of a class's name that is written large


def draw_figure(file: BinaryIO, codec: Codec, sample: Sample) -> None:
    """Draw images in the latent space by class and, beside them, the plane decoded on a grid.

    The plane is the latent space itself where it has two latents, else that of the images' two
    principal axes.

    Args:
        file: A binary file, to which a PNG is written.
        codec: The model.
        sample: The images.

    Raises:
        MissingDependencyError: Matplotlib is not installed.
        UnsupportedFileError: The model has no latents.
    """
    figure = _make_figure(codec, sample)
    figure.savefig(file, format="png", dpi=DPI)
    pyplot().close(figure)


def _make_figure(codec: Codec, sample: Sample) -> Any:
    plt = pyplot()
    space = make_space(codec, sample.images)
    plane = space.plane()
    extent = _extent(space, plane)
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 7), layout="constrained")
    places = plane.project(space.points)
    _points(left, places, sample)
    grid = _decode_grid(space, plane, extent)
    right.imshow(255 - grid, cmap="gray", vmin=0, vmax=255, extent=extent, interpolation="nearest")
    left.set_title(f"{len(sample):,} images of {sample.name}, by class", fontsize=11)
    right.set_title(f"the plane decoded by {codec.name}, {GRID} x {GRID} places", fontsize=11)
    names = ("latent 1", "latent 2") if plane.exact else ("principal axis 1", "principal axis 2")
    for axis in (left, right):
        axis.set_xlim(*extent[:2])
        axis.set_ylim(*extent[2:])
        axis.set_xlabel(names[0])
        axis.set_aspect("equal")
        axis.spines[["top", "right"]].set_visible(False)
    left.set_ylabel(names[1])
    if 1 < len(sample.classes) <= MOST_NAMED:
        _add_legend(figure, left)
        figure.canvas.draw()  # which lays the axes out, so that labels can be measured
        _label_classes(left, places, sample)
    return figure


def _extent(space: Space, plane: Plane) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of a square that holds the latent space, or all points."""
    if plane.exact:
        return (space.low - 0.5, space.high + 0.5) * 2
    places = plane.project(space.points)
    middle = (places.max(0) + places.min(0)) / 2
    reach = float(np.ptp(places, axis=0).max()) * (0.5 + MARGIN) or 1.0
    return (middle[0] - reach, middle[0] + reach, middle[1] - reach, middle[1] + reach)


def _points(axis: Any, places: NDArray[np.float64], sample: Sample) -> None:
    size = float(np.clip(40_000 / len(sample), 9, 40))
    for number, name in enumerate(sample.classes):
        chosen = places[sample.labels == number]
        colour, shape = style(number)
        axis.scatter(
            *chosen.T,
            s=size,
            c=colour,
            marker=shape,
            linewidths=0.25,
            edgecolors="#00000080",
            alpha=0.8,
            clip_on=False,  # at the edge of the latent space markers are whole
            label=name,
        )


def _label_classes(axis: Any, places: NDArray[np.float64], sample: Sample) -> None:
    """Write the name of each class at the middle of its points, where it covers no other name."""
    from matplotlib.patheffects import withStroke

    rim = [withStroke(linewidth=3.5, foreground="white")]
    size = 15 if max(map(len, sample.classes)) <= SHORT_NAME else 10
    placed: list[Any] = []
    for number, name in enumerate(sample.classes):
        middle = np.median(places[sample.labels == number], 0)
        style = {"fontsize": size, "weight": "bold", "ha": "center", "va": "center"}
        text = axis.text(*middle, name, path_effects=rim, **style)
        text.set_in_layout(False)  # the axes stay where they were measured
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in placed):
            text.remove()
        else:
            placed.append(box)


def _add_legend(figure: Any, axis: Any) -> None:
    """Add the classes below, in as many columns as fit, and make room for their rows."""
    handles, names = axis.get_legend_handles_labels()
    for columns in range(min(10, len(names)), 0, -1):
        legend = figure.legend(
            handles,
            names,
            loc="outside lower center",
            ncols=columns,
            frameon=False,
            markerscale=2,
            handletextpad=0.1,
        )
        box = legend.get_window_extent()
        if box.width <= figure.bbox.width or columns == 1:
            figure.set_figheight(figure.get_figheight() + box.height / figure.dpi)
            return
        legend.remove()


def _decode_grid(space: Space, plane: Plane, extent: tuple[float, float, float, float]) -> Images:
    """Decode the middles of GRID x GRID cells into one image, the top of the plane first."""
    left, right, bottom, top = extent
    steps = (np.arange(GRID) + 0.5) / GRID
    across, up = np.meshgrid(left + steps * (right - left), top - steps * (top - bottom))
    images = space.rebuild(plane.lift(np.stack([across.ravel(), up.ravel()], 1), space))
    cells = images.reshape(GRID, GRID, SIDE, SIDE).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(cells.reshape(GRID * SIDE, GRID * SIDE))
