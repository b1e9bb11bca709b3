from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from helpers import K2, K3, pattern

from aecodec.explore.figure import _make_figure
from aecodec.explore.sample import Sample
from aecodec.library import load_codec

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.mark.parametrize("model", [K2, K3], ids=["two latents", "three latents"])
@pytest.mark.parametrize("letters", [1, 30])
@pytest.mark.parametrize("count", [2, 37])
def test_names_of_classes_are_whole_and_cover_no_other(
    model: Path, letters: int, count: int
) -> None:
    classes = tuple(f"{number} {'x' * letters}" for number in range(count))
    sample = Sample(pattern(count), np.arange(count), classes, count, "many")
    figure = _make_figure(load_codec(model), sample)
    try:
        figure.canvas.draw()
        (legend,) = figure.legends
        entries = [text.get_window_extent() for text in legend.get_texts()]
        assert len(entries) == count
        assert all(
            figure.bbox.containsx(box.x1) and figure.bbox.containsy(box.y0) for box in entries
        )
        labels = [text.get_window_extent() for text in figure.axes[0].texts]
        assert labels
        assert not any(one.overlaps(other) for one, other in combinations(labels, 2))
    finally:
        pyplot.close(figure)
