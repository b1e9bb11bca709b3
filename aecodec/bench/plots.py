"""The benchmark's pictures: reconstructions, and the same images at about the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.bench.peers import LOSSY, OURS, Peer
from aecodec.errors import MissingDependencyError
from aecodec.images import Images

MOST_COLUMNS = 12
DPI = 150


def pyplot() -> Any:
    """Import matplotlib, drawing to files only. Raises MissingDependencyError."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingDependencyError(
            "Pictures need matplotlib: pip install 'aecodec[bench]'."
        ) from error
    return plt


def draw_reconstructions(
    file: BinaryIO, images: Images, decoded: Mapping[str, Images], rows: Sequence[dict[str, Any]]
) -> None:
    """Draw a sample, then for each codec how it decodes and the absolute errors.

    images, decoded by name: uint8 (N, 28, 28). Raises MissingDependencyError without matplotlib.
    """
    chosen = _spread(len(images), MOST_COLUMNS)
    lines = [("original", images[chosen], "gray")]
    errors = {row["name"]: row["mse"] for row in rows}
    for name, found in decoded.items():
        difference = np.abs(found[chosen].astype(int) - images[chosen]).astype(np.uint8)
        lines.append((f"{name}\nMSE {errors[name]:.4f}", found[chosen], "gray"))
        lines.append(("absolute error", difference, "magma"))
    _draw_grid(file, lines)


def draw_comparison(
    file: BinaryIO,
    images: Images,
    digits: NDArray[np.int64] | None,
    peers: Sequence[Peer],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Draw the same images as every lossy codec has them at about the same bytes a file.

    Ours at every level; the others at the setting nearest to the larger of our largest file and
    the smallest of theirs; PCA has no files, but bare bytes. images: uint8 (N, 28, 28); digits:
    where known, one image of each is shown. Raises MissingDependencyError without matplotlib.
    """
    size = {row["name"]: row["single_file_bytes"] for row in rows}
    ours = [peer for peer in peers if peer.kind == OURS and not peer.lossless]
    theirs: dict[str, list[Peer]] = {}
    for peer in peers:
        if peer.kind == LOSSY:
            theirs.setdefault(peer.codec, []).append(peer)
    smallest = min((size[p.name] for p in peers if p.kind == LOSSY and p.per_file), default=0.0)
    budget = max([smallest, *(size[peer.name] for peer in ours)])
    near = [min(found, key=lambda p: abs(size[p.name] - budget)) for found in theirs.values()]
    chosen = _spread(len(images), 10) if digits is None else _one_of_each(digits)
    archive = {row["name"]: row["bytes_per_image"] for row in rows}
    lines = [("original", images[chosen], "gray")]
    for peer in [*ours, *sorted(near, key=lambda p: size[p.name])]:
        files = [peer.encode(image[None]) for image in images[chosen]]
        found = np.concatenate([peer.decode(data) for data in files])
        mse = np.mean((found.astype(float) - images[chosen]) ** 2) / 255**2
        told = f"{np.mean([len(data) for data in files]):.0f} bytes a file"
        if peer.kind == OURS:
            told += f", {archive[peer.name]:.1f} in an archive"
        above = peer.kind == LOSSY and size[peer.name] > 1.25 * budget
        name = f"{peer.name}, smallest setting" if above else peer.name
        lines.append((f"{name}\n{told}; MSE {mse:.4f}", found, "gray"))
    _draw_grid(file, lines)


def _spread(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, most).astype(np.int64))


def _one_of_each(digits: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.array([np.flatnonzero(digits == digit)[0] for digit in np.unique(digits)])


def _draw_grid(file: BinaryIO, lines: Sequence[tuple[str, Images, str]]) -> None:
    """Draw rows of images, each with its label and colours."""
    plt = pyplot()
    count = len(lines[0][1])
    figure, axes = plt.subplots(
        len(lines),
        count + 1,
        figsize=(0.62 * count + 3.0, 0.62 * len(lines) + 0.1),
        squeeze=False,
        gridspec_kw={
            "width_ratios": [4.6] + [1.0] * count,
            "wspace": 0.06,
            "hspace": 0.06,
            "left": 0.005,
            "right": 0.995,
            "bottom": 0.01,
            "top": 0.99,
        },
    )
    for cells, (label, images, colours) in zip(axes, lines, strict=True):
        for cell in cells:
            cell.axis("off")
        cells[0].text(0.97, 0.5, label, ha="right", va="center", fontsize=8, linespacing=1.4)
        for cell, image in zip(cells[1:], images, strict=True):
            cell.imshow(image, cmap=colours, vmin=0, vmax=255, interpolation="nearest")
    figure.savefig(file, format="png", dpi=DPI)
    plt.close(figure)
