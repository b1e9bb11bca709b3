"""Images drawn by a script: strokes, forms and meters, shapes, gradients, cells, noise."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from aecodec.images import SIDE
from aecodec.training.arrays import Floats
from aecodec.training.mixture import render

FINE = 8  # times larger is what is reduced afterwards
LARGE = SIDE * FINE
SEGMENTS = ((0, 0, 1, 0), (1, 0, 1, 1), (1, 1, 1, 2), (0, 2, 1, 2), (0, 1, 0, 2), (0, 0, 0, 1))
LIT = ("012345", "12", "01643", "01623", "1256", "05623", "056234", "012", "0123456", "012356")


def strokes(_: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Drawings of a few strokes, by a steady or a trembling hand, of one width each."""
    for _number in range(count * 2):
        picture = Image.new("L", (LARGE, LARGE))
        draw = ImageDraw.Draw(picture)
        width = round(FINE * np.exp(rng.uniform(-0.7, 1.4)))
        for _stroke in range(int(rng.integers(1, 9))):
            _stroke_on(draw, width, rng)
        box = picture.getbbox()
        if box and rng.random() < 0.6:  # fill the frame, as sketches are often stored
            picture = picture.crop(box)
            side = max(picture.size)
            square = Image.new("L", (side, side))
            square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
            picture = square
        image = render.reduce(picture, rng)
        image = image if rng.random() < 0.65 else 255 - image
        image = image if rng.random() < 0.85 else render.tone(image, rng, 1)
        yield render.degrade(image, rng, 0.15)


