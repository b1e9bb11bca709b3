"""Images as the encoder of a lossy `pixels` model draws them, to train it on."""

import numpy as np

from aecodec.images import Images
from aecodec.kinds import EFFORTS
from aecodec.kinds.pixels import MANNERS, few_greys
from aecodec.training.pixels.config import PixelsConfig

REACH = 1.6  # what a bit is worth in a training image, in factors of two from the level's own


def drawn(images: Images, worth: int, config: PixelsConfig, seed: int) -> Images:
    """Draw images with few grey levels, in all manners and at bits worth more and less.

    Args:
        images: uint8 (N, 28, 28).
        worth: What a bit is worth to the level, in squared grey levels.
        config: Tells which grey levels there are.
        seed: What the images' own worths are drawn from.
    """
    allowed = np.arange(0, 256, config.step).astype(np.uint8)
    factors = 2.0 ** np.random.default_rng(seed).uniform(-REACH, REACH, len(images))
    worths = np.rint(worth * factors).astype(np.int64)
    found = np.empty_like(images)
    manners = MANNERS[EFFORTS[-1]]
    for number, manner in enumerate(manners):
        mine = slice(number, None, len(manners))
        found[mine] = few_greys(images[mine], worths[mine], allowed, manner)
    return found
