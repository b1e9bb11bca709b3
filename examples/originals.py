"""Digits from their black-and-white originals, by the arithmetic of docs/mnist-origin.md alone.

With the path of an .aez file it takes the images in there, without it ten of the examples' digits.
"""

import struct
import sys
from math import ceil, trunc
from pathlib import Path

import numpy as np
from PIL import Image

import aecodec

DIGITS = Path(__file__).parent / "digits"
BOX = 20


def binary32(x: float) -> float:
    """Round to 32 bits, as the program of the time did after every operation."""
    return float(struct.unpack("f", struct.pack("f", x))[0])


def shares(n: int, i: int) -> list[tuple[int, float]]:
    """The rows of the box that source row i of n falls on, each with its share; so for columns."""
    s = binary32(BOX / n)
    left = max(binary32(10 + binary32(s * (i - n / 2))), 0.0)
    right = binary32(left + 0.99 * s)  # a sum of 64 bits, rounded once
    first = int(left)
    last = min(max(ceil(right) - 1, first), BOX - 1)
    if first == last:
        return [(first, s)]
    return [(first, binary32(first + 1 - left)), (last, binary32(right - last))]


def reduce(bits: list[list[int]]) -> np.ndarray:
    """The digit, uint8 (28, 28), of an original of n rows of n bits, 1 for black."""
    return placed(greys(bits))


def greys(bits: list[list[int]]) -> list[list[int]]:
    """The greys of the box."""
    n = len(bits)
    axis = [shares(n, i) for i in range(n)]
    box = [[0.0] * BOX for _ in range(BOX)]
    for i, row in enumerate(bits):
        for j in (j for j, bit in enumerate(row) if bit):
            for r, down in axis[i]:
                for c, right in axis[j]:
                    box[r][c] = binary32(box[r][c] + binary32(down * right))
    scale = binary32(255 / max(map(max, box)))
    return [[trunc(binary32(binary32(x * scale) - 128)) + 128 for x in row] for row in box]


def placed(grey: list[list[int]]) -> np.ndarray:
    """The box laid into the field by its centre of mass."""
    down = sum(sum(row) * (2 * r + 1) for r, row in enumerate(grey))
    right = sum(grey[r][c] * (2 * c + 1) for r in range(BOX) for c in range(BOX))
    top, left = (14 - moment // (2 * sum(map(sum, grey))) for moment in (down, right))
    digit = np.zeros((28, 28), np.uint8)
    digit[top : top + BOX, left : left + BOX] = grey
    return digit


def main(archive: str | bytes) -> None:
    with aecodec.open(archive) as opened:
        pairs = list(zip(opened, opened.originals(), strict=True))
    found = [(digit, original) for digit, original in pairs if original is not None]
    same = sum(np.array_equal(reduce(original.tolist()), digit) for digit, original in found)
    print(f"{len(pairs)} digits, {len(found)} with an original, {same} equal to its reduction")
    assert found
    assert same == len(found)


def ten_digits() -> bytes:
    images = np.stack([np.asarray(Image.open(path)) for path in sorted(DIGITS.glob("*_00.png"))])
    return aecodec.compress(images, level="lossless", model="mnist")


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else ten_digits())
