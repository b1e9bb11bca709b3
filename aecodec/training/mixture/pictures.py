"""Images cut out of picture files: photographs, icons, clip art, textures, screenshots."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from aecodec.training.arrays import Floats
from aecodec.training.mixture import render

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tga"}
LEAST_BYTES = 400
LEFT_OUT = {"digits.png"}  # of opencv-doc: handwritten digits, some perhaps of a test set
LARGEST = 2400  # pixels a side; larger pictures are halved until they fit
Image.MAX_IMAGE_PIXELS = None  # the packages are trusted


def files(folder: Path) -> list[Path]:
    """The picture files below a folder, each drawing once, in the order of their paths."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS)
    real = [p for p in found if p.is_file() and not p.is_symlink() and p.name not in LEFT_OUT]
    return [p for p in real if p.stat().st_size >= LEAST_BYTES]


def photographs(folder: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Squares of photographs, from a few pixels enlarged to nothing to the whole width reduced."""
    for picture, copies in _shared(folder, count, rng, 100):
        grey = _flat(picture, 0)
        if np.asarray(grey.reduce(max(1, min(grey.size) // 32))).std() < 4:
            continue
        for _ in range(copies):
            image = render.reduce(render.window(grey, 28, rng), rng)
            image = image[:, ::-1] if rng.random() < 0.5 else image
            image = 255 - image if rng.random() < 0.1 else image
            yield render.degrade(render.tone(image, rng, 0.35), rng, 0.3)


def icons(folder: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Whole icons and drawings, or a large part of one, on a ground of one grey."""
    for picture, copies in _shared(folder, count, rng, 8):
        for _ in range(copies):
            ground = int(rng.choice([0, 255, int(rng.integers(256))], p=[0.4, 0.45, 0.15]))
            grey = _flat(picture, ground)
            side = max(grey.size)
            if rng.random() < 0.25:
                grey = render.window(grey, min(grey.size) / 2, rng)
            else:
                margin = round(side * rng.choice([0, rng.uniform(0, 0.25)]))
                square = Image.new("L", (side + 2 * margin,) * 2, ground)
                square.paste(grey, tuple(margin + (side - n) // 2 for n in grey.size))
                grey = square
            nearest = grey.width < 28 and rng.random() < 0.5
            image = (
                np.asarray(grey.resize((28, 28), Image.Resampling.NEAREST), np.float32)
                if nearest
                else render.reduce(grey, rng)
            )
            image = 255 - image if rng.random() < 0.15 else image
            yield render.degrade(render.tone(image, rng, 0.1), rng, 0.2)


def screens(folder: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Parts of screenshots at their own pixels, or reduced a little."""
    for picture, copies in _shared(folder, count, rng, 20):
        grey = _flat(picture, 255)
        for _ in range(copies * 2):
            side = 28 if rng.random() < 0.6 else int(rng.integers(28, 160))
            if min(grey.size) <= side:
                break
            left, top = (int(rng.integers(0, n - side)) for n in grey.size)
            image = render.reduce(grey.crop((left, top, left + side, top + side)), rng)
            if image.std() < 3 and rng.random() < 0.9:
                continue
            image = 255 - image if rng.random() < 0.2 else image
            yield render.degrade(image, rng, 0.15)


def _shared(
    folder: Path, count: int, rng: np.random.Generator, most: int
) -> Iterator[tuple[Image.Image, int]]:
    """Pictures in a random order, each with how many images to cut out of it."""
    paths = files(folder)
    order = [paths[i] for i in rng.permutation(len(paths))]
    copies = min(most, -(-count // max(1, len(order))) + 1)
    for path in order:
        try:
            with Image.open(path) as opened:
                if opened.format == "JPEG" and max(opened.size) > LARGEST:
                    opened.draft("L", (LARGEST // 2, LARGEST // 2))
                opened.load()
                picture = opened.copy()
        except (OSError, ValueError, SyntaxError):
            continue  # a link to nothing, or a file that only has the ending
        if min(picture.size) >= 12 and max(picture.size) <= 12 * min(picture.size):
            yield picture, copies


def _flat(picture: Image.Image, ground: int) -> Image.Image:
    """A picture in grey, what is transparent filled with a grey."""
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGBA")
        back = Image.new("RGBA", picture.size, (ground, ground, ground, 255))
        picture = Image.alpha_composite(back, picture)
    grey = picture.convert("L")
    return grey.reduce(-(-max(grey.size) // LARGEST)) if max(grey.size) > LARGEST else grey
