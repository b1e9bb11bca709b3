"""The benchmark's picture: originals, reconstructions and error maps of a sample."""

from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

from aecodec.errors import MissingDependencyError
from aecodec.images import Images

MOST_COLUMNS = 12


def plot_reconstructions(
    file: BinaryIO, originals: Images, decoded: Mapping[str, tuple[Images, str]]
) -> None:
    """Draw a row of originals, then for each codec its reconstructions and absolute errors.

    decoded: images and a caption by name. Raises MissingDependencyError without matplotlib.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingDependencyError(
            "--plot needs matplotlib: pip install 'aecodec[bench]'."
        ) from error
    columns = np.unique(np.linspace(0, len(originals) - 1, MOST_COLUMNS).astype(int))
    rows: list[tuple[str, Images]] = [("original", originals[columns])]
    for name, (images, caption) in decoded.items():
        difference = np.abs(images[columns].astype(int) - originals[columns])
        rows.append((f"{name}\n{caption}", images[columns]))
        rows.append(("absolute error", difference.astype(np.uint8)))
    figure, axes = plt.subplots(
        len(rows),
        len(columns) + 1,
        figsize=(0.75 * len(columns) + 2.4, 0.8 * len(rows) + 0.2),
        squeeze=False,
        gridspec_kw={"width_ratios": [3.0] + [1.0] * len(columns)},
        layout="constrained",
    )
    for line, (label, images) in zip(axes, rows, strict=True):
        for cell in line:
            cell.axis("off")
        line[0].text(1, 0.5, label, ha="right", va="center", fontsize=9)
        colours = "magma" if label == "absolute error" else "gray"
        for cell, image in zip(line[1:], images, strict=True):
            cell.imshow(image, cmap=colours, vmin=0, vmax=255, interpolation="nearest")
    figure.savefig(file, format="png", dpi=120)
    plt.close(figure)
