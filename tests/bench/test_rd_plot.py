"""Where labels and points come to lie, in pixels of the picture."""

import io
from itertools import combinations
from typing import Any

import pytest

from aecodec.bench import plots, rd_plot
from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, OURS

plt = pytest.importorskip("matplotlib.pyplot")


def _row(kind: str, codec: str, setting: str, size: float, psnr: float | None) -> dict[str, Any]:
    return {
        "name": f"{codec} {setting}".strip(),
        "kind": kind,
        "codec": codec,
        "setting": setting,
        "single_file_bytes": size + 25 * (kind == OURS),
        "bytes_per_image": size,
        "psnr_db": psnr,
        "lossless": psnr is None,
    }


def _rows(scale: float, low: float) -> list[dict[str, Any]]:
    levels = ("classic", "x392", "q1", "q2", "q3", "q4", "q5")
    ours = [
        _row(OURS, "aecodec mnist", level, scale * (2 + max(0, i - 1) ** 1.5), low + 1.5 * i)
        for i, level in enumerate(levels)
    ]
    ours.append(_row(OURS, "aecodec mnist", "lossless", scale * 72, None))
    ours += [
        _row(OURS, "aecodec any", f"q{i}", scale * 9 * 3**i, psnr)
        for i, psnr in enumerate((low + 3, low + 9, rd_plot.MOST_PSNR + 4))
    ]
    ours.append(_row(OURS, "aecodec any", "lossless", scale * 110, None))
    lossy = [
        _row(LOSSY, codec, f"q{i}", scale * (60 + 9 * place) * 1.3**i, low + place + 4 * i)
        for place, codec in enumerate(("jpeg", "webp", "jpeg 2000", "jpeg-ls near", "pca"))
        for i in range(6)
    ]
    names = ("png", "png optimised", "jpeg 2000 lossless", "qoi", "zlib -9", "xz -9e")
    lossless = [
        _row(ARCHIVE if "-9" in name else LOSSLESS, name, "", scale * (150 + 40 * i), None)
        for i, name in enumerate(names)
    ]
    return [*ours, *lossless, *lossy]


@pytest.mark.parametrize(("scale", "low"), [(1.0, 12.0), (2.5, 6.0), (0.6, 20.0)])
def test_no_label_covers_another_and_no_point_or_label_is_cut(
    scale: float, low: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plt, "close", lambda _: None)
    monkeypatch.setattr(plots, "pyplot", lambda: plt)
    rows = _rows(scale, low)
    rd_plot.draw_rates(io.BytesIO(), rows, "digits")
    figure = plt.gcf()
    for axis in figure.axes[:2]:
        boxes = [text.get_window_extent() for text in axis.texts if text.get_text()]
        assert len(boxes) > 5
        for one, other in combinations(boxes, 2):
            assert not one.overlaps(other)
        for box in boxes:
            assert axis.bbox.x0 < box.x0 and box.x1 < axis.bbox.x1
            assert axis.bbox.y0 < box.y0 and box.y1 < axis.bbox.y1
    top, main = figure.axes[:2]
    assert {"aecodec mnist lossless", "aecodec any lossless"} <= {t.get_text() for t in top.texts}
    assert "aecodec any\nin one archive" in {text.get_text() for text in main.texts}
    for row in rows:
        if row["psnr_db"] is not None and row["psnr_db"] <= rd_plot.MOST_PSNR:
            for size in (row["bytes_per_image"], row["single_file_bytes"]):
                if row["kind"] == OURS or size == row["single_file_bytes"]:
                    x, y = main.transData.transform((size, row["psnr_db"]))
                    assert main.bbox.x0 + 4 < x < main.bbox.x1 - 4
                    assert main.bbox.y0 + 4 < y < main.bbox.y1 - 4
    plt.figure(figure.number).clear()