def _stroke_on(draw: ImageDraw.ImageDraw, width: int, rng: np.random.Generator) -> None:
    way = rng.random()
    if way < 0.5:  # a wandering line
        turns = rng.normal(0, rng.choice([0.1, 0.3, 0.8]), 40)
        heading = rng.uniform(0, 6.3) + np.cumsum(gaussian_filter1d(turns, 2))
        step = LARGE * rng.uniform(0.005, 0.03)
        path = rng.uniform(0.1, 0.9, 2) * LARGE + step * np.cumsum(
            np.stack([np.cos(heading), np.sin(heading)], 1), 0
        )
    elif way < 0.75:  # straight lines
        path = rng.uniform(0.05, 0.95, (int(rng.integers(2, 6)), 2)) * LARGE
        path = np.concatenate([path, path[:1]]) if rng.random() < 0.4 else path
    else:  # an arc
        first, turn = rng.uniform(0, 6.3), rng.uniform(2, 7)
        angle = np.linspace(first, first + turn, 40)
        radius = rng.uniform(0.05, 0.45, 2) * LARGE
        circle = np.stack([np.cos(angle), np.sin(angle)], 1)
        path = rng.uniform(0.2, 0.8, 2) * LARGE + radius * circle
    path = path + rng.normal(0, rng.choice([0, 0.5, 2]), path.shape)
    points = [tuple(point) for point in path]
    draw.line(points, 255, width, "curve")
    for x, y in (points[0], points[-1]):
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def forms(_: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Boxes and lines of forms, dials with hands, seven-segment digits, bars and grids."""
    makers = (_form, _dial, _segments, _bars, _shapes)
    for number in range(count * 2):
        ground = int(rng.choice([0, 255, int(rng.integers(256))]))
        ink = int(rng.integers(256)) if rng.random() < 0.4 else 255 - ground
        scale = int(rng.choice([1, 4, FINE]))
        picture = Image.new("L", (SIDE * scale, SIDE * scale), ground)
        makers[number % len(makers)](ImageDraw.Draw(picture), SIDE * scale, ink, rng)
        if rng.random() < 0.3:
            picture = picture.rotate(rng.normal(0, 6), Image.Resampling.BICUBIC, fillcolor=ground)
        yield render.degrade(render.reduce(picture, rng), rng, 0.45)


def _form(draw: ImageDraw.ImageDraw, side: int, ink: int, rng: np.random.Generator) -> None:
    width = max(1, round(side / SIDE * rng.uniform(0.5, 2)))
    pitch = side * rng.uniform(0.2, 0.7)
    start = rng.uniform(0, pitch, 2)
    for at in np.arange(start[0], side, pitch):
        draw.line((0, at, side, at), ink, width)
    if rng.random() < 0.7:
        for at in np.arange(start[1], side, pitch * rng.uniform(0.5, 2)):
            draw.line((at, 0, at, side), ink, width)
    if rng.random() < 0.4:
        x, y = rng.uniform(0.1, 0.6, 2) * side
        d = side * rng.uniform(0.15, 0.35)
        draw.line((x, y, x + d, y + d), ink, 2 * width)
        draw.line((x + d, y, x, y + d), ink, 2 * width)


def _dial(draw: ImageDraw.ImageDraw, side: int, ink: int, rng: np.random.Generator) -> None:
    centre, radius = side * rng.uniform(0.4, 0.6, 2), side * rng.uniform(0.3, 0.6)
    width = max(1, round(side / SIDE * rng.uniform(0.6, 2)))
    draw.ellipse((*(centre - radius), *(centre + radius)), outline=ink, width=width)
    marks = int(rng.choice([8, 10, 12, 20, 60]))
    for angle in np.arange(marks) * 2 * np.pi / marks:
        way = np.array([np.cos(angle), np.sin(angle)])
        draw.line((*(centre + way * radius * 0.85), *(centre + way * radius)), ink, width)
    angle = rng.uniform(0, 6.3)
    way = np.array([np.cos(angle), np.sin(angle)]) * radius * rng.uniform(0.5, 0.9)
    draw.line((*centre, *(centre + way)), ink, 2 * width)


def _segments(draw: ImageDraw.ImageDraw, side: int, ink: int, rng: np.random.Generator) -> None:
    high, wide = side * rng.uniform(0.2, 0.42), side * rng.uniform(0.2, 0.55)
    x, y = rng.uniform(0, 0.4) * side, rng.uniform(0, 0.3) * side
    width = max(1, round(side / SIDE * rng.uniform(1, 4)))
    slant = rng.choice([0, 0.1])
    for shift in range(int(rng.integers(1, 3))):
        left = x + shift * wide * 1.5
        for place in LIT[rng.integers(10)]:
            a, b, c, d = (*SEGMENTS, (0, 1, 1, 1))[int(place)]
            low, top = left + slant * (2 - b) * high, left + slant * (2 - d) * high
            draw.line((low + a * wide, y + b * high, top + c * wide, y + d * high), ink, width)


def _bars(draw: ImageDraw.ImageDraw, side: int, ink: int, rng: np.random.Generator) -> None:
    count = int(rng.integers(2, 16))
    upright = rng.random() < 0.5
    two_way = rng.random() < 0.3
    for i in range(count):
        for j in range(count if two_way else 1):
            if rng.random() < 0.5:
                box = np.array([i, j, i + 1, j + 1 if two_way else count]) * side / count
                box[2:] = np.maximum(box[2:] - 1, box[:2])
                draw.rectangle(tuple(box if upright else box[[1, 0, 3, 2]]), fill=ink)


def _shapes(draw: ImageDraw.ImageDraw, side: int, ink: int, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 7))):
        grey = ink if rng.random() < 0.5 else int(rng.integers(256))
        box = np.sort(rng.uniform(-0.2, 1.2, (2, 2)) * side, 0).reshape(-1)
        way = rng.integers(3)
        if way == 0:
            draw.rectangle(tuple(box), fill=grey)
        elif way == 1:
            draw.ellipse(tuple(box), fill=grey)
        else:
            draw.polygon([tuple(p) for p in rng.uniform(-0.1, 1.1, (3, 2)) * side], fill=grey)


def fields(_: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Gradients, smooth noise of many spectra, cells, a few images of plain noise."""
    makers = (_gradient, _spectrum, _spectrum, _cells, _cells, _few_levels)
    for number in range(count * 2):
        if rng.random() < 0.04:
            yield rng.integers(0, 256, (SIDE, SIDE)).astype(np.float32)
        else:
            image = makers[number % len(makers)](rng)
            yield render.degrade(render.tone(image, rng, 0.6), rng, 0.25)


def _gradient(rng: np.random.Generator) -> Floats:
    y, x = (np.indices((SIDE, SIDE)) - rng.uniform(0, SIDE, (2, 1, 1))) / SIDE
    flat = rng.normal(0, 1, 2)
    grey = flat[0] * x + flat[1] * y + rng.normal(0, 0.7) * np.hypot(x, y)
    grey = grey + rng.normal(0, 0.5) * x * y
    return np.asarray(rng.uniform(40, 215) + grey * rng.uniform(20, 150), np.float32)


def _spectrum(rng: np.random.Generator) -> Floats:
    y, x = np.meshgrid(np.fft.fftfreq(64), np.fft.rfftfreq(64), indexing="ij")
    frequency = np.hypot(y * np.exp(rng.normal(0, 0.3)), x)
    power = np.maximum(frequency, 1 / 64) ** -rng.uniform(0.5, 3.5)
    phase = np.exp(2j * np.pi * rng.random(power.shape))
    noise = np.fft.irfft2(power * phase, (64, 64))[:SIDE, :SIDE]
    noise = (noise - noise.mean()) / noise.std()
    return np.asarray(rng.uniform(40, 215) + noise * np.exp(rng.uniform(0.7, 4.3)), np.float32)


def _cells(rng: np.random.Generator) -> Floats:
    """Discs with darker or lighter middles on an uneven ground, as under a microscope."""
    y, x = np.indices((SIDE, SIDE)).astype(np.float32)
    grey = 40 + 0.25 * _spectrum(rng) + rng.uniform(0, 150)
    for _ in range(int(rng.choice([1, 1, 2, 4, 8]))):
        centre = rng.uniform(2, 26, 2) if rng.random() < 0.6 else np.array([13.5, 13.5])
        radius = rng.uniform(2, 12, 2)
        turn = rng.uniform(0, 3.2)
        u = (x - centre[0]) * np.cos(turn) + (y - centre[1]) * np.sin(turn)
        v = (y - centre[1]) * np.cos(turn) - (x - centre[0]) * np.sin(turn)
        edge = 1 / (1 + np.exp((np.hypot(u / radius[0], v / radius[1]) - 1) * rng.uniform(4, 20)))
        grey = grey + edge * rng.normal(0, 60)
        if rng.random() < 0.5:
            core = np.exp(-((u / radius[0]) ** 2 + (v / radius[1]) ** 2) * rng.uniform(2, 8))
            grey = grey + core * rng.normal(0, 60)
    grey = grey + rng.normal(0, np.exp(rng.uniform(-1, 2)), grey.shape)
    return np.asarray(gaussian_filter(grey, rng.uniform(0.2, 0.9)), np.float32)


def _few_levels(rng: np.random.Generator) -> Floats:
    """Smooth noise cut to a few levels, in large pixels now and then."""
    levels = int(rng.choice([2, 2, 3, 4, 8]))
    smooth = _spectrum(rng)
    ranks = smooth.argsort(axis=None).argsort().reshape(smooth.shape) * levels // smooth.size
    grey = np.sort(rng.integers(0, 256, levels))[ranks].astype(np.float32)
    if rng.random() < 0.4:
        block = int(rng.choice([2, 4]))
        return np.kron(grey[: SIDE // block, : SIDE // block], np.ones((block, block), np.float32))
    return grey
