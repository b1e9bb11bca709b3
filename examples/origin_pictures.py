"""Draw digits and their black-and-white originals: the pictures of docs/mnist-origin.md.

It writes them to the folder that is named, or to a new one.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from originals import BOX, greys, placed, ten_digits
from PIL import Image

import aecodec

GAP, PAPER, LINE = 6, 255, 110
CHAIN = 3  # which digit is shown on its way


def main(folder: Path) -> None:
    with aecodec.open(ten_digits()) as opened:
        pairs = list(zip(opened, opened.originals(), strict=True))
    found = [(digit, original) for digit, original in pairs if original is not None]
    digits, originals = zip(*found, strict=True)
    pictures = {
        "origin-digits.png": rows_of(digits, originals, size=140),
        "origin-chain.png": rows_of(chain(originals[CHAIN]), size=280),
        "origin-arithmetic.png": rows_of(digits, *arithmetic(digits, originals), size=140),
    }
    for name, picture in pictures.items():
        picture.save(folder / name, optimize=True)
        print(folder / name)


def rows_of(*rows: list[np.ndarray], size: int) -> Image.Image:
    """Images in rows, each enlarged to a square of `size`; bits become black and white."""
    step = size + GAP
    sheet = np.full((len(rows) * step + GAP, len(rows[0]) * step + GAP), PAPER, np.uint8)
    for down, row in enumerate(rows):
        for right, image in enumerate(row):
            light = image * np.uint8(255) if image.max() == 1 else image
            tile = Image.fromarray(light).resize((size, size), Image.Resampling.NEAREST)
            y, x = down * step + GAP, right * step + GAP
            sheet[y : y + size, x : x + size] = np.asarray(tile)
    return Image.fromarray(sheet)


def chain(original: np.ndarray) -> list[np.ndarray]:
    """An original, the box's lines on it, the greys of the box, and the digit."""
    scale = 14  # of a pixel of the box
    tile = Image.fromarray(original * np.uint8(255)).resize((BOX * scale, BOX * scale), 0)
    lined = np.array(tile)
    lined[::scale] = lined[:, ::scale] = LINE
    box = greys(original.tolist())
    return [original, lined, np.array(box, np.uint8), placed(box)]


def arithmetic(
    digits: list[np.ndarray], originals: list[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """By how much mean greys, and those of the arithmetic, are off: 8 times, on middle grey."""
    means, replays = [], []
    for digit, original in zip(digits, originals, strict=True):
        box = Image.fromarray(original * np.uint8(255)).resize((BOX, BOX), Image.Resampling.BOX)
        replay = greys(original.tolist())
        means.append(apart(cropped(digit, replay), np.asarray(box)))
        replays.append(apart(digit, placed(replay)))
    return means, replays


def cropped(digit: np.ndarray, box: list[list[int]]) -> np.ndarray:
    """The part of a digit that its box covers."""
    rows, columns = np.nonzero(digit)
    inner = np.nonzero(np.array(box))
    top, left = rows.min() - inner[0].min(), columns.min() - inner[1].min()
    return digit[top : top + BOX, left : left + BOX]


def apart(digit: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.clip(128 + 8 * (digit.astype(int) - other), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else tempfile.mkdtemp()))
