"""What happens to a picture between its source and 28x28 grey pixels."""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from aecodec.images import SIDE, Images
from aecodec.training.arrays import Floats

FILTERS = (
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.HAMMING,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
)


def reduce(picture: Image.Image, rng: np.random.Generator) -> Floats:
    """Scale a square grey picture to 28x28 by a filter chosen at random; greys in 0 to 255."""
    if picture.size != (SIDE, SIDE):
        picture = picture.resize((SIDE, SIDE), FILTERS[rng.integers(len(FILTERS))])
    return np.asarray(picture, np.float32)


def window(picture: Image.Image, least: float, rng: np.random.Generator) -> Image.Image:
    """Cut a square out of a picture at random; its side is `least` pixels at least."""
    short = min(picture.size)
    side = round(np.exp(rng.uniform(np.log(min(least, short)), np.log(short))))
    left, top = (int(rng.integers(0, length - side + 1)) for length in picture.size)
    cut = picture.crop((left, top, left + side, top + side))
    return cut.reduce(max(1, side // 112)) if side >= 224 else cut


def degrade(grey: Floats, rng: np.random.Generator, share: float) -> Floats:
    """Spoil a `share` of images (28, 28) as cameras, scanners and JPEG do."""
    if rng.random() >= share:
        return grey
    way = rng.integers(6)
    if way == 0:
        return np.asarray(gaussian_filter(grey, rng.uniform(0.3, 1.3)))
    if way == 1:
        return jpeg(grey, int(rng.integers(25, 96)))
    if way == 2:
        grey = gaussian_filter(grey, rng.uniform(0.0, 0.7))
        return grey + rng.normal(0, np.exp(rng.uniform(0.0, 3.2)), grey.shape).astype(np.float32)
    if way == 3:
        levels = int(rng.choice([2, 3, 4, 6, 8, 16, 32]))
        steps = np.rint(np.clip(grey, 0, 255) / 255 * (levels - 1))
        return np.asarray(steps * (255 / (levels - 1)))
    if way == 4:
        spots = rng.random(grey.shape) < rng.uniform(0.002, 0.06)
        return np.where(spots, 255.0 * rng.integers(0, 2, grey.shape), grey).astype(np.float32)
    noise = rng.normal(0, rng.uniform(2, 12), grey.shape)
    return jpeg(grey + noise.astype(np.float32), int(rng.integers(40, 96)))


def tone(grey: Floats, rng: np.random.Generator, share: float) -> Floats:
    """Change contrast, brightness and gamma of a `share` of images."""
    if rng.random() >= share:
        return grey
    low, high = grey.min(), max(grey.max(), grey.min() + 1)
    bent = ((grey - low) / (high - low)) ** np.exp(rng.normal(0, 0.35))
    first, last = sorted(rng.uniform(0, 255, 2)) if rng.random() < 0.5 else (0.0, 255.0)
    return np.asarray(first + bent * max(last - first, 20), np.float32)


def jpeg(grey: Floats, quality: int) -> Floats:
    """What JPEG of a quality leaves of an image."""
    file = io.BytesIO()
    Image.fromarray(to_bytes(grey)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32)


def elastic(grey: Floats, rng: np.random.Generator, knots: int, strength: float) -> Floats:
    """Bend an image (S, S) smoothly; `strength` is of the shift, in parts of the side."""
    side = len(grey)
    shift = rng.normal(0, strength * side, (2, knots, knots)).astype(np.float32)
    places = np.indices((side, side)).astype(np.float32)
    for place, wave in zip(places, shift, strict=True):
        smooth = Image.fromarray(wave).resize((side, side), Image.Resampling.BICUBIC)
        place += np.asarray(smooth)
    return np.asarray(map_coordinates(grey, places, order=1, mode="nearest"), np.float32)


def to_bytes(grey: Floats) -> Images:
    """Round and clip greys to uint8."""
    return np.asarray(np.rint(np.clip(grey, 0, 255)), np.uint8)
