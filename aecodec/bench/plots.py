"""The benchmark's pictures: reconstructions, and the same images at about the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aecodec.bench.peers import LOSSY, OURS, Peer
from aecodec.images import SIDE, Images
from aecodec.plotting import DPI, pyplot

MOST_COLUMNS = 12
ZOOM = 3  # dots of the picture for a pixel of an image
GAP = 2  # pixels between images

Line = tuple[str, Images, str]


def draw_reconstructions(
    file: BinaryIO, images: Images, decoded: Mapping[str, Images], rows: Sequence[dict[str, Any]]
) -> None:
    """Draw a sample, then for each codec how it decodes and the absolute errors.

    Args:
        file: Where the PNG goes.
        images: uint8 (N, 28, 28).
        decoded: By codec in the order of the picture, uint8 (N, 28, 28).
        rows: Those of the report.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    chosen = _spread(len(images), MOST_COLUMNS)
    lines = [("original", images[chosen], "gray")]
    errors = {row["name"]: row["mse"] for row in rows}
    for name, found in decoded.items():
        if not errors[name]:
            lines.append((f"{name}\nexact", found[chosen], "gray"))
            continue
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

    Ours are drawn at every level, the exact ones at the end; the others at the setting nearest to
    the larger of our largest lossy file and the smallest of theirs. PCA has no files, but bare
    bytes.

    Args:
        file: Where the PNG goes.
        images: uint8 (N, 28, 28).
        digits: Their labels, int64 (N,): one image of each is drawn; or None.
        peers: The codecs, ours in the order of the picture.
        rows: Those of the report.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    size = {row["name"]: row["single_file_bytes"] for row in rows}
    lossy = [peer for peer in peers if peer.kind == OURS and not peer.lossless]
    exact = [peer for peer in peers if peer.kind == OURS and peer.lossless]
    theirs: dict[str, list[Peer]] = {}
    for peer in peers:
        if peer.kind == LOSSY:
            theirs.setdefault(peer.codec, []).append(peer)
    smallest = min((size[p.name] for p in peers if p.kind == LOSSY and p.per_file), default=0.0)
    budget = max([smallest, *(size[peer.name] for peer in lossy)])
    near = [min(found, key=lambda p: abs(size[p.name] - budget)) for found in theirs.values()]
    chosen = _spread(len(images), 10) if digits is None else _one_of_each(digits)
    archive = {row["name"]: row["bytes_per_image"] for row in rows}
    lines = [("original", images[chosen], "gray")]
    for peer in [*lossy, *sorted(near, key=lambda p: size[p.name]), *exact]:
        files = [peer.encode(image[None]) for image in images[chosen]]
        found = np.concatenate([peer.decode(data) for data in files])
        mse = np.mean((found.astype(float) - images[chosen]) ** 2) / 255**2
        told = f"{np.mean([len(data) for data in files]):.0f} bytes a file"
        if peer.kind == OURS:
            told += f", {archive[peer.name]:.1f} in an archive"
        above = peer.kind == LOSSY and size[peer.name] > 1.25 * budget
        name = f"{peer.name}, smallest setting" if above else peer.name
        error = f"MSE {mse:.4f}" if mse else "exact"
        lines.append((f"{name}\n{told}; {error}", found, "gray"))
    _draw_grid(file, lines)


def _spread(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, most).astype(np.int64))


def _one_of_each(digits: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.array([np.flatnonzero(digits == digit)[0] for digit in np.unique(digits)])


def _draw_grid(file: BinaryIO, lines: Sequence[Line]) -> None:
    """Draw rows of images, each with its label and colours; the page is as wide as they are."""
    plt = pyplot()
    pitch = SIDE + GAP
    pixels = np.full((pitch * len(lines) - GAP, pitch * len(lines[0][1]) - GAP, 4), 255, np.uint8)
    for row, (_, images, colours) in enumerate(lines):
        for column, image in enumerate(plt.get_cmap(colours)(images, bytes=True)):
            top, left = pitch * row, pitch * column
            pixels[top : top + SIDE, left : left + SIDE] = image
    height, width = pixels.shape[:2]
    figure = plt.figure(figsize=(ZOOM * width / DPI, ZOOM * height / DPI))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.axis("off")
    axis.imshow(pixels, interpolation="nearest")
    for row, (label, _, _) in enumerate(lines):
        place = (-6, pitch * row + SIDE / 2)
        axis.text(*place, label, ha="right", va="center", fontsize=8, linespacing=1.4)
    figure.savefig(file, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.06)
    plt.close(figure)
