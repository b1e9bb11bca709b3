"""Printed characters, lines of text and handwriting-like characters from fonts."""

import string
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from aecodec.images import SIDE
from aecodec.training.arrays import Floats
from aecodec.training.mixture import render

ENDINGS = {".ttf", ".otf"}
LATIN = string.ascii_uppercase + string.ascii_lowercase + string.digits
BIG = 96  # pixels, of a character that is drawn large and reduced
SCRIPT_BIG = 72
A_VISIT = 12  # images of a font before the next font has its turn
GREYS = ((255, 0), (0, 255))


def files(folder: Path) -> list[Path]:
    """The font files below a folder, in the order of their paths."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS)
    return [p for p in found if p.is_file() and not p.is_symlink()]


def printed(folder: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Characters and pieces of text in many renderings."""
    for path, characters in _fonts(folder, count, rng):
        for _ in range(A_VISIT):
            way = rng.random()
            if way < 0.5:
                ink = _fitted(path, _pick(characters, rng), rng, BIG)
            elif way < 0.75:
                ink = _direct(path, _pick(characters, rng), rng)
            else:
                text = "".join(_pick(characters, rng) for _ in range(6))
                ink = _direct(path, text, rng)
            if ink is not None:
                yield render.degrade(_coloured(ink, rng), rng, 0.25)


def handwritten(folder: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Characters of script fonts, bent, as pens write them; mostly white on black."""
    for path, characters in _fonts(folder, count, rng):
        for _ in range(A_VISIT):
            ink = _fitted(path, _pick(characters, rng), rng, SCRIPT_BIG, bent=True)
            if ink is not None:
                image = ink * 255
                image = image if rng.random() < 0.7 else _coloured(ink, rng)
                yield render.degrade(image, rng, 0.15)


def _fonts(folder: Path, count: int, rng: np.random.Generator) -> Iterator[tuple[Path, list[str]]]:
    """Font files with their characters, all in turn, until the images are enough."""
    paths = files(folder)
    tables = {path: _characters(path) for path in paths}
    usable = [path for path in paths if tables[path]]
    for _ in range(-(-count * 2 // (A_VISIT * max(1, len(usable))))):
        for number in rng.permutation(len(usable)):
            yield usable[number], tables[usable[number]]


def _characters(path: Path) -> list[str]:
    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            codes = sorted(font.getBestCmap() or {})
        ImageFont.truetype(str(path), 20)
    except Exception:  # fonts of the seventies to today; some are not for drawing
        return []
    return [chr(c) for c in codes if c > 32 and chr(c).isprintable() and not chr(c).isspace()]


def _pick(characters: list[str], rng: np.random.Generator) -> str:
    """A Latin letter or digit in half of all cases, if there is one; else any character."""
    letter = LATIN[rng.integers(len(LATIN))]
    if rng.random() < 0.5 and letter in characters:
        return letter
    return characters[rng.integers(len(characters))]


def _fitted(
    path: Path, text: str, rng: np.random.Generator, big: int, bent: bool = False
) -> Floats | None:
    """A character drawn large, cut to its ink, put into a square with a margin, reduced."""
    drawn = _draw(path, text, big, rng.random() < 0.05)
    if drawn is None:
        return None
    height, width = drawn.shape
    side = max(height, width)
    if side < 12 or side > 8 * min(height, width):
        return None
    margin = side * (rng.uniform(0.15, 0.3) if bent else rng.choice([0, 0.2, rng.uniform(0, 0.4)]))
    full = round(side + 2 * margin)
    square = np.zeros((full, full), np.float32)
    free = np.array([full - height, full - width])
    at = free // 2 if rng.random() < 0.8 else (free * rng.random(2)).astype(int)
    square[at[0] : at[0] + height, at[1] : at[1] + width] = drawn
    if not bent and rng.random() < 0.06:
        stretched = Image.fromarray(render.to_bytes(drawn * 255)).resize((SIDE, SIDE))
        return np.asarray(np.asarray(stretched, np.float32) / 255, np.float32)
    if bent:
        square = render.elastic(square, rng, int(rng.integers(3, 6)), rng.uniform(0.01, 0.06))
    elif rng.random() < 0.1:
        square = render.elastic(square, rng, 3, 0.03)
    picture = Image.fromarray(render.to_bytes(square * 255))
    if rng.random() < (0.7 if bent else 0.1):
        picture = picture.rotate(rng.normal(0, 9), Image.Resampling.BILINEAR)
    return np.asarray(render.reduce(picture, rng) / 255, np.float32)


def _direct(path: Path, text: str, rng: np.random.Generator) -> Floats | None:
    """Text as a screen draws it, at a small size, anywhere in the frame and partly outside."""
    size = int(rng.integers(7, 34)) if len(text) == 1 else int(rng.integers(7, 20))
    drawn = _draw(path, text, size, rng.random() < 0.15)
    if drawn is None:
        return None
    inside = rng.random() < 0.7
    frame = np.zeros((3 * SIDE, 3 * SIDE), np.float32)
    height, width = np.minimum(drawn.shape, 2 * SIDE - 2)
    top, left = (
        int(rng.integers(0, SIDE - n + 1))
        if inside and n <= SIDE
        else int(rng.integers(min(0, SIDE - n), max(1, SIDE - min(n, 8))))
        for n in (height, width)
    )
    rows, columns = (
        slice(max(0, SIDE + top), SIDE + top + height),
        slice(max(0, SIDE + left), SIDE + left + width),
    )
    room = frame[rows, columns].shape
    frame[rows, columns] = drawn[: room[0], : room[1]]
    shown = frame[SIDE : 2 * SIDE, SIDE : 2 * SIDE]
    return shown if shown.max() > 0.2 else None


def _draw(path: Path, text: str, size: int, binary: bool) -> Floats | None:
    """Text in white on black, cut to its ink, 0 to 1; None where the font draws nothing."""
    try:
        font = ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
        left, top, right, bottom = font.getbbox(text)
    except (OSError, ValueError):
        return None
    width, height = int(right - left), int(bottom - top)
    if not (0 < width <= 40 * size and 0 < height <= 4 * size):
        return None
    picture = Image.new("L", (width + 2, height + 2))
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1" if binary else "L"
    try:
        draw.text((1 - left, 1 - top), text, 255, font)
    except OSError:
        return None
    box = picture.getbbox()
    return np.asarray(np.asarray(picture.crop(box)) / np.float32(255), np.float32) if box else None


def _coloured(ink: Floats, rng: np.random.Generator) -> Floats:
    """Ink in 0 to 1 as greys: white on black, black on white, or any two greys."""
    way = rng.random()
    if way < 0.75:
        fore, back = GREYS[0] if way < 0.45 else GREYS[1]
        return back + ink * (fore - back)
    fore, back = rng.integers(0, 256, 2)
    if abs(int(fore) - int(back)) < 30:
        fore, back = 255, 0
    return np.asarray(float(back) + ink * (float(fore) - float(back)), np.float32)
